"""Count and read the lists of work of a desk, under the scope of whoever looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from api.db.lights import LIGHTS
from api.db.report_store import read_several

# At a desk: no post and no organisation has it.
_AT_DESK = "r.holder_post IS NULL AND r.holder_org IS NULL"
# Somebody below was to answer by the roster, and nobody was there: it fell to the county's desk.
# What comes back to the desk later, by a return or a withdrawal, is another matter.
_FELL_UP = (
    f"{_AT_DESK} AND r.status IN ('awaiting_decision','assigned','reopened','passed_up') "
    "AND (a.person_id IS NULL OR (p.role = 'county_desk' AND r.decision = 'auto' "
    "AND r.grid_code IS NOT NULL AND coalesce(a.answer #>> '{lane,kind}', 'grid') "
    "IN ('grid','community','township')))"
)
# Somebody was given it, and nobody is there any more.
_STRANDED = (
    "r.status = ANY(:unfinished) AND (r.holder_post = ANY(:vacant) OR r.holder_org = ANY(:gone))"
)
# Settled on the spot: nothing is left to do but to call back (index ix_reports_to_call).
_TO_CALL = """(r.status = 'closed' AND r.life @> '{"to_call": true}')"""
_OPEN = "r.closed_at IS NULL"
_AMONG_OPEN: Mapping[str, str] = {
    "triage": "r.status = 'awaiting_decision'",
    "returns": "(r.status IN ('return_pending','extension_pending') "
    "OR r.life #>> '{request,kind}' = 'suspension')",
    "dispatch": f"r.status IN ('assigned','passed_up','reopened') AND {_AT_DESK}",
    "red": LIGHTS["red"],
    "nobody": f"(({_FELL_UP}) OR ({_STRANDED}))",
    "verify": "r.status = 'handled'",
    "follow_up": "r.status IN ('replied','followed_up')",
    "open": "true",
}
QUEUES: Mapping[str, str] = {key: f"({_OPEN} AND {rule})" for key, rule in _AMONG_OPEN.items()} | {
    "follow_up": f"(({_OPEN} AND {_AMONG_OPEN['follow_up']}) OR {_TO_CALL})"
}
_FROM = (
    "FROM reports r JOIN assignments a ON a.report_id = r.id AND a.current "
    f"LEFT JOIN posts p ON p.id = a.post_id WHERE ({_OPEN} OR {_TO_CALL})"
)
_HERE = f"{_AT_DESK} AND r.holder_area = :area"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Hold for which desk and instant lists are read, and of which holders nobody is there then.

    ``vacant`` are posts, ``gone`` organisations; ``unfinished`` the statuses in which that matters.
    """

    area: str
    at: datetime
    vacant: Sequence[UUID] = ()
    gone: Sequence[UUID] = ()
    unfinished: Sequence[str] = ()

    def bound(self) -> dict[str, Any]:
        """Return it as a statement binds it."""
        return {
            "area": self.area,
            "at": self.at,
            "vacant": list(self.vacant),
            "gone": list(self.gone),
            "unfinished": list(self.unfinished),
        }


def read_holders(connection: Connection) -> tuple[list[UUID], list[UUID]]:
    """Return the posts and the organisations that have open reports."""
    rows = connection.execute(
        text("SELECT DISTINCT holder_post, holder_org FROM reports WHERE closed_at IS NULL")
    ).all()
    return [row[0] for row in rows if row[0]], [row[1] for row in rows if row[1]]


def count_queues(connection: Connection, asked: Asked) -> dict[str, tuple[int, int]]:
    """Return for each list how many reports are in it, and how many of them at the area's desk."""
    counted = ", ".join(
        f"count(*) FILTER (WHERE {condition}), count(*) FILTER (WHERE {condition} AND {_HERE})"
        for condition in QUEUES.values()
    )
    row = connection.execute(text(f"SELECT {counted} {_FROM}"), asked.bound()).one()
    return {key: (row[2 * place], row[2 * place + 1]) for place, key in enumerate(QUEUES)}


def read_queue(
    connection: Connection, key: str, asked: Asked, *, limit: int
) -> list[tuple[Any, bool]]:
    """Return the reports of a list with whether they lie at the area's desk.

    The desk's own come first, then what is due first.
    """
    found = connection.execute(
        text(
            f"SELECT r.id, ({_HERE}) {_FROM} AND {QUEUES[key]} "
            f"ORDER BY ({_HERE}) DESC, r.due_at, r.id LIMIT :limit"
        ),
        {**asked.bound(), "limit": limit},
    )
    here: dict[UUID, bool] = {row[0]: row[1] for row in found}
    rows = {row.id: row for row in read_several(connection, list(here))}
    return [(rows[report_id], mine) for report_id, mine in here.items() if report_id in rows]
