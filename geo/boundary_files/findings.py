"""Say what can be wrong with a boundary file, in the words of the field."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from shapely.geometry.base import BaseGeometry

from geo.codes import Level


class Kind(StrEnum):
    """Name one kind of finding."""

    NOT_POLYGON = "not_polygon"
    INVALID = "invalid"
    OFF_LATTICE = "off_lattice"
    DUPLICATE_SHAPE = "duplicate_shape"
    OVERLAP = "overlap"
    SLIVER_OVERLAP = "sliver_overlap"
    GAP = "gap"
    SLIVER_GAP = "sliver_gap"
    SLIVER_PART = "sliver_part"
    UNMATCHED_EDGE = "unmatched_edge"
    MULTIPART = "multipart"
    MISSING_CODE = "missing_code"
    BAD_CODE = "bad_code"
    DUPLICATE_CODE = "duplicate_code"
    WRONG_PARENT = "wrong_parent"
    OUTSIDE_PARENT = "outside_parent"
    EMPTY_NAME = "empty_name"
    DUPLICATE_NAME = "duplicate_name"


LABELS: Final[dict[Kind, str]] = {
    Kind.NOT_POLYGON: "不是面",
    Kind.INVALID: "自相交或无效的面",
    Kind.OFF_LATTICE: "坐标未取到存储精度",
    Kind.DUPLICATE_SHAPE: "重复的图形",
    Kind.OVERLAP: "重叠",
    Kind.SLIVER_OVERLAP: "碎块（重叠）",
    Kind.GAP: "空白",
    Kind.SLIVER_GAP: "碎块（空白）",
    Kind.SLIVER_PART: "碎块（狭长部分）",
    Kind.UNMATCHED_EDGE: "公共边不一致",
    Kind.MULTIPART: "多个部分，未标为飞地",
    Kind.MISSING_CODE: "没有编码",
    Kind.BAD_CODE: "编码有误",
    Kind.DUPLICATE_CODE: "编码重复",
    Kind.WRONG_PARENT: "上级不符",
    Kind.OUTSIDE_PARENT: "超出上级范围",
    Kind.EMPTY_NAME: "没有名称",
    Kind.DUPLICATE_NAME: "名称重复",
}

# Land that belongs to nobody, a name twice, an outline of the level above that runs a little
# elsewhere: may be meant, and the areas above are made from the grids anyway.
_MAY_BE_MEANT: Final = frozenset({Kind.GAP, Kind.DUPLICATE_NAME, Kind.OUTSIDE_PARENT})
# What coverage cleaning can put right.
REPAIRABLE: Final = frozenset(
    {
        Kind.INVALID,
        Kind.OVERLAP,
        Kind.SLIVER_OVERLAP,
        Kind.SLIVER_GAP,
        Kind.SLIVER_PART,
        Kind.UNMATCHED_EDGE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Hold one finding: which rows and areas, where (CGCS2000 lon, lat), how large.

    ``size_m2`` is the area of the overlap, the gap or the part, 0 for an edge or a code;
    ``width_m`` its mean width. ``lon`` and ``lat`` are None when there is no shape to point at.
    """

    kind: Kind
    rows: tuple[int, ...]
    areas: tuple[str, ...]
    lon: float | None = None
    lat: float | None = None
    size_m2: float = 0.0
    width_m: float | None = None
    detail: str = ""
    shape: BaseGeometry | None = field(default=None, compare=False, repr=False)

    @property
    def blocking(self) -> bool:
        """Say whether nothing can be imported while this stands."""
        return self.kind not in _MAY_BE_MEANT


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Hold everything found in a set of areas of one level.

    ``bounds`` is west, south, east, north in degrees, None without any shape; ``area_m2`` the sum
    of the shapes' areas.
    """

    level: Level
    features: int
    bounds: tuple[float, float, float, float] | None
    area_m2: float
    findings: tuple[Finding, ...]

    @property
    def importable(self) -> bool:
        """Say whether the areas can be imported as they are."""
        return not any(finding.blocking for finding in self.findings)

    @property
    def repairable(self) -> bool:
        """Say whether everything that blocks is of a kind that a repair may put right."""
        return all(f.kind in REPAIRABLE for f in self.findings if f.blocking)

    def counts(self) -> dict[Kind, int]:
        """Return how many findings there are of each kind, in the order of the kinds."""
        found = Counter(finding.kind for finding in self.findings)
        return {kind: found[kind] for kind in Kind if found[kind]}

    def of(self, kind: Kind) -> tuple[Finding, ...]:
        """Return the findings of one kind."""
        return tuple(finding for finding in self.findings if finding.kind is kind)
