"""Prove of an edited neighbourhood that nothing happened but what was asked.

Exact: whole lattice steps, no tolerance but one. Where a new node enters a slanted edge it lies
on the lattice and not on the edge; snap rounding keeps it within 0.71 step (under a millimetre).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.lattice import STEPS_PER_DEGREE, doubled_area
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

LonLat = tuple[float, float]

# Half a step in each direction, and a little for the doubles around 110.
_REACH = 0.7072 / STEPS_PER_DEGREE
_WRONG = "修改后界线之间出现空白或重叠，未采用；请换一种画法。"


def prove_coverage(fresh: Mapping[str, BaseGeometry]) -> None:
    """Refuse shapes (degrees) that are invalid or do not share whole edges."""
    shapes = np.array(list(fresh.values()), dtype=object)
    valid = shapely.is_valid(shapes)
    if not valid.all():
        codes = tuple(code for code, fine in zip(fresh, valid.tolist(), strict=True) if not fine)
        raise RedrawError(
            "self_crossing",
            "这样修改后图形自相交，请换一种画法。",
            where=shapes[~valid][0],
            codes=codes,
        )
    if not shapely.coverage_is_valid(shapes):
        edges = shapely.coverage_invalid_edges(shapes)
        raise RedrawError("not_a_coverage", _WRONG, where=shapely.union_all(edges))


def prove_outline(
    sheet: Sheet, old_codes: Sequence[str], fresh: Mapping[str, BaseGeometry]
) -> tuple[LonLat, ...]:
    """Return the nodes that are new on the neighbourhood's outline; refuse any other change.

    The outline without them must be the old one to the byte, the land inside it must be the sum
    of the grids to the last square step, and no grid outside the neighbourhood may touch them:
    then they lie on the outer border of the whole sheet, or of land that is nobody's.
    """
    old = shapely.coverage_union_all([sheet[code] for code in old_codes])
    new = shapely.coverage_union_all(list(fresh.values()))
    nodes = nodes_gained(old, new)
    if nodes is None or sum(map(doubled_area, fresh.values())) != doubled_area(new):
        raise RedrawError("area_not_conserved", "修改后总面积有出入，未采用。", where=new)
    inside = set(old_codes)
    for lon, lat in nodes:
        beyond = set(sheet.meeting(shapely.Point(lon, lat).buffer(2 * _REACH))) - inside
        if beyond:
            raise RedrawError(
                "not_a_coverage", _WRONG, where=shapely.Point(lon, lat), codes=tuple(sorted(beyond))
            )
    return nodes


def nodes_gained(old: BaseGeometry, new: BaseGeometry) -> tuple[LonLat, ...] | None:
    """Return the nodes by which ``new`` differs from ``old``; None when it differs otherwise.

    Each lies within one lattice step of the old edge.
    """
    before, after = _complex(old), _complex(new)
    extra = np.unique(after[~np.isin(after, before)])
    thinned = _without(new, extra) if len(extra) else new
    if thinned is None or not _same_bytes(old, thinned):
        return None
    if len(extra):
        points = shapely.points(extra.real, extra.imag)
        if float(shapely.distance(points, shapely.boundary(old)).max()) > _REACH:
            return None
    return tuple((node.real, node.imag) for node in extra.tolist())


def outer_nodes_between(
    before: Iterable[BaseGeometry | None], after: Iterable[BaseGeometry | None]
) -> tuple[LonLat, ...]:
    """Return the nodes that are new on the outer border, given all grids that changed (degrees).

    A new node on a border inside the county is in the grids of both sides; so one on the outline
    of all that changed lies on the outer border, or on that of land that is nobody's.
    """
    old = [shape for shape in before if shape is not None]
    new = [shape for shape in after if shape is not None]
    if not old or not new:
        return ()
    known = np.concatenate([_complex(shape) for shape in old])
    outline = np.unique(_complex(shapely.coverage_union_all(new)))
    fresh = outline[~np.isin(outline, known)]
    return tuple((node.real, node.imag) for node in fresh.tolist())


def _same_bytes(old: BaseGeometry, new: BaseGeometry) -> bool:
    return bool(shapely.to_wkb(shapely.normalize(old)) == shapely.to_wkb(shapely.normalize(new)))


def _complex(shape: BaseGeometry) -> NDArray[np.complex128]:
    coordinates = shapely.get_coordinates(shape)
    vertices: NDArray[np.complex128] = coordinates[:, 0] + 1j * coordinates[:, 1]
    return vertices


def _without(shape: BaseGeometry, nodes: NDArray[np.complex128]) -> BaseGeometry | None:
    parts: list[shapely.Polygon] = []
    for part in shapely.get_parts(shape):
        rings: list[NDArray[np.float64]] = []
        for ring in shapely.get_rings(part):
            kept = shapely.get_coordinates(ring)[~np.isin(_complex(ring), nodes)]
            if len(kept) < 3:
                return None
            rings.append(kept)
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.MultiPolygon(parts) if len(parts) > 1 else parts[0]


def refuse_loose_parts(
    code: str, new: BaseGeometry, old: BaseGeometry | None, *, may_gain: bool
) -> None:
    """Refuse that a grid falls apart: a part is cut in two, or a new one lies by itself.

    Exclaves that were there may stay, shrink, grow or go. ``may_gain`` allows a new part to a
    grid that is flagged as having exclaves.
    """
    parts = shapely.get_parts(new)
    if len(parts) < 2:
        return
    loose = list(_loose(parts, old, may_gain=may_gain))
    if loose:
        raise RedrawError(
            "would_fall_apart",
            f"修改后网格 {code} 会分成互不相连的{len(parts)}块，请调整画线。",
            where=shapely.union_all(loose),
            codes=(code,),
        )


def _loose(
    parts: NDArray[np.object_], old: BaseGeometry | None, *, may_gain: bool
) -> Iterable[BaseGeometry]:
    """Yield the parts for which no part of the old grid stands, each of which stands for one."""
    were = (
        shapely.get_parts(old) if old is not None else parts[np.argmax(shapely.area(parts)), None]
    )
    now_at, old_at = shapely.STRtree(were).query(parts, predicate="intersects")
    common = shapely.intersection(parts[now_at], were[old_at])
    order = np.argsort(-shapely.area(common), kind="stable").tolist()
    stands: dict[int, int] = {}
    met: set[int] = set()
    for number in order:
        part, was = int(now_at[number]), int(old_at[number])
        if not _is_land(common[number]):
            continue
        met.add(part)
        if part not in stands and was not in stands.values():
            stands[part] = was
    for number, part in enumerate(parts):
        if number not in stands and not (may_gain and number not in met):
            yield part


def overlaps(one: BaseGeometry, other: BaseGeometry) -> bool:
    """Say whether two polygons share land wider than the lattice's own rounding.

    A vertex that was rounded onto the lattice may reach half a step over a slanted border; that
    is no land. Either CRS unit is degrees.
    """
    return _is_land(shapely.intersection(one, other))


def _is_land(common: BaseGeometry) -> bool:
    return bool(common.area > 0 and 2 * common.area > common.length * 2 / STEPS_PER_DEGREE)
