"""Read a table of places as it comes from an office: CSV or XLSX."""

from __future__ import annotations

from pathlib import Path

from api.sheet_files import OF_A_COUNTY, Sheet, TableKind, read_sheet_file

PLACES = TableKind(
    required=("id", "name", "kind", "lon", "lat", "area_code"),
    optional=("crs", "radius_m", "aliases", "local_aliases", "parent_id"),
    bounds=OF_A_COUNTY,
    whole_rows=True,
)


def read_table(path: Path) -> Sheet:
    """Return the rows of a CSV or XLSX file; raise GeoError for one that is no such table."""
    return read_sheet_file(path, PLACES)
