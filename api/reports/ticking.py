"""Do what happens by the clock to reports whose time has come."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from pydantic import ValidationError

from api.db import life_store, notice_store, report_store
from api.db.area_store import read_revisions
from api.db.engine import SERVICE, Database
from api.knowledge import Keeper
from api.life.by_clock import tick
from api.reports.lives import BY_CLOCK, case_of, notice_rows
from api.reports.writing import change_of

BATCH = 200
UNREADABLE_AGAIN = timedelta(hours=1)
logger = logging.getLogger("wangge.clock")


def tick_due(database: Database, keeper: Keeper, now: datetime) -> int:
    """Do what has fallen due by ``now``, a batch a transaction; return how many reports changed.

    A crash leaves the rest for the next run, and what is committed is not done again: the case
    remembers what was told.
    """
    done = 0
    while True:
        batch = _tick_batch(database, keeper, now)
        done += batch
        if batch < BATCH:
            return done


def _tick_batch(database: Database, keeper: Keeper, now: datetime) -> int:
    with database.transaction(SERVICE) as connection:
        # Nothing announces a new roster or calendar to this process.
        known = keeper.refresh(read_revisions(connection))
        ids = life_store.due_reports(connection, now, limit=BATCH)
        changes, notices, unreadable = [], [], []
        for row in report_store.read_several(connection, ids):
            try:
                case = case_of(row, known)
            except ValidationError:
                # One damaged life must not hold up the clocks of all others.
                logger.exception("report %s: its life cannot be read", row.number)
                unreadable.append(row.id)
                continue
            outcome = tick(case, now, known.templates.of(case.template), known.time)
            changes.append(change_of(row, outcome.case, outcome, known, at=now, author=BY_CLOCK))
            notices += notice_rows(outcome.notices, row.id, now)
        life_store.save(connection, *changes)
        notice_store.put(connection, notices)
        life_store.put_off(connection, unreadable, now + UNREADABLE_AGAIN)
    return len(ids)
