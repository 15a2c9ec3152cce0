"""Make coverages of any size from a seed: crooked shared borders on the lattice of 1e-8 degree.

Cells of a jittered, warped net; each border between two nodes is one crooked line that both
neighbours share to the last bit. Two borders never cross: a line keeps to a narrow wedge at both of
its nodes, and no two wedges overlap. Small cells lie close together in some places, as in towns,
large ones in others. Vectorised throughout: 300,000 polygons take seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.county import County, FloatArray
from geo.lattice import snap_values

# Cells across and up. The county is as large as the demo's, with four times its nodes.
COUNTY = (51, 23)
COUNTY_BENDS, LARGE_BENDS = 48, 24  # pieces of one side of a cell
SIZES = {1_000: (40, 25), 10_000: (125, 80), 100_000: (400, 250), 300_000: (600, 500)}
STEP_LON, STEP_LAT = 0.02, 0.017  # about 1.7 by 1.9 km
MIDDLE_LON, MIDDLE_LAT = 110.6, 40.5
_JITTER = 0.15  # of a cell: two borders at a node part by more than 40 degrees
_WEDGE = 0.36  # the tangent of 20 degrees
_ROUGHNESS = 0.6  # how much of a bend the next finer one is
_WARPS, _WARP_SUM = 3, 0.84  # below 1, or the warped net would fold
HOMES_PER_GRID = 5
_GRIDS_PER = (20, 10, 6)  # of a community, communities of a township, townships of a county


@dataclass(frozen=True, slots=True)
class Rings:
    """Hold a coverage as plain arrays: one closed ring for each polygon, lowest code first.

    ``nodes`` has the shape (polygons, nodes of a ring, 2), CGCS2000 degrees on the lattice.
    """

    codes: tuple[str, ...]
    nodes: FloatArray

    def polygons(self) -> NDArray[np.object_]:
        """Return the polygons as shapely objects."""
        return np.asarray(shapely.polygons(self.nodes), dtype=object)


def county_like(seed: int) -> County:
    """Return a county of 1,173 polygons and 226,389 nodes."""
    return as_county(make_rings(COUNTY, COUNTY_BENDS, seed), seed)


def large(polygons: int, seed: int) -> Rings:
    """Return one of the SIZES: 97 nodes a polygon, 29 million for 300,000."""
    return make_rings(SIZES[polygons], LARGE_BENDS, seed)


def as_county(rings: Rings, seed: int) -> County:
    """Return the coverage with buildings in it, a few hamlets in each polygon."""
    source = np.random.default_rng(seed + 1)
    shapes = rings.polygons()
    # The mean of a ring's nodes lies within its cell, far from the border.
    middles = np.repeat(rings.nodes[:, :-1].mean(axis=1), HOMES_PER_GRID, axis=0)
    spread = (STEP_LON / 5, STEP_LAT / 5)
    homes = middles + source.normal(0, 1, middles.shape) * spread
    return County(rings.codes, tuple(shapes.tolist()), {}, {}, homes)


def make_rings(cells: tuple[int, int], bends: int, seed: int) -> Rings:
    """Return ``across`` by ``up`` cells whose sides have ``bends`` pieces each."""
    across, up = cells
    source = np.random.default_rng(seed)
    i, j = np.meshgrid(np.arange(across + 1), np.arange(up + 1), indexing="ij")
    nodes = np.stack([i, j], axis=-1) + source.uniform(-_JITTER, _JITTER, (across + 1, up + 1, 2))
    level = _sides(source, nodes[:-1], nodes[1:], bends)
    upright = _sides(source, nodes[:, :-1], nodes[:, 1:], bends)
    warps = _warp(source, across), _warp(source, up)
    level, upright = (_placed(sides, warps, cells) for sides in (level, upright))
    around = (
        level[:, :-1, :-1],
        upright[1:, :, :-1],
        level[:, 1:, :0:-1],
        upright[:-1, :, ::-1],
    )
    rings = np.concatenate(around, axis=2).reshape(across * up, 4 * bends + 1, 2)
    return Rings(codes_of(across * up), rings)


def codes_of(count: int) -> tuple[str, ...]:
    """Return codes of grids in rising order, twenty to a community."""
    per_community, communities, townships = _GRIDS_PER
    codes = []
    for number in range(count):
        rest, grid = divmod(number, per_community)
        rest, community = divmod(rest, communities)
        county, township = divmod(rest, townships)
        codes.append(f"{150000 + county}{100 + township}{200 + community}{grid + 1:03d}")
    return tuple(codes)


def _sides(
    source: np.random.Generator, begin: FloatArray, end: FloatArray, bends: int
) -> FloatArray:
    """Return the lines from ``begin`` to ``end``, both included; shape (…, bends + 1, 2).

    A line is a graph over its chord, so it cannot cross itself; it keeps to the wedge at each end.
    """
    along = np.linspace(0, 1, bends + 1)
    aside = np.zeros((*begin.shape[:-1], bends + 1))
    size, sizes, knots = 1.0, 0.0, 2
    while knots <= bends:
        drawn = source.uniform(-size, size, (*begin.shape[:-1], knots + 1))
        at = np.minimum((along * knots).astype(int), knots - 1)
        share = along * knots - at
        aside += drawn[..., at] * (1 - share) + drawn[..., at + 1] * share
        sizes += size
        size *= _ROUGHNESS
        knots *= 2
    aside *= _WEDGE / sizes * np.minimum(along, 1 - along)
    chord = (end - begin)[..., None, :]
    lines: FloatArray = begin[..., None, :] + along[:, None] * chord
    lines[..., 0] -= aside * chord[..., 1]
    lines[..., 1] += aside * chord[..., 0]
    # Exactly the node, which four cells share.
    lines[..., 0, :], lines[..., -1, :] = begin, end
    return lines


def _warp(source: np.random.Generator, cells: int) -> tuple[FloatArray, FloatArray]:
    """Return waves as cycles a cell and phases: where cells lie close together."""
    slowest = 1.0 / cells
    return source.uniform(slowest, max(1 / 12, 2 * slowest), _WARPS), source.uniform(
        0, 6.28, _WARPS
    )


def _placed(
    sides: FloatArray,
    warps: tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]],
    cells: tuple[int, int],
) -> FloatArray:
    """Bring lines from cells to degrees on the lattice, warped along both directions."""
    placed = np.empty_like(sides)
    steps, middle = (STEP_LON, STEP_LAT), (MIDDLE_LON, MIDDLE_LAT)
    for axis in (0, 1):
        at = sides[..., axis]
        moved = at - cells[axis] / 2
        for cycles, phase in zip(*warps[axis], strict=True):
            turn = 2 * np.pi * cycles
            moved = moved + _WARP_SUM / _WARPS * np.sin(turn * at + phase) / turn
        placed[..., axis] = snap_values(moved * steps[axis] + middle[axis])
    return placed
