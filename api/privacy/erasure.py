"""Erase reporters: by the clock a set time after the end, or at once when somebody asks."""

from __future__ import annotations

from datetime import datetime, timedelta

from api.db import reporter_store
from api.db.account_store import insert_audit
from api.db.engine import SERVICE, Database
from api.problems import Problem

BATCH = 500
# The reason written into the event; what was erased is not.
AFTER_ITS_TIME = "retention"
BY_CLOCK = "clock"


def erase_due(database: Database, at: datetime, *, days: int, batch: int = BATCH) -> int:
    """Erase the reporters of reports that ended more than ``days`` before; return how many."""
    erased = 0
    while True:
        with database.transaction(SERVICE) as connection:
            before = at - timedelta(days=days)
            due = reporter_store.ended_before(connection, before, limit=batch)
            if due:
                erased += reporter_store.erase(
                    connection, due, at=at, actor=BY_CLOCK, reason=AFTER_ITS_TIME
                )
        if len(due) < batch:
            return erased


def erase_now(database: Database, number: str, *, at: datetime, actor: str, reason: str) -> bool:
    """Erase the reporter of one report at once; say whether there was one.

    Raises Problem 404 for a number that no report has. The audit has who asked for it and why.
    """
    with database.transaction(SERVICE) as connection:
        report = reporter_store.find_report(connection, number)
        if report is None:
            raise Problem("not-found", "没有这个编号的诉求。")
        erased = reporter_store.erase(connection, [report.id], at=at, actor=actor, reason=reason)
        insert_audit(
            connection,
            {
                "actor_id": None,
                "actor": actor,
                "action": "reporter_erased",
                "object": number,
                "area_code": report.area_code,
                "detail": {"report": str(report.id), "reason": reason, "erased": erased},
                "ip": None,
            },
        )
    return erased == 1
