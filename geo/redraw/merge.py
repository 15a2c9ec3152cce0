"""Make one grid of several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.redraw.limits import Bench, Limits, require_known, require_one_community
from geo.redraw.mesh import Face
from geo.redraw.operations import Merge
from geo.redraw.outcome import Outcome
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

MOST_MERGED = 100


def merge(sheet: Sheet, operation: Merge, limits: Limits) -> tuple[Outcome, Merge]:
    """Make one grid of several that share edges; the codes of all but ``keep`` are retired.

    An enclave of another grid stays a hole; exclaves of the merged grids stay exclaves.
    """
    codes = sorted(set(operation.grids))
    if not 2 <= len(codes) <= MOST_MERGED or operation.keep not in codes:
        raise RedrawError("bad_merge", f"合并须有2至{MOST_MERGED}个网格，保留的编码须在其中。")
    require_known(sheet, codes, limits)
    require_one_community(sheet, codes)
    bench = Bench.around(sheet, codes)
    union = shapely.coverage_union_all([bench.shapes[code] for code in codes])
    apart = _apart([bench.shapes[code] for code in codes], union)
    if apart:
        lone = tuple(codes[number] for number in apart)
        raise RedrawError(
            "not_neighbours",
            "这些网格没有共同的边，不能合并（只在一点相接不算相邻）。",
            where=shapely.union_all([sheet[code] for code in lone]),
            codes=lone,
        )
    faces = [Face(shape, code) for code, shape in bench.shapes.items()]
    owners = [operation.keep if face.owner in codes else face.owner for face in faces]
    outcome = bench.conclude(
        faces,
        owners,
        concerned=codes,
        limits=limits,
        were={operation.keep: bench.frame.to_degrees(union)},
    )
    return outcome, Merge(grids=tuple(codes), keep=operation.keep)


def _apart(shapes: Sequence[BaseGeometry], union: BaseGeometry) -> list[int]:
    """Return the shapes that no chain of shared edges links to the first one.

    Two shapes are linked when a part of each lies in the same part of the union.
    """
    tree = shapely.STRtree(shapely.get_parts(union))
    held: list[set[int]] = []
    for shape in shapes:
        inner = shapely.point_on_surface(shapely.get_parts(shape))
        held.append(set(np.unique(tree.query(inner, predicate="intersects")[1]).tolist()))
    linked, reached = {0}, held[0]
    while True:
        more = {n for n, parts in enumerate(held) if n not in linked and parts & reached}
        if not more:
            return [n for n in range(len(shapes)) if n not in linked]
        linked |= more
        reached = reached.union(*(held[n] for n in more))
