"""Weigh a found report against the one in question: same place, how far, how alike. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from geo.crs import distance_m, metres_per_degree

Point = tuple[float, float]

# A compound or a building is a place where one looks; a village of two kilometres is not.
FINE_PLACE_M = 200.0
_HINT = re.compile(r"(\d{1,5})/(\d{1,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hint:
    """Hold within what radius and how many days reports of a category may be the same matter."""

    radius_m: float
    days: int


def parse_hint(written: str | None) -> Hint | None:
    """Return the hint of a category (``100/7``: metres, days); None for 不提示 and the like."""
    found = _HINT.fullmatch(written or "")
    return Hint(float(found[1]), int(found[2])) if found else None


def box_around(point: Point, radius_m: float) -> tuple[float, float, float, float]:
    """Return west, south, east, north of the box that holds the circle; CGCS2000 degrees."""
    per_lon, per_lat = metres_per_degree(point[1])
    across, along = radius_m / per_lon, radius_m / per_lat
    return point[0] - across, point[1] - along, point[0] + across, point[1] + along


def metres_between(one: Point | None, other: Point | None) -> float | None:
    """Return the metres between two points (lon, lat), None when one of them is not known."""
    if one is None or other is None:
        return None
    return distance_m(one[0], one[1], other[0], other[1])


def rank(*, apart_m: float | None, radius_m: float, likeness: float) -> float:
    """Return by what suggestions are ordered, 0 to 1: half how near, half how alike.

    The same place by its words alone counts as half near: nobody measured it.
    """
    near = 0.5 if apart_m is None else max(0.0, 1 - apart_m / radius_m)
    return (near + likeness) / 2
