"""Load a month of made-up reports through the same intake that real ones take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from api.db import life_store, report_store
from api.db.demo_store import newest_report_at
from api.db.engine import SERVICE, Connection, Database
from api.demo.reports import DemoReport, demo_reports
from api.demo.sources import DemoSources, read_sources
from api.input_types import SHANGHAI
from api.knowledge import Keeper, Knowledge
from api.life.engine import take
from api.life.parties import Actor
from api.life.state import Case
from api.life.turn import Ask, Event, Outcome, Refusal
from api.privacy.vault import Vault
from api.reports import intake
from api.reports.lives import Author, case_of
from api.reports.writing import change_of
from geo.position import Position, parse_datum

Say = Callable[[str], None]
SEED = 150221
PROGRESS_EVERY = 500
ACTOR = "demo"


def load_month(database: Database, data_dir: Path, *, vault: Vault, now: datetime, say: Say) -> int:
    """Store the reports of the last thirty days that are not there yet; return how many."""
    now = now.astimezone(SHANGHAI)
    keeper = Keeper(database, vault=vault)
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
    """Take the steps that the made-up report has behind it, in its own time."""
    begun = case = case_of(row, known)
    events: list[Event] = []
    for step, at in (("accept", report.accepted_at), ("close", report.closed_at)):
        if at is None or (step == "accept" and case.status != "assigned"):
            continue
        outcome = _take(case, step, at.astimezone(SHANGHAI), known)
        case, events = outcome.case, [*events, *outcome.events]
    if case is begun:
        return
    last = case.last.at
    outcome = Outcome(case, tuple(events))
    change = change_of(row, case, outcome, known, at=last, author=Author(ACTOR))
    life_store.save(connection, change)


def _take(case: Case, step: str, at: datetime, known: Knowledge) -> Outcome:
    holder = case.holder
    outside = step == "accept" and holder.post is not None
    actor = Actor(
        account=ACTOR,
        role="grid_worker" if outside else "county_admin",
        area=holder.area if outside else known.county.code,
        name=holder.name if outside else "演示",
        person=holder.person if outside else None,
        posts=frozenset({holder.post}) if outside and holder.post else frozenset(),
        areas=frozenset({holder.area}) if outside else frozenset(),
    )
    ask = Ask(note="演示数据", outcome="resolved" if step == "close" else None)
    outcome = take(case, step, ask, actor, at, known.templates.of(case.template), known.time)
    if isinstance(outcome, Refusal):
        raise AssertionError(outcome.words)
    return outcome
