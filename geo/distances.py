"""Measure many distances in a plane of metres around a point, compiled (see ``geo.crs``)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geo.compiling import compiled

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@compiled
def nearest_foot(
    segments: FloatArray, lon: float, lat: float, per_lon: float, per_lat: float
) -> tuple[float, float]:
    """Return how far east and north in metres the nearest point of the segments lies.

    Stored receipts hold such distances: each operation and their order stay as they are.
    """
    best, east, north = np.inf, 0.0, 0.0
    for i in range(segments.shape[0]):
        x, y = (segments[i, 0] - lon) * per_lon, (segments[i, 1] - lat) * per_lat
        dx = (segments[i, 2] - lon) * per_lon - x
        dy = (segments[i, 3] - lat) * per_lat - y
        length_2 = dx * dx + dy * dy
        # A segment of no length would divide by zero; its start stands for it.
        along = -(x * dx + y * dy) / (length_2 if length_2 > 0.0 else 1.0)
        along = min(max(along, 0.0), 1.0)
        foot_x, foot_y = x + along * dx, y + along * dy
        square = foot_x * foot_x + foot_y * foot_y
        if square < best:
            best, east, north = square, foot_x, foot_y
    return east, north


@compiled
def box_distances(
    boxes: FloatArray, lon: float, lat: float, per_lon: float, per_lat: float
) -> FloatArray:
    """Return the metres from the point to each box (west, south, east, north), 0 inside."""
    found = np.empty(boxes.shape[0])
    for i in range(boxes.shape[0]):
        aside = max(boxes[i, 0] - lon, lon - boxes[i, 2], 0.0) * per_lon
        above = max(boxes[i, 1] - lat, lat - boxes[i, 3], 0.0) * per_lat
        found[i] = math.sqrt(aside * aside + above * above)
    return found


@compiled
def within(distances: FloatArray, most: float) -> IntArray:
    """Return the numbers of the distances up to ``most``, the nearest first, then the lowest."""
    numbers = np.flatnonzero(distances <= most)
    return numbers[np.argsort(distances[numbers], kind="mergesort")]
