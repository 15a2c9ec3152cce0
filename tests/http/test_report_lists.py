"""Check how reports are found again: filters, words, pages."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from tests.http.contract_shapes import ReportPage, checked
from tests.http.demo_county import (
    COMMUNITY,
    COUNTY,
    OTHER_COMMUNITY_GRID,
    OTHER_GRID,
    OTHER_TOWNSHIP_GRID,
    TOWNSHIP,
    WORKER_GRID,
    inside,
    refused,
    store_report,
)

REPORTS = "/v1/reports"


def listed(client: httpx.Client, **query: Any) -> list[str]:
    """Return the numbers of one page."""
    page = checked(ReportPage, client.get(REPORTS, params={"limit": 500, **query}))
    return [item["number"] for item in page["items"]]


@pytest.fixture(scope="module")
def spread(client: TestClient) -> dict[str, str]:
    """Return the numbers of a report in each of four grids, and of one without a place."""
    grids = (WORKER_GRID, OTHER_GRID, OTHER_COMMUNITY_GRID, OTHER_TOWNSHIP_GRID)
    numbers = {grid: store_report(client, position=inside(grid))["number"] for grid in grids}
    return numbers | {COUNTY: store_report(client, position=None)["number"]}


@pytest.mark.parametrize("area", [COUNTY, TOWNSHIP, COMMUNITY, WORKER_GRID, "150221104000"])
def test_an_area_holds_its_own_reports_and_those_below(
    client: TestClient, spread: dict[str, str], area: str
) -> None:
    found = listed(client, area=area)
    reach = TOWNSHIP if area == "150221104000" else area
    for code, number in spread.items():
        assert (number in found) == code.startswith(reach)


def test_newest_come_first(client: TestClient, spread: dict[str, str]) -> None:
    ours = [number for number in listed(client) if number in spread.values()]
    assert ours == sorted(spread.values(), reverse=True)


def test_a_status_finds_what_is_in_it(client: TestClient) -> None:
    reports = [store_report(client) for _ in range(3)]
    steps: list[list[dict[str, str]]] = [
        [], [{"step": "accept"}], [{"step": "accept"}, {"step": "close"}],
    ]  # fmt: skip
    for report, taken in zip(reports, steps, strict=True):
        for step in taken:
            answer = client.post(f"{REPORTS}/{report['id']}/steps", json=step)
            assert answer.status_code == 200, answer.text
    assigned, accepted, closed = (report["number"] for report in reports)
    expected = {
        "assigned": {assigned}, "accepted": {accepted}, "closed": {closed},
        "assigned,closed": {assigned, closed}, "open": {assigned, accepted}, "summoned": set(),
    }  # fmt: skip
    for status, numbers in expected.items():
        assert set(listed(client, status=status)) & {assigned, accepted, closed} == numbers
    refused(client.get(REPORTS, params={"status": "asigned"}), 422, "invalid-input")


def test_a_category_finds_its_own(client: TestClient) -> None:
    mine, other = (store_report(client, category=c)["number"] for c in ("cg03", "aq01"))
    found = listed(client, category="cg03")
    assert mine in found
    assert other not in found
    refused(client.get(REPORTS, params={"category": "xx99"}), 422, "invalid-input")


def test_a_span_begins_with_its_first_instant_and_ends_before_its_last(
    client: TestClient,
) -> None:
    reports = []
    for _ in range(3):
        reports.append(store_report(client))
        time.sleep(0.01)
    first, second, third = (report["number"] for report in reports)
    since, until = reports[1]["created_at"], reports[2]["created_at"]
    assert listed(client, since=since)[:2] == [third, second]
    assert first not in listed(client, since=since)
    assert third not in listed(client, until=until)
    assert listed(client, since=since, until=until) == [second]
    later = (datetime.fromisoformat(until) + timedelta(days=1)).isoformat()
    assert listed(client, since=later) == []


def test_words_are_found_in_text_and_address_all_of_them(client: TestClient) -> None:
    report = store_report(client, text="东墙根的杨树歪了", address="水涧沟门村委会北")["number"]
    for words in ("杨树", "水涧沟门", "杨树 东墙根", "  歪了  水涧 "):
        assert listed(client, q=words) == [report]
    assert listed(client, q="杨树 柳树") == []


def test_a_number_is_found_whole_or_by_its_end(client: TestClient) -> None:
    source = "DH-88231-QX"
    report = store_report(client, channel="hotline_12345", source_no=source)["number"]
    assert listed(client, q=report) == [report]
    assert report in listed(client, q=report[-6:])
    assert listed(client, q=source) == [report]


def test_wildcards_are_plain_characters(client: TestClient) -> None:
    percent = store_report(client, text="电费涨了50%还多")["number"]
    underline = store_report(client, text="二维码 a_b 扫不开")["number"]
    slash = store_report(client, text="文件在 c:\\目录")["number"]
    store_report(client, text="二维码 axb 扫不开")
    assert listed(client, q="50%还") == [percent]
    assert listed(client, q="%") == [percent]
    assert listed(client, q="a_b") == [underline]
    assert listed(client, q="\\") == [slash]
    assert listed(client, q="_") == [underline]


def test_pages_stay_whole_while_new_reports_come_in(client: TestClient) -> None:
    for _ in range(5):
        store_report(client)
    whole, pages = listed(client), []
    cursor: dict[str, str] = {}
    while True:
        page = client.get(REPORTS, params={"limit": 4, **cursor}).json()
        pages += [item["number"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
        store_report(client)
    assert pages == whole


def test_a_page_that_holds_all_has_no_next(client: TestClient) -> None:
    number = store_report(client, text="独一无二的石狮子")["number"]
    page = client.get(REPORTS, params={"q": "石狮子", "limit": 1}).json()
    assert [item["number"] for item in page["items"]] == [number]
    assert page["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"}, {"limit": "501"}, {"cursor": "rubbish"}, {"since": "yesterday"},
        {"until": "2026-11-20"}, {"area": "15"}, {"q": "x" * 101}, {"q": "a\x07"},
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_refused(client: TestClient, query: dict[str, str]) -> None:
    refused(client.get(REPORTS, params=query), 422, "invalid-input")
