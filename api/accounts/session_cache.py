"""Remember sessions for one second, and forget them the moment the database says so."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from api.accounts.roles import Caller

LIFETIME_S = 1.0
# From this part of its life on a session in use is read again, by one request for all: else every
# request under way would ask the database in the same moment.
DUE_PART = 0.7
MAX_ENTRIES = 10_000


class SessionCache:
    """Hold callers by token hash; safe for threads."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._entries: dict[bytes, tuple[float, Caller]] = {}
        self._claimed: dict[bytes, float] = {}

    def get(self, token_sha256: bytes) -> Caller | None:
        """Return the caller when it was remembered less than a second ago."""
        entry = self._entries.get(token_sha256)
        if entry is None or time.monotonic() - entry[0] > LIFETIME_S:
            return None
        return entry[1]

    def valid(self, token_sha256: bytes, at: datetime) -> Caller | None:
        """Return the same when the session has not ended at ``at``."""
        caller = self.get(token_sha256)
        return None if caller is None or caller.expires_at <= at else caller

    def is_due(self, token_sha256: bytes) -> bool:
        """Say, to the first who asks, that a remembered session should be read again."""
        entry = self._entries.get(token_sha256)
        if entry is None or time.monotonic() - entry[0] < LIFETIME_S * DUE_PART:
            return False
        with self._lock:
            claimed = self._claimed.get(token_sha256) == entry[0]
            self._claimed[token_sha256] = entry[0]
        return not claimed

    def drop(self, token_sha256: bytes) -> None:
        """Forget one session."""
        with self._lock:
            self._entries.pop(token_sha256, None)
            self._claimed.pop(token_sha256, None)

    def put(self, token_sha256: bytes, caller: Caller) -> None:
        """Remember a caller."""
        with self._lock:
            if len(self._entries) >= MAX_ENTRIES:
                self._entries.clear()
                self._claimed.clear()
            self._entries[token_sha256] = (time.monotonic(), replace(caller, by_cookie=False))

    def forget(self, account_id: UUID) -> None:
        """Forget every session of an account."""
        with self._lock:
            gone = [
                token
                for token, (_, caller) in self._entries.items()
                if caller.account_id == account_id
            ]
            for token in gone:
                del self._entries[token]
                self._claimed.pop(token, None)
