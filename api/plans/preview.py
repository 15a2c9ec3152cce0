"""Show what a plan would do: grids, open reports, households, load, rules that are broken."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shapely.geometry.base import BaseGeometry

from api.db import plan_store
from api.db.engine import Connection
from api.db.figure_store import count_open_of_grids, open_points_of_grids
from api.knowledge import Knowledge
from api.plans.consents import consent_checks
from api.plans.consequences import count_households
from api.plans.doubt import reports_in_doubt
from api.plans.views import grid_name, kind_of, square_metres
from geo.locate.index import GridIndex
from geo.redraw.outcome import outcome_between
from geo.redraw.sheet import Sheet

# Households a grid should have: community grids 300–500, rural grids 20–150 (domain rules).
SIZES: Mapping[str, tuple[int, int]] = {"community": (300, 500), "rural": (20, 150)}
Shapes = Mapping[str, BaseGeometry | None]


def preview(
    connection: Connection,
    known: Knowledge,
    base: Sheet,
    plan: Any,
    *,
    index: GridIndex,
    now: datetime,
) -> dict[str, Any]:
    """Return the effect of a plan on its base; reads nothing of texts or people but names.

    ``index`` holds the grids in force.
    """
    touched = plan_store.read_drafted(connection, plan.id)
    outcome = outcome_between({code: base.shapes.get(code) for code in touched}, touched)
    # A neighbour that only has nodes more on its border is no business of this plan's reader.
    before = {code: outcome.before[code] for code in outcome.meant}
    drafted = {code: touched[code] for code in outcome.meant}
    changed = [code for code in drafted if before[code] is not None and drafted[code] is not None]
    old_homes = count_households(connection, before)
    new_homes = count_households(connection, drafted)
    moving, moved = moving_reports(connection, before, drafted)
    loads = count_open_of_grids(connection, list(drafted))
    return {
        "revision": plan.revision,
        "grids": {
            "changed": [
                {
                    "code": code,
                    "name": grid_name(known, code),
                    "area_before_m2": square_metres(before[code]),
                    "area_after_m2": square_metres(drafted[code]),
                }
                for code in sorted(changed)
            ],
            "created": [
                {
                    "code": code,
                    "name": grid_name(known, code),
                    "area_m2": square_metres(drafted[code]),
                }
                for code in sorted(drafted)
                if before[code] is None
            ],
            "retired": sorted(code for code in drafted if drafted[code] is None),
            "noded": list(outcome.noded),
        },
        "reports": {
            "moving": moving,
            "total": sum(entry["count"] for entry in moving),
            **reports_in_doubt(connection, index, outcome.before, outcome.after),
        },
        "households": [
            {"code": code, "before": old_homes.get(code, 0), "after": new_homes.get(code, 0)}
            for code in sorted(drafted)
        ],
        "workers": _workers(known, drafted, old_homes, new_homes, loads, moved, now),
        "checks": [
            *consent_checks(connection, known, plan),
            *_checks(known, base, drafted, before, new_homes, now),
        ],
    }


def moving_reports(
    connection: Connection, before: Shapes, drafted: Shapes
) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Count open reports whose owner changes, recomputing the changed footprint only."""
    codes, lons, lats = open_points_of_grids(connection, list(before))
    fresh = sorted(code for code, shape in drafted.items() if shape is not None)
    if not codes or not fresh:
        return [], Counter()
    index = GridIndex(fresh, [shape for code in fresh if (shape := drafted[code]) is not None])
    owners = index.owners(lons, lats).tolist()
    pairs = Counter(
        (old, new) for old, new in zip(codes, owners, strict=True) if new is not None and new != old
    )
    moved: Counter[str] = Counter()
    for (old, new), count in pairs.items():
        moved[old] -= count
        moved[new] += count
    moving = [
        {"from": old, "to": new, "count": count} for (old, new), count in sorted(pairs.items())
    ]
    return moving, moved


def _workers(
    known: Knowledge,
    drafted: Shapes,
    old_homes: Mapping[str, int],
    new_homes: Mapping[str, int],
    loads: Mapping[str, int],
    moved: Counter[str],
    now: datetime,
) -> list[dict[str, Any]]:
    """Return households and open reports per worker of the touched grids, before and after."""
    grids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for code in sorted(drafted):
        row = known.areas.get(code)
        duty = known.roster.responsible(area_code=code, kind=row.kind if row else None, at=now)
        if duty.person is not None and duty.post is not None:
            grids[(duty.person.name, str(duty.post.id))].append(code)
    return [
        {
            "name": name,
            "post": post,
            "grids": codes,
            "households_before": sum(old_homes.get(code, 0) for code in codes),
            "households_after": sum(new_homes.get(code, 0) for code in codes),
            "open_before": sum(loads.get(code, 0) for code in codes),
            "open_after": sum(loads.get(code, 0) + moved[code] for code in codes),
        }
        for (name, post), codes in sorted(grids.items())
    ]


def _checks(
    known: Knowledge,
    base: Sheet,
    drafted: Shapes,
    before: Shapes,
    homes: Mapping[str, int],
    now: datetime,
) -> list[dict[str, Any]]:
    """Return the rules that the drafted grids break, each with the grid and a sentence."""
    found: list[dict[str, Any]] = []
    for code, shape in sorted(drafted.items()):
        if shape is None:
            continue
        name = grid_name(known, code)
        low, high = SIZES.get(kind_of(known, base, code, shape), (0, 10**9))
        count = homes.get(code, 0)
        if count > high:
            found.append(_check("size_over", code, f"{name}有{count}户，超过{high}户。"))
        elif count < low:
            found.append(_check("size_under", code, f"{name}只有{count}户，不足{low}户。"))
        row = known.areas.get(code)
        if shape.geom_type == "MultiPolygon" and not (row and row.exclave):
            found.append(_check("disconnected", code, f"{name}不连片。"))
        if before.get(code) is None and not any(
            held for _, held in known.roster.posts_of_area(code, now)
        ):
            found.append(_check("no_holder", code, f"{name}还没有网格员。"))
    return found


def _check(reason: str, code: str, message: str) -> dict[str, Any]:
    return {"check": reason, "code": code, "message": message}
