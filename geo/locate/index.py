"""Answer which polygon of a coverage owns a point, exactly.

The owner is the polygon that *covers* the point; on a shared border or vertex the lowest code.
Exact in the sense of GEOS and PostGIS: the predicate runs on the stored doubles with robust
orientation, so the index and a database query agree for every point. All coordinates are CGCS2000
degrees on the 1e-8 lattice, lon before lat.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo.codes import level_of
from geo.crs import metres_per_degree, nearest_on_segments
from geo.errors import CoverageError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class GridIndex:
    """Hold one coverage of polygons, all of one level, ready for lookups from many threads.

    Immutable after construction. Raises CoverageError: no polygons, unequal lengths, duplicate
    codes, codes of different levels, or something that is not a polygon.
    """

    __slots__ = ("_boxes", "_code_array", "_geometries", "_number", "_segments", "_tree", "codes")

    def __init__(self, codes: Sequence[str], geometries: Sequence[BaseGeometry]) -> None:
        """Sort by code, so that the lowest number is the lowest code, and prepare everything."""
        _check(codes, geometries)
        order = sorted(range(len(codes)), key=codes.__getitem__)
        # A copy of each shape: preparing marks the object, and the caller keeps its own.
        copies = shapely.from_wkb(shapely.to_wkb([geometries[i] for i in order]))
        shapes: NDArray[np.object_] = np.asarray(copies, dtype=object)
        boxes: FloatArray = shapely.bounds(shapes)
        _prepare(shapes, boxes)
        self._hold(tuple(codes[i] for i in order), shapes, boxes, _segments_of(shapes))

    def _hold(
        self,
        codes: tuple[str, ...],
        shapes: NDArray[np.object_],
        boxes: FloatArray,
        segments: tuple[FloatArray, ...],
    ) -> None:
        self.codes: tuple[str, ...] = codes
        self._number = {code: number for number, code in enumerate(codes)}
        self._code_array: NDArray[np.object_] = np.array([*codes, None], dtype=object)
        self._geometries: NDArray[np.object_] = shapes
        self._boxes: FloatArray = boxes
        self._segments = segments
        self._tree = shapely.STRtree(shapes)
        self._tree.query(shapely.Point(0, 0))

    def changed(self, changes: Mapping[str, BaseGeometry | None]) -> GridIndex:
        """Return the index of the coverage with some polygons replaced, added or (None) taken away.

        What stays is shared with this index, prepared as it is: the price is that of the changed,
        and of sorting. Raises CoverageError as construction does.
        """
        fresh = {code: shape for code, shape in sorted(changes.items()) if shape is not None}
        kept = [number for number, code in enumerate(self.codes) if code not in changes]
        codes = [*(self.codes[number] for number in kept), *fresh]
        if fresh:
            _check([*fresh], [*fresh.values()])
        if len({level_of(code) for code in (*codes[:1], *codes[-1:])}) != 1:
            reason = "mixed_levels" if codes else "empty_coverage"
            raise CoverageError(reason, "界线数据为空，或编码不是同一级别。", field="code")
        copies = shapely.from_wkb(shapely.to_wkb(np.array([*fresh.values()], dtype=object)))
        added: NDArray[np.object_] = np.asarray(copies, dtype=object)
        boxes: FloatArray = shapely.bounds(added).reshape(-1, 4)
        _prepare(added, boxes)
        segments = [*(self._segments[n] for n in kept), *_segments_of(added)]
        order = sorted(range(len(codes)), key=codes.__getitem__)
        index = object.__new__(GridIndex)
        index._hold(
            tuple(codes[i] for i in order),
            np.concatenate([self._geometries[kept], added])[order],
            np.concatenate([self._boxes[kept], boxes])[order],
            tuple(segments[i] for i in order),
        )
        return index

    def __len__(self) -> int:
        """Return the number of polygons."""
        return len(self.codes)

    def __contains__(self, code: object) -> bool:
        """Say whether a polygon of this code is held."""
        return code in self._number

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north of all polygons in degrees."""
        west, south = self._boxes[:, :2].min(axis=0)
        east, north = self._boxes[:, 2:].max(axis=0)
        return float(west), float(south), float(east), float(north)

    def geometry(self, code: str) -> BaseGeometry:
        """Return the polygon of ``code``; raise KeyError for a code that is not held."""
        shape: BaseGeometry = self._geometries[self._number[code]]
        return shape

    def box(self, code: str) -> tuple[float, float, float, float]:
        """Return west, south, east, north of one polygon in degrees."""
        west, south, east, north = self._boxes[self._number[code]].tolist()
        return west, south, east, north

    def covering(self, *, lon: float, lat: float) -> tuple[str, ...]:
        """Return all polygons that cover the point, lowest code first.

        One inside a polygon, two or more on a shared border, none outside.
        """
        near = self._tree.query(shapely.Point(lon, lat))
        hit = near[shapely.intersects_xy(self._geometries[near], lon, lat)]
        return tuple(self.codes[number] for number in sorted(hit.tolist()))

    def owner(self, *, lon: float, lat: float) -> str | None:
        """Return the code that owns the point, or None outside."""
        near = self._tree.query(shapely.Point(lon, lat))
        hit = near[shapely.intersects_xy(self._geometries[near], lon, lat)]
        return self.codes[hit.min()] if hit.size else None

    def owner_numbers(self, lons: ArrayLike, lats: ArrayLike, *, threads: int = 1) -> IntArray:
        """Return for each point the number of its owner in ``codes``, or −1 outside.

        Arrays of shape (n,), finite degrees. ``threads`` is how many cores may work at it.
        """
        x, y = np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64)
        point_at, shape_at = self._tree.query(shapely.points(x, y))
        hit = shapely.intersects_xy(self._geometries[shape_at], x[point_at], y[point_at])
        owners = np.full(x.shape, len(self.codes), dtype=np.int64)
        np.minimum.at(owners, point_at[hit], shape_at[hit])
        owners[owners == len(self.codes)] = -1
        return owners

    def owners(self, lons: ArrayLike, lats: ArrayLike) -> NDArray[np.object_]:
        """Return for each point the code of its owner, or None outside; shape (n,)."""
        return self._code_array[self.owner_numbers(lons, lats)]

    def near_box(self, box: tuple[float, float, float, float]) -> tuple[str, ...]:
        """Return the codes whose bounding box meets ``box``, lowest first."""
        west, south, east, north = box
        b = self._boxes
        meets = (b[:, 0] <= east) & (b[:, 2] >= west) & (b[:, 1] <= north) & (b[:, 3] >= south)
        return tuple(self.codes[number] for number in np.flatnonzero(meets).tolist())

    def edge_distance_m(self, *, lon: float, lat: float, code: str) -> float:
        """Return the metres from the point to the border of ``code``, from inside or outside."""
        return nearest_on_segments(lon=lon, lat=lat, segments=self._segments[self._number[code]])[0]

    def nearest_edge_point(self, *, lon: float, lat: float, code: str) -> tuple[float, float]:
        """Return lon and lat of the border point of ``code`` that lies nearest."""
        segments = self._segments[self._number[code]]
        _, edge_lon, edge_lat = nearest_on_segments(lon=lon, lat=lat, segments=segments)
        return edge_lon, edge_lat

    def distance_m(self, *, lon: float, lat: float, code: str) -> float:
        """Return the metres from the point to the polygon of ``code``, 0 inside and on it."""
        if shapely.intersects_xy(self.geometry(code), lon, lat):
            return 0.0
        return self.edge_distance_m(lon=lon, lat=lat, code=code)

    def nearest(self, *, lon: float, lat: float) -> tuple[str, float]:
        """Return the nearest polygon and the metres to it; its owner and 0 for a point inside."""
        owner = self.owner(lon=lon, lat=lat)
        if owner is not None:
            return owner, 0.0
        per_lon, per_lat = metres_per_degree(lat)
        b = self._boxes
        aside = np.maximum(np.maximum(b[:, 0] - lon, lon - b[:, 2]), 0.0) * per_lon
        above = np.maximum(np.maximum(b[:, 1] - lat, lat - b[:, 3]), 0.0) * per_lat
        at_least = np.hypot(aside, above)
        best, best_m = 0, math.inf
        # A box is never farther than its polygon: stop when boxes lie behind the best polygon.
        for number in np.argsort(at_least, kind="stable").tolist():
            if at_least[number] > best_m:
                break
            here_m = nearest_on_segments(lon=lon, lat=lat, segments=self._segments[number])[0]
            if (here_m, number) < (best_m, best):
                best, best_m = number, here_m
        return self.codes[best], best_m


def _prepare(shapes: NDArray[np.object_], boxes: FloatArray) -> None:
    """Build the lazy parts of GEOS now: they are not safe to build from two threads."""
    shapely.prepare(shapes)
    middle_x, middle_y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    shapely.intersects_xy(shapes, middle_x, middle_y)


def _check(codes: Sequence[str], geometries: Sequence[BaseGeometry]) -> None:
    if not codes or len(codes) != len(geometries):
        raise CoverageError("empty_coverage", "界线数据为空，或编码与图形数量不一致。")
    if len(set(codes)) != len(codes):
        raise CoverageError("duplicate_code", "界线数据中有重复的编码。", field="code")
    if len({level_of(code) for code in codes}) != 1:
        raise CoverageError("mixed_levels", "同一份界线数据的编码应为同一级别。", field="code")
    kinds = {shape.geom_type for shape in geometries}
    if not kinds <= {"Polygon", "MultiPolygon"} or any(shape.is_empty for shape in geometries):
        raise CoverageError("not_polygon", "界线应为非空的面（Polygon 或 MultiPolygon）。")


def _segments_of(shapes: NDArray[np.object_]) -> tuple[FloatArray, ...]:
    """Return the edges of all rings of each shape, arrays (n, 4): lon, lat of both ends."""
    parts, shape_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    nodes, ring_of_node = shapely.get_coordinates(rings, return_index=True)
    inside = ring_of_node[:-1] == ring_of_node[1:]
    edges: FloatArray = np.hstack([nodes[:-1], nodes[1:]])[inside]
    shape_of_edge = shape_of_part[part_of_ring[ring_of_node[:-1][inside]]]
    ends = np.searchsorted(shape_of_edge, np.arange(1, len(shapes)))
    # Copies: a view would keep the edges of all in memory for the sake of one.
    return tuple(own.copy() for own in np.split(edges, ends))[: len(shapes)]
