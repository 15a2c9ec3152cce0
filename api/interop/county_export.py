"""Give the coverage of any date to other programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from api.db import area_store, import_store
from api.db.engine import Connection
from api.input_types import SHANGHAI
from geo.boundary_files.writing import ExportedArea, write_areas
from geo.codes import Level
from geo.errors import GeoError

_LINEAGE_COLUMNS = (
    "old_code",
    "new_code",
    "area_share",
    "household_share",
    "changeset",
    "effective_at",
    "revision",
)


def export_county(
    connection: Connection,
    path: Path,
    *,
    format_name: str,
    level: Level,
    at: datetime,
    encoding: str,
) -> tuple[int, str]:
    """Write the areas of ``level`` in force at ``at``; return their number and the revision.

    The lineage goes with them when the schema keeps one. Raises GeoError before the first
    revision, FileRefused when the file cannot be written.
    """
    starts = [r for r in area_store.read_boundary_revisions(connection) if r.effective_at <= at]
    if not starts:
        raise GeoError("before_first_revision", "该时间尚无生效的网格界线。", field="at")
    rows = import_store.read_whole_level(connection, level=level.value, at=at)
    lineage = import_store.read_whole_lineage(connection)
    revision = starts[-1].name
    write_areas(
        path,
        [
            ExportedArea(
                code=row.code,
                name=row.name,
                level=row.level,
                kind=row.kind,
                parent=row.parent_code or "",
                households=row.households,
                exclave=row.exclave,
                geometry=row.geometry,
            )
            for row in rows
        ],
        format_name=format_name,
        encoding=encoding,
        lineage=None if lineage is None else _lineage_table(lineage, at),
        about={"revision": revision, "at": at.astimezone(SHANGHAI).isoformat()},
    )
    return len(rows), revision


def _lineage_table(rows: Sequence[Any], at: datetime) -> dict[str, list[Any]]:
    """Return the lineage up to ``at`` as columns, instants as text."""
    known = [row for row in rows if row[5] <= at]
    table = {name: [row[place] for row in known] for place, name in enumerate(_LINEAGE_COLUMNS)}
    instants = table["effective_at"]
    return table | {"effective_at": [i.astimezone(SHANGHAI).isoformat() for i in instants]}
