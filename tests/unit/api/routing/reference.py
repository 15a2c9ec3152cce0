"""Read the tables that come with the project, as the service knows them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from types import SimpleNamespace

from api.input_types import SHANGHAI
from api.reference_tables import read_categories
from api.routing.access_list import AccessItem, AccessList
from api.routing.lanes import Matter, matter_of
from api.routing.list_file import Reading, read_list
from api.settings import PROJECT_DIR

REFERENCE = PROJECT_DIR / "data" / "reference"
FIRST = datetime(2025, 12, 31, 16, 0, tzinfo=UTC)


def at(day: str, clock: str = "10:00") -> datetime:
    """Return an instant of the county."""
    return datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=SHANGHAI)


@cache
def matters() -> dict[str, Matter]:
    """The categories by code."""
    rows = read_categories(REFERENCE / "categories.csv")
    return {row["code"]: matter_of(SimpleNamespace(**row)) for row in rows}


def reading(present: AccessList | None = None, today: str = "2026-11-21") -> Reading:
    """What a table is read against; every day is a working day here."""
    return Reading(
        categories=matters().keys(),
        present=present,
        today=date.fromisoformat(today),
        after=lambda day, n: day + timedelta(days=n),
    )


@cache
def standard_items() -> tuple[AccessItem, ...]:
    """The items of the project's own list."""
    read = read_list((REFERENCE / "access_list.csv").read_bytes(), reading())
    assert read.errors == ()
    return read.items


@cache
def standard_list() -> AccessList:
    """The project's own list, as its first version."""
    return AccessList(1, FIRST, standard_items())


def with_item(*items: AccessItem, version: int = 2) -> AccessList:
    """The list with some items more."""
    return AccessList(version, FIRST, (*standard_items(), *items))


def without(no: str) -> AccessList:
    """The list without one item."""
    return AccessList(2, FIRST, tuple(item for item in standard_items() if item.no != no))
