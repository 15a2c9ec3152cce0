"""Work out what follows from new shapes: households, new grids, derived levels, lineage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from api.db import plan_store, publication_store
from api.db.engine import Connection
from api.knowledge import Knowledge
from api.plans.views import grid_name
from geo.codes import Level, code_at, parent_of
from geo.coverage import union_by_parent
from geo.redraw.sheet import Sheet

Shapes = Mapping[str, BaseGeometry | None]


def count_households(connection: Connection, shapes: Shapes) -> dict[str, int]:
    """Return the households inside each new shape."""
    counts: dict[str, int] = {}
    for code, shape in shapes.items():
        if shape is None:
            continue
        rows = plan_store.buildings_in_box(connection, shape.bounds)
        inside = shapely.intersects_xy(
            shape, np.array([row.lon for row in rows]), np.array([row.lat for row in rows])
        )
        counts[code] = int(
            sum(row.households for row, hit in zip(rows, inside, strict=True) if hit)
        )
    return counts


def put_new_grids(
    connection: Connection,
    known: Knowledge,
    latest: Sheet,
    drafted: Shapes,
    households: Mapping[str, int],
) -> None:
    """Insert the grids that are new, named after their number, of the kind of their siblings."""
    for code, shape in sorted(drafted.items()):
        if shape is None or code in latest:
            continue
        parent = parent_of(code) or ""
        siblings = [row.kind for row in known.areas.values() if row.parent_code == parent]
        publication_store.put_grid(
            connection,
            {
                "code": code,
                "parent_code": parent,
                "name": grid_name(known, code),
                "kind": max(set(siblings), key=siblings.count) if siblings else "rural",
                "households": households.get(code, 0),
                "exclave": shape.geom_type == "MultiPolygon",
            },
        )


def derive_levels(
    connection: Connection, sheet: Sheet, drafted: Shapes, revision_id: int, at: datetime
) -> None:
    """Make the units above anew; one whose outline stays to the byte is left alone."""
    for level in (Level.COMMUNITY, Level.TOWNSHIP, Level.COUNTY):
        parents = {code_at(code, level) for code in drafted}
        members = [code for code in sheet if code_at(code, level) in parents]
        fresh = union_by_parent(members, [sheet[code] for code in members], level)
        old = publication_store.area_shapes(connection, sorted(parents))
        changed: dict[str, BaseGeometry | None] = {
            code: fresh.get(code)
            for code in parents
            if not same_bytes(old.get(code), fresh.get(code))
        }
        if changed:
            publication_store.close_and_open(
                connection,
                "area_boundaries",
                changed,
                revision_id=revision_id,
                at=at,
                level=level.value,
            )


def lineage_rows(
    connection: Connection, changeset: UUID, latest: Sheet, drafted: Shapes
) -> list[dict[str, Any]]:
    """Return old→new codes with the share of the old grid's land and households."""
    rows: list[dict[str, Any]] = []
    for old_code in sorted(code for code in drafted if code in latest):
        old = latest[old_code]
        homes = count_households(connection, {old_code: old})[old_code]
        for new_code, new in sorted(drafted.items()):
            if new is None or not shapely.intersects(old, new):
                continue
            common = shapely.intersection(old, new)
            share = float(common.area / old.area)
            # Neighbours meet in slivers of a lattice step: those are no lineage.
            if share < 1e-6 or (new_code == old_code and share > 1 - 1e-6):
                continue
            moved = count_households(connection, {new_code: common})[new_code] if homes else 0
            rows.append(
                {
                    "changeset_id": changeset,
                    "old_code": old_code,
                    "new_code": new_code,
                    "area_share": share,
                    "household_share": moved / homes if homes else 0.0,
                }
            )
    return rows


def same_bytes(one: BaseGeometry | None, other: BaseGeometry | None) -> bool:
    """Say whether two shapes are the same to the byte, wherever their rings begin."""
    if one is None or other is None:
        return one is other
    return bool(shapely.to_wkb(shapely.normalize(one)) == shapely.to_wkb(shapely.normalize(other)))
