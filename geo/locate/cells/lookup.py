"""Look points up in the table of cells."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiling import compiled, inlined
from geo.locate.cells.branch import below_branch, reference_of
from geo.locate.cells.instructions import fetch
from geo.locate.cells.layout import LATTICE, MORE
from geo.locate.cells.leaf import Words, leaf_end, leaf_mask, owner_in_leaf, quick_owner

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Numbers = NDArray[np.uint32]
# Frame.scalars
Scalars = tuple[float, float, float, float, int, int, int, int]

_BLOCK: Final = 1024
# A smaller table lies in the near caches of a processor anyway, and asking ahead costs time.
_NEAR_WORDS: Final = 1 << 18
# Words in a cache line, and to the last word of a leaf of eight edges and three candidates.
_LINE: Final = 16
_LAST: Final = 27


@compiled
def _place_points(
    lons: FloatArray, lats: FloatArray, block: tuple[int, int], frame: Scalars, cells: Numbers
) -> None:
    """Write the numbers of the cells in which the points of a block lie."""
    west, south, per_width, per_height, columns, rows, _, _ = frame
    base, count = block
    for i in range(count):
        fx = (lons[base + i] * LATTICE - west) * per_width
        fy = (lats[base + i] * LATTICE - south) * per_height
        inside = (fx >= 0.0) & (fx < columns) & (fy >= 0.0) & (fy < rows)
        cells[i] = np.uint32(np.int32(fy) * columns + np.int32(fx)) if inside else 0


@inlined
def _ask_for(top: Words, cells: Numbers, first: int, end: int) -> None:
    for i in range(first, end):
        fetch(top, np.int64(cells[i]))


@compiled
def _read_cells(
    owners: IntArray, block: tuple[int, int], top: Words, cells: Numbers, chosen: Numbers
) -> int:
    """Write the words of the cells of a block; collect the points that lie in cells with edges."""
    base, count = block
    # By itself: so the processor has several of these reads in one instruction.
    for i in range(count):
        owners[base + i] = top[cells[i]]
    pending = 0
    for i in range(count):
        chosen[pending] = i
        pending += owners[base + i] < -1
    return pending


@compiled
def _ask_leaves(
    lons: FloatArray,
    lats: FloatArray,
    owners: IntArray,
    base: int,
    pending: int,
    frame: Scalars,
    words: Words,
    splits: Numbers,
    chosen: Numbers,
    top: Words,
    coming: Numbers,
    later: int,
) -> int:
    """Write the owners that are certain at once; keep the other points.

    ``owners`` holds the places of their records, ``splits`` how finely their cells are cut. Between
    them the words of the ``later`` cells that are ``coming`` are asked for, some for each point:
    memory is busy with them while the processor is busy with edges.
    """
    west, south, per_width, per_height, _, _, width, height = frame
    west_k, south_k = np.int64(west), np.int64(south)
    size = np.int64(len(words))
    for j in range(pending):
        at = -2 - owners[base + chosen[j]]
        if at < size:
            fetch(words, at)
            fetch(words, at + _LINE)
            fetch(words, at + _LAST)
    step = -(-later // max(pending, 1))
    uncertain = 0
    for j in range(pending):
        _ask_for(top, coming, j * step, j * step + step)
        i = base + chosen[j]
        at = -2 - owners[i]
        lon, lat = lons[i], lats[i]
        fx = (lon * LATTICE - west) * per_width
        fy = (lat * LATTICE - south) * per_height
        rx, ry = reference_of(fx, fy, np.int64(splits[j]), west_k, south_k, width, height)
        certain = at < size
        if certain:
            slot, certain = quick_owner(words, at, rx, ry, lon, lat)
            owners[i] = slot if certain else owners[i]
        splits[uncertain] = splits[j]
        chosen[uncertain] = chosen[j]
        uncertain += not certain
    if not pending:
        _ask_for(top, coming, 0, later)
    return uncertain


@compiled
def _follow_branches(
    lons: FloatArray,
    lats: FloatArray,
    owners: IntArray,
    base: int,
    pending: int,
    frame: Scalars,
    words: Words,
    patch: Words,
    splits: Numbers,
    chosen: Numbers,
) -> int:
    """Take the one step of a branch where there is one; keep the points that end in leaves."""
    west, south, per_width, per_height, _, _, _, _ = frame
    size = np.int64(len(words))
    left = 0
    for j in range(pending):
        i = base + chosen[j]
        at = -2 - owners[i]
        own = at < size
        header = np.int64(words[at] if own else patch[at - size])
        if header < 0:
            fx = (lons[i] * LATTICE - west) * per_width
            fy = (lats[i] * LATTICE - south) * per_height
            if own:
                word = below_branch(words, at, fx, fy)
            else:
                word = below_branch(patch, at - size, fx, fy)
            owners[i] = word
            if word >= -1:
                continue
        splits[left] = np.uint32(-header if header < 0 else 0)
        chosen[left] = chosen[j]
        left += 1
    return left


@compiled
def _find_hard(
    lons: FloatArray,
    lats: FloatArray,
    owners: IntArray,
    base: int,
    uncertain: int,
    frame: Scalars,
    words: Words,
    patch: Words,
    splits: Numbers,
    chosen: Numbers,
) -> None:
    """Write the owners of the points for which ``owners`` still holds their leaves."""
    doubles, patch_doubles = words.view(np.float64), patch.view(np.float64)
    west, south, per_width, per_height, _, _, width, height = frame
    west_k, south_k = np.int64(west), np.int64(south)
    for j in range(uncertain):
        i = base + chosen[j]
        at = -2 - owners[i]
        lon, lat = lons[i], lats[i]
        fx = (lon * LATTICE - west) * per_width
        fy = (lat * LATTICE - south) * per_height
        rx, ry = reference_of(fx, fy, np.int64(splits[j]), west_k, south_k, width, height)
        if at < len(words):
            owners[i] = owner_in_leaf(words, doubles, at, rx, ry, lon, lat)
        else:
            owners[i] = owner_in_leaf(patch, patch_doubles, at - len(words), rx, ry, lon, lat)


@compiled
def find_owners(
    lons: FloatArray,
    lats: FloatArray,
    owners: IntArray,
    frame: Scalars,
    top: Words,
    words: Words,
    patch: Words,
    far: bool,
) -> None:
    """Write the slot of the owner of each point into ``owners``, −1 for none.

    A block of points at a time, and one kind of step for the whole block, so that the processor
    has many of them under way: the cells of all, then those that lie in cells with edges, then the
    few whose cells are cut in parts, and at last those that need the exact way. Stages are calls
    for a block, never for a point: a call counts references to arrays, atomically. ``far``: the
    cells of the next block are asked for while this one is looked up.
    """
    # Twice as long: what is asked for in equal steps may end behind the block, in the first cell.
    cells, coming = np.zeros(2 * _BLOCK, np.uint32), np.zeros(2 * _BLOCK, np.uint32)
    splits = np.zeros(_BLOCK, np.uint32)
    chosen = np.empty(_BLOCK, np.uint32)
    later = 0
    for base in range(0, len(lons), _BLOCK):
        block = (base, min(_BLOCK, len(lons) - base))
        if later:
            cells, coming = coming, cells
        else:
            _place_points(lons, lats, block, frame, cells)
            if len(top) > _NEAR_WORDS:
                _ask_for(top, cells, 0, block[1])
        if far:
            later = max(0, min(_BLOCK, len(lons) - base - _BLOCK))
            _place_points(lons, lats, (base + _BLOCK, later), frame, coming)
        left = _read_cells(owners, block, top, cells, chosen)
        left = _ask_leaves(
            lons, lats, owners, base, left, frame, words, splits, chosen, top, coming, later
        )
        if left:
            left = _follow_branches(
                lons, lats, owners, base, left, frame, words, patch, splits, chosen
            )
            left = _ask_leaves(
                lons, lats, owners, base, left, frame, words, splits, chosen, top, coming, 0
            )
            _find_hard(lons, lats, owners, base, left, frame, words, patch, splits, chosen)
            splits[:] = 0


@compiled
def find_covering(
    lon: float,
    lat: float,
    found: IntArray,
    frame: Scalars,
    top: Words,
    words: Words,
    patch: Words,
) -> int:
    """Write the slots of all polygons that cover one point, in the order of their codes.

    Return how many there are, which may be more than ``found`` has room for.
    """
    west, south, per_width, per_height, columns, rows, width, height = frame
    fx = (lon * LATTICE - west) * per_width
    fy = (lat * LATTICE - south) * per_height
    if not (fx >= 0.0 and fx < columns and fy >= 0.0 and fy < rows):
        return 0
    word = np.int64(top[np.int64(fy) * columns + np.int64(fx)])
    size = np.int64(len(words))
    log2 = 0
    if word < -1:
        at = -2 - word
        here = words if at < size else patch
        at = at if at < size else at - size
        if here[at] < 0:
            log2 = -np.int64(here[at])
            word = np.int64(below_branch(here, at, fx, fy))
    if word == -1:
        return 0
    if word >= 0:
        found[0] = word
        return 1
    rx, ry = reference_of(fx, fy, log2, np.int64(west), np.int64(south), width, height)
    at = -2 - word
    here = words if at < size else patch
    at = at if at < size else at - size
    doubles = here.view(np.float64)
    count = 0
    while True:
        mask = leaf_mask(here, doubles, at, rx, ry, lon, lat)
        i = 0
        while mask >> i:
            if (mask >> i) & 1:
                if count < len(found):
                    found[count] = here[at + 2 + i]
                count += 1
            i += 1
        if not here[at + 1] & MORE:
            return count
        at = leaf_end(here, at)
