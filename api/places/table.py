"""Read a table of places as it comes from an office: CSV in UTF-8 or GB 18030."""

from __future__ import annotations

from pathlib import Path

from api.table_reading import TableKind, TableRow, read_csv

__all__ = ["PLACES", "TableRow", "read_table"]

PLACES = TableKind(
    title="地名表",
    reason="bad_places_file",
    field="places",
    required=("id", "name", "kind", "lon", "lat", "area_code"),
    optional=("crs", "radius_m", "aliases"),
)


def read_table(path: Path) -> list[TableRow]:
    """Return the rows of a CSV file with a header; rows without any content are left out.

    Raises GeoError for a file that is no such table: size, encoding, columns, quoting.
    """
    return read_csv(path, PLACES)
