"""Run what happens by the clock: one process at a time, however many are started.

Jobs are functions of the service and the present instant; later subjects add theirs to ``JOBS``.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from api.db.engine import SERVICE
from api.db.leader_store import LeaderLock
from api.db.outbox_store import prune
from api.db.place_store import raise_when_places_turn
from api.deps import Service
from api.imports.spool import Spool
from api.input_types import now
from api.logs import configure_logging
from api.notices.sending import Sender
from api.photos.service import sweep as sweep_photos
from api.plans.handover import hand_over_due
from api.privacy.erasure import erase_due
from api.reports.ticking import tick_due
from api.service_parts import build_service
from api.settings import get_settings
from api.stopping import StopSignal

logger = logging.getLogger("wangge.scheduler")

OUTBOX_DAYS = 7
KEY_DAYS = 7
TICK_S = 1.0


@dataclass(frozen=True, slots=True)
class Job:
    """Hold a job: its name, how often it runs and what it does (returns what it touched)."""

    name: str
    every_s: float
    work: Callable[[Service, datetime], int]


def _prune(service: Service, at: datetime) -> int:
    with service.database.transaction(SERVICE) as connection:
        return prune(connection, now=at, outbox_days=OUTBOX_DAYS, key_days=KEY_DAYS)


def _hand_over(service: Service, at: datetime) -> int:
    return hand_over_due(service.database, service.keeper, at)


def _erase_uploads(service: Service, at: datetime) -> int:
    return Spool(service.settings.var_dir).erase_old(at, hours=service.settings.import_hours)


def _tick(service: Service, at: datetime) -> int:
    return tick_due(service.database, service.keeper, at)


def _turn_places(service: Service, _at: datetime) -> int:
    with service.database.transaction(SERVICE) as connection:
        return raise_when_places_turn(connection)


def _erase_reporters(service: Service, at: datetime) -> int:
    return erase_due(service.database, at, days=service.settings.reporter_days)


JOBS: tuple[Job, ...] = (
    Job("hand_over", 1.0, _hand_over),
    Job("tick", 1.0, _tick),
    Job("turn_places", 5.0, _turn_places),
    Job("prune", 600.0, _prune),
    Job("erase_uploads", 600.0, _erase_uploads),
    Job("erase_reporters", 600.0, _erase_reporters),
    Job("sweep_photos", 3600.0, sweep_photos),
)


def run_due(
    service: Service, jobs: tuple[Job, ...], last: dict[str, datetime], at: datetime
) -> list[str]:
    """Run the jobs whose time has come; return their names."""
    ran = []
    for job in jobs:
        before = last.get(job.name)
        if before is not None and (at - before).total_seconds() < job.every_s:
            continue
        job.work(service, at)
        last[job.name] = at
        ran.append(job.name)
    return ran


def run() -> None:
    """Run until SIGTERM or SIGINT; wait while another scheduler holds the lead."""
    settings = get_settings()
    configure_logging(settings.log_level)
    service = build_service(settings)
    stop = StopSignal()
    stop.listen((signal.SIGTERM, signal.SIGINT))
    last: dict[str, datetime] = {}
    lead = LeaderLock(service.database)
    try:
        # Whoever leads keeps the clocks; notices are sent by every scheduler, each a part.
        with Sender(service).running() as sender:
            while not stop.asked:
                sender.look_after()
                try:
                    if lead.hold():
                        run_due(service, JOBS, last, now())
                except ConnectionError:
                    logger.warning("the database does not answer; trying again")
                stop.wait(TICK_S)
    finally:
        lead.release()
        service.database.close()
