"""Make the codes of areas that have none: west to east, then north to south, inside the parent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from geo.boundary_files.features import BoundaryFeature
from geo.boundary_files.refusal import FileRefused

MOST_PER_PARENT: Final = 999


def west_to_east(features: Sequence[BoundaryFeature]) -> list[BoundaryFeature]:
    """Return the features in the order in which areas are numbered; those without shape last."""
    return sorted(features, key=_place)


def _place(feature: BoundaryFeature) -> tuple[bool, float, float, int]:
    if feature.geometry is None or feature.geometry.is_empty:
        return True, 0.0, 0.0, feature.number
    centre = feature.geometry.centroid
    return False, centre.x, -centre.y, feature.number


def parents_by_place(
    features: Sequence[BoundaryFeature], parents: Mapping[str, BaseGeometry]
) -> list[BoundaryFeature]:
    """Return the features, those without a parent given the one in which they lie."""
    codes = sorted(parents)
    tree = shapely.STRtree([parents[code] for code in codes])
    found: list[BoundaryFeature] = []
    for feature in features:
        parent = feature.parent
        if not parent and feature.geometry is not None:
            spot = feature.geometry.representative_point()
            hits = tree.query(spot, predicate="intersects").tolist()
            parent = codes[min(hits)] if hits else ""
        found.append(replace(feature, parent=parent))
    return found


def make_codes(
    features: Sequence[BoundaryFeature], *, without_parent: Sequence[str] = ()
) -> list[BoundaryFeature]:
    """Return the features in their order with new codes: the parent's and three digits.

    Features that name no parent go to the areas ``without_parent``, filled one after the other
    with 999 each. Raises FileRefused when that is not room enough.
    """
    made: dict[int, tuple[str, str]] = {}
    counts: dict[str, int] = {}
    spare = list(without_parent)
    for feature in west_to_east(features):
        parent = feature.parent
        if not parent:
            while spare and counts.get(spare[0], 0) >= MOST_PER_PARENT:
                spare.pop(0)
            parent = spare[0] if spare else ""
        counts[parent] = counts.get(parent, 0) + 1
        if not parent:
            raise FileRefused(
                "no_parent", f"第{feature.number}行没有上级编码，无法编码；请给出上级列或上级面。"
            )
        if counts[parent] > MOST_PER_PARENT:
            raise FileRefused("too_many_codes", "同一上级之下超过999个，三位序号不够用。")
        made[feature.number] = (f"{parent}{counts[parent]:03d}", parent)
    return [
        replace(feature, code=made[feature.number][0], parent=made[feature.number][1])
        for feature in features
    ]


def make_names(
    features: Sequence[BoundaryFeature], parent_names: Mapping[str, str]
) -> list[BoundaryFeature]:
    """Return the features, those without a name called after their parent and number."""
    return [
        replace(f, name=f.name or f"{parent_names.get(f.parent, '')}第{int(f.code[-3:])}网格")
        for f in features
    ]
