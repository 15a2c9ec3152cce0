"""Answer which polygon of a coverage owns a point, exactly.

The owner is the polygon that *covers* the point; on a shared border or vertex the lowest code.
Exact in the sense of GEOS and PostGIS: the predicate runs on the stored doubles with robust
orientation, so the index and a database query agree for every point. All coordinates are CGCS2000
degrees on the 1e-8 lattice, lon before lat.
"""

from __future__ import annotations

import math
import os
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo.crs import box_distances_m, nearest_on_segments
from geo.distances import within
from geo.errors import CoverageError
from geo.locate.cells.rings import Rings, rings_of
from geo.locate.cells.table import Box, CellTable, build_table, meets_any
from geo.locate.index_checks import check_codes, check_coverage, check_levels
from geo.locate.index_file import IndexParts, MappedFile, read_index, rewritten, write_index
from geo.locate.shapes import ShapeStore, pack

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Below this many polygons a second thread costs more than it saves.
_WORTH_A_THREAD: Final = 4096


class GridIndex:
    """Hold one coverage of polygons, all of one level, ready for lookups from many threads.

    Immutable after construction. Every polygon has a slot, given once; ``codes`` are sorted, and
    the number of a code is its place there. Raises CoverageError: no polygons, unequal lengths,
    duplicate codes, codes of different levels, or something that is not a polygon.
    """

    __slots__ = (
        "_boxes",
        "_code_array",
        "_file",
        "_number",
        "_number_of_slot",
        "_slots",
        "_store",
        "_table",
        "codes",
    )

    def __init__(self, codes: Sequence[str], geometries: Sequence[BaseGeometry]) -> None:
        """Sort by code, so that the lowest number is the lowest code, and build the table."""
        check_coverage(codes, geometries)
        order = sorted(range(len(codes)), key=codes.__getitem__)
        shapes: NDArray[np.object_] = np.array(geometries, dtype=object)[order]
        self._build(tuple(codes[i] for i in order), rings_of(shapes))

    @classmethod
    def from_rings(cls, codes: Sequence[str], rings: Rings) -> GridIndex:
        """Return the index of polygons given as arrays; ``codes`` ascending, of one level."""
        check_codes(codes, polygons=len(rings.multi))
        index: GridIndex = object.__new__(cls)
        index._build(tuple(codes), rings)
        return index

    def _build(self, codes: tuple[str, ...], rings: Rings) -> None:
        threads = len(os.sched_getaffinity(0)) if len(codes) >= _WORTH_A_THREAD else 1
        slots = np.arange(len(codes), dtype=np.int32)
        table = build_table(rings, slots, threads=threads)
        self._hold(codes, slots, rings.polygon_boxes(), table, ShapeStore(pack(rings)))

    def _hold(
        self,
        codes: tuple[str, ...],
        slots: NDArray[np.int32],
        boxes: FloatArray,
        table: CellTable,
        store: ShapeStore,
    ) -> None:
        code_array: NDArray[np.object_] = np.full(len(codes) + 1, None, dtype=object)
        code_array[:-1] = codes
        self._fill(codes, None, code_array, slots, boxes, table, store)

    def _fill(
        self,
        codes: tuple[str, ...],
        number: dict[str, int] | None,
        code_array: NDArray[np.object_],
        slots: NDArray[np.int32],
        boxes: FloatArray,
        table: CellTable,
        store: ShapeStore,
    ) -> None:
        self.codes: tuple[str, ...] = codes
        # Made at the first question for a code: opening a country's file does not wait for it.
        self._number = number
        self._code_array = code_array
        self._slots = slots
        self._boxes: FloatArray = boxes
        self._table = table
        self._store = store
        # What words and shapes are mapped from; indexes made of this one share them.
        self._file: MappedFile | None = None
        # None where a slot is the number: nobody has been added or taken away.
        self._number_of_slot: IntArray | None = None
        if len(slots) != store.slots or not np.array_equal(slots, np.arange(len(slots))):
            self._number_of_slot = np.full(store.slots + 1, -1, dtype=np.int64)
            self._number_of_slot[slots] = np.arange(len(slots))

    def changed(self, changes: Mapping[str, BaseGeometry | None]) -> GridIndex:
        """Return the index of the coverage with some polygons replaced, added or (None) taken away.

        What stays is shared with this index: the cells around the changed are written anew, and
        the price is theirs. Raises CoverageError as construction does.
        """
        fresh = {code: shape for code, shape in sorted(changes.items()) if shape is not None}
        if fresh:
            check_coverage([*fresh], [*fresh.values()])
        # Arrays are cut and sewn: a country of codes is not sorted again for the sake of three.
        gone = sorted(self._numbers[code] for code in changes if code in self._numbers)
        left = np.delete(self._code_array[:-1], gone)
        at = [bisect_left(left, code) for code in fresh]
        codes: NDArray[np.object_] = np.insert(left, at, [*fresh])
        if not len(codes):
            raise CoverageError(
                "empty_coverage", "界线数据为空，或编码不是同一级别。", field="code"
            )
        check_levels([*left[:1], *fresh])
        store, given = self._store.with_fresh([*fresh.values()])
        fresh_boxes: FloatArray = shapely.bounds(np.array([*fresh.values()], dtype=object))
        fresh_boxes = fresh_boxes.reshape(-1, 4)
        slots = np.insert(np.delete(self._slots, gone), at, given)
        boxes = np.insert(np.delete(self._boxes, gone, axis=0), at, fresh_boxes, axis=0)
        touched: list[Box] = [tuple(b.tolist()) for b in (*self._boxes[gone], *fresh_boxes)]
        index: GridIndex = object.__new__(GridIndex)
        if not self._table.takes(touched):
            shapes = [store.raw(slot) for slot in slots.tolist()]
            index._build(tuple(codes.tolist()), rings_of(shapes))
            return index
        near = np.flatnonzero(meets_any(boxes, [self._table.reach(box) for box in touched]))
        rings = rings_of([store.raw(slot) for slot in slots[near].tolist()])
        table = self._table.renewed(touched, rings, slots[near])
        if left.size == len(self.codes) - len(fresh) and all(c in self._numbers for c in fresh):
            # The same codes with other shapes, as after most redraws: nothing else is made anew.
            index._fill(self.codes, self._number, self._code_array, slots, boxes, table, store)
        else:
            index._hold(tuple(codes.tolist()), slots, boxes, table, store)
        index._file = self._file
        return index

    @property
    def _numbers(self) -> dict[str, int]:
        if self._number is None:
            self._number = dict(zip(self.codes, range(len(self.codes)), strict=True))
        return self._number

    def __len__(self) -> int:
        """Return the number of polygons."""
        return len(self.codes)

    def __contains__(self, code: object) -> bool:
        """Say whether a polygon of this code is held."""
        return code in self._numbers

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north of all polygons in degrees."""
        west, south = self._boxes[:, :2].min(axis=0)
        east, north = self._boxes[:, 2:].max(axis=0)
        return float(west), float(south), float(east), float(north)

    def geometry(self, code: str) -> BaseGeometry:
        """Return the polygon of ``code``; raise KeyError for a code that is not held."""
        return self._store.get(int(self._slots[self._numbers[code]])).geometry

    def box(self, code: str) -> tuple[float, float, float, float]:
        """Return west, south, east, north of one polygon in degrees."""
        west, south, east, north = self._boxes[self._numbers[code]].tolist()
        return west, south, east, north

    def covering(self, *, lon: float, lat: float) -> tuple[str, ...]:
        """Return all polygons that cover the point, lowest code first.

        One inside a polygon, two or more on a shared border, none outside.
        """
        return tuple(self._code_of_slot(slot) for slot in self._table.covering(lon, lat))

    def owner(self, *, lon: float, lat: float) -> str | None:
        """Return the code that owns the point, or None outside."""
        found = self._table.covering(lon, lat)
        return self._code_of_slot(found[0]) if found else None

    def _code_of_slot(self, slot: int) -> str:
        table = self._number_of_slot
        return self.codes[slot if table is None else int(table[slot])]

    def owner_numbers(self, lons: ArrayLike, lats: ArrayLike, *, threads: int = 1) -> IntArray:
        """Return for each point the number of its owner in ``codes``, or −1 outside.

        Arrays of shape (n,), finite degrees. ``threads`` is how many cores may work at it. Raises
        CoverageError when the file of the index has been written to: nobody knows what was read.
        """
        x = np.ascontiguousarray(lons, dtype=np.float64)
        y = np.ascontiguousarray(lats, dtype=np.float64)
        slots = self._table.owners(x, y, threads=threads)
        if not self.is_as_opened():
            raise rewritten()
        # The last entry of the table stands for −1.
        return slots if self._number_of_slot is None else self._number_of_slot[slots]

    def owners(self, lons: ArrayLike, lats: ArrayLike) -> NDArray[np.object_]:
        """Return for each point the code of its owner, or None outside; shape (n,)."""
        return self._code_array[self.owner_numbers(lons, lats)]

    def near_box(self, box: Box) -> tuple[str, ...]:
        """Return the codes whose bounding box meets ``box``, lowest first."""
        meets = meets_any(self._boxes, [box])
        return tuple(self.codes[number] for number in np.flatnonzero(meets).tolist())

    def save(self, path: Path, *, made_of: str = "") -> str:
        """Write the index as one file, whole or not at all; return its SHA-256.

        ``made_of`` names the shapes, and is asked for at opening. Raises OSError: the disk is
        full, the folder is not writable; CoverageError as ``owner_numbers`` does.
        """
        if not self.is_as_opened():
            raise rewritten()
        table, packed = self._table, self._store.packed
        if self._number_of_slot is not None:
            table = table.renumbered(self._number_of_slot)
            packed = pack(rings_of([self._store.raw(slot) for slot in self._slots.tolist()]))
        parts = IndexParts(self.codes, self._boxes, table, packed, made_of, self._file)
        return write_index(path, parts)

    @classmethod
    def open(cls, path: Path, *, made_of: str | None = None) -> GridIndex:
        """Return the index of a file, memory-mapped; raise CoverageError when it is damaged.

        Or when it says that it was made of something else than ``made_of``; None takes any.
        """
        parts = read_index(path, made_of=made_of)
        slots = np.arange(len(parts.codes), dtype=np.int32)
        index: GridIndex = object.__new__(cls)
        index._hold(parts.codes, slots, parts.boxes, parts.table, ShapeStore(parts.packed))
        index._file = parts.file
        return index

    def is_as_opened(self) -> bool:
        """Say whether nobody has written to the file that this index, or its base, is mapped from.

        An index that was built in memory is always as it was.
        """
        return self._file is None or self._file.is_as_opened()

    def edge_distance_m(self, *, lon: float, lat: float, code: str) -> float:
        """Return the metres from the point to the border of ``code``, from inside or outside."""
        return nearest_on_segments(lon=lon, lat=lat, segments=self._segments(self._numbers[code]))[
            0
        ]

    def nearest_edge_point(self, *, lon: float, lat: float, code: str) -> tuple[float, float]:
        """Return lon and lat of the border point of ``code`` that lies nearest."""
        segments = self._segments(self._numbers[code])
        _, edge_lon, edge_lat = nearest_on_segments(lon=lon, lat=lat, segments=segments)
        return edge_lon, edge_lat

    def distance_m(self, *, lon: float, lat: float, code: str) -> float:
        """Return the metres from the point to the polygon of ``code``, 0 inside and on it."""
        if shapely.intersects_xy(self.geometry(code), lon, lat):
            return 0.0
        return self.edge_distance_m(lon=lon, lat=lat, code=code)

    def nearest_outside(self, *, lon: float, lat: float) -> tuple[str, float]:
        """Return the nearest polygon and the metres to it, for a point that none of them covers."""
        at_least = box_distances_m(lon=lon, lat=lat, boxes=self._boxes)
        first = int(at_least.argmin())
        first_m = nearest_on_segments(lon=lon, lat=lat, segments=self._segments(first))[0]
        # A box is never farther than its polygon: none behind the first polygon, and stop when
        # boxes lie behind the best.
        near = within(at_least, max(first_m, float(at_least[first])))
        best, best_m = 0, math.inf
        for number in near.tolist():
            if at_least[number] > best_m:
                break
            here_m = nearest_on_segments(lon=lon, lat=lat, segments=self._segments(number))[0]
            if (here_m, number) < (best_m, best):
                best, best_m = number, here_m
        return self.codes[best], best_m

    def _segments(self, number: int) -> FloatArray:
        return self._store.get(int(self._slots[number])).segments
