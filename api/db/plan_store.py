"""Read and write plans: the log of operations, what each changed, who moved the revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

from api.db.publication_store import ROLLED_BACK_BY

_PLAN = (
    "id, name, area_code, state, revision, base, crosses_parent, author_id, author, created_at, "
    "changed_at, submitted_at, decider_id, decider, decided_at, effective_at, document_no, "
    "document_date, note, reason, "
    "(SELECT a.display_name FROM accounts a WHERE a.id = author_id) AS author_name, "
    "(SELECT a.display_name FROM accounts a WHERE a.id = decider_id) AS decider_name, "
    "EXISTS (SELECT 1 FROM changesets WHERE plan_id = plans.id AND withdrawn_at IS NULL "
    f"AND {ROLLED_BACK_BY} IS NOT NULL) AS rolled_back"
)

Change = tuple[str, BaseGeometry | None, BaseGeometry | None]


def insert_plan(connection: Connection, values: dict[str, Any]) -> None:
    """Insert a draft: id, name, area_code, base, author_id, author, at."""
    connection.execute(
        text(
            "INSERT INTO plans (id, name, area_code, state, base, author_id, author, created_at, "
            "changed_at) VALUES (:id, :name, :area_code, 'draft', :base, :author_id, :author, "
            ":at, :at)"
        ),
        values,
    )


def read_plan(connection: Connection, plan_id: UUID, *, lock: bool = False) -> Any | None:
    """Return a plan, None when there is none; ``lock`` lets nobody else change it meanwhile."""
    return connection.execute(
        text(f"SELECT {_PLAN} FROM plans WHERE id = :id" + (" FOR UPDATE" if lock else "")),
        {"id": plan_id},
    ).one_or_none()


def list_plans(
    connection: Connection, *, area: str, after: tuple[datetime, UUID] | None, limit: int
) -> list[Any]:
    """Return the plans of ``area`` and below, newest first, one more than ``limit``."""
    at, plan_id = after or (None, None)
    return list(
        connection.execute(
            text(
                f"SELECT {_PLAN} FROM plans WHERE area_code ^@ :area "
                "AND (CAST(:at AS timestamptz) IS NULL OR (created_at, id) < (:at, :id)) "
                "ORDER BY created_at DESC, id DESC LIMIT :limit"
            ),
            {"area": area, "at": at, "id": plan_id, "limit": limit + 1},
        )
    )


def log_operation(
    connection: Connection,
    *,
    plan_id: UUID,
    number: int,
    kind: str,
    logged: Mapping[str, Any],
    author_id: UUID,
    author: str,
    at: datetime,
    changes: Sequence[Change],
) -> None:
    """Append an operation with what it changed; operations undone before it are dropped."""
    connection.execute(
        text(
            "UPDATE plan_operations SET state = 'dropped' "
            "WHERE plan_id = :plan AND state = 'undone'"
        ),
        {"plan": plan_id},
    )
    connection.execute(
        text(
            "INSERT INTO plan_operations (plan_id, number, kind, logged, author_id, author, at) "
            "VALUES (:plan, :number, :kind, CAST(:logged AS jsonb), :author_id, :author, :at)"
        ),
        {
            "plan": plan_id,
            "number": number,
            "kind": kind,
            "logged": orjson.dumps(logged).decode(),
            "author_id": author_id,
            "author": author,
            "at": at,
        },
    )
    connection.execute(
        text(
            "INSERT INTO plan_changes (plan_id, number, code, before, after) "
            "VALUES (:plan, :number, :code, :before, :after)"
        ),
        [
            {
                "plan": plan_id,
                "number": number,
                "code": code,
                "before": _wkb(before),
                "after": _wkb(after),
            }
            for code, before, after in changes
        ],
    )


def _wkb(shape: BaseGeometry | None) -> bytes | None:
    return None if shape is None else bytes(shapely.to_wkb(shape))


def read_operations(
    connection: Connection, plan_id: UUID, *, state: str | None = None
) -> list[Any]:
    """Return (number, kind, logged, author, author_name, at, state) of a plan's log, in order."""
    return list(
        connection.execute(
            text(
                "SELECT o.number, o.kind, o.logged, o.author, a.display_name AS author_name, "
                "o.at, o.state FROM plan_operations o JOIN accounts a ON a.id = o.author_id "
                "WHERE o.plan_id = :plan "
                "AND (CAST(:state AS text) IS NULL OR o.state = :state) ORDER BY o.number"
            ),
            {"plan": plan_id, "state": state},
        )
    )


def read_changes(connection: Connection, plan_id: UUID, number: int) -> list[Change]:
    """Return what one operation changed."""
    rows = connection.execute(
        text(
            "SELECT code, before, after FROM plan_changes "
            "WHERE plan_id = :plan AND number = :number ORDER BY code"
        ),
        {"plan": plan_id, "number": number},
    )
    return [(row[0], _shape(row[1]), _shape(row[2])) for row in rows]


def read_drafted(connection: Connection, plan_id: UUID) -> dict[str, BaseGeometry | None]:
    """Return the shapes that the done operations leave, by code; None for retired grids.

    A grid that was made and given up again inside the plan leaves nothing.
    """
    rows = connection.execute(
        text(
            "SELECT DISTINCT ON (c.code) c.code, c.after, "
            "first_value(c.before IS NULL) OVER (PARTITION BY c.code ORDER BY c.number) "
            "FROM plan_changes c JOIN plan_operations o USING (plan_id, number) "
            "WHERE c.plan_id = :plan AND o.state = 'done' ORDER BY c.code, c.number DESC"
        ),
        {"plan": plan_id},
    )
    return {
        code: _shape(after)
        for code, after, is_of_this_plan in rows
        if after is not None or not is_of_this_plan
    }


def _shape(wkb: Any) -> BaseGeometry | None:
    return None if wkb is None else shapely.from_wkb(bytes(wkb))


def set_operation_state(connection: Connection, plan_id: UUID, number: int, state: str) -> None:
    """Mark an operation done or undone."""
    connection.execute(
        text(
            "UPDATE plan_operations SET state = :state WHERE plan_id = :plan AND number = :number"
        ),
        {"plan": plan_id, "number": number, "state": state},
    )


def move_revision(
    connection: Connection,
    plan_id: UUID,
    *,
    revision: int,
    codes: Sequence[str],
    author: str,
    at: datetime,
    crosses_parent: bool = False,
) -> None:
    """Set the plan's revision and remember who touched which grids on the way."""
    connection.execute(
        text(
            "WITH step AS (INSERT INTO plan_revisions (plan_id, revision, codes, author, at) "
            "VALUES (:plan, :revision, :codes, :author, :at)) UPDATE plans SET "
            "revision = :revision, changed_at = :at, "
            "crosses_parent = crosses_parent OR :crosses WHERE id = :plan"
        ),
        {
            "plan": plan_id,
            "revision": revision,
            "codes": list(codes),
            "author": author,
            "at": at,
            "crosses": crosses_parent,
        },
    )


def revisions_since(connection: Connection, plan_id: UUID, revision: int) -> list[Any]:
    """Return (revision, codes, author, author_name, at) of what happened after ``revision``."""
    return list(
        connection.execute(
            text(
                "SELECT r.revision, r.codes, r.author, a.display_name AS author_name, r.at "
                "FROM plan_revisions r LEFT JOIN accounts a ON a.username = r.author "
                "WHERE r.plan_id = :plan AND r.revision > :revision ORDER BY r.revision"
            ),
            {"plan": plan_id, "revision": revision},
        )
    )


def set_state(connection: Connection, plan_id: UUID, state: str, values: dict[str, Any]) -> None:
    """Set state and the columns named in ``values`` (names of our own, never of a request)."""
    sets = "".join(f", {name} = :{name}" for name in values)
    connection.execute(
        text(f"UPDATE plans SET state = :state{sets} WHERE id = :id"),
        {**values, "state": state, "id": plan_id},
    )


def codes_ever_used(
    connection: Connection, community: str, *, drafting: UUID | None = None
) -> list[str]:
    """Return every grid code of a community that exists or is drafted: none is given twice.

    Steps that can never be redone hold no code: dropped ones, and what the plan ``drafting`` has
    undone, which its next operation drops.
    """
    return list(
        connection.execute(
            text(
                "SELECT code FROM areas WHERE code ^@ :community AND level = 'grid' UNION "
                "SELECT c.code FROM plan_changes c JOIN plan_operations o USING (plan_id, number) "
                "WHERE c.code ^@ :community AND (o.state = 'done' OR (o.state = 'undone' "
                "AND o.plan_id IS DISTINCT FROM CAST(:drafting AS uuid)))"
            ),
            {"community": community, "drafting": drafting},
        ).scalars()
    )


def buildings_in_box(connection: Connection, box: tuple[float, float, float, float]) -> list[Any]:
    """Return (id, lon, lat, households, place_id) of the buildings in west, south, east, north."""
    west, south, east, north = box
    return list(
        connection.execute(
            text(
                "SELECT id, lon, lat, households, place_id FROM buildings "
                "WHERE lon BETWEEN :west AND :east AND lat BETWEEN :south AND :north ORDER BY id"
            ),
            {"west": west, "south": south, "east": east, "north": north},
        )
    )


def read_first_shapes(connection: Connection, plan_id: UUID) -> dict[str, BaseGeometry | None]:
    """Return the shapes that the done operations found, by code: what they were drawn on."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT ON (c.code) c.code, c.before FROM plan_changes c "
            "JOIN plan_operations o USING (plan_id, number) "
            "WHERE c.plan_id = :plan AND o.state = 'done' ORDER BY c.code, c.number"
        ),
        {"plan": plan_id},
    )
    return {row[0]: _shape(row[1]) for row in rows}


def drawn_by(connection: Connection, plan: Any) -> set[UUID]:
    """Return the accounts that started a plan or drew a step that stands in it."""
    drawn = connection.execute(
        text("SELECT author_id FROM plan_operations WHERE plan_id = :plan AND state = 'done'"),
        {"plan": plan.id},
    )
    return {plan.author_id, *drawn.scalars()}
