"""Refuse what cannot be written into the roster, with who stands in the way and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from api.db import duty_store
from api.db.duty_store import ABSENCES, HOLDERS, TermTable
from api.db.engine import Connection
from api.duty.records import within
from api.input_types import SHANGHAI, local_time
from api.problems import Problem, invalid

Found = dict[str, Any]
# A page says "now" by the clock of its own machine.
_CLOCKS_DIFFER = timedelta(minutes=10)


def period_of(start: datetime | None, end: datetime | None, now: datetime) -> tuple[Any, Any]:
    """Return the period, from now where nothing is said; raise Problem 422 for an empty one."""
    begin = start or now
    if end is not None and end <= begin:
        raise invalid("结束时间应晚于开始时间。", field="to", reason="end_before_start")
    return begin, end


def end_from_now(row: Mapping[str, Any], end: datetime | None, now: datetime) -> datetime | None:
    """Return from when on a row shall end; the past is not rewritten.

    Raises Problem 409 for a row that is over, 422 for an end before its beginning or in the past.
    """
    if row["to"] is not None and row["to"] <= now:
        words = f"此项安排已结束（{period_words(row)}），历史不能改写。"
        raise Problem("term-over", words, {"reason": "term_over", "to": local_time(row["to"])})
    if end is None:
        return None
    if row["from"] is not None and end < row["from"]:
        raise invalid("结束时间应晚于开始时间。", field="to", reason="end_before_start")
    if end < now - _CLOCKS_DIFFER and (row["from"] is None or row["from"] < now):
        raise invalid("结束时间已过去，历史不能改写。", field="to", reason="end_in_the_past")
    begun = row["from"] is None or row["from"] < now
    return max(end, now) if begun else end


def require_within(
    table: str, row: Mapping[str, Any], start: datetime | None, end: datetime | None
) -> None:
    """Raise Problem 422 when a post or a person is not there for the whole period."""
    inside = within(row["from"], row["to"], start) if start else row["from"] is None
    if inside and row["to"] is not None:
        inside = end is not None and end <= row["to"]
    if not inside:
        field_, reason, words = {
            "posts": ("post", "outside_post", "此岗位在该时间尚未设立或已撤销。"),
            "people": ("person", "person_left", "此人在该时间尚未到岗或已离开。"),
        }[table]
        raise invalid(words, field=field_, reason=reason)


_IN_THE_WAY: Mapping[str, str] = {
    "holders": "此期间该席位已由{who}在岗",
    "covers": "此期间该B角已由{who}担任",
    "shifts": "{who}在此期间已排班",
    "overrides": "此期间该岗位已由{who}临时顶岗",
    "absences": "{who}在此期间已登记请假",
}


def refuse_overlap(
    connection: Connection, table: TermTable, values: Found, *, but: UUID | None = None
) -> None:
    """Raise Problem 409 for a term that stands in the way of ``values``."""
    found = duty_store.overlapping(connection, table, values, but=but)
    if found is not None:
        words = _IN_THE_WAY[table.name].format(who=found["person_name"] or "他人")
        if table is HOLDERS and found["person_id"] == values["person_id"]:
            words = f"{found['person_name']}在此期间已在该岗位"
        raise _overlap(f"{words}（{period_words(found)}）。", "overlap", found)


def refuse_absent(
    connection: Connection, person: Found, start: datetime, end: datetime | None
) -> None:
    """Raise Problem 409 when a person is away in a part of the period."""
    values = {"person_id": person["id"], "start": start, "end": end}
    found = duty_store.overlapping(connection, ABSENCES, values)
    if found is not None:
        words = f"{person['name']}在此期间请假（{period_words(found)}），不能顶岗。"
        raise _overlap(words, "person_absent", found)


def refuse_own_cover(connection: Connection, person: Found, values: Found) -> None:
    """Raise Problem 422 when a person would be the B-role of a post that is the person's own."""
    held = duty_store.holds_post(connection, values)
    if held is not None:
        words = f"{person['name']}在此期间就在该岗位（{period_words(held)}），不能做自己的B角。"
        raise invalid(words, field="person", reason="own_b_role")


def _overlap(words: str, reason: str, found: Found) -> Problem:
    return Problem("roster-overlap", words, {"reason": reason, "conflict": conflict_out(found)})


def conflict_out(found: Found) -> Found:
    """Return whose term stands in the way, and from when to when."""
    return {
        "id": str(found["id"]),
        "person": found.get("person_name"),
        "from": local_time(found["from"]),
        "to": local_time(found["to"]),
    }


def period_words(found: Mapping[str, Any]) -> str:
    """Return a period in words."""
    start, end = found["from"], found["to"]
    begin = f"自{start.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if start else "一直"
    return f"{begin}至{end.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if end else f"{begin}起"
