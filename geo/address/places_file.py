"""Read the places of a county from a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path

from geo.address.types import LocalAlias, Place, PlaceKind
from geo.errors import GeoError

_COLUMNS = (
    "id", "name", "kind", "lon", "lat", "radius_m", "area_code", "parent_id", "aliases", "grids",
)  # fmt: skip


def read_places_csv(path: Path) -> list[Place]:
    """Read places from a UTF-8 CSV file; lon/lat CGCS2000 degrees, radius in metres.

    Columns: id, name, kind, lon, lat, radius_m, area_code, parent_id, aliases, grids; the last
    two hold several values separated by ``|``, and so does ``local_aliases``, which may be
    missing: each value is ``name@scope``. Raises GeoError naming the line that is wrong.
    """
    with path.open(encoding="utf-8-sig", newline="") as source:
        reader = csv.DictReader(source)
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise GeoError(
                "bad_places_file", f"地名表缺少列：{'、'.join(missing)}。", field="places"
            )
        return [_read_row(row, reader.line_num) for row in reader]


def _read_row(row: dict[str, str], line: int) -> Place:
    try:
        return Place(
            id=row["id"],
            name=row["name"],
            kind=PlaceKind(row["kind"]),
            lon=float(row["lon"]),
            lat=float(row["lat"]),
            radius_m=float(row["radius_m"]),
            area_code=row["area_code"],
            parent_id=row["parent_id"] or None,
            aliases=tuple(filter(None, row["aliases"].split("|"))),
            grids=tuple(filter(None, row["grids"].split("|"))),
            local_aliases=_read_local(row.get("local_aliases") or ""),
        )
    except (ValueError, TypeError, AttributeError):
        raise GeoError("bad_places_file", f"地名表第{line}行格式有误。", field="places") from None


def _read_local(cell: str) -> tuple[LocalAlias, ...]:
    """Read ``name@scope`` values separated by ``|``; raise ValueError for one without a scope."""
    parted = [value.partition("@") for value in cell.split("|") if value]
    if not all(name and scope for name, _, scope in parted):
        raise ValueError(cell)
    return tuple(LocalAlias(name, scope) for name, _, scope in parted)
