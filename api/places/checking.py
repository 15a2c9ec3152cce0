"""Check rows of places against the boundaries in force; give each bad row its reason."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from api.places.siblings import Siblings
from api.sheet_files import RowFault, SheetRow
from geo.address.details import is_bare_number
from geo.address.no_names import is_no_name
from geo.address.normalise import normalise_name
from geo.address.types import DEFAULT_RADIUS_M, LocalAlias, Place, PlaceKind
from geo.codes import Level, level_of, parse_code
from geo.datums import to_cgcs2000
from geo.errors import GeoError
from geo.locate.county_map import CountyMap
from geo.locate.disc import disc_shares
from geo.position import Datum, Position, parse_datum

KINDS = tuple(kind for kind in PlaceKind if kind is not PlaceKind.GRID)
LONGEST_NAME = 60
MOST_ALIASES = 30
LARGEST_RADIUS_M = 50_000.0
_LONGEST_ID = 64
# A share of the disc below this is a sliver, not a part of the compound.
_SLIVER = 0.01
_AT_A_POINT = (PlaceKind.BUILDING, PlaceKind.POI, PlaceKind.KILOMETRE_POST)
KIND_LABELS: Final[dict[PlaceKind, str]] = {
    PlaceKind.TOWNSHIP: "乡镇",
    PlaceKind.COMMUNITY: "村（社区）",
    PlaceKind.ROAD: "道路",
    PlaceKind.HAMLET: "自然村",
    PlaceKind.LANE: "街巷",
    PlaceKind.POI: "地标",
    PlaceKind.COMPOUND: "小区院落",
    PlaceKind.BUILDING: "楼栋",
    PlaceKind.KILOMETRE_POST: "公里桩",
}
UNIT_LEVELS = {PlaceKind.TOWNSHIP: Level.TOWNSHIP, PlaceKind.COMMUNITY: Level.COMMUNITY}


@dataclass(frozen=True, slots=True)
class RowError:
    """Hold the line of a bad row and what is wrong with it."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Hold the places of the good rows, CGCS2000, and the errors of the bad ones."""

    places: tuple[Place, ...]
    errors: tuple[RowError, ...]
    # In which line each place stands, by its id.
    lines: Mapping[str, int] = field(default_factory=dict)


class PlaceChecker:
    """Turn rows into places that lie where they say, in the boundaries in force."""

    def __init__(
        self, county: CountyMap, known: Iterable[Place], *, ended: Collection[str] = ()
    ) -> None:
        """Keep the boundaries, and the places that are there by id and by unit.

        ``ended`` are the ids of places that are over: they are taken back by hand.
        """
        self._county = county
        self._known: Mapping[str, Place] = {place.id: place for place in known}
        self._ended = ended
        self._siblings = Siblings(self._known.values())
        self._units = {
            (place.kind, place.area_code): place.id
            for place in self._known.values()
            if place.kind in UNIT_LEVELS
        }

    def check(self, rows: Iterable[SheetRow], faults: Iterable[RowFault] = ()) -> Checked:
        """Return the places of good rows and the reasons of bad ones by line; pure."""
        places: dict[str, Place] = {}
        lines: dict[str, int] = {}
        errors = [
            RowError(f.line, f"{f.column}：{f.message}" if f.column else f.message) for f in faults
        ]
        # What others stand below comes first, wherever it stands in the file.
        for row in sorted(rows, key=lambda row: bool(row.cells.get("parent_id"))):
            try:
                place = self._place(row)
                if place.id in places:
                    raise _wrong("编号id在文件中重复。")
                self._siblings.put(place)
            except GeoError as refusal:
                errors.append(RowError(row.line, refusal.message))
            else:
                places[place.id], lines[place.id] = place, row.line
                if place.kind in UNIT_LEVELS:
                    self._units[place.kind, place.area_code] = place.id
        errors.sort(key=lambda error: error.line)
        return Checked(tuple(places.values()), tuple(errors), lines)

    def _place(self, row: SheetRow) -> Place:
        cells = row.cells
        place_id = _place_id(cells["id"])
        if place_id in self._ended:
            raise _wrong("这个编号的地点已停用，请先在地名库中恢复。")
        known = self._known.get(place_id)
        kind = _kind(cells["kind"])
        name = _name(cells["name"])
        parent_id = _parent(cells.get("parent_id"), known)
        if kind is PlaceKind.BUILDING and is_bare_number(name) and not parent_id:
            raise _wrong("楼栋名称须写全，如“阳光小区3号楼”。")
        if not (known and known.name == name) and not (kind is PlaceKind.BUILDING and parent_id):
            require_name(name)
        position = _position(cells)
        radius_m = _radius_m(cells.get("radius_m", ""), kind, known)
        area_code = self._area(cells["area_code"] or self._found(kind, position), kind, place_id)
        self._require_inside(position, area_code)
        return Place(
            id=place_id,
            name=name,
            kind=kind,
            lon=position.lon,
            lat=position.lat,
            radius_m=radius_m,
            area_code=area_code,
            grids=self._grids(kind, position, radius_m, area_code, known),
            parent_id=parent_id,
            aliases=_aliases(cells.get("aliases"), known),
            local_aliases=self._local_aliases(cells.get("local_aliases"), known),
            buildings=known.buildings if known else (),
        )

    def _found(self, kind: PlaceKind, position: Position) -> str:
        """Return the lowest area that surely contains a place whose row does not say it."""
        if kind in UNIT_LEVELS:
            raise _wrong("乡镇和村（社区）须写明区域编码。")
        owner = self._county.index.owner(lon=position.lon, lat=position.lat)
        if owner is None:
            raise _wrong("坐标不在本旗县区任何网格内，请核对经纬度和坐标系。")
        return area_for(kind, owner)

    def _area(self, text: str, kind: PlaceKind, place_id: str) -> str:
        code = parse_code(text)
        if not self._county.grids_below(code):
            raise _wrong("没有这个编码的区域。")
        level = UNIT_LEVELS.get(kind)
        if level is None:
            return code
        if level_of(code) is not level:
            raise _wrong("area_code的级别与地点类型kind不符。")
        if self._units.get((kind, code), place_id) != place_id:
            raise _wrong("这个单位已有地名，请用它原来的编号id。")
        return code

    def _local_aliases(self, text: str | None, known: Place | None) -> tuple[LocalAlias, ...]:
        """Return the aliases of a part of the county, written 老粮站@150221104."""
        if text is None:
            return known.local_aliases if known else ()
        found: dict[LocalAlias, None] = {}
        for part in filter(None, (part.strip() for part in text.split("|"))):
            name, mark, scope = part.rpartition("@")
            if not mark or not self._county.grids_below(code := parse_code(scope)):
                raise _wrong("限定范围的别名应写作 老粮站@区域编码，编码须是本旗县区的区域。")
            found[LocalAlias(_alias(name), code)] = None
        if len(found) > MOST_ALIASES:
            raise _wrong(f"别名最多{MOST_ALIASES}个。")
        return tuple(found)

    def _require_inside(self, position: Position, area_code: str) -> None:
        owners = self._county.index.covering(lon=position.lon, lat=position.lat)
        if not owners:
            raise _wrong("坐标不在本旗县区任何网格内，请核对经纬度和坐标系。")
        if not any(owner.startswith(area_code) for owner in owners):
            where, said = self._county.label(owners[0]), self._county.label(area_code)
            raise _wrong(f"坐标落在{where}，不在所写的{said}内。")

    def _grids(
        self,
        kind: PlaceKind,
        position: Position,
        radius_m: float,
        area_code: str,
        known: Place | None,
    ) -> tuple[str, ...]:
        """Return the grids of a place: of a unit all, of a compound those its disc touches.

        A row has no line for a road: it keeps the grids that it had.
        """
        if kind is PlaceKind.ROAD:
            return known.grids if known and known.kind is kind else ()
        if kind in UNIT_LEVELS:
            return self._county.grids_below(area_code)
        index = self._county.index
        covering = index.covering(lon=position.lon, lat=position.lat)
        owner = next(code for code in covering if code.startswith(area_code))
        if kind is not PlaceKind.COMPOUND:
            return (owner,)
        shares = disc_shares(
            index, lon=position.lon, lat=position.lat, accuracy_m=radius_m, owner=owner
        )
        near = {c for c, share in shares.shares if share >= _SLIVER and c.startswith(area_code)}
        return tuple(sorted(near | {owner}))


def _wrong(message: str) -> GeoError:
    return GeoError("bad_place", message, field="places")


def _place_id(text: str) -> str:
    if not text or len(text) > _LONGEST_ID or text.startswith("grid:"):
        raise _wrong(f"编号id应有1至{_LONGEST_ID}个字，且不以grid:开头。")
    return _printable(text)


def _parent(text: str | None, known: Place | None) -> str | None:
    """Return the id of the place it belongs to; the one it had where the table does not say."""
    if text is None:
        return known.parent_id if known else None
    return _place_id(text) if text else None


def _printable(text: str) -> str:
    if not text.isprintable():
        raise _wrong("编号、名称和别名不能含有看不见的字符。")
    return text


def area_for(kind: PlaceKind, owner: str) -> str:
    """Return the lowest area that surely contains a place of ``kind`` whose point ``owner`` has."""
    return owner if kind in _AT_A_POINT else owner[:12]


def _kind(text: str) -> PlaceKind:
    for kind in KINDS:
        if text in (kind.value, KIND_LABELS[kind]):
            return kind
    raise _wrong(f"地点类型kind应为{'、'.join(KINDS)}之一。")


def _name(text: str) -> str:
    name = _printable(text)
    if not 2 <= len(normalise_name(name)) <= LONGEST_NAME:
        raise _wrong(f"名称和别名应有2至{LONGEST_NAME}个字。")
    return name


def require_name(name: str) -> None:
    """Raise GeoError for a word of every day or a number of a house: it would be found anywhere."""
    if is_no_name(name):
        raise GeoError(
            "no_name",
            "日常用语和楼号不能单独作地名或别名，请写全称，如“阳光小区3号楼”。",
            field="name",
        )


def _alias(text: str) -> str:
    name = _name(text.strip())
    require_name(name)
    return name


def _aliases(text: str | None, known: Place | None) -> tuple[str, ...]:
    """Return the aliases; those it had where the table has no such column."""
    if text is None:
        return known.aliases if known else ()
    aliases = dict.fromkeys(_alias(part) for part in text.split("|") if part.strip())
    if len(aliases) > MOST_ALIASES:
        raise _wrong(f"别名最多{MOST_ALIASES}个。")
    return tuple(aliases)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _wrong("经纬度和半径应为数字。") from None


def _position(cells: Mapping[str, str]) -> Position:
    datum = parse_datum(cells["crs"].lower()) if cells.get("crs") else Datum.CGCS2000
    return to_cgcs2000(Position(lon=_number(cells["lon"]), lat=_number(cells["lat"]), datum=datum))


def _radius_m(text: str, kind: PlaceKind, known: Place | None) -> float:
    if not text:
        return known.radius_m if known and known.kind is kind else DEFAULT_RADIUS_M[kind]
    radius_m = _number(text)
    if not (math.isfinite(radius_m) and 0 < radius_m <= LARGEST_RADIUS_M):
        raise _wrong(f"半径radius_m应大于0，不超过{LARGEST_RADIUS_M:.0f}米。")
    return radius_m
