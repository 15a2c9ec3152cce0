"""Choose where each grid of the county has its centre, from the townships down.

Townships share the land around their backbones by capacity; inside a township each village gets
a compact group of points; inside a village each grid does. The built-up settlements are packed
first and keep the rest out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point, Polygon

from geo.synthetic import geography
from geo.synthetic.clustering import (
    divide_by_capacity,
    group,
    scatter,
    squared_distances,
    squared_segment_distances,
)
from geo.synthetic.plane import Points, at, to_plane
from geo.synthetic.units import Unit

_RESIDENTS_GRIDS = 120
_SPECIAL_GRIDS = 3
_RURAL_GRIDS = 1_047
_MOUNTAIN_LAT = 40.64
_TOWN_RADIUS_M = 1_800.0


@dataclass(frozen=True, slots=True)
class Community:
    """Hold a unit, the points that are its land for now, their mass, and its grid count."""

    unit: Unit
    points: Points
    mass: NDArray[np.float64]
    grids: int


def lay_out(units: list[Unit], outline: Polygon, rng: np.random.Generator) -> list[Community]:
    """Return every community except the enclave, each with its land."""
    by_code = {unit.code: unit for unit in units}
    built_up = _settlements(by_code, rng)
    land = scatter(outline.buffer(-60), spacing_m=170.0, rng=rng)
    for settlement in geography.SETTLEMENTS:
        kept_free = _built_up_area(settlement).buffer(60)
        land = land[~shapely.contains_xy(kept_free, land[:, 0], land[:, 1])]
    return built_up + _villages(units, land, rng)


def _built_up_area(settlement: geography.Settlement) -> Polygon:
    """Return the union of the settlement's discs in metres."""
    discs = [Point(at(*centre)).buffer(radius_m) for centre, radius_m in settlement.discs]
    area = shapely.union_all(discs)
    if not isinstance(area, Polygon):
        raise TypeError("a settlement is in one piece")
    return area


def _settlements(by_code: dict[str, Unit], rng: np.random.Generator) -> list[Community]:
    found: list[tuple[Unit, Points]] = []
    for settlement in geography.SETTLEMENTS:
        points = scatter(_built_up_area(settlement), spacing_m=24.0, rng=rng)
        if len(settlement.units) == 1:
            owners = np.zeros(len(points), dtype=np.int64)
            codes = list(settlement.units)
        else:
            seat = at(*geography.TOWNSHIPS[0].seat)[None]
            ones = np.ones(len(points))
            centres, owners = group(points, ones, len(settlement.units), rng=rng, fixed=seat)
            codes = name_sites(list(settlement.units), centres)
        found += [(by_code[code], points[owners == index]) for index, code in enumerate(codes)]
    counts = _residents_counts([unit for unit, _ in found])
    return [Community(unit, pts, np.ones(len(pts)), counts[unit.code]) for unit, pts in found]


def _residents_counts(urban: list[Unit]) -> dict[str, int]:
    """Share 120 grids among the residents' committees, nine or ten each; three for a special."""
    residents = sorted(unit.code for unit in urban if unit.kind == "residents_committee")
    base, extra = divmod(_RESIDENTS_GRIDS, len(residents))
    counts = {code: base + (index < extra) for index, code in enumerate(residents)}
    return {unit.code: counts.get(unit.code, _SPECIAL_GRIDS) for unit in urban}


def _villages(units: list[Unit], land: Points, rng: np.random.Generator) -> list[Community]:
    villages = [unit for unit in units if unit.kind == "villagers_committee"]
    mass = _density(land)
    backbones = np.array([to_plane(np.array(town.backbone)) for town in geography.TOWNSHIPS])
    of_town = [[v for v in villages if v.code[:9] == t.code] for t in geography.TOWNSHIPS]
    shares = np.array(
        [
            len(mine) * town.land_factor
            for mine, town in zip(of_town, geography.TOWNSHIPS, strict=True)
        ]
    )
    owners = divide_by_capacity(squared_segment_distances(land, backbones), shares)
    found: list[tuple[Unit, Points, NDArray[np.float64]]] = []
    for index, (town, mine) in enumerate(zip(geography.TOWNSHIPS, of_town, strict=True)):
        here, weight = land[owners == index], mass[owners == index]
        pinned = any(unit.code == town.seat_unit for unit in mine)
        fixed = at(*town.seat)[None] if pinned else None
        centres, groups = group(here, weight, len(mine), rng=rng, fixed=fixed, rounds=3)
        codes = name_sites(
            sorted((u.code for u in mine), key=lambda c: c != town.seat_unit), centres
        )
        units_here = {unit.code: unit for unit in mine}
        found += [
            (units_here[code], here[groups == k], weight[groups == k])
            for k, code in enumerate(codes)
        ]
    counts = _village_counts(found, rng)
    return [Community(unit, pts, w, counts[unit.code]) for unit, pts, w in found]


def _density(points: Points) -> NDArray[np.float64]:
    """Return how thickly people live: more towards the town and the roads, less in the hills."""
    town = np.sqrt(squared_distances(points, at(*geography.TOWN_CENTRE)[None])[:, 0])
    near = np.maximum(town - _TOWN_RADIUS_M, 0) / 2_500.0
    seats = np.array([at(*township.seat) for township in geography.TOWNSHIPS])
    seat = np.sqrt(squared_distances(points, seats).min(axis=1)) / 1_500.0
    hills = np.where(points[:, 1] > at(110.6, _MOUNTAIN_LAT)[1], 0.6, 1.0)
    density: NDArray[np.float64] = np.round(
        hills + 14.0 / (1.0 + near**2) + 5.0 / (1.0 + seat**2), 3
    )
    return density


def _village_counts(
    found: list[tuple[Unit, Points, NDArray[np.float64]]], rng: np.random.Generator
) -> dict[str, int]:
    """Give each village 2 to 12 grids, more to the larger, 1,047 in all; one village has one."""
    size = np.array([np.sqrt(mass.sum()) for _, _, mass in found])
    wanted = 5.2 * (0.45 + 0.55 * size / size.mean()) * np.exp(rng.uniform(-0.45, 0.45, len(size)))
    counts = np.clip(np.round(wanted), 2, 12).astype(int)
    only = [unit.code for unit, _, _ in found].index(geography.SINGLE_GRID_VILLAGE)
    counts[only] = 1
    while int(counts.sum()) != _RURAL_GRIDS:
        step = 1 if int(counts.sum()) < _RURAL_GRIDS else -1
        index = int(rng.integers(len(counts)))
        if index != only and 2 <= counts[index] + step <= 12:
            counts[index] += step
    return {unit.code: int(count) for (unit, _, _), count in zip(found, counts, strict=True)}


def name_sites(codes: list[str], centres: Points) -> list[str]:
    """Return the code of each centre: hinted units take the nearest free one, others follow.

    The first code takes the first centre (the seat) unless it has a hint.
    """
    free = list(range(len(centres)))
    chosen: dict[int, str] = {}
    if codes[0] not in geography.HINTS:
        chosen[free.pop(0)] = codes[0]
    hinted = [code for code in codes if code in geography.HINTS]
    for code in hinted:
        gaps = squared_distances(centres[free], at(*geography.HINTS[code])[None])[:, 0]
        chosen[free.pop(int(np.argmin(gaps)))] = code
    rest = [code for code in codes if code not in chosen.values()]
    left_over = sorted(free, key=lambda i: (centres[i][0], centres[i][1]))
    chosen |= dict(zip(left_over, rest, strict=True))
    return [chosen[index] for index in range(len(centres))]


def grid_sites(community: Community, rng: np.random.Generator) -> Points:
    """Return the centres of one community's grids."""
    rounds = 10 if community.unit.is_urban else 3
    centres, owners = group(
        community.points, community.mass, community.grids, rng=rng, rounds=rounds
    )
    for index, centre in enumerate(centres):
        mine = community.points[owners == index]
        if len(mine):
            centres[index] = mine[int(np.argmin(squared_distances(mine, centre[None])[:, 0]))]
    return centres
