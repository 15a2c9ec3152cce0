"""Put distances, directions and shares into the words of the desk.

Plain facts in Chinese, no markup: what is returned is shown as text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from geo.address.types import MatchType, PlaceKind
from geo.crs import metres_per_degree
from geo.locate.county_map import CountyMap
from geo.locate.disc import AUTO_SHARE
from geo.position import Datum, Position

DATUM_NAMES: dict[Datum, str] = {
    Datum.CGCS2000: "国家2000",
    Datum.WGS84: "WGS84",
    Datum.GCJ02: "GCJ-02",
    Datum.BD09: "BD-09",
}
MATCH_NAMES: dict[MatchType, str] = {
    MatchType.EXACT: "完全一致",
    MatchType.ALIAS: "别名",
    MatchType.HOMOPHONE: "同音",
    MatchType.FUZZY: "近似",
    MatchType.FALLBACK: "只到上一级",
}
PLACE_NAMES: dict[PlaceKind, str] = {
    PlaceKind.TOWNSHIP: "乡镇",
    PlaceKind.COMMUNITY: "村／社区",
    PlaceKind.ROAD: "道路",
    PlaceKind.HAMLET: "村民小组",
    PlaceKind.LANE: "巷道",
    PlaceKind.POI: "地点",
    PlaceKind.COMPOUND: "小区院落",
    PlaceKind.GRID: "网格",
    PlaceKind.BUILDING: "楼栋",
    PlaceKind.KILOMETRE_POST: "公里桩",
}
_SIDES = ("东", "东北", "北", "西北", "西", "西南", "南", "东南")
_FAR_M = 50_000.0
WHOLE: Final = 1.0 - 1e-9
"""From this share on a disc lies wholly in a grid: the rest is rounding."""


def metres(value_m: float) -> str:
    """Say a distance in one style: 不到1米, 3米, 96米, 12.5公里, 125公里."""
    if value_m < 1:
        return "不到1米"
    if value_m < 9_999.5:
        return f"{value_m:.0f}米"
    said = f"{value_m / 1000:.1f}" if value_m < 99_950 else f"{value_m / 1000:.0f}"
    return f"{said.removesuffix('.0')}公里"


def far(value_m: float) -> str:
    """Say how far outside a point lies; beyond 50 km the figure itself helps nobody."""
    return "50公里以上" if value_m > _FAR_M else "约" + metres(value_m)


def percent(share: float) -> str:
    """Say a share, rounded; what is short of nine tenths, or of all, must not read as that."""
    if share < 0.01:
        return "不足1%"
    shown = math.floor(share * 100 + 0.5)
    for limit in (AUTO_SHARE, WHOLE):
        if share < limit and shown >= round(limit * 100):
            shown = round(limit * 100) - 1
    return f"{shown}%"


def side(*, lon: float, lat: float, of_lon: float, of_lat: float) -> str | None:
    """Return the side of the compass (one of eight) on which a point lies; None for the same."""
    per_lon, per_lat = metres_per_degree(of_lat)
    east, north = (lon - of_lon) * per_lon, (lat - of_lat) * per_lat
    if math.hypot(east, north) < 1e-4:
        return None
    return _SIDES[round(math.degrees(math.atan2(north, east)) / 45) % 8]


def source(position: Position) -> str:
    """Say in which datum a position came and how well it is known."""
    shifted = position.datum in (Datum.GCJ02, Datum.BD09)
    converted = "，已换算" if shifted else ""
    text = f"位置：定位（{DATUM_NAMES[position.datum]}{converted}）"
    return text if position.accuracy_m == 0 else f"{text}，误差约{metres(position.accuracy_m)}"


def county_name(county: CountyMap) -> str:
    """Return the county's name, or a word for several counties."""
    return county.name(county.root) if county.root else "本图各旗县区"


def parts_of_parents(county: CountyMap, codes: Sequence[str]) -> dict[str, str]:
    """Say where each grid lies among its sisters in ``codes``: 东北部 of its community.

    Grids on the same side are told apart once more among themselves: 东北部偏南. An only grid of
    its community is given nothing.
    """
    families: dict[str, list[str]] = {}
    for code in codes:
        families.setdefault(code[:-3], []).append(code)
    told: dict[str, str] = {}
    for parent, sisters in families.items():
        if len(sisters) < 2 or len(parent) < 6:
            continue
        by_part: dict[str, list[str]] = {}
        for code, part in _sides_among(county, sisters).items():
            by_part.setdefault(f"{part or '中'}部", []).append(code)
        for part, members in by_part.items():
            finer = _sides_among(county, members) if len(members) > 1 else {}
            for code in members:
                lean = f"偏{finer[code]}" if finer.get(code) else ""
                told[code] = f"{part}{lean}"
    return told


def _sides_among(county: CountyMap, codes: Sequence[str]) -> dict[str, str]:
    """Return the side of each grid in the common box of all, empty near its middle."""
    boxes = {code: county.index.box(code) for code in codes}
    west, south = min(b[0] for b in boxes.values()), min(b[1] for b in boxes.values())
    east, north = max(b[2] for b in boxes.values()), max(b[3] for b in boxes.values())
    sides: dict[str, str] = {}
    for code, box in boxes.items():
        # In units of the common width and height, so that a long village is split evenly.
        x = ((box[0] + box[2]) - (west + east)) / (east - west)
        y = ((box[1] + box[3]) - (south + north)) / (north - south)
        near = math.hypot(x, y) < 0.2
        sides[code] = "" if near else _SIDES[round(math.degrees(math.atan2(y, x)) / 45) % 8]
    return sides


def belongs(county: CountyMap, code: str, among: tuple[str, ...]) -> str:
    """Say to which township or community a grid belongs, when the candidates differ in it."""
    digits = _telling_digits(among)
    if digits == 0 or len(code) <= digits:
        return ""
    unit = code[:digits]
    return f"属{county.name(unit) if digits == _OF_TOWNSHIP else county.label(unit)}"


_OF_TOWNSHIP, _OF_COMMUNITY = 9, 12


@lru_cache(maxsize=256)
def _telling_digits(among: tuple[str, ...]) -> int:
    """Return how many digits tell the candidates apart: of the township, of the community, 0."""
    for digits in (_OF_TOWNSHIP, _OF_COMMUNITY):
        if len({code[:digits] for code in among}) > 1:
            return digits
    return 0


def names(county: CountyMap, codes: Sequence[str]) -> list[str]:
    """Return names that tell the units apart, with the township only where it differs."""
    if len({code[:9] for code in codes}) > 1:
        return [county.label(code) for code in codes]
    return [county.name(code) for code in codes]


def joined(*parts: str) -> str:
    """Join the parts that say something with commas."""
    return "，".join(part for part in parts if part)
