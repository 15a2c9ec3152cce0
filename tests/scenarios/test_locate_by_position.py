"""Scenarios: a report comes with a position."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.address.types import PlaceKind
from geo.locate.decision import decide
from geo.locate.types import Decision, Verdict
from geo.position import Datum, Position
from tests.scenarios.text_map import CODES, TextMap, matched

# A, B: two grids of 振华社区; C, D: 花苑社区; K, L: 磴口村 in another township.
TOWN = TextMap(
    """
    AABBCC
    AABBCC
    DDKKLL
    DDKKLL
    """
)
COUNTY = TOWN.county()


def ask(position: Position) -> Decision:
    return decide(county=COUNTY, position=position, match=None)


def steps(decision: Decision) -> list[str]:
    return [reason.step for reason in decision.reasons]


def said(decision: Decision) -> str:
    return "".join(reason.detail for reason in decision.reasons)


@pytest.mark.parametrize("datum", list(Datum))
def test_a_point_well_inside_a_grid_is_assigned_at_once_in_every_datum(datum: Datum) -> None:
    found = ask(TOWN.point(1, 1, accuracy_m=18, datum=datum))
    assert found.verdict is Verdict.AUTO
    assert found.grid == CODES["A"]
    assert found.path == ("150221", "150221104", "150221104001", CODES["A"])
    assert found.decided_by is None
    assert found.position is not None
    assert found.position.datum is Datum.CGCS2000
    assert found.position.accuracy_m == 18
    assert "误差约18米，整体落在萨拉齐镇振华社区第一网格内，距最近界线100米" in said(found)


def test_a_disc_across_a_border_of_one_community_is_left_to_that_community() -> None:
    found = ask(TOWN.point(1.9, 1, accuracy_m=40, datum=Datum.GCJ02))
    assert found.verdict is Verdict.CONFIRM
    assert found.grid == CODES["A"]
    assert found.path[-1] == CODES["A"]
    assert found.decided_by == "150221104001"
    assert [c.code for c in found.candidates] == [CODES["A"], CODES["B"]]
    inside, beside = found.candidates
    assert inside.share == pytest.approx(0.66, abs=0.01)
    assert inside.distance_m == 0
    assert beside.distance_m == pytest.approx(10, abs=0.1)
    assert "点位在此格内" in inside.hint
    assert "在点位东侧10米处" in beside.hint
    assert "34%" in beside.hint


@pytest.mark.parametrize(
    ("share_beyond", "verdict"), [(0.08, Verdict.AUTO), (0.12, Verdict.CONFIRM)]
)
def test_nine_tenths_of_the_disc_divide_auto_from_confirm(
    share_beyond: float, verdict: Verdict
) -> None:
    # The segment of a circle at 0.69 and 0.62 of its radius holds 9.8 % and 13 % of the disc.
    columns = {0.08: 1.71, 0.12: 1.76}
    found = ask(TOWN.point(columns[share_beyond], 1, accuracy_m=40))
    assert found.verdict is verdict
    assert found.candidates[1].share == pytest.approx(share_beyond, abs=0.03)


def test_doubt_across_townships_goes_to_the_county_and_hints_name_the_township() -> None:
    found = ask(TOWN.point(2.5, 2, accuracy_m=40))
    assert found.verdict is Verdict.CONFIRM
    assert found.decided_by == "150221"
    hints = {c.code: c.hint for c in found.candidates}
    assert hints[CODES["B"]].startswith("属萨拉齐镇")
    assert hints[CODES["K"]].startswith("属海子乡")


def test_a_point_exactly_on_a_border_goes_to_the_lowest_code_and_says_so() -> None:
    found = ask(TOWN.point(2, 1))
    assert found.verdict is Verdict.AUTO
    assert found.grid == CODES["A"]
    assert "border" in steps(found)
    assert "振华社区第一网格、振华社区第二网格共用此界" in said(found)
    assert found.trace["on_border_of"] == [CODES["A"], CODES["B"]]


def test_a_point_outside_goes_to_the_desk_with_its_position_and_how_far_it_is() -> None:
    found = ask(TOWN.point(-3, 1, accuracy_m=18))
    assert found.verdict is Verdict.DESK
    assert found.grid is None
    assert found.path == ()
    assert found.decided_by == "150221"
    assert found.candidates == ()
    assert found.position is not None
    assert "不在土默特右旗范围内" in said(found)
    assert "约300米" in said(found)


def test_a_disc_that_reaches_in_from_outside_lists_the_grids_it_touches() -> None:
    found = ask(TOWN.point(-0.2, 1, accuracy_m=30))
    assert found.verdict is Verdict.DESK
    assert found.grid is None
    assert [c.code for c in found.candidates] == [CODES["A"]]


def test_a_disc_mostly_outside_the_county_is_not_assigned_though_its_centre_is_inside() -> None:
    found = ask(TOWN.point(0.05, 1, accuracy_m=60))
    assert found.verdict is Verdict.CONFIRM
    assert found.grid == CODES["A"]
    assert found.decided_by == "150221104001"
    assert "在界外" in said(found)


def test_a_position_known_to_twenty_kilometres_only_goes_to_the_desk() -> None:
    found = ask(TOWN.point(1, 1, accuracy_m=20_000))
    assert found.verdict is Verdict.DESK
    assert found.decided_by == "150221"
    assert found.candidates == ()
    assert ask(TOWN.point(1, 1, accuracy_m=19_999)).verdict is Verdict.CONFIRM


def test_a_gcj02_point_read_as_wgs84_lands_elsewhere_so_the_declared_datum_is_obeyed() -> None:
    right = ask(TOWN.point(1, 1, datum=Datum.GCJ02))
    wrong = ask(TOWN.point(1, 1, datum=Datum.GCJ02, sent_as=Datum.WGS84))
    assert right.grid == CODES["A"]
    assert wrong.grid != CODES["A"]


def test_twenty_candidates_are_listed_at_most_with_the_owner_and_the_rest_is_counted() -> None:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    codes = {letter: f"150221104001{number:03d}" for number, letter in enumerate(letters, 1)}
    # The owner, Z, is the smallest of all: by share alone it would not be among the twenty.
    lines = (letters[:12], letters[:12], letters[12:], letters[12:-1] + ".")
    rows = TextMap("\n".join(lines), codes=codes)
    shapes = rows.shapes()
    county = type(COUNTY)(
        revision="wide", codes=list(shapes), geometries=list(shapes.values()), names={}
    )
    found = decide(county=county, position=rows.point(11.5, 2.5, accuracy_m=3_000), match=None)
    assert len(found.candidates) == 20
    assert found.grid == codes["Z"]
    assert found.grid in {c.code for c in found.candidates}
    assert found.decided_by == "150221104001"
    assert "另有4个未列出" in said(found)


positions = st.builds(
    Position,
    lon=st.floats(110.49, 110.52),
    lat=st.floats(40.48, 40.51),
    datum=st.sampled_from(list(Datum)),
    accuracy_m=st.one_of(st.just(0.0), st.floats(0, 30_000)),
)


@settings(max_examples=60, deadline=None)
@given(position=positions)
def test_asking_again_gives_an_equal_decision_with_a_receipt_of_plain_json(
    position: Position,
) -> None:
    first, again = ask(position), decide(county=TOWN.county(), position=position, match=None)
    assert first == again
    assert json.loads(json.dumps(first.trace, allow_nan=False)) == first.trace
    assert 2 <= len(first.reasons) <= 6


@settings(max_examples=60, deadline=None)
@given(position=positions)
def test_a_decision_keeps_its_promises_wherever_the_point_lies(position: Position) -> None:
    found = ask(position)
    shares = [c.share for c in found.candidates if c.share is not None]
    assert sum(shares) <= 1 + 1e-9
    assert (found.decided_by is None) == (found.verdict is Verdict.AUTO)
    if found.decided_by is not None:
        assert all(c.code.startswith(found.decided_by) for c in found.candidates)
    if found.grid is None:
        assert found.verdict is Verdict.DESK
    else:
        assert found.path[-1] == found.grid
        assert not found.candidates or found.grid in {c.code for c in found.candidates}
    if found.verdict is Verdict.AUTO:
        assert found.candidates[0].code == found.grid
        assert found.candidates[0].share is not None
        assert found.candidates[0].share >= 0.9


def test_a_scenario_map_can_hold_places() -> None:
    place = TOWN.place("振华社区", PlaceKind.COMMUNITY, (2, 1), radius_m=2000, area="150221104001")
    assert (place.lon, place.lat) == TOWN.at(2, 1)


@settings(max_examples=150, deadline=None)
@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    datum=st.sampled_from(list(Datum)),
    accuracy_m=st.sampled_from([0.0, 1e-300, 0.001, 18.0, 19_999.9, 20_000.0, 1e308]),
    place=st.sampled_from([None, (PlaceKind.COMMUNITY, ""), (PlaceKind.BUILDING, "A")]),
)
def test_any_position_on_earth_however_doubtful_gets_an_answer(
    lon: float,
    lat: float,
    datum: Datum,
    accuracy_m: float,
    place: tuple[PlaceKind, str] | None,
) -> None:
    assume((lon, lat) != (0, 0))
    match = None
    if place is not None:
        kind, grids = place
        area = CODES[grids] if grids else "150221104001"
        match = matched(TOWN.place("某处", kind, (1, 1), radius_m=50, area=area, grids=grids))
    position = Position(lon=lon, lat=lat, datum=datum, accuracy_m=accuracy_m)
    found = decide(county=COUNTY, position=position, match=match)
    assert found.position is not None
    assert json.dumps(found.trace, allow_nan=False)
    assert all(candidate.hint for candidate in found.candidates)
