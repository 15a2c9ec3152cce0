"""Give the coverage of any date to other programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Coverage:
    """Hold a whole level as it was at an instant, ready to be written."""

    areas: list[ExportedArea]
    lineage: dict[str, list[Any]] | None
    revision: str
    at: datetime


def read_coverage(connection: Connection, *, level: Level, at: datetime) -> Coverage:
    """Read the areas of ``level`` in force at ``at`` and the lineage up to then.

    Raises GeoError before the first revision.
    """
    starts = [r for r in area_store.read_boundary_revisions(connection) if r.effective_at <= at]
    if not starts:
        raise GeoError("before_first_revision", "该时间尚无生效的网格界线。", field="at")
    areas = [
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
        for row in import_store.read_whole_level(connection, level=level.value, at=at)
    ]
    lineage = import_store.read_whole_lineage(connection)
    return Coverage(
        areas, None if lineage is None else _lineage_table(lineage, at), starts[-1].name, at
    )


def write_coverage(path: Path, coverage: Coverage, *, format_name: str, encoding: str) -> None:
    """Write a coverage to ``path`` with its lineage and the notice; raise FileRefused."""
    write_areas(
        path,
        coverage.areas,
        format_name=format_name,
        encoding=encoding,
        lineage=coverage.lineage,
        about={
            "revision": coverage.revision,
            "at": coverage.at.astimezone(SHANGHAI).isoformat(),
        },
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
    coverage = read_coverage(connection, level=level, at=at)
    write_coverage(path, coverage, format_name=format_name, encoding=encoding)
    return len(coverage.areas), coverage.revision


def _lineage_table(rows: Sequence[Any], at: datetime) -> dict[str, list[Any]]:
    """Return the lineage up to ``at`` as columns, instants as text."""
    known = [row for row in rows if row[5] <= at]
    table = {name: [row[place] for row in known] for place, name in enumerate(_LINEAGE_COLUMNS)}
    instants = table["effective_at"]
    return table | {"effective_at": [i.astimezone(SHANGHAI).isoformat() for i in instants]}
