"""Put new land beside a coverage: outlines of communities that had no grids yet.

What stands keeps its land. An outline loses what others have, is noded against its neighbours,
and they get the nodes of its corners; nothing of a border moves by more than a lattice step.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.coverage import area_m2
from geo.lattice import STEPS_PER_DEGREE
from geo.redraw.mesh import Frame, join_faces, split_into_faces
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet, same_bytes

# A hand-traced border strays into its neighbour; a share beyond this is a dispute or a mistake.
MOST_OVERLAP_SHARE = 0.02
# Pieces that a stray border cuts off; below this nobody lives on them.
CRUMB_M2 = 100.0
# One metre: two hands that trace one border differ by less, two corners of a border by more.
SNAP_STEPS = STEPS_PER_DEGREE // 111_320
# Every community of a county at once, each cut by its neighbours' corners.
MOST_FACES = 20_000


def grow(sheet: Sheet, outlines: Mapping[str, BaseGeometry]) -> dict[str, BaseGeometry]:
    """Return the outlines as they fit beside ``sheet``, and the neighbours with their new nodes.

    Shapes are CGCS2000 degrees on the lattice; the outlines must be a coverage among themselves.
    Raises RedrawError (``overlaps``) where more than 2 % of one, or all of it, belongs to others.
    """
    reach = SNAP_STEPS / STEPS_PER_DEGREE
    wide = [shapely.buffer(shape, reach) for shape in outlines.values()]
    near = sorted({code for shape in wide for code in sheet.meeting(shape)})
    if not near:
        return dict(outlines)
    frame = Frame.of([*outlines.values(), *(sheet[code] for code in near)])
    standing = {code: frame.to_steps(sheet[code]) for code in near}
    taken = shapely.coverage_union_all(list(standing.values()))
    fitted = {code: _beside(code, shape, taken, frame) for code, shape in outlines.items()}
    # Those that stand come last: a face of a step's width that lies in both is theirs.
    faces = split_into_faces({**fitted, **standing}, [], most_new=MOST_FACES)
    joined = join_faces((face.polygon, face.owner) for face in faces)
    shapes = {code: shapely.normalize(frame.to_degrees(shape)) for code, shape in joined.items()}
    return {
        code: shape
        for code, shape in shapes.items()
        if code in outlines or not same_bytes(sheet[code], shape)
    }


def _drawn_to(shape: BaseGeometry, taken: BaseGeometry) -> BaseGeometry:
    """Return an outline whose corners lie on those of its neighbours where they are near."""
    drawn = shapely.snap(shape, taken, SNAP_STEPS)
    return drawn if shapely.is_valid(drawn) else shape


def _beside(code: str, shape: BaseGeometry, taken: BaseGeometry, frame: Frame) -> BaseGeometry:
    """Return what of an outline is nobody's yet, in steps, without crumbs."""
    whole = _drawn_to(frame.to_steps(shape), taken)
    rest = shapely.difference(whole, taken, grid_size=1.0)
    parts = shapely.get_parts(rest)
    kept = [
        part
        for part in parts
        if part.geom_type == "Polygon" and area_m2(frame.to_degrees(part)) >= CRUMB_M2
    ]
    left = sum(part.area for part in kept)
    if not kept or left < (1 - MOST_OVERLAP_SHARE) * whole.area:
        overlap = shapely.intersection(whole, taken, grid_size=1.0)
        raise RedrawError(
            "overlaps",
            "新界线与已上图的网格重叠过多，请先核对。",
            where=frame.to_degrees(overlap),
            codes=(code,),
        )
    return kept[0] if len(kept) == 1 else shapely.union_all(np.array(kept, dtype=object))
