"""Say where the spot is that a text means at a place: moved by its metres, as wide as its doubt.

"X 东200米" lies 200 m east of X, never in X's own grid by right: the move leaves the anchor's grid
for half of the points in town.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from geo.address.types import DEFAULT_RADIUS_M, AddressMatch, Place, PlaceKind, Relation
from geo.crs import metres_per_degree

OFFICE_RADIUS_M: Final = 80.0
"""How well the office of a village or community is known: its point, and its yard."""

SETTLEMENT_RADIUS_M: Final = 500.0
"""From where people count metres who name a village only: its houses, not its fields."""

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
_WITHIN = (Relation.AT, Relation.INSIDE)


@dataclass(frozen=True, slots=True)
class Spot:
    """Hold a point in CGCS2000 degrees and the metres within which the thing lies."""

    lon: float
    lat: float
    radius_m: float


def is_moved(match: AddressMatch) -> bool:
    """Say whether the spot is not the place itself: beside it, some metres from it, its office."""
    return _is_moved(match.relation, match.offset_m, office=match.office)


def _is_moved(relation: Relation, offset_m: float | None, *, office: bool) -> bool:
    return relation not in _WITHIN or bool(offset_m) or office


def radius_of(place: Place) -> float:
    """Return the metres within which a place itself lies."""
    return place.radius_m if place.radius_m > 0 else DEFAULT_RADIUS_M[place.kind]


def radius_at(
    place: Place,
    *,
    relation: Relation,
    offset_m: float | None,
    direction: str | None,
    spread_m: float,
    office: bool,
) -> float:
    """Return the metres within which the thing lies that words lead to from ``place``.

    The words are those of an ``AddressMatch``; an offset without a direction widens the radius.
    """
    radius_m = radius_of(place)
    moved = _is_moved(relation, offset_m, office=office)
    if place.kind is PlaceKind.COMMUNITY and moved:
        radius_m = min(radius_m, OFFICE_RADIUS_M if office else SETTLEMENT_RADIUS_M)
    radius_m += spread_m if moved else 0.0
    return radius_m if offset_m and direction in _BEARINGS else radius_m + (offset_m or 0.0)


def spot_of(match: AddressMatch, place: Place) -> Spot:
    """Return the spot that ``match`` means at ``place``, one of its places.

    An offset without a direction widens the radius instead of moving the point.
    """
    radius_m = radius_at(
        place,
        relation=match.relation,
        offset_m=match.offset_m,
        direction=match.direction,
        spread_m=match.spread_m,
        office=match.office,
    )
    offset_m = match.offset_m or 0.0
    bearing = _BEARINGS.get(match.direction or "")
    if offset_m == 0.0 or bearing is None:
        return Spot(place.lon, place.lat, radius_m)
    per_lon, per_lat = metres_per_degree(place.lat)
    step_m = offset_m / math.hypot(*bearing)
    lon = place.lon + bearing[0] * step_m / per_lon
    return Spot(lon, place.lat + bearing[1] * step_m / per_lat, radius_m)


def towards(direction: str | None) -> tuple[int, int] | None:
    """Return east and north of one of the eight winds, or None."""
    return _BEARINGS.get(direction or "")
