"""A file's shapes come to CGCS2000 degrees as one coverage, and straight edges stay straight."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import Polygon, box

from geo.boundary_files.storing import STRAIGHT_M, to_storage
from geo.boundary_files.systems import CoordinateSystem, parse_system, suggest
from geo.coverage import check_coverage
from geo.crs import KNOWN_EPSG, metres_per_degree
from geo.errors import GeoError
from geo.lattice import on_lattice
from tests.unit.geo.boundary_files.making_files import SQUARES

ZONE_111 = parse_system("4546")
FEET = parse_system("EPSG:2232")


def farthest_m(edge: np.ndarray, system: CoordinateSystem, stored: shapely.Geometry) -> float:
    """Return how far points of a straight edge lie from the stored border."""
    share = np.linspace(0, 1, 301)[:, None]
    along = edge[0] + (edge[1] - edge[0]) * share
    lon, lat = system.to_cgcs2000(along[:, 0], along[:, 1])
    scale = np.array(metres_per_degree(float(lat.mean())))
    border = shapely.transform(stored.boundary, lambda xy: xy * scale)
    return float(
        shapely.distance(border, shapely.points(np.column_stack([lon, lat]) * scale)).max()
    )


@settings(max_examples=40, deadline=None)
@given(
    x=st.floats(380_000, 620_000),
    y=st.floats(4_440_000, 4_540_000),
    length=st.floats(50, 20_000),
    angle=st.floats(0, 6.3),
)
def test_a_straight_edge_of_a_projected_file_stays_within_a_centimetre(
    x: float, y: float, length: float, angle: float
) -> None:
    end = x + length * np.cos(angle), y + length * np.sin(angle)
    third = x - length * np.sin(angle), y + length * np.cos(angle)
    triangle = Polygon([(x, y), end, third])
    (stored,) = to_storage([triangle], ZONE_111).shapes
    assert stored is not None
    # Half a lattice step of rounding is no bend.
    assert farthest_m(np.array([(x, y), end]), ZONE_111, stored) < STRAIGHT_M + 0.001


def test_without_more_points_a_long_edge_would_be_metres_off() -> None:
    (stored,) = to_storage([box(440_000, 4_480_000, 470_000, 4_500_000)], ZONE_111).shapes
    bare = shapely.transform(
        box(440_000, 4_480_000, 470_000, 4_500_000),
        lambda xy: np.column_stack(ZONE_111.to_cgcs2000(xy[:, 0], xy[:, 1])),
    )
    edge = np.array([(440_000.0, 4_500_000.0), (470_000.0, 4_500_000.0)])
    assert stored is not None
    assert farthest_m(edge, ZONE_111, bare) > 1
    assert farthest_m(edge, ZONE_111, stored) < STRAIGHT_M + 0.001


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), word=st.sampled_from(["4546", "2232", "gcj02", "bd09", "2384"]))
def test_neighbours_that_run_their_edge_in_opposite_ways_stay_neighbours(
    seed: int, word: str
) -> None:
    system = parse_system(word)
    rng = np.random.default_rng(seed)
    across, step = 4, 0.02 if system.in_degrees else 2_000.0
    origin = (110.5, 40.5) if system.in_degrees else (460_000.0, 4_490_000.0)
    if word == "2232":
        origin = 3_140_000.0, 1_690_000.0
    i, j = np.meshgrid(np.arange(across + 1), np.arange(across + 1), indexing="ij")
    nodes = np.stack([i, j], axis=-1) + rng.uniform(-0.3, 0.3, (across + 1, across + 1, 2))
    nodes = nodes * step + origin
    cells = []
    for a in range(across):
        for b in range(across):
            ring = [nodes[a, b], nodes[a + 1, b], nodes[a + 1, b + 1], nodes[a, b + 1]]
            cells.append(Polygon(ring[:: rng.choice([-1, 1])]))
    stored = to_storage(cells, system)
    assert stored.added_points > 0
    shapes = [shape for shape in stored.shapes if shape is not None]
    report = check_coverage([f"150221104001{n:03d}" for n in range(len(cells))], shapes)
    assert report.issues == ()


def test_degrees_of_cgcs2000_are_kept_to_the_byte() -> None:
    stored = to_storage([*SQUARES, None], parse_system("cgcs2000"))
    assert stored.added_points == 0
    assert stored.shapes[-1] is None
    for given_shape, shape in zip(SQUARES, stored.shapes, strict=False):
        assert shape is not None
        assert shapely.equals_exact(given_shape, shape)
        assert on_lattice(shape)


def test_shapes_with_holes_and_parts_keep_them() -> None:
    holed = box(460_000, 4_490_000, 470_000, 4_500_000) - box(
        462_000, 4_492_000, 463_000, 4_493_000
    )
    both = shapely.MultiPolygon([holed, box(480_000, 4_490_000, 481_000, 4_491_000)])
    (stored,) = to_storage([both], ZONE_111).shapes
    assert stored is not None
    assert stored.is_valid
    assert [len(part.interiors) for part in stored.geoms] == [1, 0]


@pytest.mark.parametrize(
    ("word", "shape", "said"),
    [
        ("4546", SQUARES[0], "像是经纬度"),
        ("cgcs2000", box(457_000, 4_484_000, 458_000, 4_485_000), "以米为单位"),
        ("wgs84", shapely.transform(SQUARES[0], lambda xy: xy[:, ::-1]), "填反"),
    ],
)
def test_a_system_that_cannot_be_meant_is_refused(
    word: str, shape: shapely.Geometry, said: str
) -> None:
    with pytest.raises(GeoError, match=said) as refused:
        to_storage([shape], parse_system(word))
    assert refused.value.reason == "crs_mismatch"


@pytest.mark.parametrize(
    "word", ["", "wgs", "EPSG:3857", "+proj=longlat +nadgrids=/etc/passwd", "４５４６", "-4546"]
)
def test_only_listed_systems_are_known(word: str) -> None:
    with pytest.raises(GeoError) as refused:
        parse_system(word)
    assert refused.value.reason == "unknown_crs"
    assert "passwd" not in refused.value.message


def test_a_system_without_published_parameters_says_so() -> None:
    assert parse_system("2384").accuracy_m is None
    assert ZONE_111.accuracy_m == 0
    assert parse_system("gcj02").accuracy_m == 0


@pytest.mark.parametrize("epsg", sorted(set(KNOWN_EPSG) - {4490, 4326, 4610, 2232}))
def test_every_listed_zone_has_the_meridian_that_its_label_says(epsg: int) -> None:
    label = parse_system(str(epsg)).label
    degrees = int(label.split("°E")[0][-3:].lstrip("（线"))
    system = CRS.from_epsg(epsg)
    meridian = next(
        p.value for p in system.coordinate_operation.params if "natural origin" in p.name
        and p.name.startswith("Longitude")
    )  # fmt: skip
    assert meridian == degrees
    assert system.name.startswith("CGCS2000" if "CGCS2000" in label else "Xian 1980")
    assert ("3-degree" in system.name) == ("3度带" in label)


def test_nothing_is_suggested_for_numbers_that_fit_no_chinese_system() -> None:
    assert suggest(np.array([3.1e6]), np.array([1.7e6])) == ()
