"""A matcher that is told of new grids reads texts like one that knew them from the start."""

from __future__ import annotations

from geo.address.grid_names import grid_places
from geo.address.matcher import Matcher
from geo.address.types import Place, PlaceKind

COMMUNITY = "150221104001"
OLD = {f"{COMMUNITY}001": "振华社区第一网格", f"{COMMUNITY}002": "振华社区第二网格"}
NEW = {f"{COMMUNITY}003": "振华社区第三网格", f"{COMMUNITY}012": "第十二网格"}
TEXTS = (
    "振华社区第三网格路灯不亮",
    "振华社区12网格",
    "振华社区第一网格",
    "振华社区第九网格",
    "振华社区",
)


def matcher(names: dict[str, str]) -> Matcher:
    community = Place(
        id="c1",
        name="振华社区居委会",
        kind=PlaceKind.COMMUNITY,
        lon=110.5,
        lat=40.5,
        radius_m=800,
        area_code=COMMUNITY,
    )
    return Matcher(
        (community, *grid_places(names, (community,))),
        county_code="150221",
        county_names=("示例旗",),
        foreign_names=(),
    )


def test_new_grids_are_read_as_if_they_had_been_known_from_the_start() -> None:
    extended, anew = matcher(OLD).with_grids(NEW), matcher({**OLD, **NEW})
    assert extended is not None
    assert [extended.match(text) for text in TEXTS] == [anew.match(text) for text in TEXTS]
    assert extended.match(TEXTS[0]) != matcher(OLD).match(TEXTS[0])


def test_the_matcher_of_before_does_not_know_them() -> None:
    before = matcher(OLD)
    before.with_grids(NEW)
    assert before.match(TEXTS[0]) == matcher(OLD).match(TEXTS[0])


def test_a_grid_without_a_number_takes_a_matcher_made_anew() -> None:
    assert matcher(OLD).with_grids({f"{COMMUNITY}004": "振华社区工业园"}) is None
