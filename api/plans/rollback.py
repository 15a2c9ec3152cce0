"""Take a published change back: by a new one, or before it has come into force."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from api.accounts.roles import Caller
from api.db import plan_store, publication_store, schedule_store
from api.db.area_store import raise_revision
from api.db.engine import Connection
from api.knowledge import Knowledge
from api.plans.consequences import Shapes
from api.plans.publication import Publication
from api.plans.schedule import bring_back, insert_at, latest_sheet, set_aside, settle
from api.problems import Problem
from geo.redraw.sheet import Sheet, same_bytes


def roll_back(
    connection: Connection,
    known: Knowledge,
    caller: Caller,
    changeset: Any,
    *,
    overtake: bool,
    now: datetime,
) -> UUID:
    """Restore the boundaries before a changeset, byte for byte; return the changeset to look at.

    One in force is undone by a new changeset; one that is only scheduled is withdrawn, and its
    plan is a draft again. Raises Problem 409 where a later changeset touched the place.
    """
    publication_store.lock_for_publication(connection)
    # What came into force while this waited is undone by a new changeset, not withdrawn.
    now = schedule_store.instant_after_waiting(connection, now)
    changeset = publication_store.read_changeset(connection, changeset.id)
    if changeset.withdrawn_at is not None:
        raise Problem("plan-state", "这个调整批次已撤回。", {"state": "withdrawn"})
    if changeset.effective_at > now:
        _withdraw(connection, known, caller, changeset, overtake=overtake, now=now)
        return UUID(str(changeset.id))
    grids = publication_store.changeset_shapes(connection, changeset.id)

    def draw(sheet: Sheet) -> Shapes:
        touched = [
            code for code, _, after in grids if not same_bytes(sheet.shapes.get(code), after)
        ]
        if touched:
            raise Problem(
                "plan-overtaken",
                "这些网格后来又有调整，不能直接恢复；请先恢复较晚的批次。",
                {"reason": "touched_later", "grids": touched},
            )
        return {code: before for code, before, _ in grids}

    def make(_: Sheet, at: datetime) -> Publication:
        return Publication(
            name=f"恢复原界：{changeset.name}",
            area_code=changeset.area_code,
            author=caller.username,
            decider=caller.username,
            effective_at=at,
            rolls_back=changeset.id,
        )

    fresh, overtaken = insert_at(connection, known, now, make, draw, now=now)
    settle(connection, overtaken, by=f"恢复原界：{changeset.name}", agreed=overtake, now=now)
    return fresh


def _withdraw(
    connection: Connection,
    known: Knowledge,
    caller: Caller,
    changeset: Any,
    *,
    overtake: bool,
    now: datetime,
) -> None:
    """Take back an approval whose date has not come; what is scheduled after it stays."""
    later = set_aside(connection, changeset.effective_at)
    schedule_store.withdraw(connection, changeset)
    overtaken = bring_back(connection, known, later, latest_sheet(connection))
    settle(connection, overtaken, by=f"撤回：{changeset.name}", agreed=overtake, now=now)
    plan_store.set_state(
        connection,
        changeset.plan_id,
        "draft",
        {
            "reason": f"{caller.username} 于生效前撤回了批准。",
            "changed_at": now,
            "effective_at": None,
        },
    )
    raise_revision(connection, "boundaries")
