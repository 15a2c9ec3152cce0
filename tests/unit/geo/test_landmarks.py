"""Say what lies inside a grid of the boundaries that are asked about, and of no others."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

from shapely.geometry import box

from geo.address.types import Place, PlaceKind
from geo.locate.county_map import CountyMap
from geo.locate.landmarks import Landmarks
from geo.locate.types import Candidate

WEST, EAST = "150221104001001", "150221104001002"
COMPOUND = Place(
    id="yangguang", name="阳光小区", kind=PlaceKind.COMPOUND, lon=110.04, lat=40.05,
    radius_m=100, area_code=WEST,
)  # fmt: skip
BUILDINGS = tuple(
    Place(
        id=f"b{number}", name=f"{number}号楼", kind=PlaceKind.BUILDING, lon=lon, lat=40.05,
        radius_m=20, area_code=WEST, parent_id="yangguang",
    )
    for number, lon in ((1, 110.03), (2, 110.05), (3, 110.07))
)  # fmt: skip


def county(border: float) -> CountyMap:
    """Return two grids side by side; 阳光小区 lies at 110.04."""
    shapes = [box(110, 40, border, 40.1), box(border, 40, 110.1, 40.1)]
    return CountyMap(revision=f"{border}", codes=[WEST, EAST], geometries=shapes, names={})


def told(landmarks: Landmarks, of: CountyMap) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    return (
        landmarks.inside(of, [WEST, EAST]),
        landmarks.buildings_of(of, COMPOUND, [WEST, EAST]),
    )


def test_after_a_redraw_places_lie_in_the_grids_of_the_boundaries_asked_about() -> None:
    before, after = county(110.06), county(110.02)
    answers = {
        before: (
            {WEST: ("阳光小区",), EAST: ()},
            {WEST: "1—2号楼", EAST: "3号楼"},
        ),
        after: ({WEST: (), EAST: ("阳光小区",)}, {EAST: "1—3号楼"}),
    }
    for first, then in ((before, after), (after, before)):
        landmarks = Landmarks((COMPOUND, *BUILDINGS))
        for asked in (first, then, first):
            assert told(landmarks, asked) == answers[asked]


def test_what_was_found_in_old_boundaries_keeps_none_of_them_in_memory() -> None:
    landmarks, old = Landmarks((COMPOUND, *BUILDINGS)), county(110.06)
    told(landmarks, old)
    gone = weakref.ref(old)
    del old
    gc.collect()
    assert gone() is None


def test_grids_are_told_apart_for_the_place_the_grids_and_the_boundaries_asked_about() -> None:
    landmarks, old, new = Landmarks(), county(110.06), county(110.02)
    namesake = replace(COMPOUND, name="另一处")

    def told_of(of: CountyMap, place: Place, codes: tuple[str, ...]) -> str:
        said = f"{of.revision} {place.name} {codes}"
        candidate = Candidate(code=WEST, share=None, distance_m=None, hint=said)
        return landmarks.told(of, place, codes, lambda: (candidate,))[0].hint

    asked = [
        (of, place, codes)
        for of in (old, new)
        for place in (COMPOUND, namesake)
        for codes in ((WEST,), (WEST, EAST))
    ]
    for of, place, codes in (*asked, *asked):
        assert told_of(of, place, codes) == f"{of.revision} {place.name} {codes}"
