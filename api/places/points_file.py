"""Read places as points of a GIS file, its attributes by the names that a table has."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

from api.places.table import PLACES
from api.sheet_files import RowFault, Sheet, SheetRow
from geo.boundary_files.fields import as_text
from geo.boundary_files.inspection import system_of_layer
from geo.boundary_files.layer import RawFeature
from geo.boundary_files.reading import format_of, read_layer
from geo.boundary_files.refusal import FileRefused
from geo.boundary_files.storing import points_to_storage

_HEAD_BYTES: Final = 4096
_REQUIRED: Final = ("id", "name", "kind")
# A DBF column has ten bytes for its name.
_SHORT: Final = {"local_alia": "local_aliases", "area": "area_code"}


def is_points_file(path: Path) -> bool:
    """Say whether the file is one of a GIS: a workbook is a zip, too, and a table has no mark."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(b"PK"):
        try:
            with zipfile.ZipFile(path) as archive:
                return "[Content_Types].xml" not in archive.namelist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            return False
    try:
        format_of(head)
    except FileRefused:
        return False
    return True


def read_points(
    path: Path, *, crs: str | None = None, encoding: str | None = None, layer: str | None = None
) -> Sheet:
    """Return the points as rows of a table, CGCS2000; a line number is that of the feature.

    Raises FileRefused for a file that is none, or has no columns for id, name and kind.
    """
    read = read_layer(path, layer=layer, encoding=encoding, points=True)
    system = system_of_layer(read, crs)
    known = {*PLACES.required, *PLACES.optional} - {"lon", "lat", "crs"}
    columns = {column: name for column in read.columns if (name := _meaning(column)) in known}
    missing = [name for name in _REQUIRED if name not in columns.values()]
    if missing:
        raise FileRefused("missing_columns", f"缺少列：{'、'.join(missing)}。")
    if len(set(columns.values())) < len(columns):
        raise FileRefused("double_columns", "有几列是同一个意思，请只留一列。")
    points = points_to_storage([feature.geometry for feature in read.features], system)
    rows: list[SheetRow] = []
    faults: list[RowFault] = []
    for feature, point in zip(read.features, points, strict=True):
        if point is None:
            words = f"{feature.problem or '没有图形'}。"
            faults.append(RowFault(feature.number, "", "no_point", words))
        else:
            rows.append(_row(feature, columns, point))
    return Sheet(tuple(rows), tuple(faults))


def _meaning(column: str) -> str:
    name = column.strip().lower()
    return PLACES.also.get(name) or _SHORT.get(name, name)


def _row(feature: RawFeature, columns: dict[str, str], point: tuple[float, float]) -> SheetRow:
    cells = {name: as_text(feature.values[column]) for column, name in columns.items()}
    cells |= {"lon": repr(point[0]), "lat": repr(point[1]), "crs": ""}
    return SheetRow(feature.number, {"area_code": "", **cells})
