"""Decide what became of a made-up report: accepted when, closed when, or still open."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

_ALLOWED_DAYS = {"当场": 0.1, "紧急": 1.0, "即时": 3.0, "限时": 7.0, "会商": 7.0}
_STUCK_SHARE = 0.02
_LATE_SHARE = 0.08


def allowed_days(response: str) -> float:
    """Return about how many days the response word of a category allows."""
    return _ALLOWED_DAYS[response[:2]]


def fate_of(
    *, response: str, channel: str, created: datetime, now: datetime, rng: random.Random
) -> tuple[datetime | None, datetime | None]:
    """Return when the report was accepted and closed; None for what lies after ``now``.

    A patrol settles on the spot what it finds. Of the rest most are closed in time, 8 % late, and
    2 % are stuck, so that open reports of every age remain.
    """
    if channel == "patrol":
        accepted = created + timedelta(minutes=rng.uniform(1, 5))
        closed = accepted + timedelta(minutes=rng.uniform(5, 90))
        return _past(accepted, now), _past(closed, now)
    allowed = timedelta(days=allowed_days(response))
    accepted = created + timedelta(minutes=5) + allowed * (rng.random() ** 3 * 0.3)
    draw = rng.random()
    if draw < _STUCK_SHARE:
        return _past(accepted, now), None
    share = rng.uniform(1.05, 1.8) if draw < _STUCK_SHARE + _LATE_SHARE else rng.random() ** 1.3
    closed = accepted + timedelta(minutes=10) + allowed * share
    return _past(accepted, now), _past(closed, now)


def _past(moment: datetime, now: datetime) -> datetime | None:
    return moment.replace(microsecond=0) if moment <= now else None
