"""Make one grid of several."""

from __future__ import annotations

import shapely

from geo.redraw.limits import Bench, Limits, require_known, require_one_community
from geo.redraw.mesh import Face
from geo.redraw.operations import Merge
from geo.redraw.outcome import Outcome, conclude
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet


def merge(sheet: Sheet, operation: Merge, limits: Limits) -> tuple[Outcome, Merge]:
    """Make one grid of several that share edges; the codes of all but ``keep`` are retired."""
    codes = sorted(set(operation.grids))
    if len(codes) < 2 or operation.keep not in codes:
        raise RedrawError("bad_merge", "合并须有至少两个网格，保留的编码须在其中。")
    require_known(sheet, codes, limits)
    require_one_community(sheet, codes)
    bench = Bench.around(sheet, codes)
    union = shapely.coverage_union_all([bench.shapes[code] for code in codes])
    parts = sum(shapely.get_num_geometries(bench.shapes[code]) for code in codes)
    expected = parts - len(codes) + 1
    if shapely.get_num_geometries(union) > expected:
        raise RedrawError(
            "not_neighbours",
            "这些网格没有共同的边，不能合并。",
            where=bench.frame.to_degrees(union),
        )
    faces = [Face(shape, code) for code, shape in bench.shapes.items()]
    owners = [operation.keep if face.owner in codes else face.owner for face in faces]
    exclaves = frozenset(limits.exclaves) | (
        frozenset((operation.keep,)) if expected > 1 else frozenset()
    )
    outcome = conclude(sheet, bench.frame, faces, owners, may_part=exclaves)
    return outcome, operation
