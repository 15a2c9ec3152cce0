"""Say which new grid goes on under the code of which old one."""

from __future__ import annotations

from collections.abc import Sequence

from shapely.geometry.base import BaseGeometry

from geo.redraw.dwellings import Dwellings
from geo.redraw.sheet import Sheet


def heirs(
    sheet: Sheet, old: Sequence[str], shapes: Sequence[BaseGeometry], dwellings: Dwellings
) -> list[str | None]:
    """Return for each shape the code it keeps, None where it needs a new one.

    As after a split the part with more households keeps the code: the pairs of an old grid and a
    shape are taken in order of the households they share, and each grid and each shape once. So an
    old grid goes on where most of its people are, or, when that shape continues another, where
    most of the rest are. The code of a grid nobody lives in goes nowhere.
    """
    homes = [{home.id for home in dwellings.inside(shape)} for shape in shapes]
    pairs: list[tuple[int, str, int]] = []
    for code in old:
        there = dwellings.inside(sheet[code])
        for place, mine in enumerate(homes):
            shared = sum(home.households for home in there if home.id in mine)
            if shared > 0:
                pairs.append((shared, code, place))
    kept: list[str | None] = [None] * len(shapes)
    for _, code, place in sorted(pairs, key=lambda pair: (-pair[0], *pair[1:])):
        if kept[place] is None and code not in kept:
            kept[place] = code
    return kept
