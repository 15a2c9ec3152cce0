"""Find codes by where areas lie: of the grid that is there, else the next of its community."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from geo.boundary_files.features import BoundaryFeature
from geo.boundary_files.numbering import west_to_east
from geo.codes import parent_of
from geo.redraw.sheet import Sheet

# An area is the grid with which it shares more than half of the larger of the two: at most one.
_SAME: Final = 0.5


def match_by_place(
    features: Sequence[BoundaryFeature], sheet: Sheet, used: Collection[str]
) -> list[BoundaryFeature]:
    """Return the features with the codes of the grids they stand for.

    One that stands for none gets a code that its community never ``used``, from west to east; one
    that touches no grid stays without. Shapes are CGCS2000 degrees; codes of the file are ignored.
    """
    found: dict[int, str] = {}
    homes: dict[int, str] = {}
    for feature in features:
        shares = _shares(feature, sheet)
        if not shares:
            continue
        code = max(sorted(shares), key=lambda each: shares[each][0])
        if shares[code][1] > _SAME:
            found[feature.number] = code
            continue
        land: dict[str, float] = defaultdict(float)
        for near, (area, _) in shares.items():
            land[parent_of(near) or ""] += area
        homes[feature.number] = max(sorted(land), key=lambda each: land[each])
    for feature in west_to_east(features):
        home = homes.get(feature.number)
        if home is not None:
            found[feature.number] = _next(home, {*used, *sheet, *found.values()})
    return [replace(f, code=found.get(f.number, ""), parent="") for f in features]


def _shares(feature: BoundaryFeature, sheet: Sheet) -> dict[str, tuple[float, float]]:
    """Return for each grid beneath: the common area, and its share of the larger of the two."""
    shape = feature.geometry
    if shape is None or shape.is_empty:
        return {}
    sound: BaseGeometry = shape if shape.is_valid else shapely.make_valid(shape)
    shares: dict[str, tuple[float, float]] = {}
    for code in sheet.meeting(sound):
        common = float(shapely.intersection(sheet[code], sound).area)
        if common > 0:
            shares[code] = (common, common / max(sheet[code].area, sound.area))
    return shares


def _next(community: str, used: Collection[str]) -> str:
    numbers = (int(code[12:]) for code in used if code.startswith(community))
    return f"{community}{max(numbers, default=0) + 1:03d}"
