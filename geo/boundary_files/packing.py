"""Carry shapes between processes as plain arrays of numbers.

Well-known binary could hold collections nested deep enough to kill the process that reads them;
arrays of coordinates and offsets cannot. Layout: ``coordinates`` (n, 2), then offsets of rings
into coordinates, of polygons into rings, of features into polygons, each one longer than its count.
Lines lie in the same arrays, each as the only ring of a polygon.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.boundary_files.limits import MAX_FEATURES, MAX_VERTICES
from geo.boundary_files.refusal import FileRefused

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_NAMES = ("coordinates", "rings", "polygons", "features")


@dataclass(frozen=True, slots=True)
class Packed:
    """Hold the shapes of a layer as arrays; a feature without polygons is an empty shape."""

    coordinates: FloatArray
    rings: IntArray
    polygons: IntArray
    features: IntArray

    def save(self, path: Path) -> None:
        """Write the arrays to ``path`` (.npz)."""
        np.savez(
            path,
            coordinates=self.coordinates,
            rings=self.rings,
            polygons=self.polygons,
            features=self.features,
        )


def load(path: Path, *, lines: bool = False) -> Packed:
    """Read arrays that another process wrote; raise FileRefused when they do not fit together."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            packed = Packed(*(arrays[name] for name in _NAMES))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        raise _refused() from None
    counts = (len(packed.coordinates), len(packed.rings) - 1, len(packed.polygons) - 1)
    offsets = (packed.rings, packed.polygons, packed.features)
    if packed.coordinates.dtype != np.float64 or packed.coordinates.shape != (counts[0], 2):
        raise _refused()
    if not all(_fits(array, count) for array, count in zip(offsets, counts, strict=True)):
        raise _refused()
    if len(packed.rings) > 1 and int(np.diff(packed.rings).min()) < (2 if lines else 4):
        raise _refused()
    if lines and not np.array_equal(packed.polygons, np.arange(len(packed.rings))):
        raise _refused()
    return packed


def _fits(offsets: IntArray, count: int) -> bool:
    return (
        offsets.dtype == np.int64
        and offsets.ndim == 1
        and len(offsets) >= 1
        and int(offsets[0]) == 0
        and int(offsets[-1]) == count
        and bool((np.diff(offsets) >= 0).all())
    )


def _refused() -> FileRefused:
    return FileRefused("unreadable", "文件内容无法读取。")


def pack(shapes: Sequence[BaseGeometry | None]) -> Packed:
    """Return polygons and multipolygons as arrays; None becomes an empty shape."""
    many = [shapely.MultiPolygon() if s is None else _as_many(s) for s in shapes]
    parts, owner = shapely.get_parts(many, return_index=True)
    rings, ring_owner = shapely.get_rings(parts, return_index=True)
    points, point_owner = shapely.get_coordinates(rings, return_index=True)
    return Packed(
        np.ascontiguousarray(points),
        _offsets(point_owner, len(rings)),
        _offsets(ring_owner, len(parts)),
        _offsets(owner, len(many)),
    )


def pack_lines(shapes: Sequence[BaseGeometry | None]) -> Packed:
    """Return lines and multilines as arrays; None becomes an empty shape."""
    many = [shapely.MultiLineString() if s is None else s for s in shapes]
    parts, owner = shapely.get_parts(many, return_index=True)
    filled = ~shapely.is_empty(parts)
    parts, owner = parts[filled], owner[filled]
    points, point_owner = shapely.get_coordinates(parts, return_index=True)
    return Packed(
        np.ascontiguousarray(points),
        _offsets(point_owner, len(parts)),
        np.arange(len(parts) + 1, dtype=np.int64),
        _offsets(owner, len(many)),
    )


def _as_many(shape: BaseGeometry) -> BaseGeometry:
    return shapely.MultiPolygon([shape]) if isinstance(shape, shapely.Polygon) else shape


def _offsets(owner: IntArray, count: int) -> IntArray:
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]).astype(np.int64)


def unpack(packed: Packed) -> list[BaseGeometry]:
    """Return one shape a feature: a Polygon where there is one part, else a MultiPolygon."""
    if len(packed.features) == 1:
        return []
    shapes = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON,
        packed.coordinates,
        (packed.rings, packed.polygons, packed.features),
    )
    parts = shapely.get_num_geometries(shapes)
    return [s.geoms[0] if n == 1 else s for s, n in zip(shapes, parts.tolist(), strict=True)]


def unpack_lines(packed: Packed) -> list[BaseGeometry]:
    """Return one shape a feature: a LineString where there is one part, else a MultiLineString."""
    if len(packed.features) == 1:
        return []
    shapes = shapely.from_ragged_array(
        shapely.GeometryType.MULTILINESTRING, packed.coordinates, (packed.rings, packed.features)
    )
    parts = shapely.get_num_geometries(shapes)
    return [s.geoms[0] if n == 1 else s for s, n in zip(shapes, parts.tolist(), strict=True)]


def check_size(*, features: int, vertices: int) -> None:
    """Refuse more than a county's boundaries can need; raise FileRefused."""
    if features == 0:
        raise FileRefused("no_features", "文件中没有要素。")
    if features > MAX_FEATURES:
        raise FileRefused("too_many_features", f"要素超过{MAX_FEATURES}个，请按旗县分开导入。")
    if vertices > MAX_VERTICES:
        raise FileRefused("too_many_vertices", f"顶点超过{MAX_VERTICES}个，请先化简。")
