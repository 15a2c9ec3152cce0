"""Hand open reports over when boundaries come into force.

Not yet accepted: moved to the new owner, with an event. In hand: kept where it is, and listed.
Closed: never touched. Each report is asked for again with its stored question, now.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from api.db import publication_store, report_store
from api.db.area_store import raise_revision
from api.db.engine import SERVICE, Connection, Database
from api.input_types import SHANGHAI
from api.knowledge import Keeper, Knowledge
from api.ownership import OwnerAnswer
from api.plans.consequences import Shapes, count_households
from api.reports.asking import ask, stored_question
from api.reports.intake import owner_values
from api.reports.views import stream_payload

ACTOR = "handover"
_MOVED_STATES = ("assigned", "awaiting_decision")


def hand_over_due(database: Database, keeper: Keeper, now: datetime) -> int:
    """Hand over the open reports of every changeset that has come into force; return how many.

    One changeset a transaction: a crash leaves the next one for the next run.
    """
    moved = 0
    while True:
        with database.transaction(SERVICE) as connection:
            waiting = publication_store.to_hand_over(connection, now)
            if not waiting:
                return moved
            moved += hand_over(connection, keeper, waiting[0], now)


def hand_over(connection: Connection, keeper: Keeper, changeset_id: UUID, now: datetime) -> int:
    """Hand over the open reports of one changeset; return how many moved."""
    known = keeper.refresh()
    at = now.astimezone(SHANGHAI)
    grids = publication_store.changeset_shapes(connection, changeset_id)
    publication_store.mark_effective(connection, changeset_id)
    _count_anew(connection, known, {code: shape for code, _, shape in grids})
    codes = [code for code, before, _ in grids if before is not None]
    moved, kept = [], []
    for short in publication_store.open_reports_of(connection, codes):
        row = report_store.read_report(connection, short.id, lock=True)
        if row is None:
            continue
        question = stored_question(row.receipt, at)
        found = ask(keeper, known, question, category=row.category)
        if found.area_code == row.area_code:
            continue
        if row.status in _MOVED_STATES:
            _move(connection, known, row, found, changeset_id, at)
            moved.append(row.number)
        else:
            kept.append(row.number)
            _note_kept(connection, row, found, changeset_id, at)
    publication_store.mark_handed_over(
        connection,
        changeset_id,
        at=at,
        summary={"moved": moved, "kept": kept},
    )
    return len(moved)


def _count_anew(connection: Connection, known: Knowledge, shapes: Shapes) -> None:
    """Set the households of grids whose day has come; those in force at once have them already."""
    counted = count_households(connection, shapes)
    fresh = {
        code: count for code, count in counted.items() if known.areas[code].households != count
    }
    if fresh:
        publication_store.set_households(connection, fresh)
        raise_revision(connection, "boundaries")


def _move(
    connection: Connection,
    known: Knowledge,
    row: Any,
    found: OwnerAnswer,
    changeset_id: UUID,
    at: datetime,
) -> None:
    values = owner_values(found)
    merged = {**report_store.columns(row), **values}
    payload = stream_payload(merged, known, "moved")
    before = {"area": row.area_code, "status": row.status}
    values["routed"] = {
        **values["routed"],
        "before": before,
        "changeset": str(changeset_id),
        "why": "boundary_change",
    }
    report_store.move_report(
        connection,
        {
            **values,
            "id": row.id,
            "at": at,
            "actor_id": None,
            "actor": ACTOR,
            "channel": row.channel,
            "org": None,
            "payload": payload,
        },
    )


def _note_kept(
    connection: Connection,
    row: Any,
    found: OwnerAnswer,
    changeset_id: UUID,
    at: datetime,
) -> None:
    publication_store.note_event(
        connection,
        {
            "id": row.id,
            "at": at,
            "kind": "kept",
            "actor": ACTOR,
            "detail": {
                "changeset": str(changeset_id),
                "why": "boundary_change",
                "owner_now": found.area_code,
                "status": row.status,
            },
        },
    )
