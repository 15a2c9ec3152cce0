"""Hold polygons as plain arrays of rings: what the builder reads and a file keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rings:
    """Hold polygons and multipolygons, degrees, rings closed.

    Vertices ``x`` and ``y``; ``ring_first`` (r + 1) says where each ring begins, ``part_ring``
    (p + 1) the first ring of each part, which is its outer one, ``part_owner`` (p) the number of
    the polygon, ascending; ``multi`` (n) which polygons are written as multipolygons.
    """

    x: FloatArray
    y: FloatArray
    ring_first: IntArray
    part_ring: IntArray
    part_owner: NDArray[np.int32]
    multi: NDArray[np.bool_]

    def boxes(self) -> FloatArray:
        """Return west, south, east, north of each part, shape (p, 4)."""
        # Holes lie inside: the outer ring gives the box. A part ends where its last ring ends.
        first = self.ring_first[self.part_ring[:-1]]
        return np.column_stack(
            [
                np.minimum.reduceat(self.x, first),
                np.minimum.reduceat(self.y, first),
                np.maximum.reduceat(self.x, first),
                np.maximum.reduceat(self.y, first),
            ]
        )

    def polygon_boxes(self) -> FloatArray:
        """Return west, south, east, north of each polygon, shape (n, 4)."""
        parts = self.boxes()
        first = np.searchsorted(self.part_owner, np.arange(len(self.multi)))
        low = np.minimum.reduceat(parts[:, :2], first)
        high = np.maximum.reduceat(parts[:, 2:], first)
        return np.hstack([low, high])


def rings_of(shapes: Sequence[BaseGeometry] | NDArray[np.object_]) -> Rings:
    """Return the rings of shapely polygons and multipolygons, numbered as they stand."""
    array: NDArray[np.object_] = np.asarray(shapes, dtype=object)
    parts, owner = shapely.get_parts(array, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    nodes, ring_of_node = shapely.get_coordinates(rings, return_index=True)
    return Rings(
        x=np.ascontiguousarray(nodes[:, 0]),
        y=np.ascontiguousarray(nodes[:, 1]),
        ring_first=_firsts(ring_of_node, len(rings)),
        part_ring=_firsts(part_of_ring, len(parts)),
        part_owner=owner.astype(np.int32),
        multi=shapely.get_type_id(array) == shapely.GeometryType.MULTIPOLYGON,
    )


def _firsts(group_of: NDArray[np.int64], groups: int) -> IntArray:
    first = np.zeros(groups + 1, dtype=np.int64)
    np.cumsum(np.bincount(group_of, minlength=groups), out=first[1:])
    return first
