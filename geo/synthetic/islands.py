"""Carve the two oddities that real counties have: an enclave and an exclave.

The enclave is a community of three grids that lies as a hole in one village grid; the exclave is
a detached part of a grid, inside a grid of another village. Both are rings well inside their
host, so that the host's own borders stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from geo.synthetic.outline import displaced
from geo.synthetic.plane import Points, settle

_RING_VERTICES = 36
_SHARE_OF_ROOM = 0.5


@dataclass(frozen=True, slots=True)
class Island:
    """Hold the lines that cut an island out, a point in each of its faces, and one in the host."""

    host: int
    lines: tuple[LineString, ...]
    labels: Points
    host_label: Points


def roomiest(cells: list[Polygon], allowed: list[int], near: Points, within_m: float) -> int:
    """Return the allowed cell within reach of ``near`` with the largest inscribed circle."""
    point = shapely.Point(near)
    reachable = [i for i in allowed if shapely.distance(cells[i], point) <= within_m]
    rooms = [shapely.maximum_inscribed_circle(cells[i], tolerance=5.0).length for i in reachable]
    return reachable[int(np.argmax(np.round(rooms, 1)))]


def island(host: int, cell: Polygon, *, faces: int, rng: np.random.Generator) -> Island:
    """Cut an island of one face, or of several around a middle node, out of ``cell``."""
    spoke = shapely.get_coordinates(shapely.maximum_inscribed_circle(cell, tolerance=5.0))
    middle, room = spoke[0], float(np.sqrt(((spoke[1] - spoke[0]) ** 2).sum()))
    ring = _ring(middle, room * _SHARE_OF_ROOM, rng)
    host_label = settle(middle + np.array([room * 0.9, 0.0]))
    if faces == 1:
        return Island(host, (LineString(ring),), settle(middle)[None], host_label)
    every = _RING_VERTICES // faces
    nodes = range(0, _RING_VERTICES, every)
    arcs = [LineString(ring[n : n + every + 1]) for n in nodes]
    hub = settle(middle)
    spokes = [
        LineString(displaced(np.array([hub, ring[n]]), step_m=60.0, roughness=0.08, rng=rng))
        for n in nodes
    ]
    labels = np.array([settle((hub + ring[n + every // 2]) / 2) for n in nodes])
    return Island(host, (*arcs, *spokes), labels, host_label)


def _ring(middle: Points, radius_m: float, rng: np.random.Generator) -> Points:
    """Return a closed, uneven ring: its radius changes by at most a quarter."""
    knots = rng.uniform(0.75, 1.2, 9)
    reach = np.interp(np.arange(_RING_VERTICES) / 4, np.arange(10), np.append(knots, knots[0]))
    reach = reach * rng.uniform(0.97, 1.03, _RING_VERTICES) * radius_m
    angles = np.round(np.arange(_RING_VERTICES) * (2 * np.pi / _RING_VERTICES), 12)
    ring = middle + np.column_stack([np.cos(angles), np.sin(angles)]) * reach[:, None]
    ring = settle(ring)
    return np.vstack([ring, ring[:1]])
