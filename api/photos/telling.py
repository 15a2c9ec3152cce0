"""Tell live pages that the photos of a report have changed: they read them anew."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from api.db import outbox_store, report_store
from api.db.engine import Connection
from api.knowledge import Knowledge
from api.reports.views import stream_payload


def tell(
    connection: Connection, known: Knowledge, report_id: UUID, event: str, at: datetime
) -> None:
    """Tell ``event`` at the commit, with the report as it stands: nobody takes a step before."""
    for row in report_store.read_several(connection, [report_id], lock=True):
        payload = stream_payload(report_store.columns(row), known, event, at)
        outbox_store.put(
            connection, area_code=row.area_code, channel=row.channel, orgs=row.orgs, payload=payload
        )
