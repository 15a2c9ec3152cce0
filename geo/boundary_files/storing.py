"""Bring the shapes of a file to CGCS2000 degrees on the lattice, the whole coverage at once.

A straight edge of a projected file is a curve in degrees: 6.6 cm off at 2 km, 1.65 m at 10 km.
So long edges get points first, until the straight piece between two stays within a centimetre of
where the file had it. Both neighbours of an edge get the same points, because an edge is always
divided from its lower end, and one call transforms everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.boundary_files.limits import MAX_VERTICES
from geo.boundary_files.packing import (
    FloatArray,
    IntArray,
    Packed,
    check_size,
    pack,
    pack_lines,
    unpack,
    unpack_lines,
)
from geo.boundary_files.systems import CoordinateSystem, check_range
from geo.crs import metres_per_degree
from geo.errors import GeoError
from geo.lattice import snap_values
from geo.position import Datum

STRAIGHT_M: Final = 0.01
_MAX_PIECES: Final = 10_000
# The lattice moves a point by half a millimetre; an edge that bends the other way may hide 10 %.
_TARGET_M: Final = 0.8 * STRAIGHT_M
_LOOKS: Final = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class Stored:
    """Hold shapes in CGCS2000 degrees on the lattice and how many points were added."""

    shapes: list[BaseGeometry | None]
    added_points: int


def to_storage(shapes: Sequence[BaseGeometry | None], system: CoordinateSystem) -> Stored:
    """Return ``shapes`` of ``system`` as they are stored; None stays None.

    Nothing is repaired: a shape that is invalid before is so afterwards. Raises GeoError when the
    coordinates cannot be of that system or leave the Earth.
    """
    packed = pack(shapes)
    if len(packed.coordinates) == 0:
        return Stored([None for _ in shapes], 0)
    stored = _on_lattice(packed, system)
    return Stored(
        [
            None if given is None else shape
            for given, shape in zip(shapes, unpack(stored), strict=True)
        ],
        len(stored.coordinates) - len(packed.coordinates),
    )


def lines_to_storage(
    lines: Sequence[BaseGeometry | None], system: CoordinateSystem
) -> list[BaseGeometry | None]:
    """Return lines of ``system`` as they are stored, None for None; raises as ``to_storage``."""
    packed = pack_lines(lines)
    if len(packed.coordinates) == 0:
        return [None for _ in lines]
    stored = unpack_lines(_on_lattice(packed, system))
    return [None if shape.is_empty else shape for shape in stored]


def points_to_storage(
    points: Sequence[BaseGeometry | None], system: CoordinateSystem
) -> list[tuple[float, float] | None]:
    """Return (lon, lat) of points as ``read_layer`` gives them, None for None."""
    held = [number for number, point in enumerate(points) if point is not None]
    found: list[tuple[float, float] | None] = [None] * len(points)
    if held:
        first = np.array([points[n].coords[0] for n in held], dtype=np.float64)  # type: ignore[union-attr]
        check_range(system, first[:, 0], first[:, 1])
        lon, lat = system.to_cgcs2000(first[:, 0], first[:, 1])
        stored = snap_values(np.column_stack([lon, lat]))
        for number, (x, y) in zip(held, stored.tolist(), strict=True):
            found[number] = (x, y)
    return found


def _on_lattice(packed: Packed, system: CoordinateSystem) -> Packed:
    check_range(system, packed.coordinates[:, 0], packed.coordinates[:, 1])
    denser = packed
    if system.datum not in (Datum.CGCS2000, Datum.WGS84):
        denser = _densified(packed, system)
    lon, lat = system.to_cgcs2000(denser.coordinates[:, 0], denser.coordinates[:, 1])
    if not ((np.abs(lon) <= 180).all() and (np.abs(lat) <= 90).all()):
        raise GeoError("crs_mismatch", "转换后的坐标超出经纬度范围，请检查 --crs。", field="crs")
    return replace(denser, coordinates=snap_values(np.column_stack([lon, lat])))


def _densified(packed: Packed, system: CoordinateSystem) -> Packed:
    points = packed.coordinates
    closes = np.zeros(len(points), dtype=bool)
    closes[packed.rings[1:] - 1] = True
    starts = np.flatnonzero(~closes)
    ends = points[starts + 1]
    # From the lower end, so that a neighbour who runs the other way finds the same points.
    backward = (points[starts, 0] > ends[:, 0]) | (
        (points[starts, 0] == ends[:, 0]) & (points[starts, 1] > ends[:, 1])
    )
    low = np.where(backward[:, None], ends, points[starts])
    high = np.where(backward[:, None], points[starts], ends)
    pieces = _pieces(low, high, system)
    check_size(features=1, vertices=len(points) + int((pieces - 1).sum()))
    if int(pieces.max(initial=1)) > _MAX_PIECES or len(points) + int(pieces.sum()) > MAX_VERTICES:
        raise GeoError("edge_too_long", "有边过长，无法保持其形状，请检查 --crs。", field="crs")
    return _insert(packed, starts, low, high, pieces, backward)


def _pieces(low: FloatArray, high: FloatArray, system: CoordinateSystem) -> IntArray:
    """Return into how many pieces each edge is divided, by how far it bends."""
    ends = [np.column_stack(system.to_cgcs2000(e[:, 0], e[:, 1])) for e in (low, high)]
    per_degree = metres_per_degree(float(np.median(ends[0][:, 1])))
    worst = np.zeros(len(low))
    for part in _LOOKS:
        at = low + (high - low) * part
        bent = np.column_stack(system.to_cgcs2000(at[:, 0], at[:, 1]))
        off = (bent - (ends[0] + (ends[1] - ends[0]) * part)) * per_degree
        worst = np.maximum(worst, np.hypot(off[:, 0], off[:, 1]))
    # The bend of a short piece falls with the square of its length.
    return np.maximum(np.ceil(np.sqrt(worst / _TARGET_M)), 1).astype(np.int64)


def _insert(
    packed: Packed,
    starts: IntArray,
    low: FloatArray,
    high: FloatArray,
    pieces: IntArray,
    backward: NDArray[np.bool_],
) -> Packed:
    added = np.zeros(len(packed.coordinates), dtype=np.int64)
    added[starts] = pieces - 1
    place = np.arange(len(added)) + np.concatenate([[0], np.cumsum(added)[:-1]])
    result = np.empty((len(added) + int(added.sum()), 2))
    result[place] = packed.coordinates
    edge = np.repeat(np.arange(len(starts)), pieces - 1)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(pieces - 1) - (pieces - 1), pieces - 1) + 1
    from_low = np.where(backward[edge], pieces[edge] - step, step)
    share = (from_low / pieces[edge])[:, None]
    result[place[starts][edge] + step] = low[edge] + (high[edge] - low[edge]) * share
    rings = np.concatenate([place, [len(result)]])[packed.rings]
    return replace(packed, coordinates=result, rings=rings)
