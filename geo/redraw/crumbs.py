"""Sweep up crumbs: pieces too small to be anyone's land go to the longest-edge neighbour."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import shapely

from geo.coverage import area_m2
from geo.redraw.limits import Bench
from geo.redraw.mesh import Face
from geo.redraw.outcome import Warned

# A hand-traced line cuts off pieces like this along a border that it meant to follow.
CRUMB_M2 = 100.0


def square_metres(bench: Bench, face: Face) -> float:
    """Return the area of a face in square metres."""
    return area_m2(bench.frame.to_degrees(face.polygon))


def crumb_warning(bench: Bench, face: Face, owner: str) -> Warned:
    """Say that a crumb went to ``owner``, and how large it was."""
    size = square_metres(bench, face)
    return Warned(
        reason="crumb",
        message=f"{size:.1f}平方米的碎块并入 {owner}。",
        codes=(owner,),
        area_m2=size,
    )


def longest_edge(
    faces: Sequence[Face], number: int, among: Sequence[int], owners: Sequence[str]
) -> str:
    """Return the owner of the face among ``among`` that shares the longest edge."""
    edge = shapely.boundary(faces[number].polygon)
    lengths = {
        other: shapely.intersection(edge, shapely.boundary(faces[other].polygon)).length
        for other in among
        if other != number
    }
    best = max(lengths, key=lambda other: (lengths[other], owners[other]))
    return owners[best]


def sweep_crumbs(
    bench: Bench, faces: Sequence[Face], owners: list[str], concerned: Collection[str]
) -> tuple[list[str], tuple[Warned, ...]]:
    """Give cut-off pieces under ``CRUMB_M2`` to the concerned neighbour with the longest edge."""
    owners = list(owners)
    warnings: list[Warned] = []
    for code in sorted(concerned):
        held = [i for i, owner in enumerate(owners) if owner == code]
        if not held:
            continue
        whole = shapely.coverage_union_all([faces[i].polygon for i in held])
        parts = shapely.get_parts(whole)
        if len(parts) < 2:
            continue
        largest = int(np.argmax(shapely.area(parts)))
        for at, part in enumerate(parts):
            if at == largest or area_m2(bench.frame.to_degrees(part)) >= CRUMB_M2:
                continue
            inner = shapely.point_on_surface(part)
            members = [
                i
                for i in held
                if shapely.intersects(part, shapely.point_on_surface(faces[i].polygon))
            ]
            others = [i for i, o in enumerate(owners) if o in concerned and o != code]
            if not others or inner.is_empty:
                continue
            piece = Face(part, code)
            heir = longest_edge([*faces, piece], len(faces), others, [*owners, code])
            for i in members:
                owners[i] = heir
            warnings.append(crumb_warning(bench, piece, heir))
    return owners, tuple(warnings)
