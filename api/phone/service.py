"""Gather what the page of somebody outside needs before it may lose the network."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from api.accounts.roles import LABELS, Caller, Role
from api.db import phone_store
from api.db.engine import Connection, Scope
from api.input_types import SHANGHAI
from api.knowledge import Keeper, Knowledge
from geo.codes import Level, level_of
from geo.locate.county_map import CountyMap

# Found and mended: longer than this between the two, and it was work like any other.
AT_ONCE_MINUTES: Final = 30
# Of a township or the whole county nobody walks every grid; their list would be no list.
MOST_OWN: Final = 60


def start(
    connection: Connection,
    keeper: Keeper,
    known: Knowledge,
    caller: Caller,
    scope: Scope,
    now: datetime,
) -> dict[str, Any]:
    """Return who works here, the own grids, those beside them, and the day so far."""
    county = keeper.map_at(known, now)
    own = _own_grids(county, scope, caller.area_code)
    village = [
        code
        for community in sorted({code[:12] for code in own})
        for code in county.grids_below(community)
        if code not in own
    ]
    beside = [code for code in _neighbours(county, own) if code not in village]
    since = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    counted = phone_store.count_day(
        connection, account_id=caller.account_id, since=since, at_once_minutes=AT_ONCE_MINUTES
    )
    return {
        "user": {
            "username": caller.username,
            "name": caller.display_name or caller.username,
            "role": caller.role.value,
            "role_label": LABELS[caller.role],
        },
        "csrf": caller.csrf_token if caller.by_cookie else "",
        "now": now.astimezone(SHANGHAI).isoformat(),
        "stands_in": caller.role is Role.GRID_WORKER
        and any(level_of(area) is Level.COMMUNITY for area in scope.areas),
        "own": _named(county, own),
        "village": _named(county, village),
        "neighbours": _named(county, beside),
        "box": _box(county, own),
        "day": {
            "since": since.isoformat(),
            "entered": counted.entered,
            "on_the_spot": counted.on_the_spot,
        },
    }


def _own_grids(county: CountyMap, scope: Scope, home: str) -> list[str]:
    """Return the grids of the caller's areas, that of the account first; none of a township."""
    codes = {
        code
        for area in scope.areas
        if level_of(area) in (Level.COMMUNITY, Level.GRID)
        for code in county.grids_below(area)
    }
    return sorted(codes, key=lambda code: (code != home, code))[:MOST_OWN]


def _neighbours(county: CountyMap, own: list[str]) -> list[str]:
    """Return the grids that touch the own ones, lowest code first."""
    found: set[str] = set()
    for code in own:
        shape = county.index.geometry(code)
        near = county.index.near_box(county.index.box(code))
        found |= {other for other in near if shape.intersects(county.index.geometry(other))}
    return sorted(found - set(own))


def _named(county: CountyMap, codes: Iterable[str]) -> list[dict[str, str]]:
    return [
        {"code": code, "name": county.name(code), "label": county.label(code)} for code in codes
    ]


def _box(county: CountyMap, codes: list[str]) -> list[float] | None:
    if not codes:
        return None
    boxes = [county.index.box(code) for code in codes]
    west, south, east, north = zip(*boxes, strict=True)
    return [min(west), min(south), max(east), max(north)]
