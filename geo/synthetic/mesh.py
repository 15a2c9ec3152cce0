"""Turn grid centres into a planar graph of shared, wiggly borders, and that into polygons.

Every border is drawn once and given to both neighbours, so that they hold identical vertices. A
border may only wander inside the two triangles that it spans with the centres on either side;
those triangles belong to that border alone, so borders never cross inside the county.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

from geo.synthetic.plane import Points, settle

_SNAP_M = 0.01


@dataclass(frozen=True, slots=True)
class Border:
    """Hold one border line in metres and the cells on its sides (one at the county's outline)."""

    line: LineString
    cells: tuple[int, ...]


def _lines(geometry: BaseGeometry) -> list[LineString]:
    return [part for part in shapely.get_parts(geometry) if isinstance(part, LineString)]


def _polygons(geometry: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon)]


def cells_of(centres: Points, outline: Polygon) -> list[Polygon]:
    """Return the cell of each centre: nearest-centre cells cut by the outline.

    Where the outline cuts a corner off a cell, the corner goes to the neighbour with which it
    shares the longest border.
    """
    web = shapely.voronoi_polygons(MultiPoint(centres), extend_to=outline, only_edges=True)
    inner = shapely.intersection(web, outline, grid_size=_SNAP_M)
    lines = shapely.union_all([inner, outline.exterior], grid_size=_SNAP_M)
    faces = np.array(_polygons(shapely.polygonize(_lines(lines))), dtype=object)
    tree = shapely.STRtree(faces)
    home = tree.query(shapely.points(centres), predicate="within")
    owner = np.full(len(faces), -1)
    owner[home[1]] = home[0]
    while (owner < 0).any():
        _adopt(faces, owner, tree)
    return [
        piece
        for cell in range(len(centres))
        for piece in _polygons(shapely.coverage_union_all(faces[owner == cell]))
    ]


def _adopt(faces: NDArray[np.object_], owner: NDArray[np.int64], tree: shapely.STRtree) -> None:
    """Give each orphan face to its longest neighbour that has an owner."""
    for orphan in np.flatnonzero(owner < 0):
        near = [i for i in tree.query(faces[orphan]) if i != orphan and owner[i] >= 0]
        shared = [shapely.length(shapely.intersection(faces[orphan], faces[i])) for i in near]
        if shared and max(shared) > 0:
            owner[orphan] = owner[near[int(np.argmax(shared))]]


def borders_of(cells: list[Polygon]) -> list[Border]:
    """Return every border between two cells, or a cell and the outside, as one line."""
    noded = shapely.union_all([cell.boundary for cell in cells])
    lines = _lines(shapely.line_merge(noded))
    tree = shapely.STRtree(cells)
    middles = [line.interpolate(0.5, normalized=True) for line in lines]
    hits = tree.query(middles, predicate="dwithin", distance=_SNAP_M)
    sides: list[list[int]] = [[] for _ in lines]
    for line_index, cell in hits.T:
        sides[line_index].append(int(cell))
    return [Border(line, tuple(sorted(side))) for line, side in zip(lines, sides, strict=True)]


def wiggled(
    border: Border, centres: Points, *, freedom: float, step_m: float, rng: np.random.Generator
) -> LineString:
    """Return the border with its straight line replaced by one that wanders a little.

    ``freedom`` is the share of the height of the triangle on either side that may be used.
    """
    ends = shapely.get_coordinates(border.line)
    if len(ends) != 2 or len(border.cells) != 2:
        return border.line
    chord = ends[1] - ends[0]
    length = float(np.sqrt((chord**2).sum()))
    steps = int(length // step_m)
    if steps < 2:
        return border.line
    along = np.linspace(0, 1, steps + 1)[1:-1]
    along = along + rng.uniform(-0.25, 0.25, len(along)) / steps
    push = _meander(along, length, rng)
    normal = np.array([-chord[1], chord[0]]) / length
    room = np.full((2, len(along)), np.inf)
    for cell in border.cells:
        offset = centres[cell] - ends[0]
        foot = float(np.clip((offset * chord).sum() / length**2, 0.05, 0.95))
        height = float((offset * normal).sum())
        tent = np.minimum(along / foot, (1 - along) / (1 - foot)) * abs(height)
        room[int(height > 0)] = np.minimum(room[int(height > 0)], tent * freedom)
    push = np.clip(push, -room[0], room[1])
    middle = ends[0] + along[:, None] * chord + push[:, None] * normal
    return LineString(settle(np.vstack([ends[:1], middle, ends[1:]])))


def _meander(
    along: NDArray[np.float64], length: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return offsets in metres: a few slow bends and a little tremble on top."""
    push = np.zeros(len(along))
    for bends, part in ((1, 0.07), (2, 0.065), (3, 0.045), (5, 0.025)):
        phase = rng.uniform(0, 1)
        saw = np.abs(((along * bends / 2 + phase) % 1.0) * 4 - 2) - 1
        push += saw * rng.uniform(-1.0, 1.0) * part * length
    return push + rng.uniform(-1, 1, len(along)) * 0.006 * length


def polygons_of(lines: list[LineString], labels: Points) -> list[Polygon]:
    """Return the face around each label point; raise ValueError when lines cross or leave gaps."""
    faces = _polygons(shapely.polygonize(lines))
    if len(faces) != len(labels):
        raise ValueError(f"{len(labels)} cells, {len(faces)} faces")
    tree = shapely.STRtree(faces)
    home = tree.query(shapely.points(labels), predicate="within")
    if len(set(home[1].tolist())) != len(labels):
        raise ValueError("a face has no label of its own")
    order = np.empty(len(labels), dtype=np.int64)
    order[home[0]] = home[1]
    return [faces[index] for index in order]


def crossing(lines: list[LineString]) -> set[int]:
    """Return the lines that meet another one elsewhere than at an end of both."""
    tree = shapely.STRtree(lines)
    first, second = tree.query(lines, predicate="intersects")
    bad: set[int] = set()
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        if a < b:
            shared = shapely.intersection(lines[a], lines[b])
            ends = shapely.union_all([lines[a].boundary, lines[b].boundary])
            if not shapely.covers(ends, shared) or shared.length > 0:
                bad |= {a, b}
    return bad | {i for i, line in enumerate(lines) if not line.is_simple}
