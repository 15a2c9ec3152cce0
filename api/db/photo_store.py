"""Keep what is known of photos: which report, when and where, whose; row security as reports."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

_COLUMNS = (
    "id, report_id, client_id, source_sha256, sha256, width, height, size_bytes, taken_at, "
    "said_taken_at, clock_doubt, received_at, lon, lat, accuracy_m, by_account, by_name, "
    "withdrawn_at, withdrawn_by_name, withdrawn_reason"
)


def hold_report(connection: Connection, report_id: UUID) -> None:
    """Let photos of one report be added one after the other until the transaction ends."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('photos ' || :id, 0))"),
        {"id": str(report_id)},
    )


def list_photos(connection: Connection, report_id: UUID) -> list[Any]:
    """Return the photos of a report in the order in which they came."""
    return list(
        connection.execute(
            text(
                f"SELECT {_COLUMNS} FROM photos WHERE report_id = :report_id "
                "ORDER BY received_at, id"
            ),
            {"report_id": report_id},
        )
    )


def read_photo(connection: Connection, photo_id: UUID) -> Any | None:
    """Return one photo, None when it is not there for this scope."""
    return connection.execute(
        text(f"SELECT {_COLUMNS} FROM photos WHERE id = :id"), {"id": photo_id}
    ).one_or_none()


def insert_photo(connection: Connection, values: dict[str, Any]) -> None:
    """Store what is known of a photo whose file is there."""
    names = [*values]
    connection.execute(
        text(
            f"INSERT INTO photos ({', '.join(names)}) "
            f"VALUES ({', '.join(f':{name}' for name in names)})"
        ),
        values,
    )


def withdraw(connection: Connection, photo_id: UUID, values: Mapping[str, Any]) -> None:
    """Write that a photo was withdrawn, with an event of its report.

    ``values``: report_id, at, actor_id, actor, by_name, reason, and ``detail`` of the event.
    """
    connection.execute(
        text(
            "WITH event AS (INSERT INTO report_events (report_id, at, kind, actor_id, actor, "
            "detail) VALUES (:report_id, :at, 'photo_withdrawn', :actor_id, :actor, "
            "CAST(:detail AS jsonb))) UPDATE photos SET withdrawn_at = :at, "
            "withdrawn_by = :actor_id, withdrawn_by_name = :by_name, withdrawn_reason = :reason "
            "WHERE id = :id"
        ),
        {**values, "detail": orjson.dumps(values["detail"]).decode(), "id": photo_id},
    )


def which_exist(connection: Connection, ids: Sequence[UUID]) -> Collection[UUID]:
    """Return those of ``ids`` whose picture is to be kept; asked under the service's scope."""
    return set(
        connection.execute(
            text("SELECT id FROM photos WHERE id = ANY(:ids) AND withdrawn_at IS NULL"),
            {"ids": list(ids)},
        ).scalars()
    )
