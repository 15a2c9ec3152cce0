"""Fill the grids with households: numbered buildings in town, rows of farmsteads elsewhere."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from geo.synthetic.county import County, Grid, stream
from geo.synthetic.names import compound_names
from geo.synthetic.plane import Points, at, settle, shape_to_plane, to_degrees

_CLEARANCE_M = 6.0
_SLAB_SPACING_M = (62.0, 46.0)
_ROW_SPACING_M = (95.0, 34.0)
_HOUSEHOLDS_PER_ROW = 7
_TWO_COMPOUNDS_FROM = 11
_BUILDINGS_PER_GRID = (8, 15)

_CUT_COMMUNITY, _CUT_NAME = "150221104001", "阳光小区"
_CUT_SIDES = (5, 4)
_CUT_NEIGHBOURS = 5
_MAIN_STREET = (110.5185, 40.5606)
"""A compound on 振华大街 is cut by a grid border: buildings 1-5 on one side, 6-9 on the other."""
_WHOLE = {"150221104002": "惠民家园", "150221104008": "丽景苑小区"}
"""Compounds that fill the first grid of their community."""

Spot = tuple[str, float, float]
"""A grid code with metres east and north."""


@dataclass(frozen=True, slots=True)
class Building:
    """Hold a building or a row of farmsteads: grid, compound and number in town, households.

    ``lon``/``lat`` are CGCS2000 degrees, at least 3 m inside the grid.
    """

    id: str
    grid: str
    compound: str | None
    number: int | None
    lon: float
    lat: float
    households: int


@dataclass(frozen=True, slots=True)
class Compound:
    """Hold a residential compound 小区 and its community."""

    id: str
    name: str
    community: str


@dataclass(frozen=True, slots=True)
class _Block:
    """Hold the spots of one compound in the order of their building numbers."""

    name: str | None
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Dwellings:
    """Hold all buildings, in order of their ids, and all compounds."""

    buildings: tuple[Building, ...]
    compounds: tuple[Compound, ...]

    def households(self) -> dict[str, int]:
        """Return the households of each grid."""
        found: dict[str, int] = defaultdict(int)
        for building in self.buildings:
            found[building.grid] += building.households
        return dict(found)


def settle_people(county: County) -> Dwellings:
    """Return the made-up dwellings: 300-500 households in a community grid, 40-150 in a rural."""
    urban = [grid for grid in county.grids if grid.kind == "community"]
    compounds: list[Compound] = []
    buildings: list[Building] = []
    for community in sorted({grid.parent for grid in urban}):
        blocks = _blocks(community, [grid for grid in urban if grid.parent == community])
        nameless = sum(block.name is None for block in blocks)
        spare = iter(compound_names(community, len(compounds), nameless))
        for number, block in enumerate(blocks, start=1):
            compound = Compound(f"C{community}{number:02d}", block.name or next(spare), community)
            compounds.append(compound)
            buildings += _unnumbered(block.spots, compound.id)
    for grid in county.grids:
        if grid.kind == "rural":
            buildings += _unnumbered(_farm_rows(grid), None)
    return Dwellings(tuple(_with_households(buildings)), tuple(compounds))


def _unnumbered(spots: Iterable[Spot], compound: str | None) -> list[Building]:
    """Return buildings without id and households yet, numbered when they are in a compound."""
    found: list[Building] = []
    for number, (grid, x, y) in enumerate(spots, start=1):
        lon, lat = np.round(to_degrees(np.array([[x, y]]))[0], 7).tolist()
        found.append(Building("", grid, compound, number if compound else None, lon, lat, 0))
    return found


def _with_households(buildings: list[Building]) -> list[Building]:
    """Share out each grid's households and number its buildings."""
    by_grid: dict[str, list[Building]] = defaultdict(list)
    for building in buildings:
        by_grid[building.grid].append(building)
    found: list[Building] = []
    for grid in sorted(by_grid):
        mine = by_grid[grid]
        rng = stream(8, int(grid))
        if mine[0].compound:
            total = round(float(rng.triangular(300, 400, 500)))
        else:
            total = len(mine) * _HOUSEHOLDS_PER_ROW + int(rng.integers(-3, 4))
        found += [
            Building(f"{grid}-{n:02d}", grid, b.compound, b.number, b.lon, b.lat, share)
            for n, (b, share) in enumerate(
                zip(mine, _shares(total, len(mine), rng), strict=True), start=1
            )
        ]
    return found


def _shares(total: int, count: int, rng: np.random.Generator) -> list[int]:
    """Split ``total`` into ``count`` whole parts within about a quarter of each other."""
    weights = rng.uniform(0.75, 1.25, count)
    edges = np.round(np.cumsum(weights) / weights.sum() * total).astype(int)
    return [int(part) for part in np.diff(np.concatenate([[0], edges]))]


def _blocks(community: str, grids: list[Grid]) -> list[_Block]:
    """Return the compounds of one community with the spots of their buildings."""
    blocks: list[_Block] = []
    taken: set[str] = set()
    if community == _CUT_COMMUNITY:
        blocks += _cut_blocks(grids)
        taken = {grid for grid, _, _ in blocks[0].spots}
    if community in _WHOLE:
        blocks.append(_Block(_WHOLE[community], tuple(_reading_order(_slabs(grids[0], 12)))))
        taken = {grids[0].code}
    for grid in grids:
        rng = stream(7, int(grid.code))
        count = int(rng.integers(*_BUILDINGS_PER_GRID))
        if grid.code in taken:
            continue
        slabs = _slabs(grid, count)
        if count < _TWO_COMPOUNDS_FROM:
            blocks.append(_Block(None, tuple(_reading_order(slabs))))
            continue
        west_first = sorted(slabs, key=lambda spot: (spot[1], spot[2]))
        half = count // 2
        blocks += [
            _Block(None, tuple(_reading_order(part)))
            for part in (west_first[:half], west_first[half:])
        ]
    return blocks


def _reading_order(spots: list[Spot]) -> list[Spot]:
    """Order spots as buildings are numbered: rows from the north, each from the west."""
    return sorted(spots, key=lambda spot: (-round(spot[2] / 20), spot[1]))


def _cut_blocks(grids: list[Grid]) -> list[_Block]:
    """Lay the cut compound along the shared border of two grids nearest to the main street.

    The rest of either grid is a compound of its own.
    """
    pairs = [
        (a, b, _shared_border(a, b))
        for i, a in enumerate(grids)
        for b in grids[i + 1 :]
        if a.shape.intersection(b.shape).length > 0
    ]
    street = shapely.Point(at(*_MAIN_STREET))
    roomy = [pair for pair in pairs if pair[2].length > 120] or pairs
    first, second, border = min(roomy, key=lambda pair: round(pair[2].distance(street), 1))
    middle = shapely.get_coordinates(border.interpolate(0.5, normalized=True))[0]
    cut: list[Spot] = []
    rest: list[_Block] = []
    for grid, count in zip((first, second), _CUT_SIDES, strict=True):
        slabs = _slabs(grid, count + _CUT_NEIGHBOURS, middle)
        cut += _reading_order(slabs[:count])
        rest.append(_Block(None, tuple(_reading_order(slabs[count:]))))
    return [_Block(_CUT_NAME, tuple(cut)), *rest]


def _shared_border(a: Grid, b: Grid) -> LineString:
    line = shapely.line_merge(shape_to_plane(a.shape.intersection(b.shape)))
    lines = [part for part in shapely.get_parts(line) if isinstance(part, LineString)]
    return max(lines, key=lambda part: round(part.length, 2))


def _inner(grid: Grid, clearance_m: float) -> Polygon:
    """Return the largest part of the grid in metres, without a strip along its border."""
    shape = shape_to_plane(grid.shape).buffer(-clearance_m)
    pieces = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]
    return max(pieces, key=lambda part: round(part.area, 1))


def _slabs(grid: Grid, count: int, centre: Points | None = None) -> list[Spot]:
    """Return spots for ``count`` apartment slabs around ``centre``, closer where room is short."""
    inner = _inner(grid, _CLEARANCE_M)
    if centre is None:
        centre = shapely.get_coordinates(shapely.maximum_inscribed_circle(inner, tolerance=2.0))[0]
    spacing = np.array(_SLAB_SPACING_M)
    for _ in range(12):
        spots = _lattice(inner, settle(centre), spacing, count)
        if len(spots) == count:
            return [(grid.code, float(x), float(y)) for x, y in spots]
        spacing = np.round(spacing * 0.85, 2)
    raise ValueError(f"no room for {count} buildings in {grid.code}")


def _farm_rows(grid: Grid) -> list[Spot]:
    """Return spots for rows of farmsteads around one hamlet."""
    rng = stream(7, int(grid.code))
    count = round(float(rng.triangular(6, 10, 20.4)))
    inner = _inner(grid, _CLEARANCE_M)
    room = shapely.get_coordinates(shapely.maximum_inscribed_circle(inner, tolerance=5.0))
    reach = float(np.sqrt(((room[1] - room[0]) ** 2).sum()))
    centre = settle(room[0] + rng.uniform(-0.35, 0.35, 2) * reach)
    spots = _lattice(
        inner,
        centre,
        np.array(_ROW_SPACING_M),
        count,
        turn=float(rng.uniform(-0.35, 0.35)),
        stretch=float(rng.uniform(0.8, 1.9)),
    )
    shaken = spots + rng.uniform(-4.0, 4.0, spots.shape)
    return [
        (grid.code, float(x), float(y))
        for x, y in _reading_points(
            settle(np.where(_inside(inner, shaken)[:, None], shaken, spots))
        )
    ]


def _reading_points(points: Points) -> list[list[float]]:
    return sorted(points.tolist(), key=lambda p: (-round(p[1] / 20), p[0]))


def _inside(inner: Polygon, points: Points) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = shapely.contains_xy(inner, points[:, 0], points[:, 1])
    return found


def _lattice(
    inner: Polygon,
    centre: Points,
    spacing: Points,
    count: int,
    *,
    turn: float = 0.0,
    stretch: float = 1.0,
) -> Points:
    """Return the ``count`` points of a rectangular lattice nearest to ``centre`` inside.

    The lattice is turned by ``turn`` radians; with a ``stretch`` above one the points chosen lie
    along its first direction, as the houses of a street village do.
    """
    reach = 14
    steps = np.stack(
        np.meshgrid(np.arange(-reach, reach + 1), np.arange(-reach, reach + 1)), axis=-1
    ).reshape(-1, 2)
    offsets = (steps + 0.5) * spacing
    gaps = (offsets[:, 0] / stretch) ** 2 + (offsets[:, 1] * stretch) ** 2
    along = np.array([math.cos(turn), math.sin(turn)])
    across = np.array([-math.sin(turn), math.cos(turn)])
    points = settle(centre + offsets[:, :1] * along + offsets[:, 1:] * across)
    inside = _inside(inner, points)
    return points[inside][np.argsort(np.round(gaps[inside]), kind="stable")[:count]]
