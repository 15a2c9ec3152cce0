"""Compute the deadline light: a pure function of the clock, never stored, never set by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

YELLOW_FROM = 0.5
ORANGE_FROM = 0.8
# Days a report without a category may take: those of 即时办结.
DEFAULT_DAYS = 3


def due_at(created_at: datetime, *, days: int | None) -> datetime:
    """Return when a report is due: whole days of the clock, until the calendar counts them."""
    return created_at + timedelta(days=DEFAULT_DAYS if days is None else days)


def light(*, created_at: datetime, due_at: datetime, at: datetime) -> str:
    """Return blue below half of the allowed time, yellow, orange from 80 %, red when due."""
    allowed = (due_at - created_at).total_seconds()
    if at >= due_at or allowed <= 0:
        return "red"
    spent = (at - created_at).total_seconds() / allowed
    if spent >= ORANGE_FROM:
        return "orange"
    return "yellow" if spent >= YELLOW_FROM else "blue"
