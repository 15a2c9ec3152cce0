"""Scenarios: what a redraw does to owners and open reports, drawn as text maps and served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.db.cluster import Cluster
from tests.drawn_county import CODES, DrawnCounty, served
from tests.scenarios.text_map import TextMap

A, B, C, D, K, X = (CODES[letter] for letter in "ABCDKX")
STREETS = """
    AABBXX
    AABBXX
    CCDDKK
    CCDDKK
    """
HOUSES = [(0.5, 0.5), (1.5, 0.5), (2.5, 0.5), (3.5, 0.5), (2.5, 2.5)]
Draw = Callable[[str], DrawnCounty]


@pytest.fixture
def draw(cluster: Cluster, schema_template: str, tmp_path: Path) -> Iterator[Draw]:
    """Serve a picture."""
    with ExitStack() as stack:
        yield lambda picture: stack.enter_context(
            served(cluster, schema_template, TextMap(picture, codes=CODES), HOUSES, tmp_path)
        )


def give(county: DrawnCounty, to: str, *box: float, **more: Any) -> dict[str, Any]:
    west, north, east, south = box
    area = county.box(west, north, east, south)
    return {"op": "transfer", "to": to, "area": area, "crs": "cgcs2000", **more}


def cut(county: DrawnCounty, grid: str, *track: tuple[float, float]) -> dict[str, Any]:
    return {"op": "split", "grid": grid, "line": county.line(*track), "crs": "cgcs2000"}


def test_the_strip_that_changes_hands_takes_its_unsigned_reports_along_and_no_other(
    draw: Draw,
) -> None:
    county = draw(STREETS)
    # The western half of B goes to A:   A A a B
    strip, rest = (2.5, 0.5), (3.5, 1.5)
    unsigned, in_hand, closed, beside = (county.report(*at) for at in (strip, strip, strip, rest))
    operator = county.login("dispatcher")
    for report, steps in ((in_hand, ["accept"]), (closed, ["accept", "close"])):
        for step in steps:
            done = operator.post(f"/v1/reports/{report['id']}/steps", json={"step": step})
            assert done.status_code == 200, done.text
    summary = county.publish(give(county, A, 2, 0, 3, 2))["changeset"]["summary"]
    assert (summary["moved"], summary["kept"]) == ([unsigned["number"]], [in_hand["number"]])

    def holder(report: dict[str, Any]) -> str:
        found: str = operator.get(f"/v1/reports/{report['id']}").json()["grid"]["code"]
        return found

    assert [holder(r) for r in (unsigned, in_hand, closed, beside)] == [A, B, B, B]

    def kinds(report: dict[str, Any]) -> list[str]:
        events = operator.get(f"/v1/reports/{report['id']}/events").json()["items"]
        return [event["kind"] for event in events]

    assert kinds(unsigned)[-1] == "moved"
    assert kinds(in_hand)[-1] == "kept"
    assert not {"moved", "kept"} & {*kinds(closed), *kinds(beside)}
    assert county.report(*strip)["grid"]["code"] == A


def test_on_the_day_and_not_before_the_new_grid_answers_and_the_day_before_keeps_its_owner(
    draw: Draw,
) -> None:
    county = draw(STREETS)
    waiting = county.report(2.5, 0.5)
    day = county.clock + timedelta(days=3)
    before = county.grids()
    county.publish(cut(county, B, (3, -1), (3, 3)), effective_at=day.isoformat())
    assert county.grids() == before
    assert county.owner(2.5, 0.5) == county.owner(3.5, 0.5) == B
    new = county.owner(3.5, 0.5, at=day) or ""
    west = county.owner(2.5, 0.5, at=day)
    assert {new, west} == {B, "150221104001005"}
    county.pass_time(timedelta(days=4))
    assert county.owner(3.5, 0.5) == new
    assert county.owner(3.5, 0.5, at=day - timedelta(microseconds=1)) == B
    found = county.login("dispatcher").get(f"/v1/reports/{waiting['id']}").json()
    assert found["grid"]["code"] == west
    assert county.grids(at=day - timedelta(seconds=1)) == before


def test_land_of_another_community_is_refused_then_given_when_it_is_meant(draw: Draw) -> None:
    county = draw(STREETS)
    plan = county.draft()
    stroke = give(county, D, 4, 2, 5, 4)
    refused = county.stroke(plan, stroke, 0)
    assert (refused.status_code, refused.json()["reason"]) == (422, "crosses_parent")
    assert set(refused.json()["grids"]) == {D, K}
    assert county.stroke(plan, {**stroke, "cross_parent": True}, 0).status_code == 200
    assert county.login("township_admin").get(plan).json()["cross_parent"] is True
    assert county.approve(plan).status_code == 200
    community = county.login("dispatcher").get(f"/v1/areas/{K[:12]}").json()
    assert county.owner(4.5, 3) == D
    # The community's own outline follows its grids.
    assert community["bbox"][0] == pytest.approx(county.drawn.at(5, 2)[0])


def test_a_plan_on_ground_that_moved_is_done_again_or_refused_with_the_step_that_fails(
    draw: Draw,
) -> None:
    county = draw(STREETS)
    #  A A|B B      one plan cuts B from north to south, another gives its northern half to A,
    #  A A|B B      a third makes one grid of B and D
    holds = county.draft(cut(county, B, (3, -1), (3, 3)))
    fails = county.draft(cut(county, B, (3, -1), (3, 3)))
    county.publish(give(county, A, 2, 0, 4, 1))
    held = county.approve(holds)
    assert held.status_code == 200, held.text
    assert county.owner(2.5, 1.5) != county.owner(3.5, 1.5)
    assert county.owner(2.5, 0.5) == county.owner(3.5, 0.5) == A
    county.publish({"op": "merge", "grids": [D, B], "keep": D})
    answer = county.approve(fails)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/plan-overtaken")
    assert (answer.json()["operation"], answer.json()["reason"]) == (1, "unknown_grid")


def test_a_mistake_is_taken_back_to_the_byte_and_the_retired_code_lives_again(draw: Draw) -> None:
    county = draw(STREETS)
    before = county.grids()
    waiting = county.report(3.5, 0.5)
    merged = county.publish({"op": "merge", "grids": [A, B], "keep": A})
    assert county.owner(3.5, 0.5) == A
    other = county.publish(cut(county, C, (1, 1), (1, 5)))
    rolled = county.login("county_admin").post(
        f"/v1/changesets/{merged['changeset']['id']}/rollback"
    )
    assert rolled.status_code == 200, rolled.text
    assert county.owner(3.5, 0.5) == B
    found = county.login("dispatcher").get(f"/v1/reports/{waiting['id']}").json()
    assert found["grid"]["code"] == B
    again = county.login("county_admin").post(f"/v1/changesets/{other['changeset']['id']}/rollback")
    assert again.status_code == 200, again.text
    assert county.grids() == before
