"""Tell what the doctor found: as text for a terminal, as JSON, and as GeoJSON for a map."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import shapely

from geo.boundary_files.fields import ROLE_LABELS, candidates
from geo.boundary_files.findings import LABELS, REPAIRABLE, Finding, Kind, Report
from geo.boundary_files.inspection import Inspection
from geo.boundary_files.reading import FORMATS
from geo.boundary_files.repair import Repair
from geo.lattice import DECIMALS

_LINES_PER_KIND: Final = 10
_MOVES_SHOWN: Final = 10


def as_text(inspection: Inspection) -> str:
    """Return the report as lines for people, the worst of each kind first."""
    return "\n".join(
        [
            *_file_lines(inspection),
            *_finding_lines(inspection.report),
            *_repair_lines(inspection.repair, inspection.repaired),
            f"结论    {conclusion(inspection)}",
        ]
    )


def _file_lines(inspection: Inspection) -> Iterator[str]:
    layer, report = inspection.layer, inspection.report
    yield (
        f"文件    {FORMATS[layer.format]}，图层 {layer.name}，{report.features}行，"
        f"文字编码 {layer.encoding}（{layer.encoding_from}）"
    )
    if layer.texts():
        yield f"文字样例 {'、'.join(text[:40] for text in layer.texts())}"
    yield f"坐标系  {inspection.system.label}（{inspection.system.key}）→ 国家2000"
    if report.bounds is not None:
        west, south, east, north = report.bounds
        yield (
            f"范围    {west:.5f}–{east:.5f}°E，{south:.5f}–{north:.5f}°N，"
            f"{report.area_m2 / 1e6:,.2f}平方公里"
        )
    for role, column in inspection.chosen.items():
        others = [
            f"{c.column}（{c.why}，如“{c.sample}”）"
            for c in candidates(layer, role, report.level)
            if c.column != column
        ]
        rest = f"；也可能是：{'、'.join(others[:3])}" if others else ""
        if column is not None or rest:
            yield f"列      {ROLE_LABELS[role]} = {column or '（未定）'}{rest}"
    for note in inspection.notes:
        yield f"注意    {note}"


def _finding_lines(report: Report) -> Iterator[str]:
    counts = report.counts()
    summary = "，".join(f"{LABELS[kind]}{count}处" for kind, count in counts.items())
    yield f"检查    {summary or '没有发现问题'}"
    for kind in counts:
        found = report.of(kind)
        for finding in found[:_LINES_PER_KIND]:
            yield f"  {LABELS[kind]}  {describe(finding)}"
        if len(found) > _LINES_PER_KIND:
            yield f"  {LABELS[kind]}  其余{len(found) - _LINES_PER_KIND}处见 --report 的文件。"


def describe(finding: Finding) -> str:
    """Return areas, place and size of a finding in one line."""
    rows = "、".join(str(row) for row in finding.rows[:4])
    more = f"等{len(finding.rows)}行" if len(finding.rows) > 4 else "行"
    parts = [f"第{rows}{more}（{'、'.join(finding.areas[:4])}）"]
    if finding.lon is not None and finding.lat is not None:
        parts.append(f"{finding.lon:.6f},{finding.lat:.6f}")
    if finding.size_m2 > 0:
        parts.append(f"{finding.size_m2:,.2f}平方米")
    if finding.width_m is not None and finding.kind not in (Kind.MULTIPART, Kind.DUPLICATE_SHAPE):
        parts.append(f"平均宽{finding.width_m:,.2f}米")
    if finding.detail:
        parts.append(finding.detail)
    return "  ".join(parts)


def _repair_lines(repair: Repair | None, repaired: Report | None) -> Iterator[str]:
    if repair is None:
        return
    yield (
        f"修复方案 合并{repair.gap_width_m:g}米以内的空白，吸附{repair.snap_m:g}米以内的点，"
        f"重叠归公共边最长的相邻网格：{len(repair.moves)}个网格有变动，"
        f"共{repair.moved_m2:,.1f}平方米易主"
    )
    for move in repair.moves[:_MOVES_SHOWN]:
        yield (
            f"  变动  第{move.row}行（{move.area}） 得{move.gained_m2:,.2f} 失{move.lost_m2:,.2f}"
            f"平方米，界线最多移动{move.max_move_m:,.2f}米"
        )
    if repair.vanished:
        yield f"  修复后消失：{'、'.join(repair.vanished[:10])}，不能自动修复。"
    elif repair.is_proven:
        yield "  修复结果已逐边核验：无重叠，公共边一致。加 --repair 采用。"
    else:
        yield "  修复后仍不是完整的覆盖，不能采用。"
    if repaired is not None:
        left = "，".join(f"{LABELS[kind]}{n}处" for kind, n in repaired.counts().items())
        yield f"修复后  {left or '没有发现问题'}"


def conclusion(inspection: Inspection) -> str:
    """Return in one sentence whether the file can be imported, and what to do when not."""
    if inspection.outcome.importable:
        return "可以导入。"
    blocking = dict.fromkeys(f.kind for f in inspection.outcome.findings if f.blocking)
    words = "、".join(LABELS[kind] for kind in blocking)
    hints = []
    proposed = inspection.repair if not inspection.request.repair else None
    if proposed is not None and proposed.is_proven and set(blocking) & REPAIRABLE:
        hints.append("加 --repair 采用修复方案")
    if Kind.MISSING_CODE in blocking or Kind.BAD_CODE in blocking:
        hints.append("用 --code-field 指定编码列，或加 --make-codes 自动编码")
    if Kind.EMPTY_NAME in blocking:
        hints.append("用 --name-field 指定名称列")
    if inspection.request.repair and Kind.SLIVER_GAP in blocking:
        hints.append("增大 --gap-width")
    if Kind.MULTIPART in blocking:
        hints.append("确为飞地的加 --exclaves")
    return f"不能导入：{words}。{'；'.join(hints)}{'。' if hints else ''}"


def as_json(inspection: Inspection) -> dict[str, Any]:
    """Return the report as plain values for JSON."""
    layer, report = inspection.layer, inspection.report
    return {
        "file": {
            "format": layer.format,
            "format_label": FORMATS[layer.format],
            "layer": layer.name,
            "other_layers": list(layer.other_layers),
            "rows": report.features,
            "columns": list(layer.columns),
            "encoding": layer.encoding,
            "encoding_from": layer.encoding_from,
            "texts": list(layer.texts()),
            "crs": inspection.system.key,
            "crs_label": inspection.system.label,
            "crs_of_file": layer.system_text or None,
        },
        "level": report.level.value,
        "fields": {role.value: column for role, column in inspection.chosen.items()},
        "bounds": list(report.bounds) if report.bounds is not None else None,
        "area_m2": round(report.area_m2, 1),
        "notes": list(inspection.notes),
        "counts": {kind.value: count for kind, count in report.counts().items()},
        "kinds": [
            {
                "kind": kind.value,
                "label": LABELS[kind],
                "blocking": any(finding.blocking for finding in report.of(kind)),
                "count": count,
            }
            for kind, count in report.counts().items()
        ],
        "findings": [finding_json(finding) for finding in report.findings],
        "repair": _repair_json(inspection.repair, inspection.repaired),
        "importable": inspection.outcome.importable,
        "conclusion": conclusion(inspection),
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return one finding as plain values, without its shape."""
    return {
        "kind": finding.kind.value,
        "label": LABELS[finding.kind],
        "blocking": finding.blocking,
        "rows": list(finding.rows),
        "areas": list(finding.areas),
        "lon": None if finding.lon is None else round(finding.lon, DECIMALS),
        "lat": None if finding.lat is None else round(finding.lat, DECIMALS),
        "size_m2": round(finding.size_m2, 3),
        "width_m": None if finding.width_m is None else round(finding.width_m, 3),
        "detail": finding.detail,
    }


def _repair_json(repair: Repair | None, repaired: Report | None) -> dict[str, Any] | None:
    if repair is None:
        return None
    return {
        "gap_width_m": repair.gap_width_m,
        "snap_m": repair.snap_m,
        "proven": repair.is_proven,
        "moved_m2": round(repair.moved_m2, 2),
        "vanished": list(repair.vanished),
        "moves": [
            {
                "row": move.row,
                "area": move.area,
                "gained_m2": round(move.gained_m2, 3),
                "lost_m2": round(move.lost_m2, 3),
                "max_move_m": round(move.max_move_m, 3),
            }
            for move in repair.moves
        ],
        "counts_after": None
        if repaired is None
        else {kind.value: count for kind, count in repaired.counts().items()},
    }


def as_geojson(report: Report) -> str:
    """Return the findings that have a place as a GeoJSON FeatureCollection, CGCS2000 degrees."""
    return json.dumps(
        {
            "type": "FeatureCollection",
            "name": "findings",
            "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}},
            "features": [
                {
                    "type": "Feature",
                    "properties": finding_json(finding),
                    "geometry": json.loads(shapely.to_geojson(finding.shape)),
                }
                for finding in report.findings
                if finding.shape is not None
            ],
        },
        ensure_ascii=False,
    )
