"""Check /v1/locate/batch: rows in, rows out, in order, by the rules of one position."""

from __future__ import annotations

import csv
import io
import random
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from tests.http.contract_shapes import Batch, checked
from tests.http.demo_county import (
    OTHER_TOWNSHIP_GRID,
    WORKER_GRID,
    features,
    inside,
    on_a_border,
    refused,
)

BATCH = "/v1/locate/batch"
HERE, THERE = inside(WORKER_GRID), inside(OTHER_TOWNSHIP_GRID)


def send_csv(client: httpx.Client, text: str, **headers: str) -> httpx.Response:
    """Post a CSV batch."""
    given = {"Content-Type": "text/csv", **headers}
    return client.post(BATCH, content=text.encode(), headers=given)


def rows_of(response: httpx.Response) -> list[dict[str, str]]:
    """Return the rows of a CSV answer by column."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].split(";")[0] == "text/csv"
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("crs=wgs84&crs=gcj02", "repeated"),
        ("crs=wgs84&at=2026-02-01T08:00:00Z&at=2026-03-01T08:00:00Z", "repeated"),
        ("crs=wgs84&datum=gcj02", "extra_forbidden"),
    ],
)
def test_a_parameter_that_is_given_twice_or_misspelt_is_refused(
    client: TestClient, query: str, reason: str
) -> None:
    headers = {"Content-Type": "text/csv"}
    answer = client.post(f"{BATCH}?{query}", content=b"lon,lat\n110.5,40.5\n", headers=headers)
    assert refused(answer, 422, "invalid-input")["reason"] == reason


def test_ten_thousand_positions_are_answered_in_order(client: TestClient) -> None:
    chance = random.Random(4490)
    grids = [chance.choice(sorted(features())) for _ in range(12_000)]
    positions = [[inside(grid)["lon"], inside(grid)["lat"]] for grid in grids]
    response = client.post(BATCH, json={"crs": "cgcs2000", "positions": positions})
    assert [row["grid"] for row in checked(Batch, response)["rows"]] == grids


def test_a_batch_gives_the_answers_of_single_questions(client: TestClient) -> None:
    border, _ = on_a_border()
    chance = random.Random(7)
    asked = [border, HERE, THERE, {"lon": 116.4, "lat": 39.9}]
    asked += [
        {"lon": chance.uniform(110.2, 111.2), "lat": chance.uniform(40.2, 40.9)} for _ in range(40)
    ]
    for crs in ("cgcs2000", "gcj02"):
        positions = [[p["lon"], p["lat"]] for p in asked]
        rows = client.post(BATCH, json={"crs": crs, "positions": positions}).json()["rows"]
        for place, row in zip(asked, rows, strict=True):
            one = client.get("/v1/locate", params={**place, "crs": crs}).json()
            assert row["grid"] == (one["grid"] and one["grid"]["code"])
            assert row["decision"] == one["decision"]
            assert ("reason" in row) == (row["decision"] != "auto")


def test_a_batch_asks_for_one_instant_and_names_its_revision(client: TestClient) -> None:
    at = "2026-02-01T08:00:00+08:00"
    body = {"crs": "wgs84", "positions": [], "at": at}
    answer = checked(Batch, client.post(BATCH, json=body))
    assert (answer["at"], answer["rows"]) == (at, [])
    one = client.get("/v1/locate", params={**HERE, "at": at}).json()
    assert answer["revision"] == one["revision"]


def test_a_bad_row_gets_its_reason_and_stops_nothing(client: TestClient) -> None:
    good = [HERE["lon"], HERE["lat"]]
    bad: tuple[Any, ...] = (
        [40.5, 110.5],
        [0, 0],
        ["110.5", "40.5"],
        [110.5],
        None,
        [None, 40.5],
        {},
        [110.5, 99],
    )
    body = {"crs": "cgcs2000", "positions": [good, *bad, good]}
    rows = checked(Batch, client.post(BATCH, json=body))["rows"]
    assert rows[0] == rows[-1] == {"grid": WORKER_GRID, "decision": "auto"}
    assert all(row["grid"] is None and row["decision"] == "desk" for row in rows[1:-1])
    assert "填反" in rows[1]["reason"]
    assert "(0,0)" in rows[2]["reason"]


def test_csv_comes_back_with_its_own_columns_and_three_more(client: TestClient) -> None:
    text = (
        "id,lon,lat,crs\r\n"
        f"甲,{HERE['lon']!r},{HERE['lat']!r},cgcs2000\r\n"
        '"b,""2""",0,0,wgs84\r\n'
        "c,110.5,40.5,mars\r\n"
        f"d,{THERE['lon']!r},{THERE['lat']!r},wgs84\r\n"
    )
    answer = send_csv(client, text)
    assert answer.text.splitlines()[0] == "id,lon,lat,crs,grid,decision,reason"
    rows = rows_of(answer)
    assert [row["id"] for row in rows] == ["甲", 'b,"2"', "c", "d"]
    assert [row["grid"] for row in rows] == [WORKER_GRID, "", "", OTHER_TOWNSHIP_GRID]
    assert [row["decision"] for row in rows] == ["auto", "desk", "desk", "auto"]
    assert [bool(row["reason"]) for row in rows] == [False, True, True, False]
    assert rows[0]["lon"] == repr(HERE["lon"])


def test_csv_may_leave_out_id_and_say_the_crs_once(client: TestClient) -> None:
    text = f"lat,lon\n{HERE['lat']!r},{HERE['lon']!r}\n"
    given = {"Content-Type": "text/csv"}
    answer = client.post(f"{BATCH}?crs=cgcs2000", content=text, headers=given)
    assert answer.text.splitlines()[0] == "lat,lon,grid,decision,reason"
    assert rows_of(answer)[0]["grid"] == WORKER_GRID
    problem = refused(send_csv(client, text), 422, "invalid-input")
    assert "crs" in problem["detail"]


def test_csv_of_a_spreadsheet_with_a_byte_order_mark_is_read(client: TestClient) -> None:
    text = f"\ufeffID,Lon,Lat,CRS\n1,{HERE['lon']!r},{HERE['lat']!r},cgcs2000\n"
    assert rows_of(send_csv(client, text))[0]["grid"] == WORKER_GRID


def test_csv_rows_of_different_datums_are_told_apart(client: TestClient) -> None:
    point = f"{HERE['lon']!r},{HERE['lat']!r}"
    text = f"lon,lat,crs\n{point},cgcs2000\n{point},gcj02\n{point},bd09\n"
    asked = [row["grid"] or None for row in rows_of(send_csv(client, text))]
    single = [
        client.get("/v1/locate", params={**HERE, "crs": crs}).json()["grid"]["code"]
        for crs in ("cgcs2000", "gcj02", "bd09")
    ]
    assert asked == single
    assert len(set(asked)) > 1


JSON_BODY = b'{"crs":"cgcs2000","positions":[[110.5,40.5]]}'
CSV_BODY = b"lon,lat,crs\n110.5,40.5,cgcs2000\n"


@pytest.mark.parametrize(
    ("sent", "accept", "answered"),
    [
        ("application/json", "*/*", "application/json"),
        ("text/csv", "*/*", "text/csv"),
        ("application/json", "text/csv", "text/csv"),
        ("text/csv", "application/json", "application/json"),
        ("application/json; charset=utf-8", "text/html, text/csv;q=0.5", "text/csv"),
        ("text/csv; charset=utf-8", "text/csv;q=0.1, application/json", "application/json"),
        ("text/csv", "application/json;q=0, text/csv", "text/csv"),
        ("text/csv", "text/html, */*;q=0.1", "text/csv"),
        ("text/csv", "text/csv;q=0, */*", "application/json"),
        ("text/csv", "*/*, text/csv ; q = 0.0", "application/json"),
        ("text/csv", "text/*;q=0, */*;q=0.5", "application/json"),
        ("application/json", "application/json;q=0, application/*;q=0.5, text/csv", "text/csv"),
    ],
)
def test_the_answer_has_the_type_that_is_asked_for(
    client: TestClient, sent: str, accept: str, answered: str
) -> None:
    body = CSV_BODY if sent.startswith("text/csv") else JSON_BODY
    response = client.post(BATCH, content=body, headers={"Content-Type": sent, "Accept": accept})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].split(";")[0] == answered
    if answered == "text/csv" and not sent.startswith("text/csv"):
        assert response.text.splitlines()[0] == "lon,lat,crs,grid,decision,reason"


def test_a_type_that_is_not_offered_is_refused(client: TestClient) -> None:
    for accept in ("image/png", "text/csv;q=0", "text/*;q=0, text/csv;q=0"):
        headers = {"Content-Type": "application/json", "Accept": accept}
        answer = client.post(BATCH, content=JSON_BODY, headers=headers)
        refused(answer, 415, "unsupported-media-type")
    headers = {"Content-Type": "application/xml"}
    refused(client.post(BATCH, content=JSON_BODY, headers=headers), 415, "unsupported-media-type")


def test_a_batch_may_be_larger_than_other_bodies(client: TestClient) -> None:
    body = JSON_BODY + b" " * (2 * 1024 * 1024)
    given = {"Content-Type": "application/json"}
    assert client.post(BATCH, content=body, headers=given).status_code == 200
    refused(client.post("/v1/locate", content=body, headers=given), 413, "body-too-large")


def test_a_cell_that_a_spreadsheet_would_compute_comes_back_as_text(client: TestClient) -> None:
    body = "id,lon,lat,crs\r\n=cmd|x,110.51,40.55,wgs84\r\n-7,110.51,40.55,wgs84\r\n"
    headers = {"Content-Type": "text/csv"}
    rows = client.post("/v1/locate/batch", content=body, headers=headers).text.splitlines()
    assert rows[1].startswith("'=cmd|x,")
    assert rows[2].startswith("-7,")
