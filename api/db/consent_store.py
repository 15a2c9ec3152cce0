"""Read and write what the communities concerned say to a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

_CONSENT = (
    "c.community_code, c.state, c.document_no, c.document_date, c.note, c.plan_revision, "
    "c.entered_by, coalesce(nullif(a.display_name, ''), c.entered_by) AS entered_by_name, "
    "c.entered_at"
)


def put_consent(connection: Connection, values: dict[str, Any]) -> None:
    """Write what a community says; what was entered before for it is replaced.

    ``values``: plan_id, community_code, state, document_no, document_date, note, plan_revision,
    entered_by_id, entered_by, entered_at.
    """
    connection.execute(
        text(
            "INSERT INTO plan_consents (plan_id, community_code, state, document_no, "
            "document_date, note, plan_revision, entered_by_id, entered_by, entered_at) VALUES "
            "(:plan_id, :community_code, :state, :document_no, :document_date, :note, "
            ":plan_revision, :entered_by_id, :entered_by, :entered_at) "
            "ON CONFLICT (plan_id, community_code) DO UPDATE SET state = excluded.state, "
            "document_no = excluded.document_no, document_date = excluded.document_date, "
            "note = excluded.note, plan_revision = excluded.plan_revision, "
            "entered_by_id = excluded.entered_by_id, entered_by = excluded.entered_by, "
            "entered_at = excluded.entered_at"
        ),
        values,
    )


def read_consents(connection: Connection, plan_id: UUID) -> Sequence[Any]:
    """Return what was entered for a plan, by community."""
    return connection.execute(
        text(
            f"SELECT {_CONSENT} FROM plan_consents c LEFT JOIN accounts a "
            "ON a.id = c.entered_by_id WHERE c.plan_id = :plan ORDER BY c.community_code"
        ),
        {"plan": plan_id},
    ).all()
