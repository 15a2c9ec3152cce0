"""An index made from another one answers like one made from all polygons."""

from __future__ import annotations

import pytest
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from geo.errors import CoverageError
from geo.locate.county_map import CountyMap
from geo.locate.index import GridIndex
from tests.unit.geo.random_coverage import random_coverage, telling_points

Changes = dict[str, BaseGeometry | None]


def merged_and_split(codes: list[str], shapes: list[BaseGeometry]) -> Changes:
    """One grid takes another's land under its own code; a new one begins with a third's."""
    held = dict(zip(codes, shapes, strict=True))
    first, second, third = sorted(held)[:3]
    return {
        first: held[first].union(held[second]),
        second: None,
        "150221104001999": held[third],
        third: None,
    }


@pytest.mark.parametrize("seed", range(5))
def test_a_changed_index_answers_like_one_made_anew(seed: int) -> None:
    codes, shapes = random_coverage(seed)
    changes = merged_and_split(codes, shapes)
    after = {**dict(zip(codes, shapes, strict=True)), **changes}
    whole = {code: shape for code, shape in after.items() if shape is not None}
    changed, anew = (
        GridIndex(codes, shapes).changed(changes),
        GridIndex(list(whole), list(whole.values())),
    )
    points = telling_points(shapes, seed)
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    assert changed.codes == anew.codes
    assert changed.owners(lons, lats).tolist() == anew.owners(lons, lats).tolist()
    assert [changed.owner(lon=x, lat=y) for x, y in points] == anew.owners(lons, lats).tolist()
    assert changed.bounds == anew.bounds
    lon, lat = points[0]
    for code in anew.codes:
        assert changed.edge_distance_m(lon=lon, lat=lat, code=code) == anew.edge_distance_m(
            lon=lon, lat=lat, code=code
        )


def test_the_index_that_was_changed_answers_as_before() -> None:
    codes, shapes = random_coverage(7)
    index, untouched = GridIndex(codes, shapes), GridIndex(codes, shapes)
    index.changed(merged_and_split(codes, shapes))
    for lon, lat in telling_points(shapes, 7):
        assert index.owner(lon=lon, lat=lat) == untouched.owner(lon=lon, lat=lat)


def test_a_changed_map_has_the_names_of_its_own_revision() -> None:
    codes, shapes = random_coverage(3)
    before = CountyMap(
        revision="r1", codes=codes, geometries=shapes, names=dict.fromkeys(codes, "旧")
    )
    after = before.changed({}, revision="r2", names=dict.fromkeys(codes, "新"))
    assert (after.revision, after.name(codes[0]), after.root) == ("r2", "新", "150221")
    assert (before.revision, before.name(codes[0])) == ("r1", "旧")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty", "empty_coverage"),
        ("below all", "mixed_levels"),
        ("no polygon", "not_polygon"),
    ],
)
def test_a_change_that_leaves_no_coverage_is_refused(name: str, reason: str) -> None:
    codes, shapes = random_coverage(1)
    changes: dict[str, Changes] = {
        "empty": dict.fromkeys(codes),
        "below all": {codes[0][:9]: shapes[0]},
        "no polygon": {codes[0]: shapes[0].centroid},
    }
    with pytest.raises(CoverageError) as refusal:
        GridIndex(codes, shapes).changed(changes[name])
    assert refusal.value.reason == reason


def test_a_code_of_another_level_is_refused_among_the_others_too() -> None:
    shapes = [box(110.0 + 0.1 * n, 40.0, 110.1 + 0.1 * n, 40.1) for n in range(3)]
    index = GridIndex(["150221104001001", "150221104003001"], shapes[::2])
    with pytest.raises(CoverageError) as refusal:
        index.changed({"150221104002": shapes[1]})
    assert refusal.value.reason == "mixed_levels"
