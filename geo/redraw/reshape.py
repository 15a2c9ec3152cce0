"""Draw the border between two neighbours anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from geo.lattice import STEPS_PER_DEGREE, snap_values
from geo.redraw.crumbs import CRUMB_M2, square_metres, sweep_crumbs
from geo.redraw.drawing import check_drawn, fit_line, without_spikes
from geo.redraw.limits import (
    Bench,
    Limits,
    refuse_vanishing,
    require_known,
    require_one_community,
)
from geo.redraw.mesh import Face, parts_cut, split_into_faces
from geo.redraw.operations import Reshape
from geo.redraw.outcome import Outcome
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Hold one way to read the drawn line, and how much land (square steps) it moves."""

    line: BaseGeometry
    faces: list[Face]
    owners: list[str]
    moves: float


def reshape(sheet: Sheet, operation: Reshape, limits: Limits) -> tuple[Outcome, Reshape]:
    """Make a line the border between two neighbours.

    A line across both parts them anew; one that begins or ends on their present border replaces
    that stretch. Where the line can be read in two ways, the one that moves less land is meant.
    """
    check_drawn(operation.line)
    first, second = operation.between
    require_known(sheet, [first, second], limits)
    if not operation.cross_parent:
        require_one_community(sheet, [first, second])
    shared = shapely.intersection(shapely.boundary(sheet[first]), shapely.boundary(sheet[second]))
    if first == second or shared.length == 0:
        raise RedrawError("not_neighbours", "这两个网格没有共同的边。", codes=(first, second))
    line = fit_line(operation.line, [sheet[first], sheet[second]], snap_m=operation.snap_m)
    bench = Bench.around(sheet, [first, second])
    attempts = [
        attempt
        for reading in _readings(line, shared)
        if (attempt := _attempt(bench, operation.between, reading)) is not None
    ]
    if not attempts:
        raise RedrawError(
            "line_does_not_cut",
            "画线没有把两个网格重新分开，请从外边界画到外边界，或接在现有界线上。",
            where=line,
            codes=(first, second),
        )
    best = min(attempts, key=lambda attempt: attempt.moves)
    owners, crumbs = sweep_crumbs(bench, best.faces, best.owners, {first, second})
    refuse_vanishing(sheet, [first, second], owners)
    outcome = bench.conclude(
        best.faces, owners, concerned={first, second}, limits=limits, warnings=crumbs
    )
    logged = Reshape(
        between=operation.between,
        line=best.line,
        snap_m=0.0,
        cross_parent=operation.cross_parent,
    )
    return outcome, logged


def _attempt(bench: Bench, between: tuple[str, str], line: BaseGeometry) -> _Attempt | None:
    first, second = between
    both = shapely.coverage_union_all([bench.shapes[first], bench.shapes[second]])
    rest = {c: s for c, s in bench.shapes.items() if c not in between}
    cut = shapely.intersection(bench.frame.to_steps(line), both)
    faces = split_into_faces({**rest, first: both}, [cut])
    touched, untouched = parts_cut(faces, first, both)
    whole = [n for n in touched if square_metres(bench, faces[n].polygon) >= CRUMB_M2]
    if len(whole) < 2:
        return None
    # Each keeps the piece with more of its own land: a small grid beside a large one stays put.
    lean = {n: _lean(bench, between, faces[n]) for n in (*touched, *untouched)}
    to_first = {n for n in lean if lean[n] >= 0}
    if not to_first & set(whole):
        to_first.add(max(whole, key=lambda n: lean[n]))
    elif set(whole) <= to_first:
        to_first.discard(min(whole, key=lambda n: lean[n]))
    owners = [face.owner for face in faces]
    moves = 0.0
    for number in sorted(lean):
        owners[number] = first if number in to_first else second
        loser = second if number in to_first else first
        moves += shapely.intersection(faces[number].polygon, bench.shapes[loser]).area
    return _Attempt(line, faces, owners, moves)


def _lean(bench: Bench, between: tuple[str, str], face: Face) -> float:
    mine, theirs = (
        shapely.intersection(face.polygon, bench.shapes[code]).area / bench.shapes[code].area
        for code in between
    )
    return float(mine - theirs)


def _readings(line: BaseGeometry, shared: BaseGeometry) -> Iterator[BaseGeometry]:
    """Yield the line, then the line led on along the present border where it ends on it."""
    yield line
    for border in shapely.get_parts(shapely.line_merge(_lines_of(shared))):
        if not isinstance(border, LineString):
            continue
        ends = [shapely.Point(at) for at in shapely.get_coordinates(line)[[0, -1]]]
        on = [bool(border.distance(end) < 1.5 / STEPS_PER_DEGREE) for end in ends]
        if not any(on):
            continue
        for path in _led_on(line, border, on):
            track = without_spikes(snap_values(path))
            if len(track) > 1 and (whole := LineString(track)).is_simple:
                yield whole


def _led_on(line: BaseGeometry, border: LineString, on: list[bool]) -> Iterator[Points]:
    track = shapely.get_coordinates(line)
    at = [shapely.line_locate_point(border, shapely.Point(end)) for end in track[[0, -1]]]
    if not on[0] or (on[1] and at[0] > at[1]):
        track, at, on = track[::-1], at[::-1], on[::-1]
    before = shapely.get_coordinates(substring(border, 0, at[0]))[:-1]
    after = shapely.get_coordinates(substring(border, at[0], border.length))[:0:-1]
    if not on[1]:
        yield np.concatenate([before, track])
        yield np.concatenate([after, track])
        return
    beyond = shapely.get_coordinates(substring(border, at[1], border.length))[1:]
    if not border.is_closed:
        yield np.concatenate([before, track, beyond])
        return
    between = shapely.get_coordinates(substring(border, at[0], at[1]))[1:-1]
    yield np.concatenate([track, between[::-1], track[:1]])
    yield np.concatenate([track, beyond, before, track[:1]])


def _lines_of(shape: BaseGeometry) -> shapely.MultiLineString:
    return shapely.MultiLineString(
        [part for part in shapely.get_parts(shape) if isinstance(part, LineString)]
    )
