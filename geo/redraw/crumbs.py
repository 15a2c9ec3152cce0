"""Sweep up crumbs: pieces too small to be anyone's land go to the longest-edge neighbour."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.coverage import area_m2
from geo.redraw.limits import Bench
from geo.redraw.mesh import Face
from geo.redraw.outcome import Warned

# A hand-traced line cuts off pieces like this along a border that it meant to follow.
CRUMB_M2 = 100.0


def square_metres(bench: Bench, shape: BaseGeometry) -> float:
    """Return the square metres of a shape in steps."""
    return area_m2(bench.frame.to_degrees(shape))


def crumb_warning(bench: Bench, shape: BaseGeometry, owner: str) -> Warned:
    """Return the note that a crumb went to ``owner``, with its size."""
    size = square_metres(bench, shape)
    return Warned(
        reason="crumb",
        message=f"{size:.1f}平方米的碎块并入 {owner}。",
        codes=(owner,),
        area_m2=size,
    )


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Hold the faces of a neighbourhood with an index, to find who lies along what."""

    polygons: NDArray[np.object_]
    tree: shapely.STRtree

    @classmethod
    def of(cls, faces: Sequence[Face]) -> Sweeper:
        """Index the faces."""
        polygons = np.array([face.polygon for face in faces], dtype=object)
        return cls(polygons, shapely.STRtree(polygons))

    def heir(
        self, piece: BaseGeometry, owners: Sequence[str], among: Collection[str]
    ) -> str | None:
        """Return the owner in ``among`` with the longest edge along ``piece``, or None."""
        near = self.tree.query(piece, predicate="intersects")
        near = np.array([n for n in near.tolist() if owners[n] in among], dtype=np.int64)
        if not len(near):
            return None
        edges = shapely.intersection(shapely.boundary(piece), shapely.boundary(self.polygons[near]))
        lengths: dict[str, float] = {}
        for number, length in zip(near.tolist(), shapely.length(edges).tolist(), strict=True):
            lengths[owners[number]] = lengths.get(owners[number], 0.0) + length
        best = min(lengths, key=lambda code: (-lengths[code], code))
        return best if lengths[best] > 0 else None

    def members(self, piece: BaseGeometry, owners: Sequence[str], code: str) -> list[int]:
        """Return the faces of ``code`` that make up ``piece``."""
        near = [n for n in self.tree.query(piece).tolist() if owners[n] == code]
        inner = shapely.point_on_surface(self.polygons[near])
        return [n for n, hit in zip(near, shapely.intersects(piece, inner), strict=True) if hit]


def sweep_crumbs(
    bench: Bench, faces: Sequence[Face], owners: Sequence[str], concerned: Collection[str]
) -> tuple[list[str], tuple[Warned, ...]]:
    """Give cut-off pieces under ``CRUMB_M2`` to the concerned neighbour with the longest edge.

    A small exclave that was there before is nobody's crumb.
    """
    owners = list(owners)
    sweeper = Sweeper.of(faces)
    warnings: list[Warned] = []
    for code in sorted(set(concerned)):
        for piece in _crumbs(bench, faces, owners, code):
            heir = sweeper.heir(piece, owners, set(concerned) - {code})
            if heir is None:
                continue
            for number in sweeper.members(piece, owners, code):
                owners[number] = heir
            warnings.append(crumb_warning(bench, piece, heir))
    return owners, tuple(warnings)


def _crumbs(
    bench: Bench, faces: Sequence[Face], owners: Sequence[str], code: str
) -> list[BaseGeometry]:
    held = [face.polygon for face, owner in zip(faces, owners, strict=True) if owner == code]
    if not held:
        return []
    parts = sorted(
        shapely.get_parts(shapely.coverage_union_all(held)).tolist(),
        key=lambda part: -float(part.area),
    )
    return [
        part
        for part in parts[1:]
        if square_metres(bench, part) < CRUMB_M2 and not _stood(bench, part, code)
    ]


def _stood(bench: Bench, part: BaseGeometry, code: str) -> bool:
    """Say whether the part is what was left of a part just as small."""
    if code not in bench.shapes:
        return False
    inner = shapely.point_on_surface(part)
    return any(
        square_metres(bench, old) < CRUMB_M2 and shapely.intersects(old, inner)
        for old in shapely.get_parts(bench.shapes[code])
    )
