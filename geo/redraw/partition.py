"""Propose grids of like size for a community: a draft like any other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.redraw.balance import group_units
from geo.redraw.blocks import Blocks, blocks_of
from geo.redraw.heirs import heirs
from geo.redraw.limits import Limits, new_codes, require_known
from geo.redraw.operations import Partition, Regroup
from geo.redraw.outcome import Warned
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

COMMUNITY_DIGITS = 12
MOST_GRIDS = 200
MOST_BUILDINGS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Hold proposed grids: the operation, households by code, and grids outside the tolerance."""

    regroup: Regroup
    households: dict[str, int]
    exceptions: tuple[Warned, ...]


def propose(sheet: Sheet, operation: Partition, limits: Limits) -> Proposal:
    """Propose connected, compact grids of about ``households`` for a community.

    The same sheet, buildings, roads and seed give the same proposal. Roads are preferred as
    borders; a grid goes on under its code where most of its households do. One that cannot be
    brought within the tolerance is named in ``exceptions``.
    Raises RedrawError for an area that is no community, is unknown, or where nobody lives.
    """
    _check(operation)
    old = sorted(code for code in sheet if code.startswith(operation.area))
    if not old:
        raise RedrawError("unknown_area", "这个村（社区）还没有网格。")
    require_known(sheet, old, limits)
    land = shapely.coverage_union_all([sheet[code] for code in old])
    buildings = limits.dwellings.inside(land) if limits.dwellings is not None else ()
    total = sum(building.households for building in buildings)
    if total == 0 or len(buildings) > MOST_BUILDINGS:
        raise RedrawError(
            "no_buildings",
            f"该村（社区）没有楼栋户数，或超过{MOST_BUILDINGS}栋，不能自动划分。",
            where=land,
        )
    blocks = blocks_of(land, buildings, limits.roads)
    count = _count(total, operation, len(blocks.households))
    slack = operation.tolerance * operation.households
    owners = group_units(
        blocks.places,
        blocks.households,
        blocks.costs,
        count,
        within=(operation.households - slack, operation.households + slack),
        seed=operation.seed,
    )
    shapes, sizes = _shapes(blocks, owners)
    codes = _codes(sheet, limits, operation.area, old, shapes)
    households = dict(zip(codes, sizes, strict=True))
    return Proposal(
        regroup=Regroup(area=operation.area, pieces=tuple(zip(codes, shapes, strict=True))),
        households=households,
        exceptions=_exceptions(households, operation, slack),
    )


def _check(operation: Partition) -> None:
    if len(operation.area) != COMMUNITY_DIGITS:
        raise RedrawError("bad_area", "只能对一个村或社区自动划分。")
    if operation.households < 1 or not 0 <= operation.tolerance <= 1 or operation.seed < 0:
        raise RedrawError("bad_partition", "户数应为正数，容差应在0到1之间，种子不能为负。")


def _count(total: int, operation: Partition, units: int) -> int:
    """Return how many grids come nearest to the size that is wanted."""
    few = max(1, total // operation.households)
    count = min((few, few + 1), key=lambda n: (abs(total / n - operation.households), n))
    if count > MOST_GRIDS:
        raise RedrawError("bad_partition", f"一次最多划分{MOST_GRIDS}个网格，请调大每格户数。")
    return min(count, units)


def _shapes(blocks: Blocks, owners: NDArray[np.int64]) -> tuple[list[BaseGeometry], list[int]]:
    """Return the land and the households of each group, from west to east."""
    groups = np.unique(owners)
    shapes = [blocks.shape_of(np.flatnonzero(owners == group)) for group in groups]
    sizes = [int(blocks.households[owners == group].sum()) for group in groups]
    middles = shapely.get_coordinates(shapely.centroid(np.array(shapes, dtype=object)))
    order = np.lexsort((-middles[:, 1], middles[:, 0])).tolist()
    return [shapes[n] for n in order], [sizes[n] for n in order]


def _codes(
    sheet: Sheet, limits: Limits, area: str, old: list[str], shapes: list[BaseGeometry]
) -> list[str]:
    """Return the code of each proposed grid: that of the grid it continues, or a new one."""
    assert limits.dwellings is not None
    kept = heirs(sheet, old, shapes, limits.dwellings)
    fresh = iter(new_codes(sheet, limits, area, kept.count(None)) if None in kept else ())
    return [code or next(fresh) for code in kept]


def _exceptions(
    households: dict[str, int], operation: Partition, slack: float
) -> tuple[Warned, ...]:
    return tuple(
        Warned(
            reason="outside_tolerance",
            message=f"{code} 有{size}户，超出{operation.households}户±{operation.tolerance:.0%}。",
            codes=(code,),
        )
        for code, size in households.items()
        if abs(size - operation.households) > slack
    )
