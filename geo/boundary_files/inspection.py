"""Take a boundary file from its bytes to a report, step by step, storing nothing.

read → coordinate system → CGCS2000 on the lattice → meaning of the columns → codes → examine →
propose a repair. The command line and the pages go the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.boundary_files import numbering
from geo.boundary_files.doctor import SLIVER_WIDTH_M, examine
from geo.boundary_files.features import BoundaryFeature
from geo.boundary_files.fields import Role, build_features, choose
from geo.boundary_files.findings import Report
from geo.boundary_files.layer import Layer
from geo.boundary_files.reading import read_layer
from geo.boundary_files.refusal import FileRefused
from geo.boundary_files.repair import GAP_WIDTH_M, SNAP_M, Repair, propose_repair
from geo.boundary_files.storing import Stored, to_storage
from geo.boundary_files.systems import CoordinateSystem, parse_system, suggest, system_of_epsg
from geo.codes import Level

Recode = Callable[[Sequence[BoundaryFeature]], list[BoundaryFeature]]

# An inland province is this wide; what lies farther apart was put together from several systems.
_FAR_DEGREES = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Say how a file is to be read and judged; every part may be left to the file itself.

    ``crs`` is a word of ``parse_system``. ``fields`` names columns. ``make_codes`` numbers all
    areas anew below their parent: the parent column, else the outline of ``parents`` in which they
    lie, else the codes ``spare_parents`` one after the other. ``exclaves`` takes areas
    of several parts as flagged; ``known_exclaves`` are codes flagged before. ``repair`` puts the
    repaired shapes in the place of the others. ``recode`` may give the areas other codes before
    they are examined.
    """

    level: Level = Level.GRID
    crs: str | None = None
    encoding: str | None = None
    layer: str | None = None
    fields: Mapping[Role, str | None] = field(default_factory=dict)
    parents: Mapping[str, BaseGeometry | None] | None = None
    make_codes: bool = False
    spare_parents: tuple[str, ...] = ()
    parent_names: Mapping[str, str] = field(default_factory=dict)
    recode: Recode | None = None
    exclaves: bool = False
    known_exclaves: frozenset[str] = frozenset()
    repair: bool = False
    gap_width_m: float = GAP_WIDTH_M
    snap_m: float = SNAP_M
    sliver_m: float = SLIVER_WIDTH_M


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Hold everything known about a file.

    ``report`` is on the shapes as they came; ``repair`` is the proposal where something can be
    repaired, ``repaired`` the report on it. ``features`` are what an import would store: the
    repaired ones when that was asked for and is proven (``adopted``).
    """

    request: Request
    layer: Layer
    system: CoordinateSystem
    chosen: Mapping[Role, str | None]
    added_points: int
    notes: tuple[str, ...]
    report: Report
    repair: Repair | None
    repaired: Report | None
    adopted: bool
    features: tuple[BoundaryFeature, ...]

    @property
    def outcome(self) -> Report:
        """Return the report on ``features``."""
        return self.repaired if self.adopted and self.repaired is not None else self.report


def inspect_file(
    path: Path, request: Request, *, tell: Callable[[str], None] = lambda _stage: None
) -> Inspection:
    """Return what the file at ``path`` holds and what is wrong with it; raise FileRefused.

    ``tell`` hears of the stages: ``reading``, ``checking``, ``repairing``.
    """
    tell("reading")
    layer = read_layer(path, layer=request.layer, encoding=request.encoding)
    tell("checking")
    system = _system(layer, request.crs)
    stored = to_storage([row.geometry for row in layer.features], system)
    chosen = choose(layer, request.level, request.fields)
    features = _coded(build_features(layer, stored.shapes, chosen, request.level), request, chosen)
    report = _examine(features, request)
    repair, repaired = None, None
    if not report.importable and any(f.geometry is not None for f in features):
        tell("repairing")
        repair = propose_repair(features, gap_width_m=request.gap_width_m, snap_m=request.snap_m)
        repaired = _examine(repair.features, request)
        if not repair.moves and not repair.vanished:
            # What blocks is no matter of shapes.
            repair, repaired = None, None
    used = repair if request.repair and repair is not None and repair.is_proven else None
    return Inspection(
        request=request,
        layer=layer,
        system=system,
        chosen=chosen,
        added_points=stored.added_points,
        notes=(*layer.notes, *_notes(layer, system, stored, report)),
        report=report,
        repair=repair,
        repaired=repaired,
        adopted=used is not None,
        features=tuple(features) if used is None else used.features,
    )


def outlines_of(inspection: Inspection) -> dict[str, BaseGeometry | None]:
    """Return the areas of a file by code, as parents for the level below."""
    return {feature.code: feature.geometry for feature in inspection.features if feature.code}


def _system(layer: Layer, asked: str | None) -> CoordinateSystem:
    if asked is not None:
        return parse_system(asked)
    found = system_of_epsg(layer.epsg)
    if found is not None:
        return found
    held = [row.geometry for row in layer.features if row.geometry is not None]
    points = shapely.get_coordinates(held) if held else np.empty((0, 2))
    words = suggest(points[:, 0], points[:, 1]) if len(points) else ()
    said = f"文件所写的坐标系“{layer.system_text}”不在清单内" if layer.system_text else (
        "文件没有写明坐标系"
    )  # fmt: skip
    hint = f"，从数值看可能是：{'、'.join(words)}" if words else ""
    raise FileRefused("which_crs", f"{said}，请用 --crs 指定{hint}。")


def _coded(
    features: list[BoundaryFeature], request: Request, chosen: Mapping[Role, str | None]
) -> list[BoundaryFeature]:
    if request.make_codes:
        bare = [replace(feature, code="") for feature in features]
        outlines = {c: s for c, s in (request.parents or {}).items() if s is not None}
        placed = numbering.parents_by_place(bare, outlines) if outlines else bare
        features = numbering.make_codes(placed, without_parent=request.spare_parents)
    if request.recode is not None:
        features = request.recode(features)
    if chosen[Role.NAME] is None and request.make_codes:
        features = numbering.make_names(features, request.parent_names)
    if request.exclaves:
        return [replace(f, exclave=_in_parts(f)) for f in features]
    return [
        replace(f, exclave=True) if f.code in request.known_exclaves and _in_parts(f) else f
        for f in features
    ]


def _in_parts(feature: BoundaryFeature) -> bool:
    return feature.geometry is not None and feature.geometry.geom_type == "MultiPolygon"


def _examine(features: list[BoundaryFeature] | tuple[BoundaryFeature, ...], request: Request
) -> Report:  # fmt: skip
    return examine(
        features, level=request.level, parents=request.parents, sliver_m=request.sliver_m
    )


def _notes(layer: Layer, system: CoordinateSystem, stored: Stored, report: Report) -> list[str]:
    notes: list[str] = []
    declared = system_of_epsg(layer.epsg)
    if declared is not None and declared != system:
        notes.append(f"文件写明的坐标系是{declared.label}，已按指定的{system.label}读取。")
    if system.accuracy_m is None:
        notes.append(
            "这一坐标系到国家2000没有公开的转换参数：形状不变，位置可能偏移数米至上百米"
            "（西安80），请向测绘部门索取转换后的成果。"
        )
    if stored.added_points:
        notes.append(f"为使直边在经纬度下偏离不到1厘米，加密了{stored.added_points}个点。")
    if report.bounds is not None:
        west, south, east, north = report.bounds
        if east - west > _FAR_DEGREES or north - south > _FAR_DEGREES:
            notes.append("图形相距过远，可能混有不同坐标系的要素。")
    return notes
