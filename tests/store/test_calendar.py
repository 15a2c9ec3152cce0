"""Load notices into a real database: due dates that were a guess move, each with its event."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api.accounts.audit_trail import COMMAND_LINE
from api.calendar.limits import ClockSettings
from api.calendar.service import Outcome, import_calendar, set_hours
from api.calendar.working_days import nth_working_day
from api.db import report_store
from api.db.engine import SERVICE, Database
from api.input_types import SHANGHAI
from api.knowledge import Keeper
from api.life.county import standard_templates
from api.reports import intake
from api.reports.due_dates import due_sentence
from tests.commands import Ran, on, run_apart, run_here
from tests.conftest import FreshDatabase
from tests.notice_of_2026 import SEED
from tests.store.waiting import wait_until

TEMPLATE = standard_templates().current
LATE = datetime(2026, 12, 30, 10, 0, tzinfo=SHANGHAI)
NOW = datetime(2026, 12, 30, 15, 0, tzinfo=SHANGHAI)
# Made up: what the notice for 2027 says is not known here.
NEXT_YEAR = """date,kind,name
2027-01-01,holiday,元旦
2027-01-02,holiday,元旦
2027-01-03,holiday,元旦
2027-02-06,holiday,春节
2027-04-05,holiday,清明节
2027-05-01,holiday,劳动节
2027-06-09,holiday,端午节
2027-09-15,holiday,中秋节
2027-10-01,holiday,国庆节
"""


@pytest.fixture
def database(county_database: FreshDatabase) -> Iterator[Database]:
    serving = county_database.serving()
    yield serving
    serving.engine.dispose()


def load(database: Database, raw: str | bytes = NEXT_YEAR, **how: Any) -> Outcome:
    content = raw.encode() if isinstance(raw, str) else raw
    given = {"now": NOW, "actor": COMMAND_LINE, **how}
    return import_calendar(database, Keeper(database), content, **given)


def take(database: Database, keeper: Keeper, at: datetime, *, key: str, category: str) -> Any:
    """Take a report in at an instant; return its row."""
    draft = intake.Draft(
        channel="walk_in",
        text="路灯不亮",
        category=category,
        position=None,
        address="萨拉齐镇",
        occurred_at=at,
        reporter_name=None,
        reporter_phone=None,
        source_no=None,
        round=1,
    )
    request = intake.Request(
        draft=draft, caller=None, keys=[("test", key)], body_sha256=key, now=at
    )
    taken = intake.take_in(database, keeper, SERVICE, request)
    return row_of(database, taken.body["id"])


def row_of(database: Database, report_id: Any) -> Any:
    with database.transaction(SERVICE) as connection:
        return report_store.read_report(connection, report_id)


def asked(database: Database, statement: str, **values: Any) -> list[Any]:
    with database.transaction(SERVICE) as connection:
        return list(connection.execute(text(statement), values))


def test_the_notice_for_2026_is_there_from_the_start_and_the_file_says_the_same(
    database: Database,
) -> None:
    calendar = Keeper(database).current().calendar
    assert (calendar.version, calendar.known_through) == ("2026-1", date(2026, 12, 31))
    for start, due in (("02-13", "2026-02-25"), ("09-30", "2026-10-10")):
        moment = datetime.fromisoformat(f"2026-{start}T09:30:00+08:00")
        answer = nth_working_day(calendar, moment, 3)
        assert (answer.at.isoformat(), answer.provisional) == (f"{due}T09:30:00+08:00", False)
    again = load(database, SEED.read_bytes())
    assert (again.unchanged, again.version, again.recomputed) == (True, "2026-1", 0)


def test_a_year_that_would_leave_a_year_out_is_refused(database: Database) -> None:
    refused = load(database, NEXT_YEAR.replace("2027", "2028").replace("2028-02-06", "2028-02-05"))
    assert [(error.line, error.reason) for error in refused.errors] == [(1, "gap")]
    assert "2027" in refused.errors[0].message


def test_a_faulty_row_and_a_dry_run_store_nothing(database: Database) -> None:
    before = asked(database, "SELECT kind, number FROM revisions ORDER BY kind")
    assert load(database, NEXT_YEAR.replace("2027-05-01,holiday", "2027-05-01,rest")).refused
    dry = load(database, dry_run=True)
    assert (dry.year, dry.days, dry.version, dry.refused) == (2027, 9, None, False)
    assert asked(database, "SELECT count(*) FROM calendar_versions")[0][0] == 1
    assert asked(database, "SELECT kind, number FROM revisions ORDER BY kind") == before


def test_loading_a_notice_moves_provisional_due_dates_of_open_reports_with_a_log(
    database: Database,
) -> None:
    keeper = Keeper(database)
    waiting = take(database, keeper, LATE, key="waiting", category="cg03")
    closed = take(database, keeper, LATE, key="closed", category="cg03")
    firm = take(database, keeper, LATE - timedelta(days=9), key="firm", category="cg03")
    urgent = take(database, keeper, LATE, key="urgent", category="cg02")
    assert waiting.due_provisional
    assert waiting.due_at == datetime(2027, 1, 4, 18, 0, tzinfo=SHANGHAI)
    assert due_sentence(waiting, TEMPLATE) == (
        "时限：即时办结，2027年1月4日（星期一）18:00前（暂定，待国务院放假通知公布后重新计算）。"
    )
    assert not firm.due_provisional
    assert not urgent.due_provisional
    _close(database, closed)
    told = asked(database, "SELECT max(id) FROM outbox")[0][0]

    outcome = load(database, document_no="国办发明电〔2026〕0号")

    assert (outcome.version, outcome.recomputed) == ("2027-1", 1)
    moved = row_of(database, waiting.id)
    assert (moved.due_at, moved.due_provisional, moved.calendar_version) == (
        datetime(2027, 1, 5, 18, 0, tzinfo=SHANGHAI),
        False,
        "2027-1",
    )
    assert due_sentence(moved, TEMPLATE) == "时限：即时办结，2027年1月5日（星期二）18:00前。"
    with database.transaction(SERVICE) as connection:
        *_, event = report_store.read_events(connection, waiting.id)
    assert (event.kind, event.actor, event.at) == ("recounted", "command-line", NOW)
    assert event.detail == {
        "before": {
            "due_at": "2027-01-04T18:00:00+08:00",
            "provisional": True,
            "calendar_version": "2026-1",
        },
        "after": {
            "due_at": "2027-01-05T18:00:00+08:00",
            "provisional": False,
            "calendar_version": "2027-1",
        },
    }
    screens = asked(database, "SELECT payload FROM outbox WHERE id > :told", told=told)
    assert [(row[0]["id"], row[0]["event"], row[0]["due_at"]) for row in screens] == [
        (str(waiting.id), "recounted", "2027-01-05T18:00:00+08:00")
    ]
    for row in (closed, firm, urgent):
        assert row_of(database, row.id).due_at == row.due_at
    audit = asked(database, "SELECT detail FROM audit WHERE action = 'calendar_imported'")
    assert [row[0]["recomputed"] for row in audit] == [1]
    # The process that took them in hears of it by its next intake.
    fresh = take(database, keeper, LATE, key="fresh", category="cg03")
    assert (fresh.due_at, fresh.calendar_version) == (moved.due_at, "2027-1")


def _close(database: Database, row: Any) -> None:
    with database.transaction(SERVICE) as connection:
        connection.execute(
            text("UPDATE reports SET status = 'closed', closed_at = :at WHERE id = :id"),
            {"id": row.id, "at": NOW},
        )


def test_a_corrected_notice_counts_from_now_on_and_what_was_promised_stays(
    database: Database,
) -> None:
    keeper = Keeper(database)
    promised = take(database, keeper, LATE, key="promised", category="cg03")
    corrected = load(database, NEXT_YEAR + "2027-01-09,makeup,元旦\n2027-01-04,holiday,元旦\n")
    assert (corrected.version, corrected.recomputed) == ("2027-2", 0)
    assert row_of(database, promised.id).due_at == promised.due_at
    later = take(database, keeper, LATE, key="later", category="cg03")
    assert later.due_at == promised.due_at + timedelta(days=1)
    versions = asked(database, "SELECT name, imported_by FROM calendar_versions ORDER BY id")
    assert [row[0] for row in versions] == ["2026-1", "2027-1", "2027-2"]


def test_an_intake_under_way_holds_a_notice_back_until_it_is_stored(database: Database) -> None:
    """Else a report could be counted by the old calendar after the recount has passed."""
    with report_store.intake_transaction(database, SERVICE):
        done: list[Outcome] = []
        raw = NEXT_YEAR + "2027-01-10,makeup,元旦\n"
        loading = threading.Thread(target=lambda: done.append(load(database, raw)))
        loading.start()
        held = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        wait_until(lambda: bool(asked(database, held)))
        assert done == []
    loading.join()
    assert done[0].version == "2027-3"


def test_hours_hold_for_what_is_taken_in_from_their_day_on(database: Database) -> None:
    known = Keeper(database).current()
    hours = ClockSettings(since=date(2027, 1, 4), day_ends_minute=17 * 60, cut_off_minute=16 * 60)
    with database.transaction(SERVICE) as connection:
        set_hours(connection, known, hours, now=NOW, actor=COMMAND_LINE)
    keeper = Keeper(database)
    before = datetime(2027, 1, 3, 23, 0, tzinfo=SHANGHAI)
    for at, hour in ((before, 18), (before + timedelta(hours=2), 17)):
        row = take(database, keeper, at, key=f"hours-{hour}", category="cg03")
        assert row.due_at.astimezone(SHANGHAI).hour == hour


def test_the_command_loads_a_file_and_says_which_rows_are_wrong(
    county_database: FreshDatabase, tmp_path: Path
) -> None:
    def tried(run: Callable[..., Ran], content: str, *options: str) -> tuple[int, str, str]:
        file = tmp_path / "notice.csv"
        file.write_text(content, encoding="utf-8")
        done = run("import", "calendar", file, *options, **on(county_database))
        return done.returncode, done.stdout, done.stderr

    code, said, _ = tried(run_here, NEXT_YEAR.replace("2027-10-01", "2027-13-01"), "--json")
    wrong = json.loads(said)
    assert (code, wrong["version"]) == (1, None)
    assert [(error["line"], error["reason"]) for error in wrong["errors"]] == [(10, "bad_date")]
    code, said, _ = tried(run_here, SEED.read_text("utf-8"), "--json", "--dry-run")
    same = json.loads(said)
    assert (code, same["unchanged"], same["dry_run"]) == (0, True, True)
    code, said, words = tried(run_apart, NEXT_YEAR.replace("holiday,端午节", "festival,端午节"))
    assert (code, said) == (1, "")
    assert "第8行" in words
