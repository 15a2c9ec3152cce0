"""Weigh a position and an address that came together.

Agreement lets the finer evidence decide; a building named in the text beats the phone's position
(callers at home report what they saw elsewhere, and name the house), though a person looks when
the phone is far away; any other disagreement goes to a person, with the candidates of both. When
the declared datum puts the point against the address and another reading of the same numbers
would agree, that is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from geo.address.displacement import is_moved, spot_of
from geo.address.types import Place, PlaceKind
from geo.crs import distance_m
from geo.datums import to_cgcs2000
from geo.locate.county_map import CountyMap
from geo.locate.point_finding import PointFinding
from geo.locate.text_finding import TextFinding, settling_area, weigh_text
from geo.locate.text_grids import grids_of
from geo.locate.types import Verdict
from geo.position import Datum, Position

# WGS 84 stands for CGCS2000 too: the numbers mean the same place.
_READINGS: Final = (Datum.WGS84, Datum.GCJ02, Datum.BD09)
_AREA_KINDS: Final = (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY, PlaceKind.GRID)
_COARSE: Final = (PlaceKind.TOWNSHIP, PlaceKind.ROAD)
_UNMOVED: Final = ("of_both_places", "source_unknown", "several_matters")
"""What a text says that no position undoes: it is about two places, or about none that is known."""

FAR_FROM_BUILDING_M: Final = 5_000.0
"""From here on a phone is too far from the building it reports for nobody to look."""


@dataclass(frozen=True, slots=True)
class OtherReading:
    """Hold the grid that the same numbers give in another datum, one that fits the address."""

    datum: Datum
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """Hold what position and address say together; ``text`` is narrowed to the agreeing places.

    ``agrees`` is None when one of the two says nothing that could be compared. ``away_m`` are the
    metres from the position to a building that beat it.
    """

    text: TextFinding
    verdict: Verdict
    rule: str
    grid: str | None
    settled_by: str | None
    possible: tuple[str, ...]
    agrees: bool | None
    readings: tuple[OtherReading, ...] = ()
    away_m: float | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """Hold where a reading of the numbers lies: the owner, and all grids its disc reaches."""

    position: Position
    owner: str | None
    reached: frozenset[str]


def weigh_together(county: CountyMap, point: PointFinding, text: TextFinding) -> Joint:
    """Say what a position and an address give together."""
    if not text.places:
        return _text_without_place(county, point, text)
    if point.shares is None:
        return _text_alone(text)
    reached = frozenset(code for code, _ in point.shares.shares)
    seen = _Seen(point.position, point.owner, reached | set(point.sharing))
    agreeing = tuple(place for place in text.places if _fits(county, text, place, seen))
    if not agreeing and text.match.hearsay:
        return _point_alone(county, point, text)
    if not agreeing:
        return _conflict(county, point, text)
    if text.rule in _UNMOVED and point.owner is not None:
        return _text_stands(point, text)
    if len(agreeing) < len(text.places):
        text = weigh_text(county, replace(text.match, places=agreeing))
    return _agreement(county, point, text, seen.reached)


def _text_stands(point: PointFinding, text: TextFinding) -> Joint:
    """Leave it with the text: where one of two quarrelling villages lies settles nothing."""
    return Joint(
        text=text,
        verdict=text.verdict,
        rule=text.rule,
        grid=point.owner,
        settled_by=text.settled_by,
        possible=_united(point.possible, text.possible),
        agrees=True,
    )


def _text_without_place(county: CountyMap, point: PointFinding, text: TextFinding) -> Joint:
    against = text.match.outside and point.verdict is not Verdict.DESK
    verdict = Verdict.CONFIRM if against else point.verdict
    settled_by = settled(county, verdict, point.possible)
    return Joint(
        text=text,
        verdict=verdict,
        rule="text_says_outside" if against else point.rule,
        grid=point.owner,
        settled_by=county.root if against else settled_by,
        possible=point.possible,
        agrees=False if against else None,
    )


def settled(county: CountyMap, verdict: Verdict, codes: tuple[str, ...]) -> str | None:
    """Return who settles a verdict: nobody an ``auto``, the root a ``desk``, else the lowest."""
    if verdict is Verdict.AUTO:
        return None
    return county.root if verdict is Verdict.DESK else settling_area(county, codes)


def _text_alone(text: TextFinding) -> Joint:
    """Let the address decide: a disc of twenty kilometres says nothing about a grid."""
    return Joint(
        text=text,
        verdict=text.verdict,
        rule=text.rule,
        grid=text.grid,
        settled_by=text.settled_by,
        possible=text.possible,
        agrees=None,
    )


def _point_alone(county: CountyMap, point: PointFinding, text: TextFinding) -> Joint:
    """Let the position decide: where the speaker is from has nothing against it."""
    return Joint(
        text=text,
        verdict=point.verdict,
        rule=point.rule,
        grid=point.owner,
        settled_by=settled(county, point.verdict, point.possible),
        possible=point.possible,
        agrees=None,
    )


def _fits(county: CountyMap, text: TextFinding, place: Place, seen: _Seen) -> bool:
    """Say whether a reading agrees with a place: in its area, or within both radii of it."""
    if place.kind in _AREA_KINDS and not is_moved(text.match):
        return any(code.startswith(place.area_code) for code in seen.reached)
    grids = grids_of(county, place, text.match)
    if seen.owner is not None and (
        grids == (seen.owner,) or (place.kind is PlaceKind.ROAD and seen.owner in grids)
    ):
        return True
    spot = spot_of(text.match, place)
    away_m = distance_m(seen.position.lon, seen.position.lat, spot.lon, spot.lat)
    return away_m <= spot.radius_m + seen.position.accuracy_m


def _is_building(text: TextFinding) -> bool:
    if text.verdict is not Verdict.AUTO or is_moved(text.match):
        return False
    return all(place.kind is PlaceKind.BUILDING for place in text.places)


def _agreement(
    county: CountyMap, point: PointFinding, text: TextFinding, reached: frozenset[str]
) -> Joint:
    finer = _is_building(text) or all(
        place.radius_m < point.position.accuracy_m for place in text.places
    )
    possible = point.possible
    if text.verdict is Verdict.AUTO and (text.grid == point.owner or finer):
        verdict, rule, grid = Verdict.AUTO, "text_and_point_agree", text.grid
        possible = (text.grid,) if text.grid else ()
    elif point.owner is None:
        verdict, rule, grid = Verdict.DESK, "outside", None
        possible = _united(point.possible, text.possible)
    elif _leaves_open(text, point.owner):
        verdict, rule, grid = point.verdict, point.rule, point.owner
        both = tuple(code for code in point.possible if code in text.possible)
        possible = both if point.owner in both else point.possible
    else:
        verdict, rule, grid = Verdict.CONFIRM, "two_grids_near", point.owner
        near = tuple(code for code in text.possible if code in reached)
        possible = _united(point.possible, near or text.possible)
    return Joint(
        text=text,
        verdict=verdict,
        rule=rule,
        grid=grid,
        settled_by=settled(county, verdict, possible),
        possible=possible,
        agrees=True,
    )


def _leaves_open(text: TextFinding, owner: str) -> bool:
    """Say whether the text, being coarse, has nothing against this owner."""
    coarse = any(place.kind in _COARSE for place in text.places)
    return coarse or owner in text.possible or not text.possible


def _conflict(county: CountyMap, point: PointFinding, text: TextFinding) -> Joint:
    readings = _other_readings(county, point, text)
    if _is_building(text):
        return _building_beats_point(county, point, text, readings)
    possible = _united(point.possible, text.possible, tuple(other.owner for other in readings))
    if point.owner is None:
        verdict, rule, grid = Verdict.DESK, "outside", None
    else:
        rule = "datum_mislabel" if readings else "text_against_point"
        verdict, grid = Verdict.CONFIRM, point.owner
    areas = (*possible, *(p.area_code for p in text.places if p.kind is PlaceKind.TOWNSHIP))
    return Joint(
        text=text,
        verdict=verdict,
        rule=rule,
        grid=grid,
        settled_by=settled(county, verdict, areas),
        possible=possible,
        agrees=False,
        readings=readings,
    )


def _building_beats_point(
    county: CountyMap,
    point: PointFinding,
    text: TextFinding,
    readings: tuple[OtherReading, ...],
) -> Joint:
    """Take the building's grid; let a person look when the position is far from it or outside."""
    away_m = min(
        distance_m(point.position.lon, point.position.lat, place.lon, place.lat)
        for place in text.places
    )
    far = point.owner is None or away_m > FAR_FROM_BUILDING_M
    verdict = Verdict.CONFIRM if far else Verdict.AUTO
    possible = (text.grid,) if text.grid else ()
    return Joint(
        text=text,
        verdict=verdict,
        rule="building_beats_far_point" if far else "building_beats_point",
        grid=text.grid,
        settled_by=settled(county, verdict, possible),
        possible=possible,
        agrees=False,
        readings=readings,
        away_m=away_m,
    )


def _other_readings(
    county: CountyMap, point: PointFinding, text: TextFinding
) -> tuple[OtherReading, ...]:
    """Read the same numbers in the other datums; keep those that fit the address."""
    declared = point.declared
    same = Datum.WGS84 if declared.datum is Datum.CGCS2000 else declared.datum
    found: list[OtherReading] = []
    for datum in _READINGS:
        if datum is same:
            continue
        position = to_cgcs2000(replace(declared, datum=datum))
        owner = county.index.owner(lon=position.lon, lat=position.lat)
        if owner is None:
            continue
        seen = _Seen(position, owner, frozenset((owner,)))
        places = [p for p in text.places if p.kind not in _COARSE]
        if any(_fits(county, text, place, seen) for place in places):
            found.append(OtherReading(datum, owner))
    return tuple(found)


def _united(*groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for group in groups for code in group))
