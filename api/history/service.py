"""Put the past together: revisions in order, owners of a point, the lineage of a code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from api.db import history_store
from api.db.engine import Connection
from api.input_types import local_time
from api.knowledge import Knowledge
from api.problems import Problem
from geo.codes import level_of, lineage_of

Period = tuple[str, datetime, datetime | None]


def revision_out(row: Any, now: datetime) -> dict[str, Any]:
    """Return a revision: from when it holds, and the changeset that made it, if any."""
    changeset = None
    if row.id is not None:
        changeset = {
            "id": str(row.id),
            "name": row.name,
            "area": row.area_code,
            "document_no": row.document_no,
            "document_date": row.document_date.isoformat() if row.document_date else None,
            "rolls_back": str(row.rolls_back) if row.rolls_back else None,
            "grids": row.grids,
        }
    return {
        "revision": row.revision,
        "effective_at": local_time(row.effective_at),
        "published_at": local_time(row.published_at),
        "future": row.effective_at > now,
        "note": row.note,
        "changeset": changeset,
    }


def owners(covering: Sequence[Period]) -> list[Period]:
    """Return who owned a point from when to when: at each instant the lowest code that covers it.

    Periods are half-open and in order; a grid whose shape changed elsewhere keeps one period.
    """
    edges = sorted({begin for _, begin, _ in covering} | {end for _, _, end in covering if end})
    found: list[Period] = []
    for place, begin in enumerate(edges):
        holding = [
            code
            for code, start, stop in covering
            if start <= begin and (stop is None or begin < stop)
        ]
        if not holding:
            continue
        code, end = min(holding), edges[place + 1] if place + 1 < len(edges) else None
        if found and found[-1][0] == code and found[-1][2] == begin:
            found[-1] = (code, found[-1][1], end)
        else:
            found.append((code, begin, end))
    return found


def owner_out(known: Knowledge, period: Period) -> dict[str, Any]:
    """Return an owner with its path and the half-open period; no ``to`` while nothing ends it."""
    code, begin, end = period
    # A grid made this moment may not be in memory yet: its code is its name until then.
    row = known.areas.get(code)
    return {
        "grid": {
            "code": code,
            "name": row.name if row else code,
            "kind": row.kind if row else "",
        },
        "path": [
            {"level": level_of(unit).value, "code": unit, "name": known.areas[unit].name}
            for unit in lineage_of(code)
            if unit in known.areas
        ],
        "from": local_time(begin),
        "to": local_time(end),
    }


def lineage_of_area(connection: Connection, known: Knowledge, code: str) -> dict[str, Any]:
    """Return where the land of ``code`` came from and went to; raise Problem 404 for no such code.

    ``items`` are its own links, ``made_from`` and ``became`` all steps before and after, through
    other codes; ``periods`` are its shapes over time.
    """
    row = known.areas.get(code)
    if row is None:
        raise Problem("not-found", "没有这个编码的区域。")
    periods = history_store.shape_periods(connection, code)
    return {
        "code": code,
        "name": row.name,
        "level": row.level,
        "items": _links(known, history_store.read_links(connection, code)),
        "made_from": _links(known, history_store.read_chain(connection, code, back=True)),
        "became": _links(known, history_store.read_chain(connection, code, back=False)),
        "periods": [
            {
                "revision": period.revision,
                "from": local_time(period.begins),
                "to": local_time(period.ends),
                "area_m2": round(period.area_m2, 1),
            }
            for period in periods
        ],
    }


def _links(known: Knowledge, rows: Sequence[Any]) -> list[dict[str, Any]]:
    def name(code: str) -> str:
        row = known.areas.get(code)
        return row.name if row is not None else code

    return [
        {
            "old": row.old_code,
            "old_name": name(row.old_code),
            "new": row.new_code,
            "new_name": name(row.new_code),
            "area_share": row.area_share,
            "household_share": row.household_share,
            "changeset": str(row.id),
            "name": row.name,
            "revision": row.revision_name,
            "document_no": row.document_no,
            "document_date": row.document_date.isoformat() if row.document_date else None,
            "rolls_back": str(row.rolls_back) if row.rolls_back else None,
            "effective_at": local_time(row.effective_at),
        }
        for row in rows
    ]
