"""Load a month of made-up reports through the same intake that real ones take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from api.db import report_store
from api.db.demo_store import newest_report_at
from api.db.engine import SERVICE, Connection, Database
from api.db.report_store import columns
from api.demo.reports import DemoReport, demo_reports
from api.demo.sources import DemoSources, read_sources
from api.input_types import SHANGHAI
from api.knowledge import Keeper, Knowledge
from api.reports import intake
from api.reports.views import stream_payload
from geo.position import Position, parse_datum

Say = Callable[[str], None]
SEED = 150221
PROGRESS_EVERY = 500
ACTOR = "demo"


def load_month(database: Database, data_dir: Path, *, now: datetime, say: Say) -> int:
    """Store the reports of the last thirty days that are not there yet; return how many."""
    now = now.astimezone(SHANGHAI)
    keeper = Keeper(database)
    known = keeper.current()
    with report_store.intake_transaction(database, SERVICE) as connection:
        newest = newest_report_at(connection)
        wanted = [
            report
            for report in demo_reports(sources=_sources(data_dir), now=now, seed=SEED)
            if newest is None or report.created_at > newest
        ]
        stored = 0
        for number, report in enumerate(wanted, start=1):
            if number % PROGRESS_EVERY == 0:
                say(f"{number} of {len(wanted)} made-up reports")
            stored += _store(connection, keeper, known, report)
    return stored


def _sources(data_dir: Path) -> DemoSources:
    return read_sources(
        county_dir=data_dir / "boundaries" / "demo", reference_dir=data_dir / "reference"
    )


def _store(connection: Connection, keeper: Keeper, known: Knowledge, report: DemoReport) -> bool:
    given = report.position
    position = None
    if given is not None:
        position = Position(
            lon=given.lon,
            lat=given.lat,
            datum=parse_datum(given.crs),
            accuracy_m=given.accuracy_m or 0.0,
        )
    draft = intake.Draft(
        channel=report.channel,
        text=report.text,
        category=report.category,
        position=position,
        address=report.address,
        occurred_at=report.occurred_at,
        reporter_name=report.reporter_name,
        reporter_phone=report.reporter_phone,
        source_no=report.source_no,
        round=1,
    )
    request = intake.Request(
        draft=draft,
        caller=None,
        keys=[("demo", str(report.idempotency_key))],
        body_sha256="demo",
        now=report.created_at.astimezone(SHANGHAI),
    )
    try:
        taken = intake.store(connection, keeper, known, request)
    except intake.AlreadyTaken:
        return False  # a second call of yesterday's caller falls on another minute at each start
    row = report_store.read_report(connection, UUID(taken.body["id"]))
    if row is not None:
        _follow(connection, known, row, report)
    return True


def _follow(connection: Connection, known: Knowledge, row: Any, report: DemoReport) -> None:
    """Take the steps that the made-up report has behind it."""
    status = row.status
    if report.accepted_at is not None and status == "assigned":
        _step(connection, known, row, "accepted", report.accepted_at, before=status)
        status = "accepted"
    if report.closed_at is not None:
        _step(connection, known, row, "closed", report.closed_at, before=status)


def _step(
    connection: Connection, known: Knowledge, row: Any, status: str, at: datetime, *, before: str
) -> None:
    closed = status == "closed"
    changed = {**columns(row), "status": status}
    report_store.change_status(
        connection,
        {
            "id": row.id,
            "status": status,
            "stage": "reply" if closed else "handling",
            "at": at,
            "closed_at": at if closed else None,
            "kind": status,
            "actor_id": None,
            "actor": ACTOR,
            "on_behalf_of": None,
            "detail": {"before": before, "after": status, "note": None},
            "area_code": row.area_code,
            "channel": row.channel,
            "org": None,
            "payload": stream_payload(changed, known, status),
        },
    )
