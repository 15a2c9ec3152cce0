"""Examine the areas of a boundary file: every fault, with place and size, before any change.

Shapes are CGCS2000 degrees on the lattice. The comparison of neighbours is ``check_coverage``, the
check that guards publication; here its findings are taken apart piece by piece, slivers are told
from real gaps and overlaps, and codes, names and nesting are looked at as well.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.boundary_files.features import BoundaryFeature
from geo.boundary_files.fields import code_of
from geo.boundary_files.findings import Finding, Kind, Report
from geo.codes import Level, parent_of
from geo.coverage import CoverageIssue, Fault, area_m2, check_coverage
from geo.crs import metres_per_degree

SLIVER_WIDTH_M: Final = 1.0
# A strip of half a metre with a bulge of twenty is a place, not a crumb of drawing.
_BULGE: Final = 5
# An outline digitised apart from its grids differs by hand; less is not worth a line.
_OUTSIDE_M2: Final = 1.0
_PLACE: Final = re.compile(r"\[(-?[0-9.eE+-]+) (-?[0-9.eE+-]+)\]")
_BESIDE: Final = {
    Kind.OVERLAP: Kind.SLIVER_OVERLAP,
    Kind.GAP: Kind.SLIVER_GAP,
}


def examine(
    features: Sequence[BoundaryFeature],
    *,
    level: Level,
    parents: Mapping[str, BaseGeometry | None] | None = None,
    sliver_m: float = SLIVER_WIDTH_M,
) -> Report:
    """Return everything that is wrong with ``features`` as areas of ``level``; change nothing.

    ``parents`` are the known areas of the level above by code, with their outline where there is
    one; without them nesting is checked by codes alone. Gaps and overlaps whose mean width is
    below ``sliver_m`` metres are slivers.
    """
    held = [f for f in features if f.geometry is not None and not f.geometry.is_empty]
    findings = [*_rows(features, level, parents), *_shapes(features, held, sliver_m)]
    if parents:
        findings += _nesting(held, parents)
    shapes = [f.geometry for f in held]
    bounds = None
    if shapes:
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        bounds = (west, south, east, north)
    order = {kind: place for place, kind in enumerate(Kind)}
    findings.sort(key=lambda f: (order[f.kind], -f.size_m2, f.rows))
    return Report(
        level=level,
        features=len(features),
        bounds=bounds,
        area_m2=sum(area_m2(shape) for shape in shapes if shape is not None),
        findings=tuple(findings),
    )


def mean_width_m(shape: BaseGeometry) -> float:
    """Return twice the area by the perimeter, in metres: the width of a long strip."""
    if shape.is_empty:
        return 0.0
    plane = _in_metres(shape)
    return 2 * float(plane.area) / float(plane.length) if plane.length > 0 else 0.0


def _in_metres(shape: BaseGeometry) -> BaseGeometry:
    west, south, _, north = shape.bounds
    scale = metres_per_degree((south + north) / 2)
    return shapely.transform(shape, lambda xy: (xy - (west, south)) * scale)


def _finding(
    kind: Kind, features: Sequence[BoundaryFeature], shape: BaseGeometry | None, detail: str = ""
) -> Finding:
    there = shape is not None and not shape.is_empty
    spot = shape.representative_point() if shape is not None and there else None
    polygonal = shape is not None and shape.geom_type in ("Polygon", "MultiPolygon")
    return Finding(
        kind=kind,
        rows=tuple(f.number for f in features),
        areas=tuple(f.label for f in features),
        lon=spot.x if spot is not None else None,
        lat=spot.y if spot is not None else None,
        size_m2=area_m2(shape) if shape is not None and polygonal else 0.0,
        width_m=mean_width_m(shape) if shape is not None and polygonal else None,
        detail=detail,
        shape=shape if there else None,
    )


# ---- codes and names


def _rows(
    features: Sequence[BoundaryFeature],
    level: Level,
    parents: Mapping[str, BaseGeometry | None] | None,
) -> list[Finding]:
    findings: list[Finding] = []
    by_code: dict[str, list[BoundaryFeature]] = defaultdict(list)
    by_name: dict[tuple[str, str], list[BoundaryFeature]] = defaultdict(list)
    for feature in features:
        findings += _code(feature, level, parents)
        if feature.code:
            by_code[feature.code].append(feature)
        if feature.name:
            by_name[feature.code[:-3], feature.name].append(feature)
        else:
            findings.append(_finding(Kind.EMPTY_NAME, [feature], feature.geometry))
    for kind, groups in (
        (Kind.DUPLICATE_CODE, by_code.values()),
        (Kind.DUPLICATE_NAME, by_name.values()),
    ):
        findings += [_finding(kind, same, same[0].geometry) for same in groups if len(same) > 1]
    return findings


def _code(
    feature: BoundaryFeature, level: Level, parents: Mapping[str, BaseGeometry | None] | None
) -> list[Finding]:
    if not feature.code:
        return [_finding(Kind.MISSING_CODE, [feature], feature.geometry)]
    code = code_of(feature.code, level)
    if code is None:
        words = {"county": 6, "township": 9, "community": 12, "grid": 15}
        detail = f"应为{words[level.value]}位数字"
        return [_finding(Kind.BAD_CODE, [feature], feature.geometry, detail)]
    above = parent_of(code) or ""
    if feature.parent and not _same_parent(feature.parent, above):
        detail = "编码的前几位与上级编码列不符"
        return [_finding(Kind.WRONG_PARENT, [feature], feature.geometry, detail)]
    if parents is not None and above not in parents:
        detail = "编码所指的上级不在清单内"
        return [_finding(Kind.WRONG_PARENT, [feature], feature.geometry, detail)]
    return []


def _same_parent(written: str, above: str) -> bool:
    return written == above or (len(written) == 12 and written == above.ljust(12, "0"))


# ---- shapes


def _shapes(
    features: Sequence[BoundaryFeature], held: Sequence[BoundaryFeature], sliver_m: float
) -> list[Finding]:
    without = [f for f in features if f.geometry is None or f.geometry.is_empty]
    findings = [_finding(Kind.NOT_POLYGON, [f], None, f.problem or "没有图形") for f in without]
    first: dict[bytes, BoundaryFeature] = {}
    apart: list[BoundaryFeature] = []
    for feature in held:
        key = bytes(shapely.to_wkb(shapely.normalize(feature.geometry)) or b"")
        if key in first:
            findings.append(_finding(Kind.DUPLICATE_SHAPE, [first[key], feature], feature.geometry))
        else:
            first[key] = feature
            apart.append(feature)
    findings += [f for feature in apart for f in _thin_parts(feature, sliver_m)]
    # Row numbers stand for codes here, which may be missing or used twice.
    names = [str(feature.number) for feature in apart]
    report = check_coverage(
        names,
        [feature.geometry for feature in apart if feature.geometry is not None],
        multipart_codes=[str(feature.number) for feature in apart if feature.exclave],
    )
    by_row = {str(feature.number): feature for feature in apart}
    for issue in report.issues:
        findings += _translated(issue, [by_row[name] for name in issue.codes], sliver_m)
    return findings


def _thin_parts(feature: BoundaryFeature, sliver_m: float) -> list[Finding]:
    shape = feature.geometry
    if shape is None or not shape.is_valid:
        return []
    thin = [part for part in shapely.get_parts(shape) if mean_width_m(part) < sliver_m]
    return [_finding(Kind.SLIVER_PART, [feature], part) for part in thin]


def _translated(
    issue: CoverageIssue, features: list[BoundaryFeature], sliver_m: float
) -> list[Finding]:
    shape = issue.shape
    if issue.fault is Fault.INVALID_POLYGON:
        return [_invalid(issue, features)]
    if issue.fault is Fault.MULTIPART and shape is not None:
        parts = f"{shapely.get_num_geometries(shape)}个部分"
        return [_finding(Kind.MULTIPART, features, shape, parts)]
    if issue.fault is Fault.UNMATCHED_EDGE:
        return [_finding(Kind.UNMATCHED_EDGE, features, shape)]
    if issue.fault is Fault.OFF_LATTICE:
        return [_finding(Kind.OFF_LATTICE, features, shape)]
    if issue.fault not in (Fault.OVERLAP, Fault.GAP):
        return [_finding(Kind.NOT_POLYGON, features, shape, issue.detail)]
    whole = Kind.OVERLAP if issue.fault is Fault.OVERLAP else Kind.GAP
    pieces = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and p.area > 0]
    return [
        _finding(_BESIDE[whole] if _is_sliver(p, sliver_m) else whole, features, p) for p in pieces
    ]


def _is_sliver(piece: BaseGeometry, sliver_m: float) -> bool:
    """Say whether a piece is narrow on the whole and has no bulge."""
    if mean_width_m(piece) >= sliver_m:
        return False
    # What is left after taking half a bulge off every side has a bulge.
    shrunk = _in_metres(piece).buffer(-_BULGE * sliver_m / 2, quad_segs=1)
    return bool(shrunk.is_empty)


def _invalid(issue: CoverageIssue, features: list[BoundaryFeature]) -> Finding:
    """Point at the crossing itself, which GEOS names inside its sentence."""
    found = _PLACE.search(issue.detail)
    lon, lat = (float(found[1]), float(found[2])) if found else (issue.lon, issue.lat)
    words = issue.detail.split("[")[0].strip()
    crossing = words in ("Self-intersection", "Ring Self-intersection")
    return Finding(
        kind=Kind.INVALID,
        rows=tuple(f.number for f in features),
        areas=tuple(f.label for f in features),
        lon=lon,
        lat=lat,
        size_m2=issue.size_m2,
        detail="边界自相交" if crossing else words,
        shape=None if lon is None or lat is None else shapely.Point(lon, lat),
    )


# ---- nesting


def _nesting(
    held: Sequence[BoundaryFeature], parents: Mapping[str, BaseGeometry | None]
) -> list[Finding]:
    findings: list[Finding] = []
    for feature in held:
        above = feature.code[:-3] if len(feature.code) > 6 else feature.parent
        outline = parents.get(above)
        shape = feature.geometry
        if outline is None or shape is None or not (shape.is_valid and outline.is_valid):
            continue
        outside = shapely.difference(shape, outline)
        size = area_m2(outside)
        if size <= _OUTSIDE_M2:
            continue
        mostly = outside.area > shape.area / 2
        kind = Kind.WRONG_PARENT if mostly else Kind.OUTSIDE_PARENT
        pieces = np.array(shapely.get_parts(outside), dtype=object)
        largest = pieces[int(np.argmax(shapely.area(pieces)))]
        detail = f"在上级范围之外共{size:.0f}平方米"
        findings.append(_finding(kind, [feature], largest, detail))
    return findings
