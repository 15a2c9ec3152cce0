"""Name the coordinate systems in which boundary files come, from a closed list.

A system is one of the four datums of reports, in degrees, or a listed EPSG code. No text of a file
or a user reaches PROJ: a free definition could name files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.boundary_files.packing import FloatArray
from geo.crs import GEOGRAPHIC_EPSG, KNOWN_EPSG, STORAGE_EPSG, accuracy_m, transform
from geo.errors import GeoError
from geo.position import DATUM_LABELS, Datum

_DATUM_OF_EPSG: Final = {4490: Datum.CGCS2000, 4326: Datum.WGS84}
# False eastings of Chinese zones: 500 km, before it the number of the zone in millions.
_ZONES: Final = range(25, 46)
_FIRST_ZONED_CGCS2000, _FIRST_ZONED_XIAN80 = 4513, 2349
_FIRST_CENTRAL_CGCS2000: Final = 4534


@dataclass(frozen=True, slots=True)
class CoordinateSystem:
    """Hold one listed system: a datum in degrees, or else an EPSG code."""

    datum: Datum | None
    epsg: int | None

    @property
    def key(self) -> str:
        """Return the word by which a user names the system."""
        return self.datum.value if self.datum is not None else f"EPSG:{self.epsg}"

    @property
    def label(self) -> str:
        """Return the name for people."""
        if self.datum is not None:
            return DATUM_LABELS[self.datum]
        return KNOWN_EPSG[self.epsg or STORAGE_EPSG]

    @property
    def in_degrees(self) -> bool:
        """Say whether coordinates are longitude and latitude."""
        return self.datum is not None or self.epsg in GEOGRAPHIC_EPSG

    @property
    def accuracy_m(self) -> float | None:
        """Return how far off the way to CGCS2000 may be in metres, None when nobody knows."""
        if self.datum is not None or self.epsg is None:
            return 0.0
        return accuracy_m(source_epsg=self.epsg, target_epsg=STORAGE_EPSG)

    def to_cgcs2000(self, xs: FloatArray, ys: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return longitudes and latitudes in degrees; raise GeoError for what has none."""
        if self.datum is not None:
            # Compiled: what is refused before its coordinates are looked at does not wait for it.
            from geo.datums import to_cgcs2000_arrays

            return to_cgcs2000_arrays(xs, ys, self.datum)
        return transform(xs, ys, source_epsg=self.epsg or 0, target_epsg=STORAGE_EPSG)


def system_of_epsg(epsg: int | None) -> CoordinateSystem | None:
    """Return the listed system with this code, None for another."""
    if epsg in _DATUM_OF_EPSG:
        return CoordinateSystem(_DATUM_OF_EPSG[epsg], None)
    return CoordinateSystem(None, epsg) if epsg in KNOWN_EPSG else None


def parse_system(text: str) -> CoordinateSystem:
    """Return the system that a user names: a datum, ``4546`` or ``EPSG:4546``."""
    word = text.strip().lower().removeprefix("epsg:")
    if word in set(Datum):
        return CoordinateSystem(Datum(word), None)
    found = system_of_epsg(int(word)) if word.isascii() and word.isdigit() else None
    if found is None:
        raise GeoError(
            "unknown_crs",
            "坐标系不在清单内：可用 cgcs2000、wgs84、gcj02、bd09，或 EPSG 编号 4490、4326、"
            "4491–4554（国家2000高斯–克吕格）、4610、2327–2390（西安80）、2232。",
            field="crs",
        )
    return found


def check_range(system: CoordinateSystem, xs: FloatArray, ys: FloatArray) -> None:
    """Refuse coordinates that cannot be of ``system``: metres for degrees, or the reverse."""
    looks_like_degrees = bool((np.abs(xs) <= 180).all() and (np.abs(ys) <= 90).all())
    if system.in_degrees and not looks_like_degrees:
        swapped = bool((np.abs(ys) <= 180).all() and (np.abs(xs) <= 90).all())
        detail = "经度和纬度可能填反了" if swapped else "坐标像是以米为单位的投影坐标"
        raise GeoError("crs_mismatch", f"坐标与坐标系不符：{detail}，请检查 --crs。", field="crs")
    if not system.in_degrees and looks_like_degrees:
        raise GeoError(
            "crs_mismatch", "坐标与坐标系不符：坐标像是经纬度而不是米，请检查 --crs。", field="crs"
        )


def suggest(xs: FloatArray, ys: FloatArray) -> tuple[str, ...]:
    """Return the words of systems that coordinates without a system may be in, likely first."""
    if (np.abs(xs) <= 180).all() and (np.abs(ys) <= 90).all():
        return tuple(datum.value for datum in Datum)
    zone = int(np.median(xs) // 1_000_000)
    if zone in _ZONES:
        step = zone - _ZONES[0]
        return f"EPSG:{_FIRST_ZONED_CGCS2000 + step}", f"EPSG:{_FIRST_ZONED_XIAN80 + step}"
    if 100_000 <= float(np.median(xs)) <= 900_000 and 0 < float(np.median(ys)) < 6_500_000:
        # Without the number of its zone an easting fits every zone: 105°E to 120°E are named.
        return tuple(f"EPSG:{_FIRST_CENTRAL_CGCS2000 + step}" for step in (12, 11, 13, 10, 14, 15))
    return ()
