"""Fit what was drawn to what is there: snapping with a stated tolerance, limits on size."""

from __future__ import annotations

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.crs import metres_per_degree
from geo.lattice import snap_values
from geo.redraw.refusal import RedrawError

MAX_VERTICES = 5_000
MAX_SNAP_M = 5.0


def check_drawn(shape: BaseGeometry) -> None:
    """Refuse a drawn shape that is empty, crosses itself, or has too many or infinite vertices."""
    coordinates = shapely.get_coordinates(shape)
    if len(coordinates) > MAX_VERTICES:
        raise RedrawError("too_many_vertices", f"画线最多{MAX_VERTICES}个点，请简化。")
    if shape.is_empty or not np.isfinite(coordinates).all():
        raise RedrawError("empty_drawing", "没有画出有效的图形。")
    if not shape.is_valid or (shape.geom_type == "LineString" and not shape.is_simple):
        raise RedrawError("self_crossing", "画线自相交，请重画。", where=shape)


def snap_drawn(shape: BaseGeometry, borders: BaseGeometry, *, snap_m: float) -> BaseGeometry:
    """Return a drawn shape with its vertices on nodes, else on edges, within ``snap_m`` metres.

    Both in degrees; the result lies on the lattice. Nodes win over edges: a border that was
    nearly met is met exactly.
    """
    if not 0 <= snap_m <= MAX_SNAP_M:
        raise RedrawError("bad_snap", f"捕捉距离应在0到{MAX_SNAP_M:.0f}米之间。")
    nodes = shapely.get_coordinates(borders)
    _, south, _, north = shape.bounds
    per_lon, per_lat = metres_per_degree((south + north) / 2)

    def place(lon: float, lat: float) -> tuple[float, float]:
        away = np.hypot((nodes[:, 0] - lon) * per_lon, (nodes[:, 1] - lat) * per_lat)
        nearest = int(np.argmin(away)) if len(away) else -1
        if nearest >= 0 and away[nearest] <= snap_m:
            return float(nodes[nearest, 0]), float(nodes[nearest, 1])
        point = shapely.Point(lon, lat)
        on_edge = borders.interpolate(borders.project(point))
        gap = math.hypot((on_edge.x - lon) * per_lon, (on_edge.y - lat) * per_lat)
        if gap <= snap_m:
            return on_edge.x, on_edge.y
        return lon, lat

    def convert(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        placed = np.array([place(lon, lat) for lon, lat in coordinates.tolist()])
        return snap_values(placed)

    return shapely.transform(shape, convert)
