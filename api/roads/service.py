"""Import roads: read lines from a file, replace the county's roads by those that meet it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from api.accounts.audit_trail import COMMAND_LINE, note
from api.db import import_store, place_store
from api.db.engine import SERVICE, Database
from api.knowledge import Keeper
from geo.boundary_files.fields import as_text
from geo.boundary_files.inspection import system_of_layer
from geo.boundary_files.layer import Layer
from geo.boundary_files.reading import read_layer
from geo.boundary_files.refusal import FileRefused
from geo.boundary_files.storing import lines_to_storage
from geo.locate.county_map import CountyMap

LONGEST_TEXT: Final = 60
_NAMES = ("name", "road_name", "roadname", "mc", "dlmc", "名称", "道路名称", "路名")
_CLASSES = (
    "class", "road_class", "roadclass", "fclass", "highway", "dldj",
    "等级", "道路等级", "技术等级", "类别", "类型", "道路类型",
)  # fmt: skip
# Classes in the words of offices, as the map draws them; another one is kept as it is.
_KNOWN_CLASSES: Final = {
    "高速": "motorway", "高速公路": "motorway", "国道": "national", "省道": "secondary",
    "县道": "secondary", "乡道": "township", "村道": "township", "街道": "street",
    "城市道路": "street", "铁路": "railway",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadsRequest:
    """Say how the file is to be read; every part may be left to the file itself."""

    crs: str | None = None
    encoding: str | None = None
    layer: str | None = None
    name_field: str | None = None
    class_field: str | None = None


@dataclass(frozen=True, slots=True)
class RoadError:
    """Hold row (from 1) and column of what is wrong; no column for the shape."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadsOutcome:
    """Hold what an import of roads did, or would do; ``outside`` were left out."""

    rows: int
    roads: int
    outside: int
    replaced: int
    system: str
    errors: tuple[RoadError, ...]
    stored: bool


def import_roads(
    database: Database,
    path: Path,
    request: RoadsRequest,
    *,
    now: datetime,
    dry_run: bool = False,
    tell: Callable[[str], None] = lambda _stage: None,
) -> RoadsOutcome:
    """Make the county's roads those of the file, in CGCS2000; nothing when a row is bad.

    Lines that do not meet the county are left out. ``database`` is opened as the owner, who alone
    may write roads. Raises GeoError for a file that cannot be read or lies elsewhere.
    """
    keeper = Keeper(database)
    known = keeper.refresh()
    county = keeper.map_at(known, now)
    tell(f"Reading {path.name}")
    layer = read_layer(path, layer=request.layer, encoding=request.encoding, lines=True)
    system = system_of_layer(layer, request.crs)
    tell(f"Checking {len(layer.features)} lines")
    shapes = lines_to_storage([feature.geometry for feature in layer.features], system)
    rows, errors = _rows(layer, shapes, request)
    meeting = _meeting(rows, county)
    if rows and not meeting and not errors:
        raise FileRefused("elsewhere", "没有一条道路与本旗县区相交，请检查 --crs 和文件。")
    may = bool(meeting) and not errors
    with database.transaction(SERVICE) as connection:
        replaced = place_store.count_roads(connection)
        if may and not dry_run:
            tell("Storing")
            import_store.lock_boundaries(connection)
            place_store.delete_roads(connection)
            place_store.insert_roads(connection, meeting)
            note(
                connection,
                COMMAND_LINE,
                "roads_imported",
                str(len(meeting)),
                area_code=known.county.code,
                detail={"file": path.name, "roads": len(meeting)},
            )
    return RoadsOutcome(
        rows=len(layer.features),
        roads=len(meeting),
        outside=len(rows) - len(meeting),
        replaced=replaced if may else 0,
        system=system.label,
        errors=tuple(errors),
        stored=may and not dry_run,
    )


def _rows(
    layer: Layer, shapes: list[BaseGeometry | None], request: RoadsRequest
) -> tuple[list[dict[str, Any]], list[RoadError]]:
    columns = {
        "name": _column(layer, request.name_field, _NAMES),
        "road_class": _column(layer, request.class_field, _CLASSES),
    }
    rows: list[dict[str, Any]] = []
    errors: list[RoadError] = []
    for feature, shape in zip(layer.features, shapes, strict=True):
        texts = {
            role: as_text(feature.values[column]) if column is not None else ""
            for role, column in columns.items()
        }
        wrong = [
            RoadError(feature.number, columns[role] or "", f"应有至多{LONGEST_TEXT}个看得见的字。")
            for role, text in texts.items()
            if len(text) > LONGEST_TEXT or not text.isprintable()
        ]
        if shape is None or shape.length == 0:
            wrong.append(RoadError(feature.number, "", f"{feature.problem or '线的长度为零'}。"))
        errors += wrong
        if not wrong:
            kind = _KNOWN_CLASSES.get(texts["road_class"], texts["road_class"])
            rows.append({"name": texts["name"], "road_class": kind, "shape": shape})
    return rows, errors


def _column(layer: Layer, asked: str | None, usual: tuple[str, ...]) -> str | None:
    if asked is not None and asked not in layer.columns:
        names = "、".join(layer.columns)[:300]
        raise FileRefused("no_column", f"没有名为所指定的列；现有的列：{names or '无'}。")
    named = [column for column in layer.columns if column.lower() in usual]
    named.sort(key=lambda column: usual.index(column.lower()))
    return asked or (named[0] if named else None)


def _meeting(rows: list[dict[str, Any]], county: CountyMap) -> list[dict[str, Any]]:
    """Return the roads that meet a grid, with their shapes as well-known binary."""
    index = county.index
    grids = shapely.STRtree([index.geometry(code) for code in index.codes])
    lines = np.array([row["shape"] for row in rows], dtype=object)
    hit = set(grids.query(lines, predicate="intersects")[0].tolist()) if rows else set()
    return [
        {
            "name": row["name"],
            "road_class": row["road_class"],
            "wkb": shapely.to_wkb(row["shape"]),
        }
        for number, row in enumerate(rows)
        if number in hit
    ]
