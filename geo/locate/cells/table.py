"""Build the table of cells, ask it, and renew a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import CoverageError
from geo.locate.cells.cell_writing import write_window
from geo.locate.cells.eight_edges import AT_ONCE
from geo.locate.cells.layout import LATTICE, PADDING, Frame, frame_around
from geo.locate.cells.lookup import find_covering, find_owners
from geo.locate.cells.marking import count_edges, cover_middles
from geo.locate.cells.moving import relocate, renumber
from geo.locate.cells.rings import FloatArray, IntArray, Rings
from geo.locate.cells.side_by_side import side_by_side

Words = NDArray[np.int32]
# Columns from, to and rows from, to (exclusive).
Window = tuple[int, int, int, int]
# West, south, east, north in degrees.
Box = tuple[float, float, float, float]

_CELLS_PER_POLYGON: Final = 128
_CELLS_PER_VERTEX: Final = 32
_FEWEST_CELLS: Final = 1 << 20
_EDGES_PER_LEAF: Final = 8
# What a lookup may read behind the last record: as if it were a leaf with all its candidates.
_FILLING: Final = 4 * AT_ONCE + 16
# A word of the frame says where a record stands with 31 bits: about eight gigabytes.
_MOST_WORDS: Final = 2**31 - 2**24
_SHORT_PATCH: Final = 1 << 20
# A frame that lies in no cache: to ask for its words early is worth more than it costs.
_FAR_WORDS: Final = 1 << 22
# Half a millisecond: long beside handing it over, short beside a million points.
_SHARE: Final = 1 << 16
_ROOM: Final = 8
_NONE: Final = np.empty(0, np.int32)
NO_PATCH: Final = np.full(_FILLING, PADDING, np.int32)


@dataclass(frozen=True, slots=True)
class CellTable:
    """Hold the table: see ``layout``. ``patch`` are words behind ``words``, from renewed parts."""

    frame: Frame
    top: Words
    words: Words
    patch: Words

    def __post_init__(self) -> None:
        """Forbid changes: many threads read, and the compiled code is made once for such arrays."""
        for array in (self.top, self.words, self.patch):
            array.flags.writeable = False

    def owners(self, lons: FloatArray, lats: FloatArray, *, threads: int = 1) -> IntArray:
        """Return the slot of the owner of each point in degrees, −1 for none; shape (n,)."""
        found = np.empty(len(lons), dtype=np.int64)
        lons, lats = _unwritable(lons), _unwritable(lats)
        if threads <= 1 or len(lons) < threads * _SHARE:
            self._find(lons, lats, found)
            return found
        cuts = [slice(at, at + _SHARE) for at in range(0, len(lons), _SHARE)]
        side_by_side(
            lambda cut: self._find(lons[cut], lats[cut], found[cut]), cuts, threads=threads
        )
        return found

    def _find(self, lons: FloatArray, lats: FloatArray, found: IntArray) -> None:
        far = len(self.top) > _FAR_WORDS
        find_owners(lons, lats, found, self.frame.scalars, self.top, self.words, self.patch, far)

    def covering(self, lon: float, lat: float) -> list[int]:
        """Return the slots of all polygons that cover the point, in the order of their codes."""
        room = _ROOM
        while True:
            found = np.empty(room, dtype=np.int64)
            scalars = self.frame.scalars
            count = find_covering(lon, lat, found, scalars, self.top, self.words, self.patch)
            if count <= room:
                return [int(slot) for slot in found[:count]]
            room = count

    def renumbered(self, number_of_slot: IntArray) -> CellTable:
        """Return the table with the patches among its words, and numbers in place of slots."""
        top, words = self.top.copy(), np.concatenate([self.words, self.patch])
        renumber(top, words, number_of_slot)
        return CellTable(self.frame, top, words, NO_PATCH)

    def takes(self, boxes: Sequence[Box]) -> bool:
        """Say whether the cells around ``boxes`` (degrees) can be written anew.

        Not when one reaches out of the frame, whose outermost cells stay empty, nor when they
        are most of it, nor when the patches have grown so long that a new table is the better one.
        """
        columns, rows = self.frame.columns, self.frame.rows
        inside = all(
            column >= 1 and to_column < columns and row >= 1 and to_row < rows
            for column, to_column, row, to_row in (window_of(self.frame, box) for box in boxes)
        )
        total = len(self.words) + len(self.patch)
        short = len(self.patch) <= max(len(self.words) // 2, _SHORT_PATCH)
        few = 2 * sum(_cells_in(window_of(self.frame, box)) for box in boxes) < columns * rows
        return inside and short and few and total < _MOST_WORDS

    def reach(self, box: Box) -> Box:
        """Return the box in degrees around the cells that are written anew with ``box``."""
        frame = self.frame
        column, to_column, row, to_row = window_of(frame, box)
        return (
            (frame.west + (column - 1) * frame.width) / LATTICE,
            (frame.south + (row - 1) * frame.height) / LATTICE,
            (frame.west + (to_column + 1) * frame.width) / LATTICE,
            (frame.south + (to_row + 1) * frame.height) / LATTICE,
        )

    def renewed(self, boxes: Sequence[Box], rings: Rings, slots: Words) -> CellTable:
        """Return the table with the cells around ``boxes`` written anew.

        ``rings`` are all polygons that meet those cells, in the order of their codes, ``slots``
        their slots. The words of the present table are shared.
        """
        top, patches, at = self.top.copy(), [self.patch], len(self.words) + len(self.patch)
        grid = top.reshape(self.frame.rows, self.frame.columns)
        part_boxes = rings.boxes()
        for window in dict.fromkeys(window_of(self.frame, box) for box in boxes):
            part, words = _build_window(self.frame, rings, part_boxes, slots, window)
            relocate(part, words, at)
            patches.append(words)
            at += len(words)
            shape = (window[3] - window[2], window[1] - window[0])
            grid[window[2] : window[3], window[0] : window[1]] = part.reshape(shape)
        patch = np.concatenate(patches)
        return replace(self, top=top, patch=patch)


def _unwritable(values: FloatArray) -> FloatArray:
    """Return a view that cannot be written: columns of files are so, and code is made once."""
    view = values.view()
    view.flags.writeable = False
    return view


def window_of(frame: Frame, box: Box) -> Window:
    """Return the cells of a frame that a box in degrees touches, one more on each side."""
    west, south, east, north = box
    return (
        int((west * LATTICE - frame.west) // frame.width) - 1,
        int((east * LATTICE - frame.west) // frame.width) + 2,
        int((south * LATTICE - frame.south) // frame.height) - 1,
        int((north * LATTICE - frame.south) // frame.height) + 2,
    )


def meets_any(boxes: FloatArray, areas: Sequence[Box]) -> NDArray[np.bool_]:
    """Say of each box, west, south, east and north of shape (n, 4), whether it meets an area."""
    meets = np.zeros(len(boxes), dtype=bool)
    for west, south, east, north in areas:
        meets |= (
            (boxes[:, 0] <= east)
            & (boxes[:, 2] >= west)
            & (boxes[:, 1] <= north)
            & (boxes[:, 3] >= south)
        )
    return meets


def _cells_in(window: Window) -> int:
    return (window[1] - window[0]) * (window[3] - window[2])


def build_table(rings: Rings, slots: Words, *, threads: int = 1) -> CellTable:
    """Build the table of polygons that are numbered in the order of their codes."""
    boxes = rings.boxes()
    west, south = boxes[:, :2].min(axis=0)
    east, north = boxes[:, 2:].max(axis=0)
    # Enough that few points meet an edge. A county gets what the caches of a processor hold, a
    # few polygons no more than they need, a country what its number of polygons asks for.
    enough = min(_FEWEST_CELLS, _CELLS_PER_VERTEX * len(rings.x))
    cells = max(enough, _CELLS_PER_POLYGON * len(slots))
    frame = frame_around((west, south, east, north), cells=cells)
    rows = np.linspace(0, frame.rows, max(threads, 1) + 1).astype(int).tolist()
    windows = [(0, frame.columns, low, high) for low, high in pairwise(rows)]
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        made = list(pool.map(lambda w: _build_window(frame, rings, boxes, slots, w), windows))
    shift = 0
    for top, words in made:
        if shift <= _MOST_WORDS:
            relocate(top, words, shift)
        shift += len(words)
    if shift > _MOST_WORDS:
        reason = "界线数据过大，一个索引放不下；请按省分别建立。"
        raise CoverageError("coverage_too_large", reason)
    return CellTable(
        frame=frame,
        top=np.concatenate([top for top, _ in made]),
        words=np.concatenate([words for _, words in made]),
        patch=NO_PATCH,
    )


def _build_window(
    frame: Frame, rings: Rings, boxes: FloatArray, slots: Words, window: Window
) -> tuple[Words, Words]:
    """Return the words of the cells of a window, and those of their records."""
    columns = ((boxes[:, 0::2] * LATTICE - frame.west) * (1.0 / frame.width)).astype(np.int32)
    rows = ((boxes[:, 1::2] * LATTICE - frame.south) * (1.0 / frame.height)).astype(np.int32)
    part_box = np.ascontiguousarray(np.column_stack([columns, rows]))
    near = np.flatnonzero(
        (columns[:, 1] >= window[0])
        & (columns[:, 0] < window[1])
        & (rows[:, 1] >= window[2])
        & (rows[:, 0] < window[3])
    )
    cells = (window[1] - window[0]) * (window[3] - window[2])
    west, south, per_width, per_height, *_ = frame.scalars
    shapes = (rings.x, rings.y, rings.ring_first, rings.part_ring)
    scale = (west, south, per_width, per_height)
    first = np.zeros(cells + 1, dtype=np.int64)
    count_edges(*shapes, near, *scale, window, first, _NONE, _NONE, rings.part_owner, False)
    np.cumsum(first, out=first)
    ids = np.empty(int(first[-1]), dtype=np.int32)
    owners = np.empty(int(first[-1]), dtype=np.int32)
    count_edges(*shapes, near, *scale, window, first.copy(), ids, owners, rings.part_owner, True)
    covered = np.full(cells, -1, dtype=np.int32)
    origin, size = (frame.west, frame.south), (frame.width, frame.height)
    more_cells, more_owners, more = cover_middles(
        *shapes, rings.part_owner, part_box, near, origin, size, window, covered
    )
    order = np.argsort(more_cells[:more], kind="stable")
    top = np.empty(cells, dtype=np.int32)
    words, used = write_window(
        rings.x,
        rings.y,
        first,
        ids,
        owners,
        covered,
        more_cells[:more][order],
        more_owners[:more][order],
        slots,
        window,
        origin,
        size,
        _EDGES_PER_LEAF,
        top,
    )
    # An even length: the doubles of wide leaves stay where doubles may stand.
    records = np.full(used + (used & 1) + _FILLING, PADDING, dtype=np.int32)
    records[:used] = words[:used]
    return top, records
