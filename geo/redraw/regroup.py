"""Give a whole area new grids at once, inside its unchanged border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import shapely
from shapely.geometry.base import BaseGeometry

from geo.codes import lineage_of
from geo.redraw.crumbs import sweep_crumbs
from geo.redraw.limits import Bench, Limits, require_known
from geo.redraw.mesh import Face, split_into_faces
from geo.redraw.operations import Regroup
from geo.redraw.outcome import Outcome, conclude
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

MAX_PIECES = 500


def regroup(sheet: Sheet, operation: Regroup, limits: Limits) -> tuple[Outcome, Regroup]:
    """Fit ``pieces`` to the area: each face goes to the piece that covers it, else the nearest.

    The border of the area stays to the byte; codes that no piece names are retired; a piece that
    covers nothing is refused.
    """
    old = sorted(code for code in sheet if code.startswith(operation.area))
    require_known(sheet, old, limits)
    if not old or not 1 <= len(operation.pieces) <= MAX_PIECES:
        raise RedrawError("bad_pieces", f"新网格应为1至{MAX_PIECES}个，且方案区域内须有网格。")
    codes = [code for code, _ in operation.pieces]
    if len(set(codes)) != len(codes):
        raise RedrawError("duplicate_code", "新网格的编码有重复。")
    if any(operation.area not in lineage_of(code) for code in codes):
        raise RedrawError("outside_area", "新网格的编码不属于该区域。")
    bench = Bench.around(sheet, old)
    land = shapely.coverage_union_all([bench.shapes[code] for code in old])
    pieces = {code: bench.frame.to_steps(shape) for code, shape in operation.pieces}
    cuts = [shapely.intersection(shapely.boundary(piece), land) for piece in pieces.values()]
    rest = {code: shape for code, shape in bench.shapes.items() if code not in old}
    held = old[0]
    faces = split_into_faces({**rest, held: land}, cuts)
    owners = [_owner(face, held, pieces) for face in faces]
    owners, warnings = sweep_crumbs(bench, faces, owners, set(pieces))
    missing = sorted(set(pieces) - set(owners))
    if missing:
        raise RedrawError("piece_outside", "有新网格完全落在区域之外。", codes=tuple(missing))
    outcome = conclude(
        sheet,
        bench.frame,
        faces,
        owners,
        also_old=tuple(old),
        may_part=frozenset(limits.exclaves),
        warnings=warnings,
    )
    shapes = {code: outcome.after.get(code, sheet.shapes.get(code)) for code in codes}
    logged = tuple((code, shape) for code, shape in shapes.items() if shape is not None)
    return outcome, replace(operation, pieces=logged)


def _owner(face: Face, held: str, pieces: Mapping[str, BaseGeometry]) -> str:
    if face.owner != held:
        return face.owner
    inner = shapely.point_on_surface(face.polygon)
    covering = sorted(code for code, piece in pieces.items() if shapely.intersects(piece, inner))
    if covering:
        return covering[0]
    # A gap between the new grids: the nearest one takes it.
    return min(pieces, key=lambda code: (shapely.distance(pieces[code], face.polygon), code))
