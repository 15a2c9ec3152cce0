"""Draw wiggly lines: the county's outline and the borders between grids.

Midpoint displacement: each side is halved again and again, and each new vertex is pushed off the
chord by a random share of its length. One generator draws it all, so the same seed gives the same
line.
"""

from __future__ import annotations

import numpy as np
from shapely.geometry import Polygon

from geo.synthetic import geography
from geo.synthetic.plane import Points, settle, to_plane


def displaced(ends: Points, *, step_m: float, roughness: float, rng: np.random.Generator) -> Points:
    """Return a wiggly line between the two ``ends`` with vertices about ``step_m`` apart."""
    line = np.asarray(ends, dtype=np.float64)
    while float(np.sqrt(((line[1] - line[0]) ** 2).sum())) > step_m * 1.5:
        chord = line[1:] - line[:-1]
        normal = np.column_stack([-chord[:, 1], chord[:, 0]])
        push = rng.uniform(-roughness, roughness, len(chord))[:, None]
        middle = (line[1:] + line[:-1]) / 2 + normal * push
        longer = np.empty((2 * len(line) - 1, 2))
        longer[0::2], longer[1::2] = line, middle
        line = longer
    return settle(line)


def county_outline(rng: np.random.Generator) -> Polygon:
    """Return the county's outline in metres; its bounds are exactly the wanted extent."""
    corners = to_plane(np.array(geography.OUTLINE))
    sides = [
        displaced(np.array([a, b]), step_m=160.0, roughness=0.15, rng=rng)[:-1]
        for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)
    ]
    ring = np.vstack(sides)
    west, south, east, north = geography.EXTENT
    low, high = to_plane(np.array([[west, south], [east, north]]))
    span = ring.max(axis=0) - ring.min(axis=0)
    stretched = low + (ring - ring.min(axis=0)) * ((high - low) / span)
    return Polygon(settle(stretched))
