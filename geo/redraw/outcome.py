"""Turn faces with new owners into an outcome, and prove that the coverage is still one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.lattice import doubled_area
from geo.redraw.mesh import Face, Frame, join_faces, vertices
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
class Outcome:
    """Hold what an operation did.

    ``after`` are the new shapes of all grids whose bytes changed (None: retired), ``before`` the
    old ones (None: created): together they undo and redo the operation to the byte. ``meant`` are
    the grids whose land changed; the others only got nodes on their border. ``outer_nodes`` are
    new nodes on the outer border of the sheet.
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

    def redo(self, sheet: Sheet) -> Sheet:
        """Return the sheet after the operation."""
        return sheet.changed(self.after)

    def undo(self, sheet: Sheet) -> Sheet:
        """Return the sheet before the operation, byte for byte."""
        return sheet.changed(self.before)


def conclude(
    sheet: Sheet,
    frame: Frame,
    faces: Sequence[Face],
    owners: Sequence[str],
    *,
    also_old: tuple[str, ...] = (),
    may_part: frozenset[str] = frozenset(),
    warnings: tuple[Warned, ...] = (),
) -> Outcome:
    """Return the outcome of giving each face its new owner; raise RedrawError when it must not be.

    ``also_old`` are grids of the neighbourhood that no face names; ``may_part`` flagged exclaves.
    Proves for the neighbourhood: valid polygons, a valid
    coverage, not one square step of land lost or won, the outer border unchanged but for the
    nodes that are listed.
    """
    old_codes = sorted({f.owner for f in faces} | (set(owners) & set(sheet)) | set(also_old))
    joined = join_faces((face.polygon, owner) for face, owner in zip(faces, owners, strict=True))
    fresh = {code: frame.to_degrees(shape) for code, shape in joined.items()}
    moved = {
        face.owner for face, owner in zip(faces, owners, strict=True) if owner != face.owner
    } | {owner for face, owner in zip(faces, owners, strict=True) if owner != face.owner}
    before: dict[str, BaseGeometry | None] = {}
    after: dict[str, BaseGeometry | None] = {}
    for code in sorted(set(old_codes) | set(fresh)):
        old, new = sheet.shapes.get(code), fresh.get(code)
        if old is not None and new is not None and _same_bytes(old, new):
            continue
        before[code], after[code] = old, new
    outer = _prove(sheet, old_codes, fresh, moved, may_part)
    return Outcome(
        before=before,
        after=after,
        meant=tuple(sorted(moved)),
        outer_nodes=outer,
        warnings=warnings,
    )


def _same_bytes(old: BaseGeometry, new: BaseGeometry) -> bool:
    return bool(shapely.to_wkb(shapely.normalize(old)) == shapely.to_wkb(shapely.normalize(new)))


def _prove(
    sheet: Sheet,
    old_codes: Sequence[str],
    fresh: Mapping[str, BaseGeometry],
    moved: set[str],
    may_part: frozenset[str],
) -> tuple[tuple[float, float], ...]:
    shapes = np.array(list(fresh.values()), dtype=object)
    if not shapely.is_valid(shapes).all():
        bad = shapes[~shapely.is_valid(shapes)][0]
        raise RedrawError("self_crossing", "这样修改后图形自相交，请换一种画法。", where=bad)
    _refuse_falling_apart(sheet, fresh, moved, may_part)
    if not shapely.coverage_is_valid(shapes):
        edges = shapely.coverage_invalid_edges(shapes)
        raise RedrawError(
            "not_a_coverage",
            "修改后界线之间出现空白或重叠，未采用；请换一种画法。",
            where=shapely.union_all(edges),
        )
    outer = _outer_nodes(sheet, old_codes, fresh)
    old_area = sum(doubled_area(sheet[code]) for code in old_codes)
    new_area = sum(doubled_area(shape) for shape in fresh.values())
    if old_area != new_area and not outer:
        raise RedrawError("area_not_conserved", "修改后总面积有出入，未采用。")
    return outer


def _refuse_falling_apart(
    sheet: Sheet,
    fresh: Mapping[str, BaseGeometry],
    moved: set[str],
    may_part: frozenset[str],
) -> None:
    for code in sorted(moved & set(fresh)):
        parts = shapely.get_num_geometries(fresh[code])
        old = sheet.shapes.get(code)
        allowed = shapely.get_num_geometries(old) if old is not None and code in may_part else 1
        if parts > allowed:
            raise RedrawError(
                "would_fall_apart",
                f"修改后网格 {code} 会分成互不相连的{parts}块，请调整画线。",
                where=fresh[code],
                codes=(code,),
            )


def _outer_nodes(
    sheet: Sheet, old_codes: Sequence[str], fresh: Mapping[str, BaseGeometry]
) -> tuple[tuple[float, float], ...]:
    """Return the nodes that are new on the neighbourhood's outline.

    The neighbourhood holds every grid that touches a changed one, so a new node on its outline
    can only lie on the outer border of the whole sheet.
    """
    old_outline = vertices([shapely.coverage_union_all([sheet[code] for code in old_codes])])
    new_outline = vertices([shapely.coverage_union_all(list(fresh.values()))])
    return tuple(sorted(new_outline - old_outline))
