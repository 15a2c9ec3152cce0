"""Draw the roads and railways of the demo county from their waypoints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString
from shapely.geometry.base import BaseGeometry

from geo.synthetic import geography
from geo.synthetic.plane import Points, settle, shape_to_degrees, to_plane

_STEPS_PER_LEG = 14


@dataclass(frozen=True, slots=True)
class RoadLine:
    """Hold a named road as a line in lattice degrees, cut at the county's outline."""

    name: str
    road_class: str
    line: LineString | MultiLineString


def draw_roads(
    county: BaseGeometry, roads: tuple[geography.Road, ...] = geography.ROADS
) -> list[RoadLine]:
    """Return every one of ``roads`` that meets ``county``, an outline in degrees."""
    found: list[RoadLine] = []
    for road in roads:
        line = shape_to_degrees(LineString(_smooth(to_plane(np.array(road.waypoints)))))
        inside = shapely.intersection(line, county)
        pieces = [part for part in shapely.get_parts(inside) if isinstance(part, LineString)]
        if pieces:
            found.append(RoadLine(road.name, road.road_class, _joined(pieces)))
    return found


def _joined(pieces: list[LineString]) -> LineString | MultiLineString:
    """Return one line for one piece, several for more, with seven decimals."""
    rounded = [LineString(np.round(shapely.get_coordinates(piece), 7)) for piece in pieces]
    return rounded[0] if len(rounded) == 1 else MultiLineString(rounded)


def _smooth(waypoints: Points) -> Points:
    """Return a Catmull-Rom curve through the waypoints (metres)."""
    padded = np.vstack(
        [2 * waypoints[0] - waypoints[1], waypoints, 2 * waypoints[-1] - waypoints[-2]]
    )
    share = np.linspace(0, 1, _STEPS_PER_LEG, endpoint=False)[:, None]
    legs = [
        0.5 * (2 * b + (c - a) * share + (2 * a - 5 * b + 4 * c - d) * share**2
               + (3 * b - a - 3 * c + d) * share**3)
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]  # fmt: skip
    return settle(np.vstack([*legs, waypoints[-1:]]))
