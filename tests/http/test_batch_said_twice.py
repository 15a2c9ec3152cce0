"""Check a batch in JSON whose address and body both name a datum or an instant."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.http.demo_county import WORKER_GRID, inside, refused

BATCH = "/v1/locate/batch"
EARLY, LATER = "2026-02-01T08:00:00+08:00", "2026-03-01T08:00:00+08:00"
HERE = [inside(WORKER_GRID)["lon"], inside(WORKER_GRID)["lat"]]


def body(**members: str) -> dict[str, Any]:
    return {"positions": [HERE], **members}


@pytest.mark.parametrize(
    ("query", "members", "name"),
    [
        ({"crs": "gcj02"}, {"crs": "cgcs2000"}, "crs"),
        ({"at": EARLY}, {"crs": "cgcs2000", "at": LATER}, "at"),
    ],
)
def test_two_that_differ_are_refused_and_both_places_are_named(
    client: TestClient, query: dict[str, str], members: dict[str, str], name: str
) -> None:
    problem = refused(client.post(BATCH, params=query, json=body(**members)), 422, "invalid-input")
    assert problem["errors"][0]["field"] == name
    assert problem["reason"] == "contradictory"
    assert f"网址中的 ?{name}=" in problem["detail"]
    assert f"请求体中的 {name} " in problem["detail"]


def test_a_datum_of_the_address_that_is_none_is_refused_for_json_too(client: TestClient) -> None:
    answer = client.post(BATCH, params={"crs": "nonsense"}, json=body(crs="cgcs2000"))
    assert refused(answer, 422, "invalid-input")["reason"] == "unknown_crs"


def test_two_that_say_the_same_are_one(client: TestClient) -> None:
    # The same instant, written with another offset.
    query = {"crs": "cgcs2000", "at": "2026-02-01T00:00:00Z"}
    answer = client.post(BATCH, params=query, json=body(crs="cgcs2000", at=EARLY))
    assert answer.status_code == 200, answer.text
    assert answer.json()["at"] == EARLY
    assert [row["grid"] for row in answer.json()["rows"]] == [WORKER_GRID]


def test_an_instant_of_the_address_alone_holds_for_json(client: TestClient) -> None:
    answer = client.post(BATCH, params={"at": EARLY}, json=body(crs="cgcs2000"))
    assert answer.json()["at"] == EARLY


def test_the_body_names_its_datum_in_any_case(client: TestClient) -> None:
    answer = client.post(BATCH, params={"crs": "cgcs2000"}, json=body())
    problem = refused(answer, 422, "invalid-input")
    assert problem["reason"] == "missing"
    assert "请求体" in problem["detail"]


def test_the_description_says_what_the_address_may_name(client: TestClient) -> None:
    batch = client.get("/openapi.json").json()["paths"][BATCH]["post"]
    told = {one["name"]: one["description"] for one in batch["parameters"]}
    assert "422" in told["crs"]
    assert "422" in told["at"]
