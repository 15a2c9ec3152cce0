"""Keep what an SMS gateway says of its messages once it has taken them over."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text


def find_messages(
    connection: Connection, *, notice_id: UUID | None, provider_id: str | None
) -> list[Any]:
    """Return the notices that a gateway means, locked: by our id, or by its own number."""
    named = "id = :id" if notice_id is not None else "provider_id = :number AND way = 'sms'"
    values = {"id": notice_id} if notice_id is not None else {"number": provider_id}
    return list(
        connection.execute(
            text(
                "SELECT id, state, way, delivered_at, undelivered_at FROM notices "
                f"WHERE {named} FOR UPDATE"
            ),
            values,
        )
    )


def mark_delivered(connection: Connection, notice_id: UUID, at: datetime, now: datetime) -> None:
    """Write when a message arrived; nobody needs to send it again or to ring up."""
    connection.execute(
        text(
            "UPDATE notices SET delivered_at = :at, "
            "state = CASE WHEN state IN ('waiting','failed','by_phone') THEN 'sent' ELSE state END,"
            " error = CASE WHEN state IN ('waiting','failed','by_phone') THEN NULL ELSE error END,"
            " settled_at = CASE WHEN state IN ('waiting','failed','by_phone') "
            "THEN CAST(:now AS timestamptz) ELSE settled_at END WHERE id = :id"
        ),
        {"id": notice_id, "at": at, "now": now},
    )


def mark_undelivered(connection: Connection, notice_id: UUID, at: datetime, now: datetime) -> None:
    """Write when a message was said never to arrive; the next way is tried at once."""
    connection.execute(
        text(
            "UPDATE notices SET undelivered_at = :at, "
            "error = CASE WHEN state IN ('sent','failed') THEN 'undelivered' ELSE error END, "
            "not_before = CASE WHEN state IN ('sent','failed') THEN CAST(:now AS timestamptz) "
            "ELSE not_before END, "
            "settled_at = CASE WHEN state = 'sent' THEN NULL ELSE settled_at END, "
            "state = CASE WHEN state = 'sent' THEN 'failed' ELSE state END WHERE id = :id"
        ),
        {"id": notice_id, "at": at, "now": now},
    )
