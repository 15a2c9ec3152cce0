"""Read a table of places as it comes from an office: CSV or XLSX."""

from __future__ import annotations

from pathlib import Path

from api.sheet_files import OF_A_COUNTY, Sheet, TableKind, read_sheet_file

PLACES = TableKind(
    required=("id", "name", "kind", "lon", "lat", "area_code"),
    optional=("crs", "radius_m", "aliases", "local_aliases", "parent_id"),
    also={
        "编号": "id",
        "名称": "name",
        "类型": "kind",
        "经度": "lon",
        "纬度": "lat",
        "区域编码": "area_code",
        "坐标系": "crs",
        "半径": "radius_m",
        "别名": "aliases",
        "限定别名": "local_aliases",
        "上级": "parent_id",
    },
    bounds=OF_A_COUNTY,
    whole_rows=True,
)


def read_table(path: Path) -> Sheet:
    """Return the rows of a CSV or XLSX file; raise GeoError for one that is no such table."""
    return read_sheet_file(path, PLACES)
