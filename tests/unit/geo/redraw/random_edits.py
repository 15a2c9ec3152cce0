"""Draw random edits on any coverage, and say what must be true after each."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.lattice import doubled_area, on_lattice
from geo.redraw.limits import Limits
from geo.redraw.operations import Merge, MoveNode, Operation, Reshape, Split, Transfer
from geo.redraw.sheet import Sheet

KINDS = ("transfer", "split", "merge", "reshape", "move_node")
ONE_STEP_DEG = 1e-8
# A node on a slanted edge is rounded by half a step each way, so it bends the edge by no more.
ONE_BEND_DEG = 0.7072e-8


class CodeBook:
    """Give codes that were never used."""

    def __init__(self, sheet: Sheet) -> None:
        self.used = set(sheet)

    def __call__(self, parent: str, count: int) -> tuple[str, ...]:
        last = max(int(code[12:]) for code in self.used if code.startswith(parent))
        codes = tuple(f"{parent}{last + n:03d}" for n in range(1, count + 1))
        self.used.update(codes)
        return codes


def limits_for(sheet: Sheet) -> Limits:
    return Limits(area="150221", next_codes=CodeBook(sheet))


def random_edit(
    sheet: Sheet, kind: str, rng: random.Random, *, code: str | None = None
) -> Operation | None:
    """Return an edit of the kind around a grid, or None where it has no neighbour."""
    code = code or rng.choice(sorted(sheet))
    makers: dict[str, Callable[[Sheet, str, random.Random], Operation | None]] = {
        "transfer": _transfer,
        "split": _split,
        "merge": _merge,
        "reshape": _reshape,
        "move_node": _move_node,
    }
    return makers[kind](sheet, code, rng)


def _somewhere(shape: BaseGeometry, rng: random.Random) -> tuple[float, float]:
    west, south, east, north = shape.bounds
    return rng.uniform(west, east), rng.uniform(south, north)


def _sibling(sheet: Sheet, code: str, rng: random.Random) -> str | None:
    near = [c for c in sheet.meeting(sheet[code]) if c[:12] == code[:12] and c != code]
    return rng.choice(near) if near else None


def _transfer(sheet: Sheet, code: str, rng: random.Random) -> Operation:
    shape = sheet[code]
    middle = shapely.Point(rng.choice(shapely.get_coordinates(shape).tolist()))
    width = max(shape.bounds[2] - shape.bounds[0], 1e-4)
    drawn = middle.buffer(rng.uniform(0.05, 0.4) * width, quad_segs=rng.choice([1, 2, 4]))
    return Transfer(to=code, area=drawn, cross_parent=rng.random() < 0.3)


def _split(sheet: Sheet, code: str, rng: random.Random) -> Operation:
    shape = sheet[code]
    west, south, east, north = shape.bounds
    ends = rng.uniform(south, north), rng.uniform(south, north)
    track = [(west - 1e-3, ends[0]), _somewhere(shape, rng), (east + 1e-3, ends[1])]
    return Split(grid=code, line=shapely.LineString(track))


def _merge(sheet: Sheet, code: str, rng: random.Random) -> Operation | None:
    other = _sibling(sheet, code, rng)
    return Merge(grids=(code, other), keep=code) if other else None


def _reshape(sheet: Sheet, code: str, rng: random.Random) -> Operation | None:
    other = _sibling(sheet, code, rng)
    if other is None:
        return None
    both = shapely.union_all([sheet[code], sheet[other]])
    x, y = _somewhere(both, rng)
    angle = rng.uniform(0, np.pi)
    reach = np.array((np.cos(angle), np.sin(angle))) * both.length
    track = [(x - reach[0], y - reach[1]), _somewhere(both, rng), (x + reach[0], y + reach[1])]
    return Reshape(between=(code, other), line=shapely.LineString(track))


def _move_node(sheet: Sheet, code: str, rng: random.Random) -> Operation:
    lon, lat = rng.choice(shapely.get_coordinates(sheet[code]).tolist())
    far = rng.uniform(1e-7, 3e-4)
    end = lon + rng.uniform(-far, far), lat + rng.uniform(-far, far)
    return MoveNode(start=(lon, lat), end=end, cross_parent=rng.random() < 0.5)


def wkb(sheet: Sheet) -> dict[str, bytes]:
    return {code: shapely.to_wkb(sheet[code]) for code in sheet}


def outline(sheet: Sheet) -> BaseGeometry:
    return shapely.coverage_union_all(list(sheet.shapes.values()))


def vertices(shape: BaseGeometry) -> set[tuple[float, float]]:
    return set(map(tuple, shapely.get_coordinates(shape).tolist()))


def assert_bent_once(before: Sheet, after: Sheet) -> None:
    """Hold that one edit bent the outer border by its rounding at most."""
    was, is_now = shapely.boundary(outline(before)), shapely.boundary(outline(after))
    assert shapely.hausdorff_distance(was, is_now) <= ONE_BEND_DEG


def assert_still_whole(
    start: Sheet, sheet: Sheet, outer_nodes: set[tuple[float, float]], *, bends: int = 1
) -> None:
    """Hold the invariants of a coverage against the one that it came from.

    ``bends`` edits put nodes on the outer border; one may bend again what another bent.
    """
    shapes = np.array(list(sheet.shapes.values()), dtype=object)
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert all(on_lattice(shape) for shape in shapes)
    was, is_now = outline(start), outline(sheet)
    assert vertices(is_now) - vertices(was) == outer_nodes
    assert vertices(was) <= vertices(is_now)
    land = sum(doubled_area(shape) for shape in shapes)
    assert land == doubled_area(is_now)
    if not outer_nodes:
        assert land == sum(doubled_area(shape) for shape in start.shapes.values())
    else:
        apart = shapely.hausdorff_distance(shapely.boundary(was), shapely.boundary(is_now))
        assert apart <= max(ONE_STEP_DEG, bends * ONE_BEND_DEG)
