"""Read parts of a draft: codes that are asked for, the buildings of some grids, a changeset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from api.db.building_store import named_buildings_in_box
from api.db.engine import Connection
from api.knowledge import Knowledge
from api.plans.views import grid_name, square_metres
from api.problems import invalid
from geo.codes import parse_code
from geo.redraw.outcome import Outcome
from geo.redraw.sheet import Sheet

MOST_CODES = 500
MOST_BUILDINGS = 4_000


def read_codes(text: str) -> tuple[str, ...]:
    """Return the codes of a list with commas, each once; raise Problem 422 for what is none."""
    codes = tuple(dict.fromkeys(parse_code(part) for part in text.split(",")))
    if len(codes) > MOST_CODES:
        raise invalid(f"一次最多查询{MOST_CODES}个网格。", field="codes", reason="too_many")
    return codes


def buildings_out(
    connection: Connection, sheet: Sheet, area: str, codes: Sequence[str]
) -> dict[str, Any]:
    """Return the buildings of the grids ``codes`` of ``area``, each with the grid as drafted.

    A building on a border is in the lowest grid, as a report from there would be. Not more than
    ``MOST_BUILDINGS``; ``complete`` says whether these are all.
    """
    wanted = [code for code in sorted(set(codes)) if code in sheet and code.startswith(area)]
    if not wanted:
        return {"items": [], "complete": True}
    shapes = np.array([sheet[code] for code in wanted], dtype=object)
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    rows = named_buildings_in_box(connection, (west, south, east, north))
    tree = shapely.STRtree(shapes)
    points = shapely.points([row.lon for row in rows], [row.lat for row in rows])
    near = set(tree.query(points, predicate="intersects")[0].tolist()) if rows else set()
    items = []
    for number in sorted(near):
        row = rows[number]
        owner = sheet.owner(lon=row.lon, lat=row.lat)
        if owner in wanted:
            items.append(
                {
                    "id": row.id,
                    "name": row.name or row.id,
                    "grid": owner,
                    "lon": row.lon,
                    "lat": row.lat,
                    "households": row.households,
                }
            )
    return {"items": items[:MOST_BUILDINGS], "complete": len(items) <= MOST_BUILDINGS}


def grids_out(known: Knowledge, outcome: Outcome) -> dict[str, Any]:
    """Return the grids of a changeset by what happened to them."""
    gone, fresh = set(outcome.retired), set(outcome.created)
    return {
        "changed": [
            {
                "code": code,
                "name": grid_name(known, code),
                "area_before_m2": square_metres(outcome.before[code]),
                "area_after_m2": square_metres(outcome.after[code]),
            }
            for code in outcome.meant
            if code not in gone and code not in fresh
        ],
        "created": [
            {
                "code": code,
                "name": grid_name(known, code),
                "area_m2": square_metres(outcome.after[code]),
            }
            for code in outcome.created
        ],
        "retired": [{"code": code, "name": grid_name(known, code)} for code in outcome.retired],
        "noded": list(outcome.noded),
    }
