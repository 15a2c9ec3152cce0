"""Cut land into blocks, one around each building, along roads where there are any.

The blocks are what a proposed grid is put together from. They are noded on the lattice, so that
their segments are compared as whole numbers: who is whose neighbour, and along how many metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.crs import metres_per_degree
from geo.lattice import STEPS_PER_DEGREE
from geo.redraw.cells import places_of, voronoi_edges
from geo.redraw.dwellings import Building
from geo.redraw.mesh import Frame

# A border along a road costs this share of one through the yards.
ROAD_COST = 0.2
_ON_ROAD_STEPS = 2.0

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Blocks:
    """Hold the faces of the land in steps, and the units of buildings that they belong to.

    ``unit_of`` gives the unit of each face. Per unit:
    ``places`` in metres, ``households``, and ``costs``: what a border to each neighbour costs.
    """

    frame: Frame
    faces: NDArray[np.object_]
    unit_of: Whole
    places: NDArray[np.float64]
    households: Whole
    costs: tuple[dict[int, float], ...]

    def shape_of(self, units: Whole) -> BaseGeometry:
        """Return the land of ``units`` in degrees."""
        faces = self.faces[np.isin(self.unit_of, units)]
        return self.frame.to_degrees(shapely.coverage_union_all(faces))


def blocks_of(
    land: BaseGeometry, buildings: Sequence[Building], roads: BaseGeometry | None
) -> Blocks:
    """Return the blocks of ``land`` (degrees); buildings that share a block are one unit."""
    frame = Frame.of([land])
    ground = frame.to_steps(land)
    ways = frame.to_steps(shapely.intersection(roads, land)) if roads is not None else None
    sites = np.unique(places_of(buildings), axis=0)
    lines = [shapely.boundary(ground), frame.to_steps(voronoi_edges(sites, land))]
    lines += [ways] if ways is not None else []
    noded = shapely.union_all(np.array(lines, dtype=object), grid_size=1.0)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    shapely.prepare(ground)
    faces = faces[shapely.intersects(ground, shapely.point_on_surface(faces))]
    homes, units, households, places = _settle(frame, faces, buildings)
    edges = _Edges.of(faces, _metres_per_step(land), ways)
    unit_of = _adopt(edges, homes, faces)
    return Blocks(frame, faces, unit_of, places, households, edges.costs(unit_of, units))


def _metres_per_step(land: BaseGeometry) -> tuple[float, float]:
    _, south, _, north = land.bounds
    per_lon, per_lat = metres_per_degree((south + north) / 2)
    return per_lon / STEPS_PER_DEGREE, per_lat / STEPS_PER_DEGREE


def _settle(
    frame: Frame, faces: NDArray[np.object_], buildings: Sequence[Building]
) -> tuple[Whole, int, Whole, NDArray[np.float64]]:
    """Return the unit of each face (-1: nobody lives there), and the units' figures."""
    points = shapely.get_parts(frame.to_steps(shapely.MultiPoint(places_of(buildings))))
    asked, found = shapely.STRtree(faces).query(points, predicate="intersects")
    face_of = np.full(len(buildings), len(faces), dtype=np.int64)
    np.minimum.at(face_of, asked, found)
    lived = np.unique(face_of[face_of < len(faces)])
    homes = np.full(len(faces) + 1, -1, dtype=np.int64)
    homes[lived] = np.arange(len(lived))
    unit = homes[face_of]
    counts = np.array([building.households for building in buildings], dtype=np.int64)
    households = np.bincount(
        unit[unit >= 0], weights=counts[unit >= 0], minlength=len(lived)
    ).astype(np.int64)
    lon, lat = places_of(buildings).T
    per_lon, per_lat = metres_per_degree(float(lat.mean()))
    number = np.bincount(unit[unit >= 0], minlength=len(lived))
    middle = np.stack(
        [
            np.bincount(unit[unit >= 0], weights=axis[unit >= 0], minlength=len(lived)) / number
            for axis in ((lon - lon.min()) * per_lon, (lat - lat.min()) * per_lat)
        ],
        axis=1,
    )
    return homes[:-1], len(lived), households, middle


@dataclass(frozen=True, slots=True)
class _Edges:
    """Hold the shared segments between faces: pairs of faces, metres, and whether on a road."""

    left: Whole
    right: Whole
    metres: NDArray[np.float64]
    on_road: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        faces: NDArray[np.object_],
        scale: tuple[float, float],
        ways: BaseGeometry | None,
    ) -> _Edges:
        rings, face_at = shapely.get_rings(faces, return_index=True)
        corners, ring_at = shapely.get_coordinates(rings, return_index=True)
        corners = np.rint(corners).astype(np.int64)
        same = ring_at[:-1] == ring_at[1:]
        face = face_at[ring_at[:-1][same]]
        segments = np.stack([corners[:-1][same], corners[1:][same]], axis=1)
        # The smaller end first: both neighbours write a segment alike.
        swap = (segments[:, 0, 0] > segments[:, 1, 0]) | (
            (segments[:, 0, 0] == segments[:, 1, 0]) & (segments[:, 0, 1] > segments[:, 1, 1])
        )
        segments[swap] = segments[swap][:, ::-1]
        flat = segments.reshape(-1, 4)
        order = np.lexsort(flat.T[::-1])
        flat, face = flat[order], face[order]
        pair = np.flatnonzero((flat[:-1] == flat[1:]).all(axis=1))
        ends = flat[pair].astype(np.float64)
        east, north = ((ends[:, 2:] - ends[:, :2]) * scale).T
        metres = np.hypot(east, north)
        return cls(face[pair], face[pair + 1], metres, _near(ends, ways))

    def costs(self, unit_of: Whole, units: int) -> tuple[dict[int, float], ...]:
        """Return for each unit its neighbours and what a border to them costs."""
        costs: tuple[dict[int, float], ...] = tuple({} for _ in range(units))
        price = self.metres * np.where(self.on_road, ROAD_COST, 1.0)
        ends = zip(
            unit_of[self.left].tolist(), unit_of[self.right].tolist(), price.tolist(), strict=True
        )
        for one, other, cost in ends:
            if one != other and one >= 0 and other >= 0:
                costs[one][other] = costs[one].get(other, 0.0) + cost
                costs[other][one] = costs[other].get(one, 0.0) + cost
        return costs


def _near(ends: NDArray[np.float64], ways: BaseGeometry | None) -> NDArray[np.bool_]:
    hit = np.zeros(len(ends), dtype=bool)
    if ways is None or ways.is_empty or not len(ends):
        return hit
    middles = np.asarray(shapely.points((ends[:, :2] + ends[:, 2:]) / 2), dtype=object)
    tree = shapely.STRtree(shapely.get_parts(ways))
    hit[tree.query(middles, predicate="dwithin", distance=_ON_ROAD_STEPS)[0]] = True
    return hit


def _adopt(edges: _Edges, homes: Whole, faces: NDArray[np.object_]) -> Whole:
    """Return the unit of every face: an empty one joins its longest neighbour on its side.

    Land apart from every building (an empty exclave) joins the nearest.
    """
    unit_of = homes.copy()
    for across in (False, True):
        while True:
            usable = across | ~edges.on_road
            joined = _adopt_once(edges, unit_of, usable)
            if not joined:
                break
    lived = np.flatnonzero(unit_of >= 0)
    tree = shapely.STRtree(faces[lived])
    for face in np.flatnonzero(unit_of < 0).tolist():
        unit_of[face] = unit_of[lived[tree.nearest(faces[face])]]
    return unit_of


def _adopt_once(edges: _Edges, unit_of: Whole, usable: NDArray[np.bool_]) -> bool:
    shared: dict[int, dict[int, float]] = {}
    for one, other in ((edges.left, edges.right), (edges.right, edges.left)):
        open_to = usable & (unit_of[one] < 0) & (unit_of[other] >= 0)
        rows = zip(
            one[open_to].tolist(),
            unit_of[other[open_to]].tolist(),
            edges.metres[open_to].tolist(),
            strict=True,
        )
        for face, unit, metres in rows:
            lengths = shared.setdefault(face, {})
            lengths[unit] = lengths.get(unit, 0.0) + metres
    for face, lengths in shared.items():
        unit_of[face] = max(sorted(lengths), key=lambda unit: lengths[unit])
    return bool(shared)
