"""Guard the door: a position states its datum, or it is not a position.

Longitude before latitude, keyword-only, decimal degrees, accuracy in metres. What passes here is
not checked again below.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from geo.errors import PositionError


class Datum(StrEnum):
    """Name the four coordinate systems in which reports arrive."""

    CGCS2000 = "cgcs2000"
    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


DATUM_LABELS: dict[Datum, str] = {
    Datum.CGCS2000: "国家2000",
    Datum.WGS84: "GPS(WGS84)",
    Datum.GCJ02: "高德／微信(GCJ-02)",
    Datum.BD09: "百度(BD-09)",
}


def parse_datum(text: str) -> Datum:
    """Return the datum called ``text``; raise PositionError when it is none of the four."""
    try:
        return Datum(text)
    except ValueError:
        raise PositionError(
            "unknown_crs",
            "坐标系未知：crs 应为 cgcs2000、wgs84、gcj02 或 bd09 之一。",
            field="crs",
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Hold a point in decimal degrees of ``datum``, known to within ``accuracy_m`` metres.

    Raises PositionError: not finite, out of range, exactly (0, 0), negative accuracy.
    """

    lon: float
    lat: float
    datum: Datum
    accuracy_m: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be a position, and say why in words for people."""
        if not (math.isfinite(self.lon) and math.isfinite(self.lat)):
            raise PositionError("not_finite", "经纬度不是有限的数值。", field="position")
        if abs(self.lat) > 90 and abs(self.lat) <= 180 and abs(self.lon) <= 90:
            raise PositionError(
                "lon_lat_swapped",
                "纬度超出±90°，经度和纬度可能填反了（lon 为经度，lat 为纬度）。",
                field="lat",
            )
        if abs(self.lon) > 180:
            raise PositionError("out_of_range", "经度应在−180°到180°之间。", field="lon")
        if abs(self.lat) > 90:
            raise PositionError(
                "out_of_range",
                "纬度应在−90°到90°之间；如填的是经度，请检查经度和纬度是否填反。",
                field="lat",
            )
        if self.lon == 0 and self.lat == 0:
            raise PositionError(
                "zero_zero",
                "坐标恰为(0,0)，多半是定位失败，请重新定位或改填地址。",
                field="position",
            )
        if not math.isfinite(self.accuracy_m) or self.accuracy_m < 0:
            raise PositionError("bad_accuracy", "定位误差应为不小于0的米数。", field="accuracy_m")
