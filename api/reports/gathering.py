"""Store reports that come at the same time together: one transaction, one commit for all of them.

Most of what a report costs the database it costs once for each transaction. Nobody waits so that
more may come: whoever finds that nothing is being stored goes at once, alone; those who come
meanwhile go together next. Each is answered after the commit that holds its report.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from api.db import intake_store, report_store
from api.db.engine import Database, Scope
from api.db.faults import DatabaseUnavailable, TookTooLong
from api.knowledge import Keeper, Knowledge
from api.ownership import OwnerAnswer
from api.problems import Problem
from api.reports.intake import (
    AlreadyTaken,
    Request,
    Taken,
    checked,
    store_some,
    take_in_found,
)

logger = logging.getLogger("wangge.intake")

# So many share a fate for as long as their transaction takes; more save little.
MOST_TOGETHER: Final = 16
# A transaction takes some hundredths of a second.
PATIENCE_S: Final = 0.5


@dataclass(eq=False, slots=True)
class _Waiting:
    """Hold a request that is to be stored, and what became of it.

    ``woken`` is set when it shall lead the next group, or was tried in one.
    """

    scope: Scope
    known: Knowledge
    request: Request
    found: OwnerAnswer
    woken: threading.Event = field(default_factory=threading.Event)
    leads: bool = False
    taken: Taken | None = None
    error: TookTooLong | None = None


class Gathering:
    """Take the reports of one process in."""

    def __init__(self, database: Database, keeper: Keeper) -> None:
        """Store nothing yet."""
        self._database = database
        self._keeper = keeper
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        # Whoever came last to store a group or itself, until that is over.
        self._leader: _Waiting | None = None

    def take_in(self, scope: Scope, request: Request) -> Taken:
        """Store the report with its owner, as ``intake.take_in`` does and with what it raises."""
        known, found = checked(self._keeper, request)
        own = _Waiting(scope, known, request, found)
        # Of a commit that fails nobody may know whether it was one: without a key it would be
        # stored twice when it is tried again.
        if not request.keys:
            return self._by_itself(own)
        if self._is_first(own) or self._is_to_lead(own):
            group = self._next_with(own)
            try:
                if len(group) == 1:
                    return self._by_itself(own)
                self._store(group)
            finally:
                self._pass_on(own, group)
        if own.error is not None:
            raise TookTooLong(str(own.error)) from own.error
        return own.taken or self._by_itself(own)

    def _is_first(self, own: _Waiting) -> bool:
        """Say whether nothing is being stored; wait with the others where something is."""
        with self._lock:
            if self._leader is None:
                self._leader = own
                return True
            self._waiting.append(own)
            return False

    def _is_to_lead(self, own: _Waiting) -> bool:
        """Wait until it is its turn to lead, or it was tried; say which.

        Whatever holds the one before up, a key or a lock, may have nothing to do with those who
        wait: after a while they go on without it.
        """
        if not own.woken.wait(PATIENCE_S):
            with self._lock:
                if own in self._waiting:
                    self._waiting.remove(own)
                    self._leader = own
                    return True
            own.woken.wait()
        return own.leads

    def _next_with(self, own: _Waiting) -> list[_Waiting]:
        """Take the first of those who wait and may go with ``own``.

        A transaction has one scope, and each key once: the same request sent twice is not stored
        by one, but answered from the other.
        """
        group, keys = [own], set(own.request.keys)
        with self._lock:
            for other in self._waiting:
                if len(group) == MOST_TOGETHER:
                    break
                if other.scope == own.scope and keys.isdisjoint(other.request.keys):
                    group.append(other)
                    keys.update(other.request.keys)
            self._waiting = [one for one in self._waiting if one not in group]
        return group

    def _store(self, group: Sequence[_Waiting]) -> None:
        """Store a group whole or not at all: of what fails, each is tried by itself, and told."""
        # The oldest knowledge: who found an owner by it is looked at again when it has moved.
        known = min((one.known for one in group), key=lambda known: sum(known.revisions.values()))
        given = [(one.request, one.found) for one in group]
        try:
            with report_store.intake_transaction(
                self._database, group[0].scope, streamed=True
            ) as connection:
                intake_store.wait_for_no_key(connection)
                stored = store_some(connection, self._keeper, known, given)
        except TookTooLong as error:
            # Each has waited as long as it may.
            for one in group:
                one.error = error
        except (AlreadyTaken, DatabaseUnavailable, Problem):
            # A key is taken or held, or the connection is lost: all of them have keys.
            return
        except Exception as error:  # noqa: BLE001 - whose fault it was is found one by one
            # The class alone: what the database says may repeat what was sent.
            name = type(error).__name__
            logger.warning("%d reports could not be stored together: %s", len(group), name)
        else:
            for one, taken in zip(group, stored, strict=True):
                one.taken = taken

    def _pass_on(self, own: _Waiting, group: Sequence[_Waiting]) -> None:
        """Wake those who were taken along, and the next one to lead."""
        with self._lock:
            if self._leader is own:
                self._leader = self._waiting.pop(0) if self._waiting else None
                if self._leader is not None:
                    self._leader.leads = True
                    self._leader.woken.set()
        for one in group:
            one.woken.set()

    def _by_itself(self, own: _Waiting) -> Taken:
        return take_in_found(
            self._database, self._keeper, own.scope, own.known, own.request, own.found
        )
