"""Withdraw and renew what was to come later. Nothing is deleted: a withdrawn shape holds never."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from api.db.publication_store import CHANGESET


def free_instant(connection: Connection, at: datetime) -> datetime:
    """Return the first instant from ``at`` on at which no boundary revision begins."""
    free: datetime = connection.execute(
        text(
            "WITH RECURSIVE instant (at) AS (SELECT CAST(:at AS timestamptz) UNION ALL "
            "SELECT i.at + interval '1 microsecond' FROM instant i WHERE EXISTS (SELECT 1 FROM "
            "boundary_revisions r WHERE r.withdrawn_at IS NULL AND r.effective_at = i.at)) "
            "SELECT max(at) FROM instant"
        ),
        {"at": at},
    ).scalar_one()
    return free


def instant_after_waiting(connection: Connection, now: datetime) -> datetime:
    """Return ``now``, or when the newest change came into force that did so since.

    A request that waited, for the lock or for a replay, is older than what others published
    meanwhile. The caller holds the lock.
    """
    instant: datetime = connection.execute(
        text(
            "SELECT greatest(CAST(:now AS timestamptz), max(effective_at)) FROM changesets "
            "WHERE withdrawn_at IS NULL AND effective_at <= clock_timestamp()"
        ),
        {"now": now},
    ).scalar_one()
    return instant


def scheduled_changesets(connection: Connection, after: datetime) -> list[Any]:
    """Return the changesets that come into force after ``after``, in that order."""
    return list(
        connection.execute(
            text(
                f"SELECT {CHANGESET} FROM changesets "
                "WHERE withdrawn_at IS NULL AND effective_at > :after ORDER BY effective_at"
            ),
            {"after": after},
        )
    )


def withdraw(connection: Connection, changeset: Any) -> None:
    """Take back the last revision that is still to come: what it closed is open again.

    Each revision begins at an instant of its own, so whatever ends at that instant was ended
    by this one.
    """
    revision = {"name": changeset.revision_name, "at": changeset.effective_at}
    for table in ("grid_boundaries", "area_boundaries"):
        connection.execute(
            text(
                f"UPDATE {table} SET valid = 'empty', withdrawn = true WHERE revision_id = "
                "(SELECT id FROM boundary_revisions WHERE name = :name)"
            ),
            revision,
        )
        connection.execute(
            text(
                f"UPDATE {table} SET valid = tstzrange(lower(valid), NULL) WHERE upper(valid) = :at"
            ),
            revision,
        )
    connection.execute(
        text("UPDATE boundary_revisions SET withdrawn_at = now() WHERE name = :name"), revision
    )
    connection.execute(
        text("UPDATE changesets SET withdrawn_at = now() WHERE id = :id"), {"id": changeset.id}
    )


def point_to_successor(connection: Connection, changeset_id: UUID, fresh: UUID) -> None:
    """Remember under which changeset a withdrawn one was stored anew."""
    connection.execute(
        text("UPDATE changesets SET replaced_by = :fresh WHERE id = :id"),
        {"id": changeset_id, "fresh": fresh},
    )


def codes_are_taken(connection: Connection, plan_id: UUID) -> bool:
    """Say whether a plan that is alive makes grids under the codes this plan made them."""
    return bool(
        connection.execute(
            text(
                "SELECT EXISTS (SELECT FROM plan_changes c JOIN plan_changes d USING (code) "
                "JOIN plans p ON p.id = d.plan_id WHERE c.plan_id = :id AND c.before IS NULL "
                "AND d.before IS NULL AND d.plan_id <> :id AND p.state <> 'overtaken')"
            ),
            {"id": plan_id},
        ).scalar_one()
    )
