"""Fit what was drawn to what is there: limits on size, snapping within a stated tolerance.

A hand traces a border a little beside it. So within ``snap_m`` metres a drawn vertex goes to the
nearest node of a border, else to the nearest edge; and a drawn edge that passes a node so closely
is led through it. What comes out lies on the lattice, and fitting it again with ``snap_m=0``
changes nothing: that is the form a plan logs. All shapes are CGCS2000 degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.crs import metres_per_degree
from geo.lattice import snap, snap_values
from geo.redraw.mesh import plain
from geo.redraw.refusal import RedrawError

MAX_VERTICES = 5_000
MAX_SNAP_M = 5.0

_LINES = ("LineString",)
_AREAS = ("Polygon", "MultiPolygon")
Points = NDArray[np.float64]


def check_drawn(shape: BaseGeometry, *, most: int = MAX_VERTICES) -> None:
    """Refuse a drawn shape that is no place on Earth, too detailed, or crosses itself.

    The count comes first: nothing slow is done with a shape that is too large.
    """
    coordinates = shapely.get_coordinates(shape)
    if len(coordinates) > most:
        raise RedrawError("too_many_vertices", f"画线最多{most}个点，请简化。")
    if shape.geom_type not in (*_LINES, *_AREAS):
        raise RedrawError("wrong_shape", "请画一条线或一个区域。")
    if shape.is_empty or not np.isfinite(coordinates).all():
        raise RedrawError("empty_drawing", "没有画出有效的图形。")
    if (np.abs(coordinates) > (180.0, 90.0)).any():
        raise RedrawError("not_a_position", "图形的经纬度超出范围。")
    crosses = not shape.is_simple if shape.geom_type in _LINES else not shape.is_valid
    if crosses:
        raise RedrawError("self_crossing", "画线自相交，请重画。", where=shape)


def fit_line(
    shape: BaseGeometry, borders: Sequence[BaseGeometry], *, snap_m: float
) -> BaseGeometry:
    """Return a drawn line fitted to the edges of ``borders``; raise RedrawError when it crosses."""
    if shape.geom_type not in _LINES:
        raise RedrawError("wrong_shape", "这里应画一条线。", where=shape)
    snapper = Snapper.of(borders, shape, snap_m=snap_m)
    track = without_spikes(snapper.fit(shapely.get_coordinates(shape)))
    if len(track) < 2:
        raise RedrawError("line_does_not_cut", "画线太短，没有分开任何网格。", where=shape)
    line = shapely.LineString(track)
    check_drawn(line)
    return line


def fit_area(
    shape: BaseGeometry,
    borders: Sequence[BaseGeometry],
    *,
    snap_m: float,
    most: int = MAX_VERTICES,
) -> BaseGeometry:
    """Return a drawn polygon fitted to the edges of ``borders``, with at most ``most`` vertices.

    Where snapping folds the drawing onto itself (a shaky hand along a border), the fold is cut
    off: it is the drawing that is tidied, never a boundary.
    """
    if shape.geom_type not in _AREAS:
        raise RedrawError("wrong_shape", "这里应画一个区域。", where=shape)
    snapper = Snapper.of(borders, shape, snap_m=snap_m)
    parts = [
        [snapper.fit(shapely.get_coordinates(ring)) for ring in shapely.get_rings(part)]
        for part in shapely.get_parts(shape)
    ]
    polygons = [
        shapely.Polygon(rings[0], [r for r in rings[1:] if len(r) >= 4])
        for rings in parts
        if len(rings[0]) >= 4
    ]
    fitted = plain(shapely.MultiPolygon(polygons))
    if not fitted.is_valid:
        whole = shapely.make_valid(fitted, method="structure", keep_collapsed=False)
        fitted = plain(snap(shapely.set_precision(whole, 1e-8)))
    if fitted.is_empty or fitted.geom_type not in _AREAS:
        raise RedrawError("too_small", "画出的区域太小。", where=shape)
    check_drawn(fitted, most=most)
    return fitted


def without_spikes(track: Points) -> Points:
    """Return a line's vertices without repeats and without there-and-back excursions."""
    kept: list[tuple[float, float]] = []
    for lon, lat in track.tolist():
        if kept and kept[-1] == (lon, lat):
            continue
        if len(kept) > 1 and kept[-2] == (lon, lat):
            kept.pop()
            continue
        kept.append((lon, lat))
    return np.array(kept, dtype=np.float64).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Snapper:
    """Hold the nodes and edges to snap to, on a local plane in metres."""

    snap_m: float
    origin: Points
    scale: Points
    nodes: Points
    node_tree: shapely.STRtree
    edges: NDArray[np.object_]
    edge_tree: shapely.STRtree

    @classmethod
    def of(cls, borders: Sequence[BaseGeometry], shape: BaseGeometry, *, snap_m: float) -> Snapper:
        """Index the borders of polygons around a drawn shape."""
        if not 0 <= snap_m <= MAX_SNAP_M:
            raise RedrawError("bad_snap", f"捕捉距离应在0到{MAX_SNAP_M:.0f}米之间。")
        west, south, _, north = shape.bounds
        scale = np.array(metres_per_degree((south + north) / 2))
        origin = np.array((west, south))
        rings = shapely.get_rings(np.array(borders, dtype=object))
        corners, ring_of = shapely.get_coordinates(rings, return_index=True)
        nodes = np.unique(corners, axis=0)
        same = ring_of[:-1] == ring_of[1:]
        plane = (corners - origin) * scale
        edges = _segments(plane[:-1][same], plane[1:][same])
        points = _points((nodes - origin) * scale)
        return cls(
            snap_m, origin, scale, nodes, shapely.STRtree(points), edges, shapely.STRtree(edges)
        )

    def fit(self, track: Points) -> Points:
        """Return the vertices of a line or ring, snapped, with the nodes it passes put in."""
        if self.snap_m == 0:
            return _without_repeats(snap_values(track))
        return _without_repeats(self._through_nodes(track, self._snap_vertices(track)))

    def _snap_vertices(self, track: Points) -> Points:
        placed = track.copy()
        points = _points((track - self.origin) * self.scale)
        far = np.ones(len(track), dtype=bool)
        for number, node in self._nearest(self.node_tree, points).items():
            placed[number], far[number] = self.nodes[node], False
        loose = np.flatnonzero(far)
        for number, edge in self._nearest(self.edge_tree, points[loose]).items():
            point, line = points[loose[number]], self.edges[edge]
            foot = shapely.line_interpolate_point(line, shapely.line_locate_point(line, point))
            placed[loose[number]] = shapely.get_coordinates(foot)[0] / self.scale + self.origin
        return snap_values(placed)

    def _nearest(self, tree: shapely.STRtree, points: NDArray[np.object_]) -> dict[int, int]:
        if not len(points):
            return {}
        asked, found = tree.query_nearest(points, max_distance=self.snap_m)
        best: dict[int, int] = {}
        # Of several equally near the first in order: the same drawing, the same answer.
        for number, other in zip(asked.tolist(), found.tolist(), strict=True):
            best[number] = min(other, best.get(number, other))
        return best

    def _through_nodes(self, drawn: Points, track: Points) -> Points:
        """Return ``track``, what became of ``drawn``, with the nodes that both pass put in."""
        if len(track) < 2:
            return track
        edges, was = self._edges(track), self._edges(drawn)
        asked, found = self.node_tree.query(edges, predicate="dwithin", distance=self.snap_m)
        points = _points((self.nodes[found] - self.origin) * self.scale)
        along = shapely.line_locate_point(edges[asked], points)
        inner = (along > 0) & (along < shapely.length(edges[asked]))
        # An edge that was moved towards a node may not go the same distance once more.
        inner &= shapely.dwithin(was[asked], points, self.snap_m)
        order = np.lexsort((along[inner], asked[inner]))
        return np.insert(
            track, asked[inner][order] + 1, snap_values(self.nodes[found[inner][order]]), axis=0
        )

    def _edges(self, track: Points) -> NDArray[np.object_]:
        plane = (track - self.origin) * self.scale
        return _segments(plane[:-1], plane[1:])


def _points(places: Points) -> NDArray[np.object_]:
    return np.asarray(shapely.points(places), dtype=object)


def _segments(starts: Points, ends: Points) -> NDArray[np.object_]:
    return np.asarray(shapely.linestrings(np.stack([starts, ends], axis=1)), dtype=object)


def _without_repeats(track: Points) -> Points:
    fresh = np.ones(len(track), dtype=bool)
    fresh[1:] = (track[1:] != track[:-1]).any(axis=1)
    return track[fresh]
