"""Weigh what an address text was matched to: which grids it leaves, and who can settle it.

A text is ``auto`` only when one certain place lies in one grid. A street never gives a grid (it
crosses many), a township never gives candidates, several places of one name are never chosen
from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from geo.address.types import AddressMatch, MatchType, Place, PlaceKind
from geo.codes import Level, level_of, lowest_common_area, parent_of
from geo.crs import metres_per_degree
from geo.locate.county_map import CountyMap
from geo.locate.disc import AUTO_SHARE, LARGEST_DISC_M, disc_shares
from geo.locate.types import Verdict

_CERTAIN = (MatchType.EXACT, MatchType.ALIAS)
_BEARINGS: Final[dict[str, tuple[int, int]]] = {
    "东": (1, 0),
    "东北": (1, 1),
    "北": (0, 1),
    "西北": (-1, 1),
    "西": (-1, 0),
    "西南": (-1, -1),
    "南": (0, -1),
    "东南": (1, -1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFinding:
    """Hold what an address alone says.

    ``rule`` names the rule that decided; ``certain`` is the lowest area that is certain, None
    when nothing is; ``possible`` are the grids the text leaves; ``settled_by`` is the area whose
    worker or desk settles the doubt, None for ``auto`` and when nobody below the county knows.
    """

    match: AddressMatch
    verdict: Verdict
    rule: str
    grid: str | None
    certain: str | None
    settled_by: str | None
    possible: tuple[str, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """Return the places that the text may mean."""
        return self.match.places


def settling_area(county: CountyMap, codes: Sequence[str]) -> str | None:
    """Return the lowest area above the grids that contains all ``codes``; the root for none.

    For a single grid this is its community: the one who knows is not the grid in doubt.
    """
    shared = lowest_common_area(codes)
    if shared is not None and level_of(shared) is county.level:
        shared = parent_of(shared)
    return shared or county.root


def weigh_text(county: CountyMap, match: AddressMatch) -> TextFinding:
    """Say what a matched address leaves open; pure, the same for the same input and revision."""
    if match.outside:
        return _nothing(county, match, "text_outside")
    if not match.places:
        named = match.name is not None
        return _nothing(county, match, "county_only" if named else "text_unknown")
    if len(match.places) == 1 and match.places[0].kind is PlaceKind.TOWNSHIP:
        township = match.places[0].area_code
        return TextFinding(
            match=match,
            verdict=Verdict.DESK,
            rule="township_only",
            grid=None,
            certain=township,
            settled_by=township,
            possible=(),
        )
    return _from_grids(county, match)


def _nothing(county: CountyMap, match: AddressMatch, rule: str) -> TextFinding:
    return TextFinding(
        match=match,
        verdict=Verdict.DESK,
        rule=rule,
        grid=None,
        certain=county.root if rule == "county_only" else None,
        settled_by=county.root,
        possible=(),
    )


def _from_grids(county: CountyMap, match: AddressMatch) -> TextFinding:
    grids = [grids_of(county, place, match) for place in match.places]
    possible = tuple(dict.fromkeys(code for held in grids for code in held))
    unheld = [p.area_code for p, held in zip(match.places, grids, strict=True) if not held]
    areas = (*possible, *unheld)
    road = any(place.kind is PlaceKind.ROAD for place in match.places)
    if road:
        # The street's own area, unless its grids reach beyond it.
        areas = (*areas, *(place.area_code for place in match.places))
    single = possible[0] if len(possible) == 1 and not unheld and not road else None
    verdict, rule = _verdict(match, areas, single, road=road)
    settled_by = settling_area(county, areas) if verdict is Verdict.CONFIRM else None
    return TextFinding(
        match=match,
        verdict=verdict,
        rule=rule,
        grid=single,
        certain=single or settling_area(county, areas),
        settled_by=county.root if verdict is Verdict.DESK else settled_by,
        possible=possible,
    )


def _verdict(
    match: AddressMatch, areas: tuple[str, ...], single: str | None, *, road: bool
) -> tuple[Verdict, str]:
    common = lowest_common_area(areas)
    if len(match.places) > 1 and (common is None or level_of(common) is Level.COUNTY):
        return Verdict.DESK, "several_places" if match.mentions else "same_name_elsewhere"
    if road:
        return Verdict.CONFIRM, "road_crosses_grids"
    if single is None:
        return Verdict.CONFIRM, "several_grids"
    if match.unexplained:
        return Verdict.CONFIRM, "text_unexplained"
    if match.match_type not in _CERTAIN:
        return Verdict.CONFIRM, "match_uncertain"
    return Verdict.AUTO, "place_in_one_grid"


def grids_of(county: CountyMap, place: Place, match: AddressMatch) -> tuple[str, ...]:
    """Return the grids in which a matched place may lie, likeliest first; none for a township.

    A point of interest, and whatever an offset moves away from its anchor, is judged by the disc
    of its radius. The gazetteer may be older or newer than this revision of the boundaries: a
    building lies where its point lies, a village has the grids that are in it, and a compound
    those the gazetteer gives it only while no border was drawn anew through it.
    """
    if place.kind is PlaceKind.TOWNSHIP:
        return ()
    if place.kind is PlaceKind.GRID:
        # Its shape is the boundaries'; a retired number, or a step away from it, leaves the rest.
        named = place.area_code in county.index and not match.offset_m
        return (place.area_code,) if named else county.grids_below(place.area_code[:12])
    if place.kind is PlaceKind.BUILDING and not match.offset_m:
        owner = county.index.owner(lon=place.lon, lat=place.lat)
        if owner is not None:
            return (owner,)
    if place.kind is PlaceKind.POI or match.offset_m:
        spread = _grids_of_disc(county, *anchor_point(match, place))
        if spread:
            return spread
    if place.kind is PlaceKind.COMMUNITY:
        return county.grids_below(place.area_code)
    held = tuple(sorted(code for code in place.grids if code in county.index))
    if place.kind is PlaceKind.COMPOUND and not match.offset_m:
        held = _grids_of_compound(county, place, held)
    if held or place.kind is PlaceKind.ROAD:
        return held
    below = county.grids_below(place.area_code)
    return below or _grids_of_disc(county, *anchor_point(match, place))


def _grids_of_compound(county: CountyMap, place: Place, held: tuple[str, ...]) -> tuple[str, ...]:
    """Return where a compound lies now: by its buildings when the gazetteer's grids are not so."""
    points = place.buildings or ((place.lon, place.lat),)
    owners = {county.index.owner(lon=lon, lat=lat) for lon, lat in points} - {None}
    if owners <= set(held):
        return held
    if place.buildings:
        return tuple(sorted(code for code in owners if code is not None))
    return _grids_of_disc(county, place.lon, place.lat, place.radius_m) or held


def _grids_of_disc(county: CountyMap, lon: float, lat: float, radius_m: float) -> tuple[str, ...]:
    owner = county.index.owner(lon=lon, lat=lat)
    if radius_m >= LARGEST_DISC_M:
        return ()
    shares = disc_shares(county.index, lon=lon, lat=lat, accuracy_m=radius_m, owner=owner)
    if owner is not None and shares.of(owner) >= AUTO_SHARE:
        return (owner,)
    return tuple(code for code, _ in shares.leading())


def anchor_point(match: AddressMatch, place: Place) -> tuple[float, float, float]:
    """Return lon, lat and radius in metres of what the text means at ``place``.

    "X 东200米" moves the point; an offset without a direction widens the radius instead.
    """
    radius_m = place.radius_m
    offset_m = match.offset_m or 0.0
    if offset_m == 0.0:
        return place.lon, place.lat, radius_m
    bearing = _BEARINGS.get(match.direction or "")
    if bearing is None:
        return place.lon, place.lat, radius_m + offset_m
    per_lon, per_lat = metres_per_degree(place.lat)
    step_m = offset_m / math.hypot(*bearing)
    lon = place.lon + bearing[0] * step_m / per_lon
    return lon, place.lat + bearing[1] * step_m / per_lat, radius_m
