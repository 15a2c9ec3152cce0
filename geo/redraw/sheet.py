"""Hold one coverage of grids as it stands in a plan, and find who lies beside whom.

A sheet is never changed: an operation makes the next one. Shapes are CGCS2000 degrees on the
lattice; unchanged grids keep their very object, so that a long plan costs what it touches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

# So many replaced shapes are searched one by one before the tree is built anew.
_MOST_LOOSE = 256


class Sheet:
    """Hold shapes by code with an index over them."""

    __slots__ = ("_base_codes", "_loose", "_loose_codes", "_loose_shapes", "_tree", "shapes")

    def __init__(self, shapes: Mapping[str, BaseGeometry]) -> None:
        """Index all shapes."""
        self.shapes: Mapping[str, BaseGeometry] = MappingProxyType(dict(shapes))
        self._base_codes: tuple[str, ...] = tuple(self.shapes)
        self._tree = shapely.STRtree(np.array(list(self.shapes.values()), dtype=object))
        self._hold_loose(frozenset())

    def _hold_loose(self, codes: frozenset[str]) -> None:
        self._loose = codes
        self._loose_codes = [code for code in sorted(codes) if code in self.shapes]
        # Asked all at once: one call, and the boxes decide for most of them.
        self._loose_shapes = np.array([self.shapes[c] for c in self._loose_codes], dtype=object)

    def __getitem__(self, code: str) -> BaseGeometry:
        """Return the shape of ``code``; raise KeyError for one that is not there."""
        return self.shapes[code]

    def __contains__(self, code: object) -> bool:
        """Say whether a grid of this code is there."""
        return code in self.shapes

    def __iter__(self) -> Iterator[str]:
        """Go through the codes."""
        return iter(self.shapes)

    def meeting(self, shape: BaseGeometry) -> tuple[str, ...]:
        """Return the codes whose shapes touch or cross ``shape``, lowest first."""
        found = [
            self._base_codes[number]
            for number in self._tree.query(shape, predicate="intersects").tolist()
        ]
        codes = {code for code in found if code in self.shapes and code not in self._loose}
        meets = shapely.intersects(self._loose_shapes, shape)
        codes.update(self._loose_codes[number] for number in np.flatnonzero(meets).tolist())
        return tuple(sorted(codes))

    def around(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Return ``codes`` and every grid that touches one of them, corners included."""
        near: set[str] = set(codes)
        for code in tuple(near):
            near.update(self.meeting(self.shapes[code]))
        return tuple(sorted(near))

    def owner(self, *, lon: float, lat: float) -> str | None:
        """Return the lowest code that covers the point."""
        covering = self.meeting(shapely.Point(lon, lat))
        return covering[0] if covering else None

    def changed(self, changes: Mapping[str, BaseGeometry | None]) -> Sheet:
        """Return the sheet with some shapes replaced, added, or (None) taken away."""
        shapes = dict(self.shapes)
        for code, shape in changes.items():
            if shape is None:
                shapes.pop(code, None)
            else:
                shapes[code] = shape
        loose = self._loose | frozenset(changes)
        if len(loose) > _MOST_LOOSE:
            return Sheet(shapes)
        fresh = object.__new__(Sheet)
        fresh.shapes = MappingProxyType(shapes)
        fresh._base_codes = self._base_codes
        fresh._tree = self._tree
        fresh._hold_loose(loose)
        return fresh


def same_bytes(one: BaseGeometry | None, other: BaseGeometry | None) -> bool:
    """Say whether two shapes are the same to the byte, wherever their rings begin."""
    if one is None or other is None:
        return one is other
    return bool(shapely.to_wkb(shapely.normalize(one)) == shapely.to_wkb(shapely.normalize(other)))
