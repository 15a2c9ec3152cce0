"""Send what is due: claimed under a lease, sent outside any transaction, its receipt written down.

Towards the gateway a notice is sent at least once: a process that dies between the sending and
the writing leaves a claim that runs out, and the next one sends again under the same key.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from api.db import notice_store
from api.db.area_store import read_revisions
from api.db.engine import SERVICE, Database
from api.db.notice_store import Claimed, Written
from api.deps import Service
from api.input_types import now
from api.knowledge import Knowledge
from api.notices.adapters.by_phone import ByPhone, OnDeskPage
from api.notices.adapters.group_robot import GroupRobot
from api.notices.adapters.http_post import TIMEOUT_S, Gateway
from api.notices.adapters.sms_gateway import SmsGateway
from api.notices.quiet_hours import parse_quiet_hours
from api.notices.recipients import find_recipient
from api.notices.records import SMS, Adapter, Message, NotSent, next_try
from api.settings import Settings

logger = logging.getLogger("wangge.notices")

BATCH = 32
AT_ONCE = 8
# All of a batch at the slowest, several times over: nobody takes what is still being sent.
LEASE = timedelta(seconds=4 * TIMEOUT_S * BATCH / AT_ONCE)
LOOK_S = 1.0
TIDY = timedelta(minutes=1)
# Whoever takes a notice and dies of it must not die for ever.
MOST_CLAIMS = 8
# Receipts are kept this long; the events of the report stay.
KEEP = timedelta(days=400)


def adapters_of(settings: Settings) -> tuple[Adapter, ...]:
    """Return the ways of sending in the order in which they are asked; the last takes all."""
    ways: list[Adapter] = []
    if settings.sms_url is not None:
        token = settings.sms_token.get_secret_value() if settings.sms_token else None
        ways.append(SmsGateway(Gateway(settings.sms_url.get_secret_value(), token)))
    if settings.robot_url is not None:
        ways.append(GroupRobot(Gateway(settings.robot_url.get_secret_value())))
    return (*ways, OnDeskPage(), ByPhone())


def send_due(
    service: Service, clock: Callable[[], datetime], adapters: Sequence[Adapter] | None = None
) -> int:
    """Send a batch of what is due; return how many notices were taken, ``BATCH`` if more may wait.

    Several processes may do so at once. Raises DatabaseUnavailable when the database goes away;
    what was claimed then comes back by itself.
    """
    ways = adapters_of(service.settings) if adapters is None else adapters
    claimed = _claim(service, clock())
    if not claimed:
        return 0
    known = _knowledge(service)

    def tell(notice: Claimed) -> None:
        _write(service.database, notice, _try(notice, known, ways, clock()), clock())

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notice") as threads:
        # Each writes down what became of it at once: little is sent again after a crash.
        told = [threads.submit(tell, notice) for notice in claimed]
    for outcome in told:
        outcome.result()
    return len(claimed)


def _claim(service: Service, at: datetime) -> list[Claimed]:
    quiet = parse_quiet_hours(service.settings.quiet_hours).cover(at)
    with service.database.transaction(SERVICE) as connection:
        return notice_store.claim(
            connection, claim=uuid4(), at=at, until=at + LEASE, quiet=quiet, most=BATCH
        )


def _knowledge(service: Service) -> Knowledge:
    """Return what is known by the newest roster: nobody who is absent is told."""
    with service.database.transaction(SERVICE) as connection:
        revisions = read_revisions(connection)
    return service.keeper.refresh(revisions)


def _try(notice: Claimed, known: Knowledge, adapters: Sequence[Adapter], at: datetime) -> Written:
    if notice.attempts > MOST_CLAIMS:
        return Written("by_phone", "phone", error="gave_up")
    recipient = find_recipient(notice, known.roster, known.areas, at)
    message = Message(
        id=notice.id,
        phone=recipient.person.phone if recipient.person else None,
        who=recipient.who,
        text=notice.text,
        urgent=notice.urgent,
        at=notice.at,
        at_desk=recipient.at_county_desk,
    )
    lost = notice.undelivered_at is not None
    way = next(
        adapter
        for adapter in adapters
        if adapter.takes(message) and not (lost and adapter.name == SMS)
    )
    try:
        receipt = way.send(message)
    except NotSent as failure:
        # The class alone: what a gateway answers may repeat what was sent.
        logger.warning("notice %s by %s: %s", notice.id, way.name, failure.error)
        retry_at = next_try(notice.attempts, urgent=notice.urgent, at=at) if failure.again else None
        state = "failed" if retry_at else "by_phone"
        return Written(state, way.name, error=failure.error, retry_at=retry_at)
    error = receipt.error
    if lost and receipt.state == "by_phone":
        error = error or "undelivered"
    return Written(receipt.state, way.name, receipt.provider_id, error, receipt.delivered_at)


def _write(database: Database, notice: Claimed, written: Written, at: datetime) -> None:
    with database.transaction(SERVICE) as connection:
        if not notice_store.settle(connection, notice, written, at):
            logger.warning("notice %s: its claim had run out", notice.id)


def tidy(database: Database, at: datetime) -> int:
    """Take whom nobody needs to ring up any more from the list; forget old receipts."""
    with database.transaction(SERVICE) as connection:
        return notice_store.lapse(connection, at) + notice_store.prune(connection, at - KEEP)


class Sender:
    """Send in a thread of its own: a gateway that hangs must not hold up the clocks."""

    def __init__(self, service: Service) -> None:
        """Prepare; nothing is sent yet."""
        self._service = service
        self._stop = threading.Event()
        self._thread = self._new_thread()

    def _new_thread(self) -> threading.Thread:
        return threading.Thread(target=self._run, name="notices", daemon=True)

    @contextmanager
    def running(self) -> Iterator[Sender]:
        """Send for the length of the block; what is on its way at the end is written down."""
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join(TIMEOUT_S)

    def look_after(self) -> None:
        """Begin again after something unforeseen ended the thread; its trace is in the log."""
        if not self._thread.is_alive():
            logger.error("sending notices ended; beginning again")
            self._thread = self._new_thread()
            self._thread.start()

    def _run(self) -> None:
        tidied = now() - TIDY
        while not self._stop.is_set():
            try:
                if send_due(self._service, now) == BATCH:
                    continue
                at = now()
                if at - tidied >= TIDY:
                    tidy(self._service.database, at)
                    tidied = at
            except ConnectionError:
                logger.warning("the database does not answer; trying again")
            self._stop.wait(LOOK_S)
