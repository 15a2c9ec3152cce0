"""Decisions on plans that cannot be meant: refused with a reason, and nothing is in force."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.http.bad_strokes import good_strokes, node_between
from tests.http.conftest import Login
from tests.http.demo_county import refused
from tests.http.hostile_values import BAD_TIMES, MARKER
from tests.http.test_plans import merge_of, new_plan, split_of, stroke


@pytest.fixture(scope="module")
def township(login: Login) -> TestClient:
    return login("township_admin")


@pytest.fixture(scope="module")
def county(login: Login) -> TestClient:
    return login("county_admin")


@pytest.fixture(scope="module")
def submitted(township: TestClient) -> str:
    """A plan that was handed in: a step done, a step taken back."""
    plan = new_plan(township)
    assert stroke(township, plan, split_of(township), 0).status_code == 200
    assert stroke(township, plan, merge_of(), 1).status_code == 200
    assert township.post(f"{plan}/undo", headers={"If-Match": '"2"'}).status_code == 200
    assert township.post(f"{plan}/submit").status_code == 200
    return plan


@pytest.fixture(autouse=True)
def _unharmed(county: TestClient, submitted: str) -> Iterator[None]:
    """Hold after each test that plan, county and history are the same, to the byte."""
    places = (submitted, f"{submitted}/grids.geojson", "/v1/areas.geojson", "/v1/changesets")
    before = [county.get(place).content for place in places]
    yield
    assert [county.get(place).content for place in places] == before


def test_what_was_handed_in_is_not_drawn_on(township: TestClient, submitted: str) -> None:
    match = {"If-Match": '"3"'}
    for step, body in (("operations", merge_of()), ("undo", None), ("redo", None)):
        answer = township.post(f"{submitted}/{step}", json=body, headers=match)
        assert refused(answer, 409, "plan-not-draft")["state"] == "submitted"
    refused(township.post(f"{submitted}/submit"), 409, "plan-state")


def test_an_approval_by_who_may_not_or_too_early_is_refused(
    township: TestClient, county: TestClient, submitted: str
) -> None:
    yes = {"allow_vacant": True}
    refused(township.post(f"{submitted}/approve", json=yes), 403, "forbidden")
    refused(township.post(f"{submitted}/reject", json={"reason": "否"}), 403, "forbidden")
    refused(county.post(f"/v1/plans/{uuid4()}/approve", json=yes), 404, "not-found")
    draft = new_plan(county)
    refused(county.post(f"{draft}/approve", json=yes), 409, "plan-state")
    refused(county.post(f"{draft}/reject", json={"reason": "否"}), 409, "plan-state")
    refused(county.post(f"{draft}/submit"), 409, "plan-state")
    assert stroke(county, draft, merge_of(), 0).status_code == 200
    assert county.post(f"{draft}/submit").status_code == 200
    refused(county.post(f"{draft}/approve", json=yes), 409, "same-person")
    refused(county.post(f"{draft}/reject", json={"reason": "否"}), 409, "same-person")


def test_a_new_grid_without_a_holder_is_named(county: TestClient, submitted: str) -> None:
    for body in ({}, {"allow_vacant": False}):
        problem = refused(county.post(f"{submitted}/approve", json=body), 422, "no-holder")
        assert problem["reason"] == "no_holder"
        assert len(problem["grids"]) == 1


def test_a_date_in_the_past_is_refused(county: TestClient, submitted: str) -> None:
    for back in (timedelta(seconds=1), timedelta(days=1), timedelta(days=10_000)):
        moment = datetime.now(UTC) - back
        body = {"effective_at": moment.isoformat(), "allow_vacant": True}
        problem = refused(county.post(f"{submitted}/approve", json=body), 422, "invalid-input")
        assert problem["reason"] == "in_the_past"


@pytest.mark.parametrize(
    "said",
    [
        *({"effective_at": moment} for moment in BAD_TIMES if len(str(moment)) < 100),
        {"effective_at": "9" * 100_000},
        {"document_no": ""},
        {"document_no": " \u3000"},
        {"document_no": "x" * 101},
        {"document_no": 3},
        {"document_date": "2026-02-30"},
        {"document_date": "20260220"},
        {"document_date": "2026-W08-5"},
        {"document_date": 20260220},
        {"document_date": "２０２６-02-20"},
        {"note": "x" * 2_001},
        {"note": "a\x00b"},
        {"note": ["a"]},
        {"allow_vacant": "yes"},
        {"allow_vacant": 1},
        {"overtake": "true"},
        {"overtake": None},
        {"state": "effective"},
        {MARKER: True},
    ],
    ids=lambda said: repr(said)[:40],
)
def test_an_approval_that_says_something_strange_is_refused(
    county: TestClient, submitted: str, said: dict[str, Any]
) -> None:
    body = json.dumps({"allow_vacant": True, **said})  # a lone surrogate passes as an escape
    media = {"Content-Type": "application/json"}
    answer = county.post(f"{submitted}/approve", content=body, headers=media)
    problem = refused(answer, 422, "invalid-input")
    assert problem["reason"]
    assert MARKER not in answer.text


def test_a_rejection_needs_a_reason(county: TestClient, submitted: str) -> None:
    bodies: tuple[dict[str, Any], ...] = (
        {},
        {"reason": ""},
        {"reason": "  \u3000\n"},
        {"reason": None},
        {"reason": 3},
        {"reason": "x" * 2_001},
        {"reason": "\u202e好"},
        {"reason": "好", MARKER: 1},
    )
    for body in bodies:
        answer = county.post(f"{submitted}/reject", json=body)
        refused(answer, 422, "invalid-input")
        assert MARKER not in answer.text


def test_what_was_never_published_is_not_taken_back(
    township: TestClient, county: TestClient, submitted: str
) -> None:
    nowhere = uuid4()
    refused(county.post(f"/v1/changesets/{nowhere}/rollback"), 404, "not-found")
    refused(township.post(f"/v1/changesets/{nowhere}/rollback"), 403, "forbidden")
    plan_id = submitted.rpartition("/")[2]
    refused(county.post(f"/v1/changesets/{plan_id}/rollback"), 404, "not-found")
    for junk in (MARKER, "1", "00000000", "' OR 1=1"):
        answer = county.post(f"/v1/changesets/{junk}/rollback")
        refused(answer, 422, "invalid-input")
        assert MARKER not in answer.text
    strange = county.post(f"/v1/changesets/{nowhere}/rollback", params={"overtake": MARKER})
    refused(strange, 422, "invalid-input")
    assert MARKER not in strange.text


def test_who_draws_what_another_already_drew_learns_who_it_was(
    township: TestClient, county: TestClient
) -> None:
    lon, lat = node_between()
    away = {"op": "move_node", "from": [lon, lat], "to": [lon + 5e-5, lat + 5e-5], "crs": "wgs84"}
    for body in (good_strokes()["transfer"], away):
        plan = new_plan(county)
        assert stroke(township, plan, body, 0).status_code == 200
        problem = refused(stroke(county, plan, body, 0), 409, "edit-conflict")
        assert (problem["author"], problem["revision"]) == ("demo-township", 1)
        assert problem["grids"]
        # On the present revision it is what it is: nothing to do.
        now = refused(stroke(county, plan, body, 1), 422, "redraw-refused")
        assert now["reason"] in ("nothing_changes", "no_such_node")
