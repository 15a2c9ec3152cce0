"""Turn faces with new owners into an outcome, proven to be a coverage still."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import shapely
from shapely.geometry.base import BaseGeometry

from geo.coverage import area_m2
from geo.redraw.mesh import Face, Frame, join_faces
from geo.redraw.proof import nodes_gained, prove_coverage, prove_outline, refuse_loose_parts
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Hold a warning: its slug, a sentence, the grids concerned and square metres if any."""

    reason: str
    message: str
    codes: tuple[str, ...] = ()
    area_m2: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaChange:
    """Hold one grid whose land changed; 0 square metres before (created) or after (retired)."""

    code: str
    area_before_m2: float
    area_after_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Hold what an operation did.

    ``after`` are the new shapes of all grids whose bytes changed (None: retired), ``before`` the
    old ones (None: created): together they undo and redo the operation to the byte. ``meant`` are
    the grids whose land changed; the others only got nodes on their border. ``outer_nodes`` are
    new nodes on the outer border of the sheet, each within one lattice step of it.
    """

    before: Mapping[str, BaseGeometry | None]
    after: Mapping[str, BaseGeometry | None]
    meant: tuple[str, ...]
    outer_nodes: tuple[tuple[float, float], ...] = ()
    warnings: tuple[Warned, ...] = field(default_factory=tuple)

    @property
    def created(self) -> tuple[str, ...]:
        """Return the codes that are new."""
        return tuple(sorted(code for code, old in self.before.items() if old is None))

    @property
    def retired(self) -> tuple[str, ...]:
        """Return the codes that are gone."""
        return tuple(sorted(code for code, new in self.after.items() if new is None))

    @property
    def noded(self) -> tuple[str, ...]:
        """Return the codes that only got (or lost) nodes on their border."""
        return tuple(code for code in sorted(self.before) if code not in self.meant)

    @property
    def in_parts(self) -> tuple[str, ...]:
        """Return the changed codes that now have several parts: to be flagged as exclaves."""
        return tuple(
            sorted(
                code
                for code, new in self.after.items()
                if new is not None and shapely.get_num_geometries(new) > 1
            )
        )

    @property
    def areas(self) -> tuple[AreaChange, ...]:
        """Return the land of each grid in ``meant`` before and after, in square metres."""
        return tuple(
            AreaChange(
                code=code,
                area_before_m2=_area(self.before.get(code)),
                area_after_m2=_area(self.after.get(code)),
            )
            for code in self.meant
        )

    def redo(self, sheet: Sheet) -> Sheet:
        """Return the sheet after the operation."""
        return sheet.changed(self.after)

    def undo(self, sheet: Sheet) -> Sheet:
        """Return the sheet before the operation, byte for byte."""
        return sheet.changed(self.before)


def land_changes(old: BaseGeometry | None, new: BaseGeometry | None) -> bool:
    """Say whether a grid's land differs between two states, beyond nodes put on its border.

    Going back takes nodes off again, so both directions are looked at.
    """
    if old is None or new is None:
        return old is not new
    return nodes_gained(old, new) is None and nodes_gained(new, old) is None


def outcome_between(
    before: Mapping[str, BaseGeometry | None], after: Mapping[str, BaseGeometry | None]
) -> Outcome:
    """Return the outcome that leads from the shapes of ``before`` to those of ``after``."""
    meant = tuple(code for code in sorted(before) if land_changes(before[code], after[code]))
    return Outcome(before=before, after=after, meant=meant)


def disjoint(one: Outcome, other: Outcome) -> bool:
    """Say whether two outcomes on one sheet come out the same, to the byte, in either order.

    Neither may change the land of a grid that the other touches, be it with a node alone: two
    nodes on one slanted edge are rounded one after the other, and the second finds the edge bent
    by the first (1 of 600 pairs of neighbouring edits differed, by a lattice step). A third grid
    that gets nodes from both is no matter: they lie on different edges of it.
    """
    return not (set(one.meant) & set(other.after) or set(other.meant) & set(one.after))


def _area(shape: BaseGeometry | None) -> float:
    return 0.0 if shape is None else area_m2(shape)


def conclude(
    sheet: Sheet,
    frame: Frame,
    faces: Sequence[Face],
    owners: Sequence[str],
    *,
    concerned: Collection[str],
    old_codes: Collection[str],
    exclaves: Collection[str] = (),
    were: Mapping[str, BaseGeometry] | None = None,
    warnings: tuple[Warned, ...] = (),
) -> Outcome:
    """Return the outcome of giving each face its new owner; raise RedrawError when it must not be.

    ``concerned`` are the grids that the operation names: no other may lose or win land.
    ``old_codes`` are all grids of the neighbourhood; ``exclaves`` those that may gain parts;
    ``were`` (degrees) shapes that stand for a grid's old one when its parts are compared. Proves
    for the neighbourhood: valid polygons, a valid coverage, not one square step of land lost or
    won, the outer border unchanged but for the nodes that are listed.
    """
    joined = join_faces((face.polygon, owner) for face, owner in zip(faces, owners, strict=True))
    fresh = {code: frame.to_degrees(shape) for code, shape in joined.items()}
    prove_coverage(fresh)
    before: dict[str, BaseGeometry | None] = {}
    after: dict[str, BaseGeometry | None] = {}
    meant: list[str] = []
    for code in sorted(set(old_codes) | set(fresh)):
        old, new = sheet.shapes.get(code), fresh.get(code)
        gained = None if old is None or new is None else nodes_gained(old, new)
        if gained == ():
            continue
        before[code], after[code] = old, new
        if gained is None:
            meant.append(code)
            if new is not None:
                model = (were or {}).get(code, old)
                refuse_loose_parts(code, new, model, may_gain=code in exclaves)
    _refuse_others(meant, concerned)
    outer = prove_outline(sheet, sorted(old_codes), fresh)
    return Outcome(
        before=before, after=after, meant=tuple(meant), outer_nodes=outer, warnings=warnings
    )


def _refuse_others(meant: Sequence[str], concerned: Collection[str]) -> None:
    others = tuple(code for code in meant if code not in concerned)
    if others:
        raise RedrawError(
            "not_a_coverage", "修改会牵动未选中的网格，未采用；请换一种画法。", codes=others
        )
    if not meant:
        raise RedrawError("nothing_changes", "这样修改后没有任何网格改变。")
