"""Say how far a county that starts from a list is on the map: grids and communities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from api.db.area_store import AreaRow
from geo.codes import Level


def undivided_communities(areas: Mapping[str, AreaRow], in_force: Collection[str]) -> set[str]:
    """Return the communities whose only grid in force is the provisional one of their outline."""
    return {
        community
        for community, grids in _grids_by_community(areas, in_force).items()
        if len(grids) == 1 and areas[grids[0]].provisional
    }


def _grids_by_community(
    areas: Mapping[str, AreaRow], in_force: Collection[str]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for code in in_force:
        row = areas.get(code)
        if row is not None and row.level == Level.GRID.value and row.parent_code is not None:
            found[row.parent_code].append(code)
    return dict(found)


def progress(areas: Mapping[str, AreaRow], in_force: Collection[str]) -> dict[str, Any]:
    """Return the grids and communities on the map, of how many, and what is missing by township.

    ``in_force`` are the codes that have a shape. A provisional grid that is still its community's
    only one is not counted as on the map. Expected of a community are the grids that the list
    says, at least those it has; where the list is silent, those it has, or one.
    """
    grids = _grids_by_community(areas, in_force)
    undivided = undivided_communities(areas, in_force)
    townships: dict[str, dict[str, Any]] = {}
    for code in sorted(areas):
        row = areas[code]
        if row.level == Level.TOWNSHIP.value:
            townships[code] = {
                "code": code, "name": row.name, "mapped": 0, "expected": 0, "missing": []
            }  # fmt: skip
        elif row.level == Level.COMMUNITY.value:
            _count(townships[code[:9]], row, len(grids.get(code, ())), code in undivided)
    communities = [row for row in areas.values() if row.level == Level.COMMUNITY.value]
    return {
        "grids": {
            "mapped": sum(item["mapped"] for item in townships.values()),
            "expected": sum(item["expected"] for item in townships.values()),
        },
        "communities": {
            "mapped": sum(row.code in grids for row in communities),
            "undivided": len(undivided),
            "total": len(communities),
        },
        "townships": list(townships.values()),
    }


def _count(township: dict[str, Any], row: AreaRow, held: int, undivided: bool) -> None:
    mapped = 0 if undivided else held
    expected = max(row.expected_grids or 1, mapped)
    township["mapped"] += mapped
    township["expected"] += expected
    if mapped < expected:
        state = "undivided" if undivided else "partly" if held else "no_outline"
        township["missing"].append(
            {
                "code": row.code,
                "name": row.name,
                "state": state,
                "mapped": mapped,
                "expected": expected,
            }
        )
