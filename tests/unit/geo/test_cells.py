"""The table of cells agrees with GEOS for every kind of polygon, wherever the point lies."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.errors import CoverageError
from geo.locate.cells import table
from geo.locate.cells.predicates import orientation
from geo.locate.cells.table import NO_PATCH
from geo.locate.index import GridIndex
from tests.unit.geo.random_coverage import random_coverage, telling_points

COMMUNITY = "150221104001"


def codes_for(count: int) -> list[str]:
    return [f"{COMMUNITY}{number + 1:03d}" for number in range(count)]


def around(shapes: list[BaseGeometry], seed: int) -> np.ndarray:
    """Return vertices, points on and beside edges, and points anywhere, shape (n, 2)."""
    rng = random.Random(seed)
    points: list[tuple[float, float]] = []
    for ring in shapely.get_rings(shapely.get_parts(np.array(shapes, dtype=object))):
        for (ax, ay), (bx, by) in pairwise(shapely.get_coordinates(ring).tolist()):
            part = rng.random()
            x, y = ax + (bx - ax) * part, ay + (by - ay) * part
            points += [(ax, ay), (x, y), ((ax + bx) / 2, (ay + by) / 2)]
            points += [(math.nextafter(x, 999), y), (x, math.nextafter(y, -999))]
            points += [(math.nextafter(ax, -999), ay), (ax, math.nextafter(ay, 999))]
            points += [(rng.uniform(ax, bx), ay), (ax, rng.uniform(ay, by))]
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object))
    for _ in range(300):
        points.append(
            (
                rng.uniform(2 * west - east, 2 * east - west),
                rng.uniform(2 * south - north, 2 * north - south),
            )
        )
    return np.array(points)


def assert_agrees(codes: list[str], shapes: list[BaseGeometry], points: np.ndarray) -> None:
    index = GridIndex(codes, shapes)
    order = np.argsort(codes)
    held = np.array(shapes, dtype=object)[order]
    tree = shapely.STRtree(held)
    point_at, shape_at = tree.query(shapely.points(points), predicate="covered_by")
    expected: list[list[str]] = [[] for _ in points]
    for at, number in sorted(zip(point_at.tolist(), shape_at.tolist(), strict=True)):
        expected[at].append(index.codes[number])
    owners = index.owners(points[:, 0], points[:, 1]).tolist()
    assert owners == [cover[0] if cover else None for cover in expected]
    for (lon, lat), cover in zip(points.tolist(), expected, strict=True):
        assert list(index.covering(lon=lon, lat=lat)) == cover


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_coverage_with_holes_parts_and_gaps(seed: int) -> None:
    codes, shapes = random_coverage(seed, across=7, codes=12)
    assert_agrees(codes, shapes, around(shapes, seed))


def star(rng: random.Random, *, lattice: bool, corners: int) -> Polygon:
    """Return a polygon with a hole, at random around one spot, so that such polygons overlap."""
    x, y = 110.5 + rng.uniform(-0.02, 0.02), 40.5 + rng.uniform(-0.02, 0.02)
    rings = []
    for low, high in ((0.01, 0.03), (0.001, 0.009)):
        turns = sorted(rng.uniform(0, 2 * math.pi) for _ in range(corners))
        ring = [
            (
                x + math.cos(turn) * rng.uniform(low, high),
                y + math.sin(turn) * rng.uniform(low, high),
            )
            for turn in turns
        ]
        if lattice:
            ring = [(round(a * 1e8) / 1e8, round(b * 1e8) / 1e8) for a, b in ring]
        rings.append(ring)
    return Polygon(rings[0], rings[1:])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), lattice=st.booleans(), count=st.integers(1, 30))
def test_polygons_that_overlap_and_are_off_the_lattice(
    seed: int, lattice: bool, count: int
) -> None:
    rng = random.Random(seed)
    shapes = [star(rng, lattice=lattice, corners=rng.randint(12, 60)) for _ in range(count)]
    shapes = [shape for shape in shapes if shape.is_valid] or [box(110.4, 40.4, 110.6, 40.6)]
    assert_agrees(codes_for(len(shapes)), shapes, around(shapes, seed))


def test_many_polygons_that_meet_in_one_point() -> None:
    middle = (110.5, 40.5)
    rim = [
        (110.5 + 0.1 * math.cos(2 * math.pi * i / 40), 40.5 + 0.1 * math.sin(2 * math.pi * i / 40))
        for i in range(40)
    ]
    shapes = [Polygon([middle, a, b]) for a, b in pairwise([*rim, rim[0]])]
    points = np.vstack([around(shapes, 3), [middle]])
    assert_agrees(codes_for(40), shapes, points)


def test_one_polygon_with_thousands_of_vertices_in_one_spot_beside_a_large_one() -> None:
    rng = random.Random(5)
    ring = [
        (
            110.5 + math.cos(2 * math.pi * i / 5000) * (1 + 0.3 * rng.random()) * 1e-4,
            40.5 + math.sin(2 * math.pi * i / 5000) * (1 + 0.3 * rng.random()) * 1e-4,
        )
        for i in range(5000)
    ]
    small = Polygon(ring)
    large = Polygon(box(100.0, 30.0, 130.0, 45.0).exterior, [small.exterior])
    points = np.vstack([around([small], 1)[::9], [(100.0, 30.0), (130.0, 40.0), (99.0, 40.0)]])
    assert_agrees(codes_for(2), [large, small], points)


def test_a_grid_with_an_exclave_far_away() -> None:
    home, away = box(110.0, 40.0, 110.1, 40.1), box(134.0, 48.0, 134.001, 48.001)
    inside = box(134.0004, 48.0004, 134.0005, 48.0005)
    far = Polygon(away.exterior, [inside.exterior])
    shapes = [MultiPolygon([home, far]), inside]
    assert_agrees(codes_for(2), shapes, around(shapes, 2))


def test_no_answer_for_what_is_no_place() -> None:
    index = GridIndex(codes_for(1), [box(110.0, 40.0, 110.1, 40.1)])
    odd = [math.nan, math.inf, -math.inf, 1e300, -1e300, 0.0, 110.05]
    lons, lats = (grid.ravel() for grid in np.meshgrid(odd, [*odd, 40.05]))
    found = index.owner_numbers(lons, lats)
    assert (found >= 0).tolist() == [
        (lon, lat) == (110.05, 40.05) for lon, lat in zip(lons, lats, strict=True)
    ]


def test_threads_and_blocks_change_nothing() -> None:
    codes, shapes = random_coverage(11)
    index = GridIndex(codes, shapes)
    rng = np.random.default_rng(1)
    west, south, east, north = index.bounds
    lons, lats = rng.uniform(west, east, 300_001), rng.uniform(south, north, 300_001)
    alone = index.owner_numbers(lons, lats)
    assert (index.owner_numbers(lons, lats, threads=3) == alone).all()
    pieces = [
        index.owner_numbers(lons[at : at + 777], lats[at : at + 777]) for at in range(0, 7770, 777)
    ]
    assert (np.concatenate(pieces) == alone[:7770]).all()


@settings(max_examples=200, deadline=None)
@given(
    start=st.integers(0, 10**9),
    dx=st.integers(-50, 50),
    dy=st.integers(-50, 50),
    part=st.floats(-0.5, 1.5),
    nudge=st.integers(-2, 2),
)
def test_the_side_of_a_line_is_exact(start: int, dx: int, dy: int, part: float, nudge: int) -> None:
    ax, ay = (11_000_000_000 + start) / 1e8, 40.123
    bx, by = ax + dx * 1e-8, ay + dy * 1e-8
    cx, cy = ax + (bx - ax) * part + nudge * math.ulp(ax), ay + (by - ay) * part
    a_x, a_y, b_x, b_y, c_x, c_y = map(Fraction, (ax, ay, bx, by, cx, cy))
    exact = (a_x - c_x) * (b_y - c_y) - (a_y - c_y) * (b_x - c_x)
    assert orientation(ax, ay, bx, by, cx, cy) == (exact > 0) - (exact < 0)


# ---- an index that is changed, and one that is kept in a file


@pytest.mark.parametrize("seed", range(4))
def test_a_long_walk_of_changes_stays_exact(seed: int) -> None:
    codes, shapes = random_coverage(seed, across=9, codes=300)
    held = dict(zip(codes, shapes, strict=True))
    index, rng = GridIndex(codes, shapes), random.Random(seed)
    points, patched = np.array(telling_points(shapes, seed)), 0
    for step in range(12):
        first, second = rng.sample(sorted(held), 2)
        changes: dict[str, BaseGeometry | None] = {
            first: shapely.union_all([held[first], held[second]]),
            second: None,
        }
        if step % 3 == 0:
            new = f"{COMMUNITY}{900 + step:03d}"
            changes = {second: held[first], first: held[second], new: None}
        if step % 4 == 1:
            changes = {f"{COMMUNITY}{800 + step:03d}": held[second], second: None}
        index = index.changed(changes)
        patched += len(index._table.patch) > len(NO_PATCH)
        held = {code: shape for code, shape in {**held, **changes}.items() if shape is not None}
        anew = GridIndex(list(held), list(held.values()))
        assert index.codes == anew.codes
        expected = anew.owners(points[:, 0], points[:, 1])
        assert (index.owners(points[:, 0], points[:, 1]) == expected).all()
    assert patched > 6


def test_a_grid_that_grows_out_of_the_frame_is_found_there() -> None:
    index = GridIndex(codes_for(2), [box(110.0, 40.0, 110.1, 40.1), box(110.1, 40.0, 110.2, 40.1)])
    far = index.changed({codes_for(2)[1]: box(110.1, 40.0, 112.2, 41.1)})
    assert far.owner(lon=112.0, lat=41.0) == codes_for(2)[1]
    assert index.owner(lon=112.0, lat=41.0) is None


@pytest.mark.parametrize("lattice", [True, False])
def test_a_file_gives_back_the_same_index(tmp_path, lattice: bool) -> None:
    rng = random.Random(8)
    codes, shapes = random_coverage(8)
    if not lattice:
        codes, shapes = codes_for(3), [star(rng, lattice=False, corners=30) for _ in range(3)]
    index = GridIndex(codes, shapes).changed({codes[0]: None})
    digest = index.save(tmp_path / "index")
    opened = GridIndex.open(tmp_path / "index")
    points = around(shapes, 8)
    assert opened.codes == index.codes
    assert (
        opened.owners(points[:, 0], points[:, 1]) == index.owners(points[:, 0], points[:, 1])
    ).all()
    for code in index.codes:
        assert opened.geometry(code).wkb == index.geometry(code).wkb
    assert opened.save(tmp_path / "again") == digest
    assert [entry.name for entry in tmp_path.iterdir() if entry.suffix == ".partial"] == []
    changed = opened.changed({codes[1]: None})
    assert codes[1] not in changed.owners(points[:, 0], points[:, 1]).tolist()


def test_the_same_coverage_gives_the_same_file(tmp_path) -> None:
    # Where two lie one upon the other whole cells have candidates and no edges.
    shapes = [box(110.0, 40.0, 110.1, 40.1), box(110.01, 40.01, 110.09, 40.09)]
    shapes += random_coverage(7)[1]
    digests = set()
    for used in (1.0, 7.0, -3.0):
        # What others leave in the memory that is given next.
        left = [np.full((count, 2), used) for count in range(1, 40)]
        del left
        digests.add(GridIndex(codes_for(len(shapes)), shapes).save(tmp_path / "one.index"))
    assert len(digests) == 1


def test_no_damage_to_a_file_goes_unseen(tmp_path) -> None:
    codes, shapes = random_coverage(8)
    path = tmp_path / "index"
    GridIndex(codes, shapes).save(path)
    whole, rng = path.read_bytes(), random.Random(1)
    header_end = 64 + int.from_bytes(whole[12:20], "little")
    for _ in range(40):
        at = rng.choice([rng.randrange(64), rng.randrange(header_end), rng.randrange(len(whole))])
        spoilt = bytearray(whole)
        spoilt[at] ^= 1 << rng.randrange(8)
        path.write_bytes(spoilt)
        try:
            opened = GridIndex.open(path)
        except CoverageError as error:
            assert error.reason == "damaged_index"
            continue
        # Only the filling between arrays says nothing.
        assert whole[at] == 0
        assert opened.codes == tuple(sorted(codes))
    for length in (0, 10, 64, header_end, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(CoverageError):
            GridIndex.open(path)
    with pytest.raises(CoverageError):
        GridIndex.open(tmp_path / "none")


def test_a_frame_that_is_asked_for_ahead_answers_the_same(monkeypatch) -> None:
    codes, shapes = random_coverage(8)
    index = GridIndex(codes, shapes)
    points = around(shapes, 8)
    # In the middle whole blocks far outside, in which nothing is looked up but what comes next.
    outside = np.full((3000, 2), (index.bounds[0] - 1.0, index.bounds[1] - 1.0))
    points = np.concatenate([points, points, points, outside, points[::-1]])
    assert len(points) > 7 * 1024
    for count in (1, 1023, 1024, 1025, 2048, len(points)):
        lons, lats = points[-count:].T
        expected = index.owner_numbers(lons, lats)
        with monkeypatch.context() as patch:
            patch.setattr(table, "_FAR_WORDS", 0)
            assert (index.owner_numbers(lons, lats) == expected).all()
