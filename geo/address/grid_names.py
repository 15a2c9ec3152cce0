"""Read the number of a grid behind its community: 振华社区第三网格, 第3网格, 三网格, 3号网格."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from geo.address.details import NUMBER, read_number
from geo.address.types import DEFAULT_RADIUS_M, Place, PlaceKind

# 三网格员 is a person, not a place.
_NUMBERED = rf"第?({NUMBER})(?:号|#)?网格(?![员长])"
_BEHIND = re.compile(rf"\|?(?:的|辖区|内)?\|?{_NUMBERED}")
_AT_END = re.compile(rf"{_NUMBERED}$")


def grid_label(name: str) -> str | None:
    """Return the number in which a folded grid name ends (第三网格 gives 3), or None."""
    found = _AT_END.search(name)
    return _label(found[1]) if found else None


def grid_at(text: str, start: int) -> tuple[str, int] | None:
    """Return number and end of the grid written directly behind ``start``, or None."""
    found = _BEHIND.match(text, start)
    label = _label(found[1]) if found else None
    return (label, found.end()) if found and label else None


def _label(number: str) -> str | None:
    value = read_number(number)
    return None if value is None else str(value)


def grid_places(names: Mapping[str, str], places: Iterable[Place]) -> list[Place]:
    """Return the grids of 15-digit codes as places, so that a text may name them.

    ``names`` may hold units of other levels too; they are left out, and so are grids whose
    community is not among ``places``: nobody could name them.
    """
    communities = {p.area_code: p for p in places if p.kind is PlaceKind.COMMUNITY}
    return [
        Place(
            id=f"grid:{code}",
            name=name,
            kind=PlaceKind.GRID,
            lon=community.lon,
            lat=community.lat,
            radius_m=DEFAULT_RADIUS_M[PlaceKind.GRID],
            area_code=code,
            grids=(code,),
        )
        for code, name in sorted(names.items())
        if len(code) == 15 and (community := communities.get(code[:12])) is not None
    ]
