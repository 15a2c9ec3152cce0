"""Reports by the file are the reports of one by one: the same rows in every table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import deps
from api.accounts.roles import Caller, scope_of
from api.db.engine import SERVICE
from api.deps import Service, look_up
from api.reports.bulk.blocks import Fate, Outcome
from api.reports.bulk.rows import Row, Sender
from api.reports.bulk.work import Task, take_rows
from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.http.varied_reports import bodies
from tests.store.rows import Direct, direct

COUNT = 520
# Of each report by its id; one without rows in a table is not among the answers of that table.
TABLES = {
    "reports": "SELECT id, to_jsonb(r) FROM reports r WHERE id = ANY(%s)",
    "assignments": "SELECT report_id, jsonb_agg(to_jsonb(a) - 'id' ORDER BY id) FROM assignments a"
    " WHERE report_id = ANY(%s) GROUP BY report_id",
    "events": "SELECT report_id, jsonb_agg(to_jsonb(e) - 'id' ORDER BY id) FROM report_events e"
    " WHERE report_id = ANY(%s) GROUP BY report_id",
    "reporters": "SELECT report_id, to_jsonb(p) - 'sealed' FROM reporters p"
    " WHERE report_id = ANY(%s)",
    "notices": "SELECT report_id, jsonb_agg(to_jsonb(n) - 'id' ORDER BY kind, to_area, to_person,"
    " to_org, text) FROM notices n WHERE report_id = ANY(%s) GROUP BY report_id",
    "outbox": "SELECT payload->>'id', jsonb_agg(to_jsonb(o) - 'id' - 'at' ORDER BY id)"
    " FROM outbox o WHERE payload->>'id' = ANY(%s::text[]) GROUP BY payload->>'id'",
    "keys": "SELECT report_id, jsonb_agg(to_jsonb(k) - 'created_at' - 'body_sha256')"
    " FROM intake_keys k WHERE report_id = ANY(%s) AND scope LIKE 'source:%%' GROUP BY report_id",
}


@pytest.fixture(scope="module")
def parts(app_client: TestClient) -> Service:
    service: Service = app_client.app.state.service  # type: ignore[attr-defined]
    return service


@pytest.fixture(scope="module")
def looking(county_database: FreshDatabase) -> Iterator[Direct]:
    with direct(county_database.superuser_url) as connection:
        yield connection


def caller_of(client: TestClient, parts: Service) -> Caller:
    token = client.headers["Authorization"].removeprefix("Bearer ")
    caller = look_up(parts, token, deps.now())
    assert caller is not None
    return caller


def sender(caller: Caller | None, key: str = "test") -> Sender:
    return Sender(key=("file", key), caller=caller)


def taken(
    parts: Service, rows: list[Row], caller: Caller | None, *, key: str = "test"
) -> list[Outcome]:
    scope = scope_of(caller) if caller else SERVICE
    return take_rows(parts, Task(sender=sender(caller, key), scope=scope), rows)


def stored(looking: Direct, reports: list[str]) -> list[dict[str, Any]]:
    """Return all rows of each report without what must differ: ids, numbers, secrets."""
    rows: dict[str, dict[str, Any]] = {report_id: {} for report_id in reports}
    for table, statement in TABLES.items():
        for report_id, content in looking.execute(statement.encode(), (reports,)).fetchall():
            assert table not in rows[str(report_id)]
            rows[str(report_id)][table] = content
    return [_without_its_own(found, report_id) for report_id, found in rows.items()]


def _without_its_own(found: dict[str, Any], report_id: str) -> dict[str, Any]:
    text = json.dumps(found, ensure_ascii=False, sort_keys=True)
    text = text.replace(report_id, "ID").replace(found["reports"]["number"], "NUMBER")
    # The number that a source gave is of each way its own.
    same: dict[str, Any] = json.loads(re.sub(r"\b(one|bulk)-(\d+)", r"n-\2", text))
    return same


def test_a_file_gives_the_same_rows_in_every_table_as_one_by_one(
    client: TestClient, parts: Service, looking: Direct, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = deps.now().replace(microsecond=0)
    known = parts.keeper.current()
    county = parts.keeper.map_at(known, now)
    made = bodies(county, sorted(known.categories), seed=20261121, count=COUNT, now=now)
    ids = _posted(client, made, now)
    monkeypatch.setattr("api.reports.bulk.work.clock", lambda: now)
    rows = [Row(n, {**body, "source_no": f"bulk-{n}"}, is_body=True) for n, body in enumerate(made)]
    outcomes = taken(parts, rows, caller_of(client, parts))
    assert {outcome.fate for outcome in outcomes} == {Fate.TAKEN}
    assert {outcome.decision for outcome in outcomes} == {"auto", "confirm", "desk"}
    from_file = stored(looking, [str(outcome.report) for outcome in outcomes])
    for body, one, many in zip(made, stored(looking, ids), from_file, strict=True):
        assert many == one, body


def _posted(client: TestClient, made: list[dict[str, Any]], now: datetime) -> list[str]:
    overrides = client.app.dependency_overrides  # type: ignore[attr-defined]
    overrides[deps._present] = lambda: now
    try:
        ids = []
        for number, body in enumerate(made):
            answer = client.post(
                "/v1/reports",
                json={**body, "source_no": f"one-{number}"},
                headers={"Idempotency-Key": f"one-{number}"},
            )
            assert answer.status_code == 201, answer.text
            ids.append(answer.json()["id"])
    finally:
        overrides.clear()
    return ids


def one(number: str, **more: Any) -> dict[str, Any]:
    return {"channel": "hotline_12345", "text": "路灯不亮", "source_no": number, **more}


def counted(looking: Direct, table: str = "reports") -> int:
    row = looking.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(str(row[0]))


def test_a_report_of_a_file_is_known_again_one_by_one_and_the_other_way_round(
    client: TestClient, parts: Service, looking: Direct
) -> None:
    first = {**one("again-1"), "reporter": {"name": "示意", "phone": "00001234567"}}
    (outcome,) = taken(parts, [Row(1, first, is_body=True)], None)
    answer = client.post("/v1/reports", json=first, headers={"Idempotency-Key": "again-1"})
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert answer.json()["id"] == str(outcome.report)
    other = one("again-2")
    posted = client.post("/v1/reports", json=other, headers={"Idempotency-Key": "again-2"})
    before = counted(looking)
    (known,) = taken(parts, [Row(1, other, is_body=True)], None)
    assert (known.fate, str(known.report)) == (Fate.KNOWN, posted.json()["id"])
    (conflict,) = taken(parts, [Row(1, {**other, "text": "井盖丢了"}, is_body=True)], None)
    assert (conflict.fate, conflict.reason) == (Fate.REFUSED, "source_number_conflict")
    assert counted(looking) == before


def test_rows_of_one_block_that_say_the_same_are_taken_once(
    parts: Service, looking: Direct
) -> None:
    rows = [one("double"), one("double"), {**one("double"), "text": "井盖丢了"}]
    before = counted(looking)
    outcomes = taken(parts, [Row(n, row, is_body=True) for n, row in enumerate(rows)], None)
    assert [o.fate for o in outcomes] == [Fate.TAKEN, Fate.KNOWN, Fate.REFUSED]
    assert counted(looking) == before + 1


def test_a_row_without_a_number_is_known_by_its_line_in_the_file(
    parts: Service, looking: Direct
) -> None:
    cells = {"channel": "walk_in", "text": "路灯不亮"}
    rows = [Row(2, cells), Row(3, cells)]
    before = counted(looking)
    assert [o.fate for o in taken(parts, rows, None, key="a")] == [Fate.TAKEN] * 2
    assert [o.fate for o in taken(parts, rows, None, key="a")] == [Fate.KNOWN] * 2
    assert [o.fate for o in taken(parts, rows[:1], None, key="b")] == [Fate.TAKEN]
    assert counted(looking) == before + 3


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"lon": "0", "lat": "0", "crs": "gcj02"}, "(0,0)"),
        ({"lon": "110.5", "lat": "", "crs": "gcj02"}, "应为数值"),
        ({"lon": "东经110", "lat": "40.5", "crs": "gcj02"}, "应为数值"),
        ({"lon": "nan", "lat": "40.5", "crs": "gcj02"}, "有限"),
        ({"lon": "40.5", "lat": "110.5", "crs": "gcj02"}, "填反"),
        ({"lon": "110.5", "lat": "40.5"}, "crs"),
        ({"lon": "110.5", "lat": "40.5", "crs": "beijing54"}, "crs"),
        ({"lon": "110.5", "lat": "40.5", "crs": "gcj02", "accuracy_m": "-1"}, "误差"),
    ],
)
def test_a_position_that_is_none_sends_its_row_to_the_desk_with_what_the_address_gives(
    client: TestClient, parts: Service, place: dict[str, str], words: str
) -> None:
    cells = {"channel": "walk_in", "text": "路灯不亮", "address": "振华社区第三网格", **place}
    (outcome,) = taken(parts, [Row(2, cells)], None, key=words + str(place))
    assert (outcome.fate, outcome.decision) == (Fate.TAKEN, "desk")
    report = client.get(f"/v1/reports/{outcome.report}").json()
    assert (report["status"], report["position"]) == ("awaiting_decision", None)
    assert report["area"]["code"] == "150221"
    reasons = {r["step"]: r["detail"] for r in report["assignment"]["reasons"]}
    assert words in reasons["misplaced"]
    named = [c["grid"]["name"] for c in report["assignment"]["candidates"]]
    assert any("第三网格" in name for name in named)
    replayed = client.get(f"/v1/reports/{outcome.report}/receipt/replay").json()
    assert replayed["identical"], replayed["differences"]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"text": ""}, "text"),
        ({"text": "路灯\x00不亮"}, "text"),
        ({"channel": "fax"}, "channel"),
        ({"category": "zz99"}, "category"),
        ({"occurred_at": "2199-01-01 08:00"}, "occurred_at"),
        ({"occurred_at": "昨天"}, "occurred_at"),
        ({"round": "1.5"}, "round"),
        ({"about": "mayor"}, "about"),
        ({"reporter_confidential": "也许"}, "reporter.confidential"),
    ],
)
def test_a_row_that_cannot_be_taken_in_says_why_and_stops_no_other(
    parts: Service, cells: dict[str, str], column: str
) -> None:
    good = {"channel": "walk_in", "text": "路灯不亮"}
    rows = [Row(2, {**good, **cells}), Row(3, good)]
    refused, fine = taken(parts, rows, None, key=str(cells))
    assert (refused.fate, refused.column) == (Fate.REFUSED, column)
    assert refused.message
    assert fine.fate is Fate.TAKEN


def test_cells_of_every_kind_are_read_as_people_write_them(
    client: TestClient, parts: Service
) -> None:
    cells = {
        "channel": "hotline_12345",
        "text": " 路灯不亮 ",
        "lon": "110.52",
        "lat": 40.55,
        "crs": "CGCS2000",
        "accuracy_m": "30",
        "occurred_at": "2026-11-01 8:05",
        "reporter_name": "示意",
        "reporter_phone": 1234567.0,
        "source_no": 20261101001.0,
        "round": 2.0,
        "reporter_confidential": "否",
    }
    (outcome,) = taken(parts, [Row(2, cells)], None)
    report = client.get(f"/v1/reports/{outcome.report}").json()
    assert (report["source_no"], report["round"], report["text"]) == ("20261101001", 2, "路灯不亮")
    assert report["position"]["accuracy_m"] == 30
    assert report["occurred_at"] == "2026-11-01T08:05:00+08:00"
    assert report["reporter"] == {"name": "示**", "phone": "****"}


def test_an_interface_account_takes_in_its_own_channel_alone(login: Login, parts: Service) -> None:
    caller = caller_of(login("integration"), parts)
    rows = [{"channel": channel, "text": "路灯不亮"} for channel in (caller.channel, "walk_in")]
    outcomes = taken(parts, [Row(n, row) for n, row in enumerate(rows)], caller, key="own")
    assert [o.fate for o in outcomes] == [Fate.TAKEN, Fate.REFUSED]
