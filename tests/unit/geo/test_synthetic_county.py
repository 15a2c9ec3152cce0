"""Hold the stored demo county to what the map, the routing and its neighbours rely on."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Geod

from geo.address.places_file import read_places_csv
from geo.address.types import PlaceKind
from geo.errors import CoverageError
from geo.synthetic import geography
from geo.synthetic.__main__ import main
from geo.synthetic.county import check_coverage
from geo.synthetic.plane import shape_to_plane, to_plane
from geo.synthetic.units import ordinal, read_units

DEMO = Path(__file__).resolve().parents[3] / "data" / "boundaries" / "demo"
LARGEST_FILE_KB = 2_048
ENCLAVE = "150221214400"


@pytest.fixture(scope="module")
def features() -> list[dict]:
    return json.loads((DEMO / "grids.geojson").read_text(encoding="utf-8"))["features"]


@pytest.fixture(scope="module")
def shapes(features: list[dict]) -> dict[str, shapely.Geometry]:
    texts = [json.dumps(feature["geometry"]) for feature in features]
    codes = [feature["properties"]["code"] for feature in features]
    return dict(zip(codes, shapely.from_geojson(texts), strict=True))


@pytest.fixture(scope="module")
def grids(features: list[dict]) -> dict[str, dict]:
    return {feature["properties"]["code"]: feature["properties"] for feature in features}


@pytest.fixture(scope="module")
def buildings() -> list[dict[str, str]]:
    with (DEMO / "buildings.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def places() -> list:
    return read_places_csv(DEMO / "places.csv")


def union(shapes: dict[str, shapely.Geometry], area: str) -> shapely.Geometry:
    return shapely.coverage_union_all([s for code, s in shapes.items() if code.startswith(area)])


def test_the_county_has_as_many_units_and_grids_as_the_real_one(grids: dict[str, dict]) -> None:
    units = Counter(unit.level for unit in read_units(DEMO / "units.csv"))
    kinds = Counter(grid["kind"] for grid in grids.values())
    assert units == {"county": 1, "township": 9, "community": 216}
    assert kinds == {"community": 126, "rural": 1_047}


def test_grids_are_shared_out_as_the_staffing_of_the_county_says(grids: dict[str, dict]) -> None:
    kinds = {unit.code: unit.kind for unit in read_units(DEMO / "units.csv")}
    counts = Counter(grid["parent"] for grid in grids.values())
    by_kind: dict[str, list[int]] = defaultdict(list)
    for code, count in counts.items():
        by_kind[kinds[code]].append(count)
    assert set(by_kind["residents_committee"]) == {9, 10}
    assert sum(by_kind["residents_committee"]) == 120
    assert by_kind["special"] == [3, 3]
    assert len(by_kind["villagers_committee"]) == 201
    assert 1 <= min(by_kind["villagers_committee"]) < max(by_kind["villagers_committee"]) <= 12
    assert counts["150221500216"] == 1


def test_every_community_of_the_official_table_has_grids_named_after_it(
    grids: dict[str, dict],
) -> None:
    units = {u.code: u for u in read_units(DEMO / "units.csv") if u.level == "community"}
    assert {grid["parent"] for grid in grids.values()} == set(units)
    for code, grid in grids.items():
        number = int(code[12:])
        assert grid["name"] == f"{units[code[:12]].short_name}第{ordinal(number)}网格"
        assert grid["parent"] == code[:12]
        assert (grid["kind"] == "community") == (code[9] != "2")


@pytest.mark.parametrize(
    ("code", "short"),
    [
        ("150221104001", "振华社区"),
        ("150221104003", "道北社区"),
        ("150221104013", "兴隆社区"),
        ("150221104200", "大东村"),
        ("150221107004", "农林街"),
        ("150221215210", "新村"),
    ],
)
def test_the_short_name_drops_the_committee_and_keeps_the_place(code: str, short: str) -> None:
    assert next(u for u in read_units(DEMO / "units.csv") if u.code == code).short_name == short


def test_numerals_are_written_as_people_write_them() -> None:
    assert [ordinal(n) for n in (1, 9, 10, 11, 20, 21)] == [
        "一",
        "九",
        "十",
        "十一",
        "二十",
        "二十一",
    ]


def test_grids_fit_together_without_gap_or_overlap(shapes: dict[str, shapely.Geometry]) -> None:
    check_coverage(list(shapes.values()))
    whole = union(shapes, "150221")
    assert whole.area == pytest.approx(sum(s.area for s in shapes.values()), rel=1e-12)


def test_a_gap_or_an_overlap_is_refused() -> None:
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    check_coverage([left, right])
    with pytest.raises(CoverageError):
        check_coverage([left, shapely.box(0.9, 0, 2, 1)])
    with pytest.raises(CoverageError):
        check_coverage([left, shapely.box(1.1, 0, 2, 1)])


def test_every_vertex_lies_on_the_lattice_to_the_bit(shapes: dict[str, shapely.Geometry]) -> None:
    vertices = shapely.get_coordinates(list(shapes.values()))
    assert np.array_equal(vertices, np.round(vertices * 1e8) / 1e8)


def test_every_border_inside_the_county_is_held_by_exactly_two_grids(
    shapes: dict[str, shapely.Geometry],
) -> None:
    sides: Counter[frozenset] = Counter()
    for shape in shapes.values():
        for ring in shapely.get_rings(shapely.get_parts(shape)):
            vertices = [tuple(v) for v in shapely.get_coordinates(ring).tolist()]
            sides.update(frozenset(pair) for pair in pairwise(vertices))
    outline = shapely.get_coordinates(union(shapes, "150221").exterior).tolist()
    rim = {frozenset(map(tuple, p)) for p in pairwise(outline)}
    assert {side for side, held in sides.items() if held == 1} == rim
    assert max(sides.values()) == 2


def test_the_county_has_the_place_and_size_of_the_real_one(
    shapes: dict[str, shapely.Geometry],
) -> None:
    whole = union(shapes, "150221")
    area_m2, _ = Geod(ellps="GRS80").geometry_area_perimeter(whole)
    assert abs(area_m2) / 1e6 == pytest.approx(2_300, rel=0.03)
    assert whole.bounds == pytest.approx((110.243, 40.244, 111.121, 40.850), abs=1e-6)


def test_every_seat_lies_in_its_township(shapes: dict[str, shapely.Geometry]) -> None:
    for township in geography.TOWNSHIPS:
        assert union(shapes, township.code).covers(shapely.Point(township.seat))


def test_grids_are_numbered_from_west_to_east_inside_their_community(
    shapes: dict[str, shapely.Geometry],
) -> None:
    by_community: dict[str, list[str]] = defaultdict(list)
    for code in sorted(shapes):
        by_community[code[:12]].append(code)
    for codes in by_community.values():
        assert [int(code[12:]) for code in codes] == list(range(1, len(codes) + 1))
        eastings = [shapes[code].centroid.x for code in codes]
        assert eastings == sorted(eastings)


def test_town_grids_are_small_and_mountain_grids_large(
    shapes: dict[str, shapely.Geometry], grids: dict[str, dict]
) -> None:
    area_km2 = {code: shape_to_plane(shape).area / 1e6 for code, shape in shapes.items()}
    town = [area_km2[code] for code in grids if code.startswith("1502211040")]
    plain = [a for code, a in area_km2.items() if code.startswith("150221105")]
    hills = [a for code, a in area_km2.items() if code.startswith("150221500")]
    assert np.median(town) < 0.2 < 1 < np.median(plain) < np.median(hills)
    assert 10 < sum(town) < 16


def test_one_community_lies_as_an_enclave_in_a_single_grid(
    shapes: dict[str, shapely.Geometry],
) -> None:
    enclave = union(shapes, ENCLAVE)
    hosts = [c for c, s in shapes.items() if not c.startswith(ENCLAVE) and s.intersects(enclave)]
    assert len(hosts) == 1
    hole = shapely.Polygon(shapes[hosts[0]].interiors[0])
    assert hole.equals(enclave)


def test_the_only_grid_in_two_parts_is_flagged_and_lies_in_another_village(
    shapes: dict[str, shapely.Geometry], grids: dict[str, dict]
) -> None:
    flagged = [code for code, grid in grids.items() if grid.get("exclave")]
    parted = [code for code, shape in shapes.items() if shape.geom_type == "MultiPolygon"]
    assert flagged == parted and len(parted) == 1
    small = min(shapes[parted[0]].geoms, key=lambda part: part.area)
    around = [c for c, s in shapes.items() if c != parted[0] and s.intersects(small)]
    assert len(around) == 1 and around[0][:12] != parted[0][:12]


def test_communities_and_townships_are_in_one_piece_apart_from_the_exclave(
    shapes: dict[str, shapely.Geometry], grids: dict[str, dict]
) -> None:
    (flagged,) = (grid["parent"] for grid in grids.values() if grid.get("exclave"))
    for length in (9, 12):
        for area in {code[:length] for code in shapes}:
            pieces = len(shapely.get_parts(union(shapes, area)))
            assert pieces == (2 if area == flagged else 1), area


def test_no_grid_is_a_sliver(shapes: dict[str, shapely.Geometry]) -> None:
    metres = [shape_to_plane(part) for s in shapes.values() for part in shapely.get_parts(s)]
    compactness = [4 * np.pi * m.area / shapely.Polygon(m.exterior).length ** 2 for m in metres]
    assert min(compactness) > 0.3
    assert min(m.area for m in metres) > 20_000


def test_the_manifest_vouches_for_every_file(grids: dict[str, dict]) -> None:
    manifest = json.loads((DEMO / "manifest.json").read_text(encoding="utf-8"))
    stored = {path.name for path in DEMO.iterdir()} - {"manifest.json"}
    assert set(manifest["files"]) == stored
    for name, entry in manifest["files"].items():
        data = (DEMO / name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])
        assert len(data) < LARGEST_FILE_KB * 1_024
    assert manifest["counts"]["grids"] == len(grids)
    assert manifest["crs"] == "EPSG:4490"
    assert manifest["notice"].startswith("示意数据")


def test_buildings_stand_at_least_three_metres_inside_their_grid(
    buildings: list[dict[str, str]], shapes: dict[str, shapely.Geometry]
) -> None:
    inner = {code: shape_to_plane(shape).buffer(-3.0) for code, shape in shapes.items()}
    metres = to_plane(np.array([[float(b["lon"]), float(b["lat"])] for b in buildings]))
    astray = [
        building["id"]
        for building, point in zip(buildings, shapely.points(metres), strict=True)
        if not inner[building["grid_code"]].contains(point)
    ]
    assert astray == []


def test_households_of_the_buildings_add_up_to_those_of_the_grid(
    buildings: list[dict[str, str]], grids: dict[str, dict]
) -> None:
    sums: Counter[str] = Counter()
    for building in buildings:
        sums[building["grid_code"]] += int(building["households"])
    assert dict(sums) == {code: grid["households"] for code, grid in grids.items()}
    for grid in grids.values():
        low, high = (300, 500) if grid["kind"] == "community" else (40, 150)
        assert low <= grid["households"] <= high
    rows = [int(b["households"]) for b in buildings if not b["compound_id"]]
    assert min(rows) >= 4 and max(rows) <= 10


def test_places_lie_in_the_area_they_name_and_parents_come_first(
    places: list, shapes: dict[str, shapely.Geometry]
) -> None:
    seen: set[str] = set()
    areas = {place.area_code for place in places}
    unions = {area: shapes[area] if area in shapes else union(shapes, area) for area in areas}
    for place in places:
        assert place.id not in seen
        assert place.parent_id is None or place.parent_id in seen
        seen.add(place.id)
        assert place.grids and all(code in shapes for code in place.grids)
        assert place.radius_m > 0
        if place.kind is not PlaceKind.ROAD:
            assert unions[place.area_code].covers(shapely.Point(place.lon, place.lat)), place.name


def test_a_compound_on_the_main_street_is_cut_by_a_grid_border(places: list) -> None:
    (cut,) = (p for p in places if p.kind is PlaceKind.COMPOUND and p.name == "阳光小区")
    mine = [p for p in places if p.parent_id == cut.id]
    assert cut.area_code == "150221104001" and len(cut.grids) == 2
    assert [p.name for p in mine] == [f"{n}号楼" for n in range(1, 10)]
    assert {p.area_code for p in mine[:5]} != {p.area_code for p in mine[5:]}
    assert len({p.area_code for p in mine[:5]}) == len({p.area_code for p in mine[5:]}) == 1


def test_compounds_that_the_sample_texts_name_exist_and_two_names_repeat(places: list) -> None:
    compounds = [p for p in places if p.kind is PlaceKind.COMPOUND]
    homes = {p.name: p for p in compounds}
    sizes = Counter(p.parent_id for p in places)
    assert homes["惠民家园"].area_code.startswith("150221104002")
    assert sizes[homes["惠民家园"].id] >= 9
    assert homes["丽景苑小区"].area_code.startswith("150221104008")
    assert sorted(Counter(p.name for p in compounds).values())[-3:] == [1, 2, 2]


def test_the_generator_makes_the_stored_files_again_to_the_byte(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_a_changed_file_is_named_by_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {"units.csv": b"as made"}
    monkeypatch.setattr("geo.synthetic.__main__.county_files", lambda *_: made)
    monkeypatch.setattr("geo.synthetic.__main__.make_county", lambda _: None)
    assert main([str(tmp_path)]) == 0
    assert main([str(tmp_path), "--check"]) == 0
    (tmp_path / "units.csv").write_bytes(b"by hand")
    assert main([str(tmp_path), "--check"]) == 1
    assert "units.csv" in capsys.readouterr().err
