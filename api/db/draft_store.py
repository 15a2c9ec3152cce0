"""Read what a draft did lately: so that a process that holds an older state need not begin anew."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

Shapes = dict[str, BaseGeometry | None]


def changes_since(
    connection: Connection, plan_id: UUID, since: int, revision: int
) -> tuple[Shapes, set[str]]:
    """Return the shapes that changed between two revisions of a plan, None for grids that went.

    Second come the codes that are again as the plan found them.
    """
    strokes = connection.execute(
        text(
            "SELECT c.number, c.code, c.after FROM plan_changes c "
            "WHERE c.plan_id = :plan AND c.number > :since ORDER BY c.number"
        ),
        {"plan": plan_id, "since": since},
    ).all()
    if len({row.number for row in strokes}) == revision - since:
        # Nothing was undone meanwhile: each revision is a stroke of the same number.
        return {row.code: _shape(row.after) for row in strokes}, set()
    rows = connection.execute(
        text(
            "WITH touched AS (SELECT DISTINCT unnest(codes) AS code FROM plan_revisions "
            "WHERE plan_id = :plan AND revision > :since), "
            "done AS (SELECT DISTINCT ON (c.code) c.code, c.after FROM plan_changes c "
            "JOIN plan_operations o USING (plan_id, number) JOIN touched USING (code) "
            "WHERE c.plan_id = :plan AND o.state = 'done' ORDER BY c.code, c.number DESC) "
            "SELECT t.code, d.after, d.code IS NULL AS as_found "
            "FROM touched t LEFT JOIN done d USING (code)"
        ),
        {"plan": plan_id, "since": since},
    ).all()
    changed = {row.code: _shape(row.after) for row in rows if not row.as_found}
    return changed, {row.code for row in rows if row.as_found}


def next_step(connection: Connection, plan_id: UUID, *, back: bool) -> int | None:
    """Return the number of the operation to undo (``back``) or to redo, None when none is left."""
    number: int | None = connection.execute(
        text(
            "SELECT max(number) FROM plan_operations WHERE plan_id = :plan AND state = 'done'"
            if back
            else "SELECT min(number) FROM plan_operations "
            "WHERE plan_id = :plan AND state = 'undone'"
        ),
        {"plan": plan_id},
    ).scalar_one()
    return number


def _shape(wkb: Any) -> BaseGeometry | None:
    return None if wkb is None else shapely.from_wkb(bytes(wkb))
