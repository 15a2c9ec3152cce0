"""Turn a survey's new shapes of many grids into the steps of a plan, one by one or none.

The yearly file of a survey office holds the grids that are there, with borders drawn anew. Each
community whose shapes differ becomes one step, so that a later plan elsewhere does not collide
with this one. Where a border between communities itself has moved, they become one step together,
if that is wanted; else each keeps the border that it has. All shapes are CGCS2000 degrees.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.codes import parent_of
from geo.crs import metres_per_degree
from geo.redraw.drawing import fit_area
from geo.redraw.limits import Limits
from geo.redraw.operations import Regroup
from geo.redraw.outcome import Outcome
from geo.redraw.refusal import RedrawError
from geo.redraw.regroup import MAX_PIECE_VERTICES, regroup
from geo.redraw.sheet import Sheet, same_bytes

# More than the widest snapping, in degrees at any latitude where people live.
_SNAP_DEG: Final = 2e-4
_NOTHING: Final = "nothing_changes"
_WORDS: Final = {
    "outside_area": "网格 {code} {more}不在本辖区内。",
    "unknown_community": "网格 {code} {more}所属的村（社区）现在没有网格，不能由此划出。",
    "code_retired": "编码 {code} {more}已停用，不再使用，请改用新编码。",
}

Progress = Callable[[int, int], None]
Shapes = Mapping[str, BaseGeometry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Hold one step: the communities it redraws, what comes of it, how it is logged."""

    communities: tuple[str, ...]
    outcome: Outcome
    logged: Regroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Hold why some communities cannot be redrawn as the file has them, and where."""

    communities: tuple[str, ...]
    reason: str
    message: str
    codes: tuple[str, ...] = ()
    where: BaseGeometry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountyUpdate:
    """Hold the steps in their order, what is refused, and the sheet after all steps.

    ``moved_borders`` are pairs of communities whose common border the file has elsewhere.
    """

    steps: tuple[Step, ...]
    refused: tuple[Refused, ...]
    sheet: Sheet
    moved_borders: tuple[tuple[str, str], ...] = field(default=())


def update_county(
    sheet: Sheet,
    pieces: Shapes,
    *,
    limits: Limits,
    retired: Collection[str] = (),
    snap_m: float = 1.0,
    cross_parent: bool = True,
    tell: Progress = lambda _done, _all: None,
) -> CountyUpdate:
    """Return the steps that bring ``sheet`` to the shapes of ``pieces`` (by code, a coverage).

    Communities without a piece stay as they are. A code that is new to its community is taken as
    it is; one of ``retired`` is refused, because codes are never given twice. Differences below
    ``snap_m`` metres are none. Nothing is raised: what cannot be done is listed.
    """
    wanted = {code: shape for code, shape in pieces.items() if code.startswith(limits.area)}
    refused = _refused_codes(sheet, pieces, limits, retired)
    spoiled = {community for refusal in refused for community in refusal.communities}
    groups = {c: g for c, g in _groups(wanted).items() if c not in spoiled}
    differing = [c for c in groups if not _same(sheet, c, groups[c])]
    borders = _moved_borders(sheet, groups, differing, snap_m) if cross_parent else []
    clusters = _clusters(differing, borders)
    steps: list[Step] = []
    for number, cluster in enumerate(clusters):
        tell(number, len(clusters))
        drawn = {code: shape for c in cluster for code, shape in groups[c].items()}
        area = cluster[0] if len(cluster) == 1 else limits.area
        try:
            step = _step(sheet, area, cluster, drawn, limits, snap_m)
        except RedrawError as error:
            if error.reason != _NOTHING:
                refused.append(_refusal(cluster, error))
            continue
        steps.append(step)
        sheet = step.outcome.redo(sheet)
    return CountyUpdate(
        steps=tuple(steps), refused=tuple(refused), sheet=sheet, moved_borders=tuple(borders)
    )


def _refusal(communities: tuple[str, ...], error: RedrawError) -> Refused:
    return Refused(
        communities=communities,
        reason=error.reason,
        message=error.message,
        codes=error.codes,
        where=error.where,
    )


def _refused_codes(
    sheet: Sheet, pieces: Shapes, limits: Limits, retired: Collection[str]
) -> list[Refused]:
    """Return one refusal for each community and reason, with all its codes."""
    known = {parent_of(code) or "" for code in sheet}
    found: dict[tuple[str, str], list[str]] = {}
    for code in sorted(pieces):
        community = parent_of(code) or ""
        if not code.startswith(limits.area):
            found.setdefault(("outside_area", community), []).append(code)
        elif community not in known:
            found.setdefault(("unknown_community", community), []).append(code)
        elif code not in sheet and code in retired:
            found.setdefault(("code_retired", community), []).append(code)
    return [
        Refused(
            communities=(community,),
            reason=reason,
            message=_WORDS[reason].format(code=codes[0], more=_more(codes)),
            codes=tuple(codes),
            where=pieces[codes[0]],
        )
        for (reason, community), codes in found.items()
    ]


def _more(codes: list[str]) -> str:
    return f"等{len(codes)}个" if len(codes) > 1 else ""


def _groups(pieces: Shapes) -> dict[str, dict[str, BaseGeometry]]:
    groups: dict[str, dict[str, BaseGeometry]] = {}
    for code, shape in sorted(pieces.items()):
        groups.setdefault(parent_of(code) or "", {})[code] = shape
    return groups


def _present(sheet: Sheet, community: str) -> dict[str, BaseGeometry]:
    return {code: sheet[code] for code in sheet if code.startswith(community)}


def _same(sheet: Sheet, community: str, pieces: Shapes) -> bool:
    present = _present(sheet, community)
    return present.keys() == pieces.keys() and all(
        same_bytes(present[code], shape) for code, shape in pieces.items()
    )


def _moved_borders(
    sheet: Sheet,
    groups: Mapping[str, Shapes],
    differing: list[str],
    snap_m: float,
) -> list[tuple[str, str]]:
    """Return the pairs of communities in the file between which land changes hands."""
    present = {c: shapely.coverage_union_all(list(_present(sheet, c).values())) for c in groups}
    codes = list(present)
    tree = shapely.STRtree(np.array(list(present.values()), dtype=object))
    found: set[tuple[str, str]] = set()
    for community in differing:
        drawn = shapely.union_all(list(groups[community].values()))
        gained = shapely.difference(drawn, present[community])
        wide = _wider_than(gained, snap_m)
        if wide.is_empty:
            continue
        hit = sorted(tree.query(wide, predicate="intersects").tolist())
        others = (codes[number] for number in hit if codes[number] != community)
        found.update((min(community, other), max(community, other)) for other in others)
    return sorted(found)


def _wider_than(land: BaseGeometry, width_m: float) -> BaseGeometry:
    """Return the inner part of the pieces that are wider than ``width_m``, in degrees."""
    if land.is_empty:
        return land
    west, south, _, north = land.bounds
    scale = np.array(metres_per_degree((south + north) / 2))
    plane = shapely.transform(land, lambda xy: (xy - (west, south)) * scale)
    shrunk = shapely.buffer(plane, -width_m / 2, join_style="mitre")
    return shapely.transform(shrunk, lambda xy: xy / scale + (west, south))


def _clusters(communities: list[str], borders: list[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Return the communities joined along moved borders; a neighbour may be drawn in as well."""
    head = {code: code for code in communities}

    def top(code: str) -> str:
        head.setdefault(code, code)
        while head[code] != code:
            code = head[code]
        return code

    for one, other in borders:
        first, second = sorted((top(one), top(other)))
        head[second] = first
    held: dict[str, list[str]] = {}
    for code in sorted(head):
        held.setdefault(top(code), []).append(code)
    return [tuple(codes) for _, codes in sorted(held.items())]


def _step(
    sheet: Sheet,
    area: str,
    communities: tuple[str, ...],
    drawn: Shapes,
    limits: Limits,
    snap_m: float,
) -> Step:
    fitted = tuple((code, _fitted(sheet, shape, snap_m)) for code, shape in drawn.items())
    several = len(communities) > 1
    operation = Regroup(
        area=area,
        pieces=fitted,
        communities=communities if several else (),
        cross_parent=several,
    )
    outcome, logged = regroup(sheet, operation, limits)
    return Step(communities=communities, outcome=outcome, logged=logged)


def _fitted(sheet: Sheet, shape: BaseGeometry, snap_m: float) -> BaseGeometry:
    west, south, east, north = shape.bounds
    reach = shapely.box(west - _SNAP_DEG, south - _SNAP_DEG, east + _SNAP_DEG, north + _SNAP_DEG)
    near = [sheet[code] for code in sheet.meeting(reach)]
    if not near:
        raise RedrawError("piece_outside", "有网格完全落在本旗之外，请检查坐标系。", where=shape)
    return fit_area(shape, near, snap_m=snap_m, most=MAX_PIECE_VERTICES)
