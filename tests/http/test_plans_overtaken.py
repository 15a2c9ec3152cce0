"""What is approved for later, and what comes before it: replayed, or given up with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.plans.handover import hand_over_due
from tests.http.conftest import Login
from tests.http.demo_county import refused
from tests.http.test_plans import GRID, NEIGHBOURS, TOWNSHIP, merge_of, new_plan, split_of, stroke

# Beside GRID, in the same community.
BESIDE = "150221104200002"
Approve = Callable[..., dict[str, Any]]


def later(days: int) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)


def drafted(township: TestClient, *bodies: dict[str, Any]) -> str:
    plan = new_plan(township)
    for revision, body in enumerate(bodies):
        done = stroke(township, plan, body, revision)
        assert done.status_code == 200, done.text
    assert township.post(f"{plan}/submit").status_code == 200
    return plan


@pytest.fixture
def township(login: Login) -> TestClient:
    return login("township_admin")


@pytest.fixture
def county(login: Login) -> TestClient:
    return login("county_admin")


@pytest.fixture
def approve(county: TestClient) -> Approve:
    def at(plan: str, when: datetime | None = None, **extra: Any) -> dict[str, Any]:
        body = {"allow_vacant": True, **extra}
        if when is not None:
            body["effective_at"] = when.isoformat()
        answer = county.post(f"{plan}/approve", json=body)
        assert answer.status_code == 200, answer.text
        approved: dict[str, Any] = answer.json()
        return approved

    return at


@pytest.fixture(autouse=True)
def _as_it_was(county: TestClient) -> Iterator[None]:
    """Take back what a test published, the latest first."""
    before = {row["id"] for row in county.get("/v1/changesets").json()["items"]}
    yield
    for row in county.get("/v1/changesets").json()["items"]:
        undone = {item["rolls_back"] for item in county.get("/v1/changesets").json()["items"]}
        if row["id"] not in before | undone and row["rolls_back"] is None:
            answer = county.post(f"/v1/changesets/{row['id']}/rollback?overtake=true")
            assert answer.status_code == 200, answer.text


def grids_at(reader: TestClient, at: datetime | None = None) -> dict[str, Any]:
    params = {"within": TOWNSHIP, **({"at": at.isoformat()} if at else {})}
    features = reader.get("/v1/areas.geojson", params=params).json()["features"]
    return {feature["properties"]["code"]: feature["geometry"] for feature in features}


def created(reader: TestClient, planned: dict[str, Any]) -> str:
    """Return the code of the one grid that is planned and not there yet."""
    (code,) = set(planned) - set(grids_at(reader))
    return str(code)


def test_a_scheduled_plan_stays_when_another_place_changes_before_it(
    township: TestClient, client: TestClient, approve: Approve, county: TestClient
) -> None:
    day = later(30)
    scheduled = approve(drafted(township, split_of(township)), day)
    assert scheduled["state"] == "scheduled"
    as_planned = grids_at(client, day + timedelta(seconds=1))
    new = created(client, as_planned)
    now = approve(drafted(township, merge_of()))
    assert now["state"] == "effective"
    after = grids_at(client, day + timedelta(seconds=1))
    assert NEIGHBOURS[1] not in after
    assert NEIGHBOURS[1] not in grids_at(client)
    touched = {new, GRID}
    assert {code: after[code] for code in touched} == {code: as_planned[code] for code in touched}
    assert new not in grids_at(client)
    listed = [row["id"] for row in county.get("/v1/changesets").json()["items"]]
    assert scheduled["changeset"]["id"] not in listed  # stored anew, under the same plan
    plans = [row["plan"] for row in county.get("/v1/changesets").json()["items"]]
    assert plans.count(scheduled["id"]) == 1


def test_a_scheduled_plan_is_done_again_on_ground_that_moved_beneath_it(
    township: TestClient, client: TestClient, approve: Approve
) -> None:
    day = later(30)
    approve(drafted(township, split_of(township)), day)
    planned = grids_at(client, day + timedelta(seconds=1))
    new = created(client, planned)
    merged = {"op": "merge", "grids": [GRID, BESIDE], "keep": GRID}
    approve(drafted(township, merged))
    replayed = grids_at(client, day + timedelta(seconds=1))
    assert BESIDE not in replayed
    # Still cut in two by the same line, and larger by the neighbour's land.
    assert (replayed[new], replayed[GRID]) != (planned[new], planned[GRID])
    assert grids_at(client)[GRID] not in (replayed[GRID], planned[GRID])


def test_a_scheduled_plan_that_cannot_be_done_again_is_given_up_only_when_said_so(
    township: TestClient, client: TestClient, approve: Approve, county: TestClient
) -> None:
    day = later(30)
    scheduled = approve(drafted(township, split_of(township)), day)
    planned = grids_at(client, day + timedelta(seconds=1))
    gone = {"op": "merge", "grids": [GRID, BESIDE], "keep": BESIDE}
    plan = drafted(township, gone)
    refusal = county.post(f"{plan}/approve", json={"allow_vacant": True})
    refused(refusal, 409, "plan-overtaken")
    assert refusal.json()["reason"] == "overtakes"
    (lost,) = refusal.json()["plans"]
    assert (lost["plan"], lost["operation"]) == (scheduled["id"], 1)
    assert GRID in lost["grids"]
    assert grids_at(client, day + timedelta(seconds=1)) == planned
    assert county.get(plan).json()["state"] == "submitted"
    approve(plan, overtake=True)
    overtaken = county.get(f"/v1/plans/{scheduled['id']}").json()
    assert overtaken["state"] == "overtaken"
    assert "第1步" in overtaken["reason"]
    assert GRID not in grids_at(client, day + timedelta(seconds=1))


def test_two_plans_may_come_into_force_at_the_same_hour(
    township: TestClient, client: TestClient, approve: Approve
) -> None:
    day = later(30)
    approve(drafted(township, split_of(township)), day)
    approve(drafted(township, merge_of()), day)
    after = grids_at(client, day + timedelta(seconds=1))
    assert created(client, after).startswith(GRID[:12])
    assert NEIGHBOURS[1] not in after


def test_an_approval_is_taken_back_before_its_day_and_the_plan_is_a_draft_again(
    township: TestClient, client: TestClient, approve: Approve, county: TestClient
) -> None:
    before = grids_at(client)
    day = later(30)
    approved = approve(drafted(township, split_of(township)), day)
    other = approve(drafted(township, merge_of()), later(40))
    answer = county.post(f"/v1/changesets/{approved['changeset']['id']}/rollback")
    assert answer.status_code == 200
    assert answer.json()["withdrawn_at"] is not None
    assert grids_at(client, day + timedelta(days=1)) == before
    assert NEIGHBOURS[1] not in grids_at(client, later(41))
    again = county.get(f"/v1/plans/{approved['id']}").json()
    assert (again["state"], again["effective_at"]) == ("draft", None)
    # Its papers are drawn up from what is drafted, not from what was withdrawn.
    papers = f"/v1/plans/{approved['id']}/papers"
    assert county.get(papers).json()["state"] == "草案"
    assert township.post(f"/v1/plans/{approved['id']}/undo", headers={"If-Match": "1"}).is_success
    lines = county.get(f"{papers}/table.csv").text.splitlines()
    assert len(lines) == 1  # nothing is drafted, so nothing stands below the names of columns
    assert township.post(f"/v1/plans/{approved['id']}/redo", headers={"If-Match": "2"}).is_success
    assert township.post(f"/v1/plans/{approved['id']}/submit").status_code == 200
    assert county.get(f"/v1/plans/{other['id']}").json()["state"] == "scheduled"
    # What was withdrawn cannot be taken back twice.
    refused(
        county.post(f"/v1/changesets/{approved['changeset']['id']}/rollback"), 409, "plan-state"
    )


def test_on_its_day_a_plan_is_in_force_and_its_households_count(
    township: TestClient, approve: Approve, county: TestClient, client: TestClient
) -> None:
    households = county.get(f"/v1/areas/{GRID}").json()["households"]
    day = later(30)
    approved = approve(drafted(township, split_of(township)), day)
    assert county.get(f"/v1/areas/{GRID}").json()["households"] == households
    parts = client.app.state.service  # type: ignore[attr-defined]
    hand_over_due(parts.database, parts.keeper, day + timedelta(minutes=1))
    parts.keeper.refresh()
    assert county.get(f"/v1/plans/{approved['id']}").json()["state"] == "effective"
    assert county.get(f"/v1/areas/{GRID}").json()["households"] < households


def test_an_overtaken_plan_is_carried_over_with_the_steps_that_hold(
    township: TestClient, approve: Approve, county: TestClient
) -> None:
    old = drafted(township, split_of(township), merge_of())
    approve(drafted(township, {"op": "merge", "grids": [GRID, BESIDE], "keep": BESIDE}))
    refused(county.post(f"{old}/approve", json={"allow_vacant": True}), 409, "plan-overtaken")
    renewed = township.post(f"{old}/renew")
    assert renewed.status_code == 201, renewed.text
    fresh = renewed.json()
    assert (fresh["state"], fresh["revision"]) == ("draft", 1)
    assert [step["operation"] for step in fresh["left_out"]] == [1]
    assert county.get(old).json()["state"] == "overtaken"
    # The same codes are not made twice.
    assert township.post(f"/v1/plans/{fresh['id']}/submit").status_code == 200
    approve(f"/v1/plans/{fresh['id']}")
