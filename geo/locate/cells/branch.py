"""Find the part of a cut cell in which a point lies."""

from __future__ import annotations

from geo.compiling import inlined
from geo.locate.cells.leaf import Words


@inlined
def below_branch(words: Words, at: int, fx: float, fy: float) -> int:
    """Return the word of the part in which a point lies; ``at`` is where the branch begins.

    ``fx`` and ``fy`` count cells of the frame, columns and rows, from its south-west corner.
    """
    log2 = -words[at]
    parts = 1 << log2
    inner_x = int((fx - int(fx)) * parts)
    inner_y = int((fy - int(fy)) * parts)
    return words[at + 1 + (inner_y << log2) + inner_x]


@inlined
def reference_of(
    fx: float, fy: float, log2: int, west: int, south: int, width: int, height: int
) -> tuple[int, int]:
    """Return the middle of the part of a cell in which a point lies; 2 ** log2 parts a side."""
    column, row = int(fx), int(fy)
    parts = 1 << log2
    inner_x = int((fx - column) * parts)
    inner_y = int((fy - row) * parts)
    part_width, part_height = width >> log2, height >> log2
    return (
        west + column * width + inner_x * part_width + (part_width >> 1),
        south + row * height + inner_y * part_height + (part_height >> 1),
    )
