"""Find the grids in which a matched place, or the spot beside it, lies in one revision.

The gazetteer may be older or newer than the boundaries: a building lies where its point lies, a
village has the grids that are in it, and a compound those the gazetteer gives it only while no
border was drawn anew through it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from geo.address.displacement import is_moved, spot_of, towards
from geo.address.types import AddressMatch, Place, PlaceKind, Relation
from geo.locate.county_map import CountyMap
from geo.locate.disc import AUTO_SHARE, LARGEST_DISC_M, disc_shares

_POINTS: Final = (PlaceKind.POI, PlaceKind.KILOMETRE_POST)
"""Places without a shape or grids of their own: judged by the disc of their radius."""


def grids_of(county: CountyMap, place: Place, match: AddressMatch) -> tuple[str, ...]:
    """Return the grids in which the spot may lie, likeliest first; none for a township."""
    if place.kind is PlaceKind.TOWNSHIP:
        return ()
    moved = is_moved(match)
    if not moved and match.within is None and match.relation is Relation.AT:
        # A place alone: nothing that the text says of it makes a difference.
        return county.grids_of(place.id, place, lambda: _found(county, place, match, moved=moved))
    return _found(county, place, match, moved=moved)


def _found(county: CountyMap, place: Place, match: AddressMatch, *, moved: bool) -> tuple[str, ...]:
    if place.kind is PlaceKind.ROAD:
        return _grids_of_road(county, place, match.within)
    if place.kind is PlaceKind.GRID:
        # Its shape is the boundaries'; a retired number, or a step away from it, leaves the rest.
        named = place.area_code in county.index and not moved
        return (place.area_code,) if named else county.grids_below(place.area_code[:12])
    if place.kind in _POINTS or moved:
        spread = _grids_of_disc(county, place, match)
        if spread:
            return spread
    return _grids_of_shape(county, place, match)


def _grids_of_shape(county: CountyMap, place: Place, match: AddressMatch) -> tuple[str, ...]:
    """Return the grids of the place itself."""
    if place.kind is PlaceKind.BUILDING:
        owner = county.index.owner(lon=place.lon, lat=place.lat)
        if owner is not None:
            return (owner,)
    if place.kind is PlaceKind.COMMUNITY:
        below = county.grids_below(place.area_code)
        return _by_side(county, below, match) if match.relation is Relation.INSIDE else below
    held = tuple(sorted(code for code in place.grids if code in county.index))
    if place.kind is not PlaceKind.BUILDING:
        held = _grids_now(county, place, held)
    return held or county.grids_below(place.area_code) or _grids_of_disc(county, place, match)


def _grids_of_road(county: CountyMap, place: Place, within: str | None) -> tuple[str, ...]:
    """Return the grids that a street crosses, or those of them in the area that narrows it."""
    held = tuple(sorted(code for code in place.grids if code in county.index))
    if within is None:
        return held
    inside = tuple(code for code in held if code.startswith(within))
    return inside or county.grids_below(within)


def _grids_now(county: CountyMap, place: Place, held: tuple[str, ...]) -> tuple[str, ...]:
    """Return where a compound or hamlet lies: by its buildings when its grids are not so."""
    points = place.buildings or ((place.lon, place.lat),)
    owners = {county.index.owner(lon=lon, lat=lat) for lon, lat in points} - {None}
    if owners <= set(held):
        return held
    if place.buildings:
        return tuple(sorted(code for code in owners if code is not None))
    return _in_disc(county, place.lon, place.lat, place.radius_m) or held


def _grids_of_disc(county: CountyMap, place: Place, match: AddressMatch) -> tuple[str, ...]:
    spot = spot_of(match, place)
    return _in_disc(county, spot.lon, spot.lat, spot.radius_m)


def _in_disc(county: CountyMap, lon: float, lat: float, radius_m: float) -> tuple[str, ...]:
    owner = county.index.owner(lon=lon, lat=lat)
    if radius_m >= LARGEST_DISC_M:
        return ()
    shares = disc_shares(county.index, lon=lon, lat=lat, accuracy_m=radius_m, owner=owner)
    if owner is not None and shares.of(owner) >= AUTO_SHARE:
        return (owner,)
    leading = shares.leading()
    if owner is not None:
        # What one village holds as surely is that village's to settle, not the township's.
        own = tuple((code, share) for code, share in leading if code[:12] == owner[:12])
        if sum(share for _, share in own) >= AUTO_SHARE:
            leading = own
    return tuple(code for code, _ in leading)


def _by_side(county: CountyMap, codes: Iterable[str], match: AddressMatch) -> tuple[str, ...]:
    """Order the grids of a village so that those on the side that was named come first."""
    wind = towards(match.direction)
    codes = tuple(codes)
    if wind is None:
        return codes
    boxes = {code: county.index.box(code) for code in codes}

    def reach(code: str) -> float:
        west, south, east, north = boxes[code]
        return wind[0] * (west + east) + wind[1] * (south + north)

    return tuple(sorted(codes, key=lambda code: (-reach(code), code)))
