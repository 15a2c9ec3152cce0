"""Give a whole area new grids at once, inside its unchanged border."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.codes import parent_of
from geo.lattice import snap
from geo.redraw.crumbs import CRUMB_M2, Sweeper, square_metres, sweep_crumbs
from geo.redraw.drawing import check_drawn
from geo.redraw.limits import Bench, Limits, require_known
from geo.redraw.mesh import Face, split_into_faces
from geo.redraw.operations import Regroup
from geo.redraw.outcome import Outcome, Warned
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

MAX_PIECES = 2_000
MAX_PIECE_VERTICES = 100_000
MOST_FACES = 20_000
# A narrower gap or overlap is the rounding of a file, not a question to anybody.
_WORTH_TELLING_M2 = 1.0
_MOST_TOLD = 50


def regroup(sheet: Sheet, operation: Regroup, limits: Limits) -> tuple[Outcome, Regroup]:
    """Fit ``pieces`` to the area: each face goes to the piece that covers it.

    Land under several pieces goes to the lowest code, land under none to the piece with the
    longest edge along it. The border of the area and of each community in it stays; codes that
    no piece names are retired; a piece that lies mostly outside is refused.
    """
    old = sorted(code for code in sheet if operation.concerns(code))
    pieces = _checked(operation, old)
    require_known(sheet, old, limits)
    bench = Bench.around(sheet, old)
    drawn = {code: bench.frame.to_steps(shape) for code, shape in pieces.items()}
    by_land = _by_land(operation, old)
    lands = {
        land: shapely.coverage_union_all([bench.shapes[code] for code in codes])
        for land, codes in by_land.items()
    }
    _refuse_strays(bench, operation, drawn, lands)
    held = {codes[0]: land for land, codes in by_land.items()}
    cuts = [
        shapely.intersection(shapely.boundary(piece), lands[operation.land_of(code)])
        for code, piece in drawn.items()
    ]
    mine = set(old)
    rest = {code: shape for code, shape in bench.shapes.items() if code not in mine}
    grounds = {code: lands[land] for code, land in held.items()}
    faces = split_into_faces({**rest, **grounds}, cuts, most_new=MOST_FACES)
    dealer = _Dealer(bench, operation, faces, held, drawn, Sweeper.of(faces))
    owners, told = dealer.deal()
    crumbs: tuple[Warned, ...] = ()
    for codes in _by_land(operation, list(drawn)).values():
        owners, swept = sweep_crumbs(bench, faces, owners, codes)
        crumbs += swept
    missing = sorted(set(drawn) - set(owners))
    if missing:
        raise RedrawError(
            "piece_outside",
            "有新网格没有分到任何土地（在区域之外，或被其他网格完全覆盖）。",
            where=shapely.union_all([pieces[code] for code in missing]),
            codes=tuple(missing),
        )
    outcome = bench.conclude(
        faces,
        owners,
        concerned={*old, *drawn},
        limits=limits,
        were=pieces,
        warnings=told + crumbs,
    )
    # What came out would not do: a node that was rounded over a slanted border would cut it anew.
    return outcome, replace(operation, pieces=tuple(pieces.items()))


def _checked(operation: Regroup, old: Sequence[str]) -> dict[str, BaseGeometry]:
    if not old or not 1 <= len(operation.pieces) <= MAX_PIECES:
        raise RedrawError("bad_pieces", f"新网格应为1至{MAX_PIECES}个，且方案区域内须有网格。")
    pieces = dict(sorted(operation.pieces, key=lambda piece: piece[0]))
    if len(pieces) != len(operation.pieces):
        raise RedrawError("duplicate_code", "新网格的编码有重复。")
    parents = {parent_of(code) for code in old}
    strange = tuple(code for code in pieces if parent_of(code) not in parents)
    if strange:
        raise RedrawError("outside_area", "新网格的编码不属于该区域。", codes=strange)
    empty = parents - {parent_of(code) for code in pieces}
    if empty:
        bare = tuple(code for code in old if parent_of(code) in empty)
        raise RedrawError("bad_pieces", "区域内有村（社区）没有任何新网格。", codes=bare)
    pieces = {code: snap(shape) for code, shape in pieces.items()}
    for shape in pieces.values():
        check_drawn(shape, most=MAX_PIECE_VERTICES)
    if sum(len(shapely.get_coordinates(s)) for s in pieces.values()) > MAX_PIECE_VERTICES:
        raise RedrawError("too_many_vertices", f"新网格合计最多{MAX_PIECE_VERTICES}个点。")
    return pieces


def _by_land(operation: Regroup, codes: Sequence[str]) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    for code in codes:
        held.setdefault(operation.land_of(code), []).append(code)
    return held


def _refuse_strays(
    bench: Bench,
    operation: Regroup,
    drawn: Mapping[str, BaseGeometry],
    lands: Mapping[str, BaseGeometry],
) -> None:
    """Refuse pieces that lie mostly outside their community: a file of elsewhere."""
    for code, piece in drawn.items():
        inside = shapely.intersection(piece, lands[operation.land_of(code)]).area
        if 2 * inside < piece.area:
            raise RedrawError(
                "piece_outside",
                f"新网格 {code} 大部分在所属村（社区）之外，请检查坐标系和编码。",
                where=bench.frame.to_degrees(piece),
                codes=(code,),
            )


@dataclass(frozen=True, slots=True)
class _Dealer:
    """Hold what is needed to deal the faces out to the pieces."""

    bench: Bench
    operation: Regroup
    faces: Sequence[Face]
    held: Mapping[str, str]
    drawn: Mapping[str, BaseGeometry]
    sweeper: Sweeper

    def deal(self) -> tuple[list[str], tuple[Warned, ...]]:
        """Return an owner for every face, and notes on gaps and overlaps, the largest first."""
        owners = [face.owner for face in self.faces]
        told: list[Warned] = []
        covering = self._covering()
        gaps: list[int] = []
        for number, face in enumerate(self.faces):
            if face.owner not in self.held:
                continue
            over = covering.get(number, [])
            if not over:
                gaps.append(number)
                owners[number] = ""
                continue
            owners[number] = over[0]
            if len(over) > 1:
                told += self._told(number, "overlap", "重叠{size:.1f}平方米，归 {owner}。", over)
        told += self._fill(gaps, owners)
        told.sort(key=lambda note: -(note.area_m2 or 0.0))
        return owners, tuple(told[:_MOST_TOLD])

    def _covering(self) -> dict[int, list[str]]:
        """Return for each face the codes of its community whose piece covers it, lowest first."""
        codes = list(self.drawn)
        tree = shapely.STRtree(np.array(list(self.drawn.values()), dtype=object))
        inner = shapely.point_on_surface([face.polygon for face in self.faces])
        found: dict[int, list[str]] = {}
        for number, piece in zip(*tree.query(inner, predicate="intersects").tolist(), strict=True):
            if self.operation.land_of(codes[piece]) == self.held.get(self.faces[number].owner):
                found.setdefault(number, []).append(codes[piece])
        return {number: sorted(over) for number, over in found.items()}

    def _fill(self, gaps: Sequence[int], owners: list[str]) -> list[Warned]:
        told: list[Warned] = []
        waiting = sorted(gaps, key=lambda n: -float(self.faces[n].polygon.area))
        while waiting:
            left: list[int] = []
            for number in waiting:
                polygon = self.faces[number].polygon
                mine = self._codes_of(number)
                heir = self.sweeper.heir(polygon, owners, mine)
                if heir is None:
                    left.append(number)
                    continue
                owners[number] = heir
                told += self._told(number, "gap", "空白{size:.1f}平方米，并入 {owner}。", [heir])
            if len(left) == len(waiting):
                # Land apart from every piece (an exclave that nobody drew): to the nearest.
                number = left.pop(0)
                heir = self._nearest(number)
                owners[number] = heir
                told += self._told(number, "gap", "空白{size:.1f}平方米，并入 {owner}。", [heir])
            waiting = left
        return told

    def _codes_of(self, number: int) -> list[str]:
        land = self.held[self.faces[number].owner]
        return [code for code in self.drawn if self.operation.land_of(code) == land]

    def _nearest(self, number: int) -> str:
        polygon = self.faces[number].polygon
        codes = self._codes_of(number)
        return min(codes, key=lambda code: (shapely.distance(self.drawn[code], polygon), code))

    def _told(self, number: int, reason: str, words: str, codes: list[str]) -> list[Warned]:
        size = square_metres(self.bench, self.faces[number].polygon)
        if size < _WORTH_TELLING_M2:
            return []
        message = words.format(size=size, owner=codes[0])
        if reason == "gap" and size >= CRUMB_M2:
            reason = "large_gap"
        return [Warned(reason=reason, message=message, codes=tuple(codes), area_m2=size)]
