"""Keep the polygons of a coverage as plain arrays and make a shape when one is asked for.

A county is a few megabytes either way; three hundred thousand polygons as objects would be
gigabytes in every process, of which a question needs a handful.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.locate.cells.layout import LATTICE
from geo.locate.cells.rings import FloatArray, IntArray, Rings, rings_of

_MOST_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class PackedRings:
    """Hold rings as ``Rings`` does, with coordinates as offsets on the lattice where they fit.

    ``x`` and ``y`` are int32 offsets of 1e-8 degree from ``origin`` (p, 2) of their part, or
    doubles in degrees when a vertex is off the lattice. ``part_first`` (n + 1) are the parts of
    each polygon.
    """

    x: NDArray[np.int32] | FloatArray
    y: NDArray[np.int32] | FloatArray
    ring_first: IntArray
    part_ring: IntArray
    part_first: IntArray
    multi: NDArray[np.bool_]
    origin: IntArray

    @property
    def is_packed(self) -> bool:
        """Say whether coordinates are offsets."""
        return self.x.dtype == np.int32

    def vertices(self, part: int, first: int, last: int) -> FloatArray:
        """Return the vertices ``first`` to ``last`` of a part in degrees, shape (n, 2)."""
        x, y = self.x[first:last], self.y[first:last]
        if self.is_packed:
            east, north = self.origin[part]
            return np.column_stack([(x + east) / LATTICE, (y + north) / LATTICE])
        return np.column_stack([x, y])

    def shape(self, slot: int) -> BaseGeometry:
        """Return one polygon or multipolygon, vertices in the order in which they came."""
        parts = []
        for part in range(int(self.part_first[slot]), int(self.part_first[slot + 1])):
            ends = self.ring_first[self.part_ring[part] : self.part_ring[part + 1] + 1].tolist()
            rings = [self.vertices(part, low, high) for low, high in pairwise(ends)]
            parts.append(shapely.Polygon(rings[0], rings[1:]))
        return shapely.MultiPolygon(parts) if self.multi[slot] else parts[0]

    def segments(self, slot: int) -> FloatArray:
        """Return the edges of one polygon as ``segments_of`` its shape does."""
        edges = []
        for part in range(int(self.part_first[slot]), int(self.part_first[slot + 1])):
            ends = self.ring_first[self.part_ring[part] : self.part_ring[part + 1] + 1]
            edges.append(_edges(self.vertices(part, int(ends[0]), int(ends[-1])), ends - ends[0]))
        return edges[0] if len(edges) == 1 else np.concatenate(edges)

    def rings(self) -> Rings:
        """Return all rings in degrees."""
        owner = np.repeat(np.arange(len(self.part_first) - 1), np.diff(self.part_first))
        x, y = self.x, self.y
        if self.is_packed:
            ends = self.ring_first[self.part_ring]
            of_part = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
            x = (x + self.origin[of_part, 0]) / LATTICE
            y = (y + self.origin[of_part, 1]) / LATTICE
        return Rings(
            x=np.asarray(x, dtype=np.float64),
            y=np.asarray(y, dtype=np.float64),
            ring_first=self.ring_first,
            part_ring=self.part_ring,
            part_owner=owner.astype(np.int32),
            multi=self.multi,
        )


def pack(rings: Rings) -> PackedRings:
    """Return the rings with coordinates as offsets, or as they are when one would not come back."""
    every = np.arange(len(rings.multi) + 1)
    part_first = np.searchsorted(rings.part_owner, every).astype(np.int64)
    first = rings.ring_first[rings.part_ring]
    starts = first[:-1]
    origin = np.rint(np.column_stack([rings.x[starts], rings.y[starts]]) * LATTICE).astype(np.int64)
    of_part = np.repeat(np.arange(len(starts)), np.diff(first))
    x = _offsets(rings.x, origin[of_part, 0])
    y = _offsets(rings.y, origin[of_part, 1])
    exact = x is not None and y is not None
    return PackedRings(
        x=x if exact and x is not None else rings.x,
        y=y if exact and y is not None else rings.y,
        ring_first=rings.ring_first,
        part_ring=rings.part_ring,
        part_first=part_first,
        multi=rings.multi,
        origin=origin,
    )


def _offsets(values: FloatArray, origin: IntArray) -> NDArray[np.int32] | None:
    units = np.rint(values * LATTICE).astype(np.int64)
    offsets = units - origin
    fits = np.abs(offsets).max(initial=0) < np.iinfo(np.int32).max
    return offsets.astype(np.int32) if fits and bool((units / LATTICE == values).all()) else None


class Shape:
    """Hold a shape and its edges, each made when it is first asked for: few need both.

    Two threads may make the same; either is good, and neither is seen before it is whole.
    """

    __slots__ = ("_edges", "_geometry", "_raw", "_segments")

    def __init__(
        self, raw: Callable[[], BaseGeometry], edges: Callable[[], FloatArray] | None = None
    ) -> None:
        """Keep how the bare shape is made, and its edges where they are had without it."""
        self._raw, self._edges = raw, edges
        self._geometry: BaseGeometry | None = None
        self._segments: FloatArray | None = None

    @property
    def geometry(self) -> BaseGeometry:
        """Return the prepared shape."""
        if self._geometry is None:
            self._geometry = _prepared(self._raw())
        return self._geometry

    @property
    def segments(self) -> FloatArray:
        """Return the edges of all rings, (n, 4): lon, lat of both ends."""
        if self._segments is None:
            self._segments = self._edges() if self._edges else segments_of(self._raw())
        return self._segments


class ShapeStore:
    """Give shapes by slot; those asked for last are kept, ready for many threads."""

    def __init__(self, packed: PackedRings, fresh: Sequence[BaseGeometry] = ()) -> None:
        """Read from ``packed``; ``fresh`` are the shapes of the slots behind it."""
        self.packed = packed
        self._fresh = tuple(fresh)
        self._kept: OrderedDict[int, Shape] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def slots(self) -> int:
        """Return how many slots were ever given."""
        return len(self.packed.multi) + len(self._fresh)

    def with_fresh(self, fresh: Sequence[BaseGeometry]) -> tuple[ShapeStore, NDArray[np.int32]]:
        """Return a store with more shapes and their slots; what this one has made is shared."""
        store = ShapeStore(self.packed, (*self._fresh, *fresh))
        with self._lock:
            store._kept = self._kept.copy()
        return store, np.arange(self.slots, store.slots, dtype=np.int32)

    def raw(self, slot: int) -> BaseGeometry:
        """Return a shape that nobody has prepared or kept."""
        behind = slot - len(self.packed.multi)
        return self._fresh[behind] if behind >= 0 else self.packed.shape(slot)

    def get(self, slot: int) -> Shape:
        """Return the prepared shape of a slot."""
        with self._lock:
            kept = self._kept.get(slot)
            if kept is not None:
                self._kept.move_to_end(slot)
                return kept
        made = self._shape(slot)
        with self._lock:
            kept = self._kept.setdefault(slot, made)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return kept

    def _shape(self, slot: int) -> Shape:
        # Shapes outlive the store that made them, which must not outlive its own use for them.
        packed, behind = self.packed, slot - len(self.packed.multi)
        if behind < 0:
            return Shape(partial(packed.shape, slot), partial(packed.segments, slot))
        fresh = self._fresh[behind]
        return Shape(lambda: fresh)


def _prepared(geometry: BaseGeometry) -> BaseGeometry:
    """Build the lazy parts of GEOS now: they are not safe to build from two threads."""
    # A copy: preparing marks the object, and the caller keeps its own.
    copy = shapely.from_wkb(shapely.to_wkb(geometry))
    shapely.prepare(copy)
    west, south, east, north = copy.bounds
    shapely.intersects_xy(copy, (west + east) / 2, (south + north) / 2)
    return copy


def segments_of(geometry: BaseGeometry) -> FloatArray:
    """Return the edges of all rings of a shape, (n, 4): lon, lat of both ends."""
    rings = rings_of([geometry])
    return _edges(np.column_stack([rings.x, rings.y]), rings.ring_first)


def _edges(vertices: FloatArray, ring_first: IntArray) -> FloatArray:
    """Return the edges of rings of vertices (n, 2), each of which ends as it begins."""
    if len(ring_first) == 2:
        return np.concatenate([vertices[:-1], vertices[1:]], axis=1)
    ends = np.zeros(len(vertices), dtype=bool)
    ends[ring_first[1:] - 1] = True
    first = np.flatnonzero(~ends)
    return np.concatenate([vertices[first], vertices[first + 1]], axis=1)
