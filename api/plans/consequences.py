"""Work out what follows from new shapes: households, new grids, derived levels, lineage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from api.db import paper_store, plan_store, publication_store
from api.db.engine import Connection
from api.knowledge import Knowledge
from api.plans.views import grid_name, kind_of
from geo.codes import Level, code_at, parent_of
from geo.coverage import union_by_parent
from geo.redraw.dwellings import Building, Dwellings
from geo.redraw.lineage import lineage
from geo.redraw.sheet import Sheet, same_bytes

Shapes = Mapping[str, BaseGeometry | None]


def dwellings_near(connection: Connection, shapes: Iterable[BaseGeometry | None]) -> Dwellings:
    """Return the buildings in the box around ``shapes``; none where there are no shapes."""
    known = [shape for shape in shapes if shape is not None]
    if not known:
        return Dwellings(())
    west, south, east, north = shapely.total_bounds(np.array(known, dtype=object)).tolist()
    rows = plan_store.buildings_in_box(connection, (west, south, east, north))
    return Dwellings(
        Building(id=row.id, lon=row.lon, lat=row.lat, households=row.households) for row in rows
    )


def roads_near(
    connection: Connection, shapes: Iterable[BaseGeometry | None]
) -> BaseGeometry | None:
    """Return the roads in the box around ``shapes`` as lines (degrees), None where there are none.

    Cut to the box: a motorway may cross the county for one community's sake.
    """
    known = [shape for shape in shapes if shape is not None]
    if not known:
        return None
    west, south, east, north = shapely.total_bounds(np.array(known, dtype=object)).tolist()
    roads = paper_store.roads_in_box(connection, (west, south, east, north))
    parts = shapely.get_parts([shape for _, _, shape in roads])
    lines = shapely.MultiLineString([part for part in parts if part.geom_type == "LineString"])
    near: BaseGeometry = shapely.intersection(lines, shapely.box(west, south, east, north))
    return None if near.is_empty else near


def count_households(connection: Connection, shapes: Shapes) -> dict[str, int]:
    """Return the households inside each shape."""
    dwellings = dwellings_near(connection, shapes.values())
    return {
        code: dwellings.households(shape) for code, shape in shapes.items() if shape is not None
    }


def put_new_grids(
    connection: Connection,
    known: Knowledge,
    latest: Sheet,
    drafted: Shapes,
    households: Mapping[str, int],
) -> None:
    """Insert the grids that are new, named after their number, of the kind of their origin."""
    for code, shape in sorted(drafted.items()):
        if shape is None or code in latest:
            continue
        publication_store.put_grid(
            connection,
            {
                "code": code,
                "parent_code": parent_of(code) or "",
                "name": grid_name(known, code),
                "kind": kind_of(known, latest, code, shape),
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
    shapes = [latest.shapes.get(code) for code in drafted]
    dwellings = dwellings_near(connection, [*shapes, *drafted.values()])
    return [
        {
            "changeset_id": changeset,
            "old_code": link.old,
            "new_code": link.new,
            "area_share": link.area_share,
            "household_share": link.household_share or 0.0,
        }
        for link in lineage(latest, latest.changed(drafted), dwellings)
    ]
