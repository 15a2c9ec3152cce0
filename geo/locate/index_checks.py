"""Say whether codes and polygons can be the coverage of one level."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from shapely.geometry.base import BaseGeometry

from geo.codes import level_of
from geo.errors import CoverageError


def check_coverage(codes: Sequence[str], geometries: Sequence[BaseGeometry]) -> None:
    """Refuse a coverage that has nothing, codes twice or of several levels, or no polygons."""
    if not codes or len(codes) != len(geometries):
        raise CoverageError("empty_coverage", "界线数据为空，或编码与图形数量不一致。")
    if len(set(codes)) != len(codes):
        raise CoverageError("duplicate_code", "界线数据中有重复的编码。", field="code")
    check_levels(codes)
    kinds = {shape.geom_type for shape in geometries}
    if not kinds <= {"Polygon", "MultiPolygon"} or any(shape.is_empty for shape in geometries):
        raise CoverageError("not_polygon", "界线应为非空的面（Polygon 或 MultiPolygon）。")


def check_levels(codes: Sequence[str]) -> None:
    """Refuse codes of several levels."""
    if len({level_of(code) for code in codes}) != 1:
        raise CoverageError("mixed_levels", "同一份界线数据的编码应为同一级别。", field="code")


def check_codes(codes: Sequence[str], *, polygons: int) -> None:
    """Refuse codes that are not ascending, of one level, and one for each polygon."""
    if not codes or len(codes) != polygons:
        raise CoverageError("empty_coverage", "界线数据为空，或编码与图形数量不一致。")
    if any(code >= following for code, following in pairwise(codes)):
        raise CoverageError(
            "duplicate_code", "界线数据的编码重复，或不是按升序排列。", field="code"
        )
    check_levels(codes)
