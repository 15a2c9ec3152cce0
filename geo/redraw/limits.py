"""Hold what bounds an edit, and lay out the neighbourhood in which it is done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from geo.codes import parent_of
from geo.redraw.dwellings import Dwellings
from geo.redraw.mesh import Face, Frame
from geo.redraw.outcome import Outcome, Warned, conclude
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Hold what bounds an edit: the plan's area, flagged exclaves, who lives where.

    ``exclaves`` are grids that may gain a part by themselves. ``households`` counts the
    households inside a polygon (degrees); ``next_codes`` gives unused codes of a community.
    ``dwellings`` and ``roads`` (lines, degrees) are for the operations that go by buildings.
    """

    area: str
    exclaves: Collection[str] = ()
    households: Callable[[BaseGeometry], int] = lambda _shape: 0
    next_codes: Callable[[str, int], tuple[str, ...]]
    dwellings: Dwellings | None = None
    roads: BaseGeometry | None = None

    def living_in(self, shape: BaseGeometry) -> int:
        """Return the households inside ``shape``, by ``dwellings`` when they are known."""
        if self.dwellings is not None:
            return self.dwellings.households(shape)
        return self.households(shape)


@dataclass(frozen=True, slots=True)
class Bench:
    """Hold the neighbourhood of an edit in steps."""

    sheet: Sheet
    frame: Frame
    shapes: Mapping[str, BaseGeometry]

    @classmethod
    def around(cls, sheet: Sheet, codes: Collection[str]) -> Bench:
        """Lay out the grids and all that touch them, corners included."""
        near = sheet.around(codes)
        frame = Frame.of(sheet[code] for code in near)
        return cls(sheet, frame, {code: frame.to_steps(sheet[code]) for code in near})

    def conclude(
        self,
        faces: Sequence[Face],
        owners: Sequence[str],
        *,
        concerned: Collection[str],
        limits: Limits,
        were: Mapping[str, BaseGeometry] | None = None,
        warnings: tuple[Warned, ...] = (),
    ) -> Outcome:
        """Return the proven outcome of giving each face its new owner (see ``conclude``)."""
        return conclude(
            self.sheet,
            self.frame,
            faces,
            owners,
            concerned=concerned,
            old_codes=tuple(self.shapes),
            exclaves=limits.exclaves,
            were=were,
            warnings=warnings,
        )


def require_known(sheet: Sheet, codes: Sequence[str], limits: Limits) -> None:
    """Refuse grids that are not there or lie outside the plan's area."""
    for code in codes:
        if code not in sheet:
            raise RedrawError("unknown_grid", "没有这个网格，或它已停用。", codes=(code,))
        if not code.startswith(limits.area):
            raise RedrawError(
                "outside_area", "该网格不在方案的范围内。", where=sheet[code], codes=(code,)
            )


def require_one_community(sheet: Sheet, codes: Sequence[str]) -> None:
    """Refuse grids of different communities."""
    if len({parent_of(code) for code in codes}) > 1:
        raise RedrawError(
            "crosses_parent",
            "涉及不同的村（社区）；如确需跨界，请注明跨界调整并报旗级批准。",
            where=shapely.union_all([sheet[code] for code in codes]),
            codes=tuple(codes),
        )


def refuse_vanishing(sheet: Sheet, codes: Sequence[str], owners: Sequence[str]) -> None:
    """Refuse that a grid loses all its land: that would be a merge."""
    for code in codes:
        if code not in owners:
            raise RedrawError(
                "would_vanish",
                f"网格 {code} 将全部划走；请改用合并。",
                where=sheet[code],
                codes=(code,),
            )


def new_codes(
    sheet: Sheet, limits: Limits, parent: str, count: int, *, given: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return ``count`` codes of ``parent`` for new grids: those ``given`` by a log, else fresh.

    Raises RedrawError when a replay needs another number of them, or one is taken.
    """
    codes = tuple(given) or limits.next_codes(parent, count)
    if len(codes) != count:
        raise RedrawError("replay_differs", "图形已变化，这一步不能照原样重做。", codes=codes)
    wrong = tuple(c for c in codes if c in sheet or parent_of(c) != parent)
    if wrong or len(set(codes)) != count:
        raise RedrawError("code_taken", "新网格的编码已被占用或不属于该村（社区）。", codes=wrong)
    return codes
