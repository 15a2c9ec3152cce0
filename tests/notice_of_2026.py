"""Give tests the working-day calendar of the notice that comes with the project."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from api.calendar.working_days import Calendar

SEED = Path(__file__).resolve().parents[1] / "data" / "reference" / "calendar-2026.csv"


def days_of(kind: str) -> frozenset[date]:
    """Return the days of a kind, read without the program's own reader."""
    with SEED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return frozenset(date.fromisoformat(row["date"]) for row in rows if row["kind"] == kind)


CALENDAR = Calendar(
    version="2026-1",
    known_from=date(2026, 1, 1),
    known_through=date(2026, 12, 31),
    off_days=days_of("holiday"),
    makeup_days=days_of("makeup"),
)
