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

    As after a split the part with more households keeps the code: the heir of an old grid is the
    shape that holds most of its households, and of several codes a shape takes the one that brings
    it the most. A code is kept once at most; people of a grid nobody lives in go nowhere.
    """
    homes = [{home.id for home in dwellings.inside(shape)} for shape in shapes]
    claims: list[tuple[int, str, int]] = []
    for code in old:
        there = dwellings.inside(sheet[code])
        shared = [sum(h.households for h in there if h.id in mine) for mine in homes]
        most = max(shared, default=0)
        if most > 0:
            claims.append((most, code, shared.index(most)))
    kept: list[str | None] = [None] * len(shapes)
    for _, code, place in sorted(claims, key=lambda claim: (-claim[0], claim[1])):
        if kept[place] is None:
            kept[place] = code
    return kept
