"""Check that polygons form one coverage, and make the areas above the grids from it.

A coverage has no overlap, neighbours share identical edges, and every vertex lies on the lattice.
``check_coverage`` lists what is wrong and where; it repairs nothing and raises nothing for bad
shapes: a list of faults before any repair is what people ask of such tools. All coordinates are
CGCS2000 degrees; sizes are square metres on the local plane.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.codes import Level, code_at
from geo.crs import metres_per_degree
from geo.lattice import off_lattice_vertex

Shapes = NDArray[np.object_]


class Fault(StrEnum):
    """Name what can be wrong with a coverage; ``gap`` and ``multipart`` may be meant."""

    DUPLICATE_CODE = "duplicate_code"
    NOT_POLYGON = "not_polygon"
    INVALID_POLYGON = "invalid_polygon"
    OFF_LATTICE = "off_lattice"
    OVERLAP = "overlap"
    UNMATCHED_EDGE = "unmatched_edge"
    GAP = "gap"
    MULTIPART = "multipart"


_MAY_BE_MEANT = (Fault.GAP, Fault.MULTIPART)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageIssue:
    """Hold one finding: whose it is, where to look (lon, lat) and how large it is.

    ``size_m2`` is the area of an overlap, a gap or the polygon in question, 0 for a vertex or an
    edge; ``lon`` and ``lat`` are None only for an empty shape. ``detail`` is GEOS's own word on
    an invalid polygon. ``shape`` is the overlap, the gap, the edge or the polygon itself.
    """

    fault: Fault
    codes: tuple[str, ...]
    lon: float | None
    lat: float | None
    size_m2: float
    detail: str = ""
    shape: BaseGeometry | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """Hold all findings on a set of polygons."""

    issues: tuple[CoverageIssue, ...]

    @property
    def is_valid(self) -> bool:
        """Say whether nothing is wrong; gaps and parts, which may be meant, do not count."""
        return all(issue.fault in _MAY_BE_MEANT for issue in self.issues)

    def of(self, fault: Fault) -> tuple[CoverageIssue, ...]:
        """Return the findings of one kind."""
        return tuple(issue for issue in self.issues if issue.fault is fault)


def check_coverage(
    codes: Sequence[str],
    geometries: Sequence[BaseGeometry],
    *,
    multipart_codes: Collection[str] = (),
) -> CoverageReport:
    """List everything that keeps ``geometries`` from being a coverage.

    ``multipart_codes`` are flagged exclaves: they may have several parts. Invalid polygons are
    left out of the comparison with their neighbours. Raises ValueError for unequal lengths.
    """
    if len(codes) != len(geometries):
        raise ValueError("codes and geometries differ in number")
    issues = [
        CoverageIssue(fault=Fault.DUPLICATE_CODE, codes=(code,), lon=None, lat=None, size_m2=0.0)
        for code, count in sorted(Counter(codes).items())
        if count > 1
    ]
    usable: list[int] = []
    for number, (code, shape) in enumerate(zip(codes, geometries, strict=True)):
        found = _check_alone(code, shape, multipart=code in multipart_codes)
        issues += found
        if not {issue.fault for issue in found} & {Fault.NOT_POLYGON, Fault.INVALID_POLYGON}:
            usable.append(number)
    held = [codes[number] for number in usable]
    shapes: Shapes = np.empty(len(usable), dtype=object)
    shapes[:] = [geometries[number] for number in usable]
    if len(shapes):
        faulty = _check_edges(held, shapes)
        issues += faulty
        issues += _gaps(held, shapes, matched=not faulty)
    return CoverageReport(tuple(issues))


def union_by_parent(
    codes: Sequence[str], geometries: Sequence[BaseGeometry], level: Level
) -> dict[str, BaseGeometry]:
    """Return the areas of ``level`` as unions of the grids below them, by code, sorted.

    The polygons must be a valid coverage: shared edges are dissolved, nothing is recomputed, so
    that all vertices stay where they are.
    """
    members: dict[str, list[BaseGeometry]] = {}
    for code, shape in zip(codes, geometries, strict=True):
        members.setdefault(code_at(code, level), []).append(shape)
    return {parent: shapely.coverage_union_all(members[parent]) for parent in sorted(members)}


def area_m2(geometry: BaseGeometry) -> float:
    """Return the area in square metres in the plane of the shape's middle latitude.

    Good to about 1e-4 for a grid or a township, 1e-3 for a county.
    """
    if geometry.is_empty:
        return 0.0
    _, south, _, north = geometry.bounds
    per_lon, per_lat = metres_per_degree((south + north) / 2)
    return float(geometry.area) * per_lon * per_lat


def _issue(
    fault: Fault, codes: tuple[str, ...], where: BaseGeometry, *, detail: str = ""
) -> CoverageIssue:
    # A representative point lies on the fault itself; a centroid may lie far beside it.
    point = where.representative_point() if not where.is_empty else None
    return CoverageIssue(
        fault=fault,
        codes=codes,
        lon=point.x if point else None,
        lat=point.y if point else None,
        size_m2=area_m2(where),
        detail=detail,
        shape=where,
    )


def _check_alone(code: str, shape: BaseGeometry, *, multipart: bool) -> list[CoverageIssue]:
    if shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        return [_issue(Fault.NOT_POLYGON, (code,), shape, detail=shape.geom_type)]
    issues: list[CoverageIssue] = []
    vertex = off_lattice_vertex(shape)
    if vertex is not None:
        issues.append(
            CoverageIssue(
                fault=Fault.OFF_LATTICE, codes=(code,), lon=vertex[0], lat=vertex[1], size_m2=0.0
            )
        )
    if not shape.is_valid:
        lon, lat = shapely.get_coordinates(shape)[0].tolist()
        detail = shapely.is_valid_reason(shape)
        issues.append(
            CoverageIssue(
                fault=Fault.INVALID_POLYGON,
                codes=(code,),
                lon=lon,
                lat=lat,
                size_m2=area_m2(shape),
                detail=detail,
                shape=shape,
            )
        )
    elif shapely.get_num_geometries(shape) > 1 and not multipart:
        issues.append(_issue(Fault.MULTIPART, (code,), shape))
    return issues


def _check_edges(codes: list[str], shapes: Shapes) -> list[CoverageIssue]:
    """List overlaps and edges that a neighbour holds with other vertices."""
    if shapely.coverage_is_valid(shapes):
        return []
    edges = shapely.coverage_invalid_edges(shapes)
    suspects = np.flatnonzero(~shapely.is_empty(edges))
    # Beside all of them: a grid that lies whole inside another leaves that one's edges faultless.
    left, right = shapely.STRtree(shapes).query(shapes[suspects], predicate="intersects")
    issues: list[CoverageIssue] = []
    named: set[int] = set()
    pairs = {
        (min(a, b), max(a, b))
        for a, b in zip(suspects[left].tolist(), right.tolist(), strict=True)
        if a != b
    }
    for a, b in sorted(pairs):
        issue = _pair_issue((codes[a], codes[b]), shapes[a], shapes[b], edges[a], edges[b])
        if issue is not None:
            issues.append(issue)
            named |= {a, b}
    alone = [number for number in suspects.tolist() if number not in named]
    return issues + [_issue(Fault.UNMATCHED_EDGE, (codes[n],), edges[n]) for n in alone]


def _pair_issue(
    pair: tuple[str, str],
    shape_a: BaseGeometry,
    shape_b: BaseGeometry,
    edges_a: BaseGeometry,
    edges_b: BaseGeometry,
) -> CoverageIssue | None:
    codes = tuple(sorted(pair))
    common = shapely.intersection(shape_a, shape_b)
    if common.area > 0:
        largest = max(shapely.get_parts(common), key=lambda part: float(part.area))
        issue = _issue(Fault.OVERLAP, codes, largest)
        return replace(issue, size_m2=area_m2(common), shape=common)
    line = shapely.intersection(edges_a, edges_b)
    return _issue(Fault.UNMATCHED_EDGE, codes, line) if line.length > 0 else None


def _gaps(codes: list[str], shapes: Shapes, *, matched: bool) -> list[CoverageIssue]:
    """List the enclosed land that belongs to nobody, with the grids around each piece.

    Faces of the union's outline are looked at, not its holes: a sliver between two grids that
    ends on the outer border is no hole of any polygon.
    """
    union = shapely.coverage_union_all(shapes) if matched else shapely.union_all(shapes)
    rings = shapely.get_rings(shapely.get_parts(union))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(rings))))
    shapely.prepare(union)
    gaps = faces[~shapely.intersects(union, shapely.point_on_surface(faces))]
    tree = shapely.STRtree(shapes)
    issues: list[CoverageIssue] = []
    for gap in gaps:
        around = sorted(codes[n] for n in tree.query(gap, predicate="intersects").tolist())
        issues.append(_issue(Fault.GAP, tuple(around), gap))
    return issues
