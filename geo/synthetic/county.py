"""Put the demo county together: units, and grids with codes, names and stored shapes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon

from geo.errors import CoverageError
from geo.synthetic import geography, islands, mesh, sites
from geo.synthetic.outline import county_outline
from geo.synthetic.plane import Points, at, settle, shape_to_degrees, to_degrees
from geo.synthetic.units import Unit, ordinal

SEED = 150_221
_FREEDOM = 0.62
_STEPS_PER_BORDER = 9.0
_STEP_BOUNDS_M = (24.0, 150.0)
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Grid:
    """Hold one grid: 15-digit code, name, kind, community, and its shape in lattice degrees."""

    code: str
    name: str
    kind: str
    parent: str
    shape: Polygon | MultiPolygon
    exclave: bool = False


@dataclass(frozen=True, slots=True)
class County:
    """Hold the official units and the grids, grids in order of their codes."""

    units: tuple[Unit, ...]
    grids: tuple[Grid, ...]

    def grids_of(self, area: str) -> list[Grid]:
        """Return the grids of an area of any level."""
        return [grid for grid in self.grids if grid.code.startswith(area)]


def stream(*path: int) -> np.random.Generator:
    """Return the random stream of one part of the county, independent of all the others."""
    return np.random.Generator(np.random.PCG64([SEED, *path]))


def make_county(units: list[Unit]) -> County:
    """Make the county from its official units; raise CoverageError when it does not fit together.

    Shapes are CGCS2000 degrees (EPSG:4490) on the lattice of 1e-8 degree.
    """
    outline = county_outline(stream(1))
    communities = sites.lay_out(units, outline, stream(2))
    placed = [sites.grid_sites(one, stream(3, int(one.unit.code))) for one in communities]
    centres = np.vstack(placed)
    owners = [one.unit.code for one, mine in zip(communities, placed, strict=True) for _ in mine]
    lines = _draw_borders(mesh.borders_of(mesh.cells_of(centres, outline)), centres)
    shapes, owners, exclave = _with_islands(lines, centres, owners)
    check_coverage(shapes)
    return County(tuple(units), tuple(_numbered(units, shapes, owners, exclave)))


def check_coverage(shapes: list[Polygon | MultiPolygon]) -> None:
    """Raise CoverageError unless the shapes fit together without gap or overlap."""
    if not shapely.coverage_is_valid(shapes) or not all(shape.is_valid for shape in shapes):
        raise CoverageError("invalid_coverage", "示意数据的网格之间有重叠或不匹配的边。")
    whole = shapely.coverage_union_all(shapes)
    if not isinstance(whole, Polygon) or whole.interiors:
        raise CoverageError("gap", "示意数据的网格之间有空白。")


def _draw_borders(borders: list[mesh.Border], centres: Points) -> list[LineString]:
    """Draw every border once; where two would cross, draw both again with half the freedom."""
    freedom = np.full(len(borders), _FREEDOM)
    for _ in range(_ROUNDS):
        lines = [
            mesh.wiggled(
                border,
                centres,
                freedom=float(freedom[index]),
                step_m=float(np.clip(border.line.length / _STEPS_PER_BORDER, *_STEP_BOUNDS_M)),
                rng=stream(4, index),
            )
            for index, border in enumerate(borders)
        ]
        bad = mesh.crossing(lines)
        if not bad:
            return lines
        freedom[list(bad)] /= 2
    raise CoverageError("crossing", "示意数据的界线相交。")


def _with_islands(
    lines: list[LineString], centres: Points, owners: list[str]
) -> tuple[list[Polygon | MultiPolygon], list[str], int]:
    """Return all shapes in degrees with their communities, and which of them has an exclave."""
    cells = mesh.polygons_of(lines, centres)
    hole = _enclave(cells, owners)
    far = _exclave(cells, owners, hole.host)
    labels = centres.copy()
    labels[hole.host], labels[far.host] = hole.host_label, far.host_label
    labels = np.vstack([labels, hole.labels, far.labels])
    stored = [shape_to_degrees(line) for line in (*lines, *hole.lines, *far.lines)]
    shapes = mesh.polygons_of(stored, to_degrees(labels))
    detached = shapes.pop()
    owners = owners + [geography.ENCLAVE_UNIT] * len(hole.labels)
    holder = _exclave_holder(cells, owners, far.host)
    merged: list[Polygon | MultiPolygon] = list(shapes)
    merged[holder] = MultiPolygon([shapes[holder], detached])
    return merged, owners, holder


def _enclave(cells: list[Polygon], owners: list[str]) -> islands.Island:
    town = geography.ENCLAVE_UNIT[:9]
    mine = [i for i, owner in enumerate(owners) if owner.startswith(town)]
    host = islands.roomiest(cells, mine, at(*geography.ENCLAVE_NEAR), 4_000.0)
    return islands.island(host, cells[host], faces=3, rng=stream(5))


def _exclave(cells: list[Polygon], owners: list[str], taken: int) -> islands.Island:
    near = at(*geography.EXCLAVE_NEAR)
    allowed = [i for i in range(len(cells)) if i != taken and owners[i][9:10] == "2"]
    host = islands.roomiest(cells, allowed, near, 2_000.0)
    return islands.island(host, cells[host], faces=1, rng=stream(6))


def _exclave_holder(cells: list[Polygon], owners: list[str], host: int) -> int:
    """Return the nearest grid of another village of that township which does not touch the host."""
    others = [
        i
        for i in range(len(cells))
        if owners[i][:9] == owners[host][:9]
        and owners[i] != owners[host]
        and not cells[i].intersects(cells[host])
    ]
    gaps = settle(np.array([cells[i].distance(cells[host]) for i in others]))
    return others[int(np.argmin(gaps))]


def _numbered(
    units: list[Unit],
    shapes: list[Polygon | MultiPolygon],
    owners: list[str],
    exclave: int,
) -> list[Grid]:
    """Count off the grids of each community from west to east, then north to south."""
    found: list[Grid] = []
    for unit in sorted((u for u in units if u.level == "community"), key=lambda u: u.code):
        mine = [i for i, owner in enumerate(owners) if owner == unit.code]
        mine.sort(key=lambda i: (shapes[i].centroid.x, -shapes[i].centroid.y))
        found += [
            Grid(
                code=f"{unit.code}{number:03d}",
                name=f"{unit.short_name}第{ordinal(number)}网格",
                kind="community" if unit.is_urban else "rural",
                parent=unit.code,
                shape=shapely.normalize(shapes[i]),
                exclave=i == exclave,
            )
            for number, i in enumerate(mine, start=1)
        ]
    return found
