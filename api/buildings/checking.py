"""Check rows of buildings against the boundaries in force; give each bad cell its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from api.places.checking import PlaceChecker
from api.sheet_files import OF_A_COUNTY, Sheet, SheetRow, TableKind, read_sheet_file
from geo.address.types import Place, PlaceKind
from geo.boundary_files.systems import CoordinateSystem, check_range
from geo.lattice import snap_values
from geo.locate.county_map import CountyMap

MOST_HOUSEHOLDS: Final = 10_000
LONGEST_ID: Final = 64
BUILDINGS: Final = TableKind(
    required=("id", "lon", "lat", "households"),
    optional=("name", "place"),
    also={
        "编号": "id", "楼栋编号": "id", "经度": "lon", "纬度": "lat", "户数": "households",
        "名称": "name", "楼栋名称": "name", "地名": "place", "地名编号": "place",
    },
    bounds=OF_A_COUNTY,
    whole_rows=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CellError:
    """Hold row and column of a bad cell and what is wrong with it; no column for a whole row."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Hold one building, CGCS2000 degrees on the lattice, and the community that it is in."""

    id: str
    lon: float
    lat: float
    households: int
    place_id: str | None
    community_code: str


@dataclass(frozen=True, slots=True)
class CheckedBuildings:
    """Hold the good buildings, the places that their names make, and the errors by row."""

    houses: tuple[House, ...]
    places: tuple[Place, ...]
    errors: tuple[CellError, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parsed:
    line: int
    id: str
    x: float
    y: float
    households: int
    name: str
    place: str


def read_buildings(path: Path) -> Sheet:
    """Return the rows of a CSV or XLSX file; raise GeoError for one that is no such table."""
    return read_sheet_file(path, BUILDINGS)


def check_buildings(
    sheet: Sheet,
    system: CoordinateSystem,
    county: CountyMap,
    known: Iterable[Place],
) -> CheckedBuildings:
    """Return the buildings of good rows and the errors of bad ones; pure.

    Coordinates are of ``system``. Raises GeoError when they cannot be of it at all.
    """
    errors = [CellError(fault.line, fault.column, fault.message) for fault in sheet.faults]
    parsed = list(_parsed(sheet.rows, system, errors))
    x, y = np.array([p.x for p in parsed]), np.array([p.y for p in parsed])
    if parsed and not system.in_degrees:
        check_range(system, x, y)
    lon, lat = system.to_cgcs2000(x, y)
    points = snap_values(np.column_stack([lon, lat])).tolist()
    owners = county.index.owners(*zip(*points, strict=True)) if points else ()
    there = {place.id: place for place in known}
    naming = PlaceChecker(county, there.values())
    houses: list[House] = []
    places: list[Place] = []
    for row, (east, north), owner in zip(parsed, points, owners, strict=True):
        if owner is None:
            where = "坐标不在本旗县区任何网格内，请核对经纬度和坐标系。"
            errors.append(CellError(row.line, "lon", where))
            continue
        made, wrong = _place_of(row, (east, north), owner, there, naming)
        if wrong is not None:
            errors.append(wrong)
            continue
        places += [made] if made is not None and row.name and made != there.get(made.id) else []
        houses.append(
            House(
                id=row.id,
                lon=east,
                lat=north,
                households=row.households,
                place_id=None if made is None else made.id,
                community_code=owner[:12],
            )
        )
    errors.sort(key=lambda error: error.row)
    return CheckedBuildings(tuple(houses), tuple(places), tuple(errors))


def _parsed(
    rows: Iterable[SheetRow], system: CoordinateSystem, errors: list[CellError]
) -> Iterable[_Parsed]:
    seen: set[str] = set()
    for row in rows:
        cells, wrong = row.cells, []
        building = cells["id"]
        if not 1 <= len(building) <= LONGEST_ID or not building.isprintable():
            wrong.append(CellError(row.line, "id", f"编号应有1至{LONGEST_ID}个看得见的字。"))
        elif building in seen:
            wrong.append(CellError(row.line, "id", "编号在文件中重复。"))
        seen.add(building)
        x = _coordinate(row.line, "lon", cells["lon"], 180 if system.in_degrees else None, wrong)
        y = _coordinate(row.line, "lat", cells["lat"], 90 if system.in_degrees else None, wrong)
        count = _households(row.line, cells["households"], wrong)
        errors += wrong
        if not wrong:
            yield _Parsed(
                line=row.line,
                id=building,
                x=x,
                y=y,
                households=count,
                name=cells.get("name", ""),
                place=cells.get("place", ""),
            )


def _coordinate(
    line: int, column: str, text: str, most: float | None, wrong: list[CellError]
) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        wrong.append(CellError(line, column, "经纬度应为数字。"))
    elif most is not None and abs(value) > most:
        wrong.append(CellError(line, column, "经纬度超出范围，可能填反了，或坐标以米为单位。"))
    return value


def _households(line: int, text: str, wrong: list[CellError]) -> int:
    # int() also takes 1_000 and digits of other scripts.
    if text.isascii() and text.isdigit() and len(text) < 8 and int(text) <= MOST_HOUSEHOLDS:
        return int(text)
    wrong.append(CellError(line, "households", f"户数应为0至{MOST_HOUSEHOLDS}的整数。"))
    return 0


def _place_of(
    row: _Parsed,
    point: tuple[float, float],
    owner: str,
    there: Mapping[str, Place],
    naming: PlaceChecker,
) -> tuple[Place | None, CellError | None]:
    """Return the place that a building is: the one named by id, or one that its name makes."""
    if row.place:
        place = there.get(row.place)
        if place is None:
            return None, CellError(row.line, "place", "没有这个编号的地名，请先导入地名。")
        if row.name and row.name != place.name:
            return None, CellError(row.line, "name", f"与地名“{place.name}”的名称不同。")
        return place, None
    known = there.get(row.id)
    if not row.name:
        is_known = known is not None and known.kind is PlaceKind.BUILDING
        return (known if is_known else None), None
    if known is not None and known.kind is not PlaceKind.BUILDING:
        return None, CellError(row.line, "id", f"编号已是地名“{known.name}”的，它不是楼栋。")
    cells = {
        "id": row.id,
        "name": row.name,
        "kind": PlaceKind.BUILDING.value,
        "lon": repr(point[0]),
        "lat": repr(point[1]),
        "area_code": owner[:12],
    }
    found = naming.check([SheetRow(row.line, cells)])
    if found.errors:
        return None, CellError(row.line, "name", found.errors[0].reason)
    return found.places[0], None
