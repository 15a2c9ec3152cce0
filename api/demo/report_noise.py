"""Spoil positions and addresses as real ones are: four datums, rough fixes, half an address."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from api.demo.sources import Spot
from geo.datums import from_cgcs2000
from geo.position import Datum

_METRES_PER_DEGREE_LAT = 111_040.0
_METRES_PER_DEGREE_LON = 84_720.0

_WITHOUT_POSITION = {
    "hotline_12345": 0.8,
    "walk_in": 0.5,
    "other_system": 0.35,
    "wechat": 0.08,
    "patrol": 0.02,
    "app": 0.0,
}
_DATUMS: dict[str, dict[Datum, float]] = {
    "app": {Datum.GCJ02: 0.92, Datum.WGS84: 0.08},
    "wechat": {Datum.GCJ02: 0.85, Datum.WGS84: 0.15},
    "patrol": {Datum.WGS84: 0.5, Datum.CGCS2000: 0.4, Datum.GCJ02: 0.1},
    "hotline_12345": {Datum.BD09: 0.6, Datum.CGCS2000: 0.4},
    "walk_in": {Datum.CGCS2000: 1.0},
    "other_system": {Datum.BD09: 0.5, Datum.GCJ02: 0.5},
}
_FINE_M = (5.0, 8.0, 10.0, 12.0, 15.0, 18.0, 20.0, 25.0, 30.0, 40.0, 65.0)
_ROUGH_M = (150.0, 300.0, 500.0, 800.0, 1_200.0)
_ROUGH_SHARE = 0.07
_WRONG_DATUM_SHARE = 0.03
_ABROAD: tuple[tuple[float, float], ...] = ((110.02, 40.58), (111.32, 40.72), (110.55, 40.12))
"""Places well outside the county, to the west, the east and beyond the river."""
_ABROAD_ADDRESSES = ("土左旗毕克齐镇", "包头市东河区", "达拉特旗")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPosition:
    """Hold a position as it was sent: degrees of the declared datum ``crs``, metres of accuracy."""

    lon: float
    lat: float
    crs: str
    accuracy_m: float


def has_position(channel: str, rng: random.Random) -> bool:
    """Say whether a report of this channel comes with a position; 45 % in all do not."""
    return rng.random() >= _WITHOUT_POSITION[channel]


def sent_position(
    spot: Spot, channel: str, rng: random.Random, *, wrong_datum: bool
) -> DemoPosition:
    """Return the position that the phone at ``spot`` sends.

    With ``wrong_datum`` a GCJ-02 fix is declared as WGS 84, the commonest mistake of all.
    """
    accuracy_m = rng.choice(_ROUGH_M if rng.random() < _ROUGH_SHARE else _FINE_M)
    reach_m = accuracy_m * 0.6 + 15.0
    lon, lat = _displaced(spot.lon, spot.lat, reach_m * math.sqrt(rng.random()), rng)
    odds = _DATUMS[channel]
    declared = rng.choices(list(odds), list(odds.values()))[0]
    true = declared
    if wrong_datum:
        declared, true = Datum.WGS84, Datum.GCJ02
    sent_lon, sent_lat = from_cgcs2000(lon=lon, lat=lat, datum=true)
    return DemoPosition(
        lon=round(sent_lon, 6), lat=round(sent_lat, 6), crs=declared.value, accuracy_m=accuracy_m
    )


def is_wrong_datum(rng: random.Random) -> bool:
    """Say whether this phone declares the wrong datum."""
    return rng.random() < _WRONG_DATUM_SHARE


def position_abroad(rng: random.Random) -> DemoPosition:
    """Return a good fix well outside the county."""
    lon, lat = _displaced(*rng.choice(_ABROAD), 2_000.0 * rng.random(), rng)
    sent_lon, sent_lat = from_cgcs2000(lon=lon, lat=lat, datum=Datum.GCJ02)
    return DemoPosition(
        lon=round(sent_lon, 6), lat=round(sent_lat, 6), crs=Datum.GCJ02.value, accuracy_m=15.0
    )


def address_abroad(rng: random.Random) -> str:
    """Return an address in another county."""
    return rng.choice(_ABROAD_ADDRESSES)


def written_address(spot: Spot, rng: random.Random, *, discreet: bool) -> str:
    """Return the address column for ``spot``, often coarser than what is known.

    ``discreet`` matters between people name an invented compound or a township, never a village
    or a community.
    """
    if spot.compound:
        forms = _town_forms(spot)
        if discreet:
            forms = [forms[0], forms[1], forms[2], forms[4]]
            return rng.choices(forms, (40, 15, 25, 20))[0]
        return rng.choices(forms, (34, 10, 20, 14, 18, 4))[0]
    if discreet:
        return spot.township
    return rng.choices(_rural_forms(spot), (46, 12, 16, 12, 10, 4))[0]


def _town_forms(spot: Spot) -> list[str]:
    return [
        f"{spot.township}{spot.compound}{spot.number}号楼",
        f"{spot.compound}{spot.number}号楼",
        f"{spot.township}{spot.compound}",
        f"{spot.township}{spot.community}",
        f"包头市土右旗{spot.township}",
        "振华大街",
    ]


def _rural_forms(spot: Spot) -> list[str]:
    return [
        f"{spot.township}{spot.community}",
        f"包头市土右旗{spot.township}{spot.community}",
        spot.community,
        spot.township,
        f"{spot.township}{spot.community}村口",
        f"{spot.community}村委会东200米",
    ]


def _displaced(lon: float, lat: float, metres: float, rng: random.Random) -> tuple[float, float]:
    """Return a place ``metres`` away in a random direction."""
    angle = rng.uniform(0, 2 * math.pi)
    return (
        lon + metres * math.cos(angle) / _METRES_PER_DEGREE_LON,
        lat + metres * math.sin(angle) / _METRES_PER_DEGREE_LAT,
    )
