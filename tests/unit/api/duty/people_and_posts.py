"""Draw small rosters for tests: a village, a town grid, a department."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from api.duty.records import Org, Person, Post, Term
from api.duty.roster import Roster
from api.input_types import SHANGHAI

COUNTY = "150221"
TOWNSHIP = "150221104"
COMMUNITY = "150221104001"
GRID = "150221104001003"
TEN = datetime(2026, 11, 20, 10, 0, tzinfo=SHANGHAI)
_numbers = itertools.count(1)


def new_id() -> UUID:
    """Return an id; they ascend in the order in which they are asked for."""
    return UUID(int=next(_numbers))


def person(name: str) -> Person:
    return Person(new_id(), name, None, number=f"G{next(_numbers)}")


def post(role: str, area: str = GRID, **more: Any) -> Post:
    return Post(new_id(), area, role, **more)


def org_post(role: str, org: Org, **more: Any) -> Post:
    return Post(new_id(), None, role, org_id=org.id, **more)


def term(
    kind: str,
    who: Person,
    where: Post | None = None,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    **more: Any,
) -> Term:
    return Term(new_id(), where.id if where else None, who.id, kind, start, end, **more)


def hours(number: float) -> datetime:
    """Return ten o'clock and so many hours."""
    return TEN + timedelta(hours=number)


def roster(*rows: Person | Post | Term | Org, **more: Any) -> Roster:
    """Return the roster of the rows in any order."""
    return Roster(
        revision=1,
        people=[row for row in rows if isinstance(row, Person)],
        posts=[row for row in rows if isinstance(row, Post)],
        terms=[row for row in rows if isinstance(row, Term)],
        orgs=[row for row in rows if isinstance(row, Org)],
        **more,
    )


def names_and_words(found: Any) -> tuple[str | None, list[str]]:
    """Return who answers and the sentences of the chain."""
    return found.person.name if found.person else None, [step.detail for step in found.chain]
