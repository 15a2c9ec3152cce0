"""Count what an address sends, per process, and refuse the excess."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from api.problems import Problem

MAX_ADDRESSES = 50_000


class RateLimit:
    """Allow ``per_minute`` calls an address, refilled evenly (a token bucket)."""

    def __init__(self, per_minute: int) -> None:
        """Start with full buckets."""
        self._capacity = float(per_minute)
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str | None) -> None:
        """Take one call; raise Problem 429 with Retry-After when the bucket is empty."""
        key, at = address or "", time.monotonic()
        with self._lock:
            filled, since = self._buckets.pop(key, (self._capacity, at))
            filled = min(self._capacity, filled + (at - since) * self._capacity / 60)
            allowed = filled >= 1
            self._buckets[key] = (filled - 1 if allowed else filled, at)
            while len(self._buckets) > MAX_ADDRESSES:
                self._buckets.popitem(last=False)
        if not allowed:
            wait = max(1, round((1 - filled) * 60 / self._capacity))
            raise Problem(
                "too-many-requests",
                f"提交过于频繁，请{wait}秒后再试。",
                headers={"Retry-After": str(wait)},
            )
