"""Describe the table of cells: a frame of equal cells, and words that say what lies in each.

All lengths are in lattice units of 1e-8 degree. ``top`` holds one word for each cell of the frame,
row by row from the south-west:

    >= 0  the slot of the polygon that covers the whole cell and is the only one there
    -1    no polygon
    <= -2 a record at ``-2 - word`` in the words that follow

A record is a branch or a leaf. A branch has the header ``-log2(side)`` and side x side words of
the same meaning. A leaf has two header words, its candidates in the order of their codes, and its
edges::

    edges | candidates + 256 * covering at the reference point + FLAGS | slot ... | edge ...

Edges are pieces of borders, end to end: the offsets of all ends from the reference point (the
middle of the cell), first those to the east, then those to the north, one more than there are
edges; then half a word of bits for each: which candidates it belongs to, and on which side of it
the reference point lies. An edge of no candidate joins two pieces and counts for nothing. Where
edges are off the lattice, or longer than an offset can say, each is four doubles and two words, the
first of bits: a WIDE leaf. More than eight candidates stand in several leaves one behind another
(MORE).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LATTICE: Final = 100_000_000.0
"""Lattice units in a degree."""

MOST_CANDIDATES: Final = 8
MORE: Final = 1 << 16
PADDING: Final = -(1 << 30)
"""A word between records that is none."""
WIDE: Final = 1 << 17
CANDIDATES: Final = 15
"""The bits of a header that count the candidates."""
CANDIDATE_BITS: Final = (1 << MOST_CANDIDATES) - 1
REFERENCE_LEFT: Final = 1 << MOST_CANDIDATES
WIDE_EDGE_WORDS: Final = 10
MOST_SPLIT_LOG2: Final = 6
# Sides of cells are multiples of this, so that the middle of the smallest is on the lattice.
CELL_STEP: Final = 1 << (MOST_SPLIT_LOG2 + 1)


@dataclass(frozen=True, slots=True)
class Frame:
    """Hold where the cells lie: the south-west corner, the size of a cell, columns and rows.

    The outermost cells are empty, so that a point outside finds nothing without a question.
    """

    west: int
    south: int
    width: int
    height: int
    columns: int
    rows: int

    @property
    def scalars(self) -> tuple[float, float, float, float, int, int, int, int]:
        """Return what the compiled code takes: corner, cells per unit, columns, rows, size."""
        return (
            float(self.west),
            float(self.south),
            1.0 / self.width,
            1.0 / self.height,
            self.columns,
            self.rows,
            self.width,
            self.height,
        )


def frame_around(bounds: tuple[float, float, float, float], *, cells: int) -> Frame:
    """Return a frame of about ``cells`` cells, square on the ground, around bounds in degrees."""
    west, south, east, north = bounds
    across = max((east - west) * LATTICE, CELL_STEP)
    up = max((north - south) * LATTICE, CELL_STEP)
    # A degree of longitude is shorter than one of latitude; 0.77 is right at 40 degrees, and a
    # cell that is not quite square is no harm elsewhere.
    columns = max(1, min(round((cells * across * 0.77 / up) ** 0.5), cells))
    rows = max(1, round(cells / columns))
    width, height = _stepped(across / columns), _stepped(up / rows)
    left, low = int(west * LATTICE) - 2 * width, int(south * LATTICE) - 2 * height
    return Frame(
        west=left,
        south=low,
        width=width,
        height=height,
        columns=int((east * LATTICE - left) / width) + 3,
        rows=int((north * LATTICE - low) / height) + 3,
    )


def _stepped(length: float) -> int:
    return max(CELL_STEP, -int(-length // CELL_STEP) * CELL_STEP)
