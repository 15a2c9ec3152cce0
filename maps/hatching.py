"""Hatch land so that a map tells its kinds apart when it is printed in black.

Lines and dots of their own instead of an SVG pattern: browsers turn patterns into pictures when
they print.
"""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from maps.svg import Attributes, Svg, joined, short, tag

_STEP_MM, _DOT_STEP_MM = 2.2, 2.6
_LINE_MM, _DOT_MM = 0.2, 0.6


def hatch(change: str, shape: BaseGeometry, ink: str) -> Svg:
    """Return the hatching of a shape (millimetres): lines, dots or crossed lines by ``change``."""
    if change == "created":
        return _dots(shape, ink)
    if change == "retired":
        return joined((_lines(shape, ink, rising=True), _lines(shape, ink, rising=False)))
    return _lines(shape, ink, rising=True)


def _lines(shape: BaseGeometry, ink: str, *, rising: bool) -> Svg:
    """Return parallel lines at 45°, in step with those of every other shape of the sheet."""
    left, top, right, bottom = shape.bounds
    slope = -1 if rising else 1
    lowest, highest = sorted((top - slope * left, bottom - slope * right))
    lowest = min(lowest, top - slope * right, bottom - slope * left)
    highest = max(highest, top - slope * right, bottom - slope * left)
    step = _STEP_MM * np.sqrt(2)
    numbers = np.arange(np.floor(lowest / step), np.ceil(highest / step) + 1)
    across = [
        shapely.LineString([(left, slope * left + n * step), (right, slope * right + n * step)])
        for n in numbers.tolist()
    ]
    cut = shapely.get_parts(shapely.intersection(np.array(across, dtype=object), shape))
    data = "".join(_stroke(line) for line in shapely.get_parts(cut) if line.length > 0.1)
    style: Attributes = {"fill": "none", "stroke": ink, "stroke-width": _LINE_MM}
    return tag("path", {"d": data, **style})


def _stroke(line: BaseGeometry) -> str:
    (x0, y0), (x1, y1) = shapely.get_coordinates(line)[[0, -1]].tolist()
    return f"M{short(x0)},{short(y0)}L{short(x1)},{short(y1)}"


def _dots(shape: BaseGeometry, ink: str) -> Svg:
    left, top, right, bottom = shape.bounds
    rows = np.arange(np.ceil(top / _DOT_STEP_MM), np.floor(bottom / _DOT_STEP_MM) + 1)
    columns = np.arange(np.ceil(left / _DOT_STEP_MM), np.floor(right / _DOT_STEP_MM) + 1)
    x, y = np.meshgrid(columns * _DOT_STEP_MM, rows * _DOT_STEP_MM)
    # Every second row stands half a step aside.
    x = x + np.where(rows % 2 == 0, 0.0, _DOT_STEP_MM / 2)[:, None]
    inside = shapely.contains_xy(shape, x, y)
    points = zip(x[inside].tolist(), y[inside].tolist(), strict=True)
    data = "".join(f"M{short(east)},{short(south)}h0" for east, south in points)
    style: Attributes = {"fill": "none", "stroke": ink, "stroke-linecap": "round"}
    return tag("path", {"d": data, **style, "stroke-width": _DOT_MM})
