"""Write what a text was matched to as the contract does, with what was read around it."""

from __future__ import annotations

from typing import Any

from geo.address.displacement import spot_of
from geo.address.types import AddressMatch, PlaceKind

_WIDE = (PlaceKind.TOWNSHIP, PlaceKind.ROAD)


def match_json(match: AddressMatch) -> dict[str, Any]:
    """Return the seven members of the contract, then ours: how the spot lies, what else it may be.

    ``point`` is the spot in CGCS2000, moved by its metres; null for several places, a township or
    a road. ``matters`` proposes how to split a text with several matters: the words of each part.
    """
    return {
        "level": match.level,
        "name": match.name,
        "anchor": match.anchor,
        "offset_m": match.offset_m,
        "direction": match.direction,
        "radius_m": match.radius_m,
        "match_type": match.match_type,
        "point": _point(match),
        "relation": match.relation.value if match.places else None,
        "spot": match.spot,
        "link": match.link.value if match.link else None,
        "mentions": list(match.mentions),
        "possibly": [place.name for place in match.possibly],
        "lack": match.lack.value if match.lack else None,
        "unexplained": match.unexplained,
        "margin": match.margin,
        "matters": [
            {"text": part.text, "level": part.match.level, "name": part.match.name}
            for part in match.matters
        ],
    }


def _point(match: AddressMatch) -> dict[str, Any] | None:
    if len(match.places) != 1 or match.places[0].kind in _WIDE:
        return None
    spot = spot_of(match, match.places[0])
    return {"lon": spot.lon, "lat": spot.lat, "crs": "cgcs2000"}
