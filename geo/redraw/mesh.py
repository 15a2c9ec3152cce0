"""Rebuild the topology of a neighbourhood for the moment of an edit.

The borders of the grids concerned and the drawn lines are noded together by snap rounding, in
whole lattice steps from a local origin; polygonizing gives faces, each with the grid it lay in.
Whatever owner the faces get afterwards, the result is a coverage: neighbours share whole edges,
and a node on a border (a T-junction) enters the third grid too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.lattice import STEPS_PER_DEGREE
from geo.redraw.refusal import RedrawError

# Whoever draws a border makes a few pieces; a comb of 2,400 teeth would take seconds.
MOST_NEW_FACES = 300


@dataclass(frozen=True, slots=True)
class Frame:
    """Hold the local origin, in lattice steps: near it a double holds steps and cuts exactly."""

    x: int
    y: int

    @classmethod
    def of(cls, shapes: Iterable[BaseGeometry]) -> Frame:
        """Return a frame whose origin is the south-west corner of ``shapes``."""
        west, south, _, _ = shapely.total_bounds(np.array(list(shapes), dtype=object))
        return cls(int(np.rint(west * STEPS_PER_DEGREE)), int(np.rint(south * STEPS_PER_DEGREE)))

    def to_steps(self, shape: BaseGeometry) -> BaseGeometry:
        """Return a shape in degrees as whole lattice steps from the origin."""

        def convert(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
            steps: NDArray[np.float64] = np.rint(degrees * STEPS_PER_DEGREE)
            steps -= (self.x, self.y)
            return steps

        return shapely.transform(shape, convert)

    def to_degrees(self, shape: BaseGeometry) -> BaseGeometry:
        """Return a shape in steps as lattice doubles."""

        def convert(steps: NDArray[np.float64]) -> NDArray[np.float64]:
            whole: NDArray[np.float64] = np.rint(steps) + np.array((self.x, self.y))
            return whole / STEPS_PER_DEGREE

        return shapely.transform(shape, convert)


@dataclass(frozen=True, slots=True)
class Face:
    """Hold one face of the noded neighbourhood: its polygon in steps and its present owner."""

    polygon: BaseGeometry
    owner: str


def split_into_faces(
    shapes: Mapping[str, BaseGeometry],
    cuts: Sequence[BaseGeometry],
    *,
    most_new: int = MOST_NEW_FACES,
) -> list[Face]:
    """Return the faces that the borders of ``shapes`` and the ``cuts`` make (all in steps).

    Faces that lay in none of the shapes (the land around them) are left out. Raises RedrawError
    when the cuts make more than ``most_new`` of them: such a drawing is a mistake or an attack.
    """
    codes = list(shapes)
    polygons = np.array(list(shapes.values()), dtype=object)
    lines = [*shapely.boundary(polygons), *cuts]
    noded = shapely.union_all(np.array(lines, dtype=object), grid_size=1.0)
    rings = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    if len(rings) > most_new + 2 * sum(map(_pieces, polygons)):
        raise RedrawError("too_many_pieces", "画线切出的小块太多，请简化画线。")
    inner = shapely.point_on_surface(rings)
    tree = shapely.STRtree(polygons)
    face_at, shape_at = tree.query(inner, predicate="intersects")
    owner_of = dict(zip(face_at.tolist(), shape_at.tolist(), strict=True))
    return [
        Face(rings[number], codes[owner_of[number]])
        for number in range(len(rings))
        if number in owner_of
    ]


def _pieces(shape: BaseGeometry) -> int:
    return len(shapely.get_rings(shapely.get_parts(shape)))


def parts_cut(
    faces: Sequence[Face], owner: str, shape: BaseGeometry
) -> tuple[list[int], list[int]]:
    """Return the faces of ``owner`` in parts of ``shape`` that are cut, and those in whole ones."""
    mine = [number for number, face in enumerate(faces) if face.owner == owner]
    parts = shapely.get_parts(shape)
    if len(parts) == 1:
        return (mine, []) if len(mine) > 1 else ([], mine)
    inner = shapely.point_on_surface([faces[number].polygon for number in mine])
    where = shapely.STRtree(parts).query_nearest(inner, all_matches=False)[1].tolist()
    held = Counter(where)
    cut = [n for n, part in zip(mine, where, strict=True) if held[part] > 1]
    return cut, [n for n in mine if n not in cut]


def join_faces(faces: Iterable[tuple[BaseGeometry, str]]) -> dict[str, BaseGeometry]:
    """Return for each owner the union of its faces; the faces form a coverage, so it is exact."""
    held: dict[str, list[BaseGeometry]] = {}
    for polygon, owner in faces:
        held.setdefault(owner, []).append(polygon)
    return {
        owner: shapely.normalize(plain(shapely.coverage_union_all(parts)))
        for owner, parts in held.items()
    }


def plain(shape: BaseGeometry) -> BaseGeometry:
    """Return a multipolygon of one part as that polygon."""
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape
