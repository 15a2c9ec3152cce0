"""Shift a coordinate between CGCS2000, GCJ-02 and BD-09: the formulas, once.

Plain Python for one coordinate, and the same functions compiled for columns of them: both call the
same elementary functions in the same order, so a column gives each row what it would get alone,
to the last bit. Degrees throughout; sources in ``geo.datums``.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiling import also_compiled, compiled

FloatArray = NDArray[np.float64]

# An inverse may miss the box's very edge by rounding.
_EDGE_SLACK_DEG: Final = 1e-9
# No shift reaches farther than this beyond the box; far away the formula grows without bound.
_REACH_DEG: Final = 0.1
_WEST: Final = 72.004
_EAST: Final = 137.8347
_SOUTH: Final = 0.8293
_NORTH: Final = 55.8271

# The ellipsoid of the published shift (Krasovsky 1940), not the one of the coordinates.
_AXIS_M: Final = 6378245.0
_ECCENTRICITY_2: Final = 0.00669342162296594323
_BD_WAVE: Final = math.pi * 3000.0 / 180.0
_BD_LON: Final = 0.0065
_BD_LAT: Final = 0.006

_STILL_DEG: Final = 1e-12
_MAX_ROUNDS: Final = 24


@also_compiled
def gcj_shift(lon: float, lat: float) -> tuple[float, float]:
    """Return GCJ-02 minus CGCS2000 in degrees at a CGCS2000 coordinate."""
    x, y = lon - 105.0, lat - 35.0
    root = math.sqrt(abs(x))
    pi = math.pi
    ripple = 20.0 * math.sin(6.0 * pi * x) + 20.0 * math.sin(2.0 * pi * x)
    wave_y = 20.0 * math.sin(pi * y) + 40.0 * math.sin(pi / 3.0 * y)
    long_y = 160.0 * math.sin(pi / 12.0 * y) + 320.0 * math.sin(pi / 30.0 * y)
    wave_x = 20.0 * math.sin(pi * x) + 40.0 * math.sin(pi / 3.0 * x)
    long_x = 150.0 * math.sin(pi / 12.0 * x) + 300.0 * math.sin(pi / 30.0 * x)
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m = north_m + (ripple + wave_y + long_y) * (2.0 / 3.0)
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m = east_m + (ripple + wave_x + long_x) * (2.0 / 3.0)
    phi = lat * (pi / 180.0)
    sine = math.sin(phi)
    magic = 1.0 - _ECCENTRICITY_2 * sine * sine
    root_magic = math.sqrt(magic)
    per_north = _AXIS_M * (1.0 - _ECCENTRICITY_2) / (magic * root_magic) * pi / 180.0
    per_east = _AXIS_M / root_magic * math.cos(phi) * pi / 180.0
    return east_m / per_east, north_m / per_north


@also_compiled
def bd_shift(lon: float, lat: float) -> tuple[float, float]:
    """Return BD-09 minus GCJ-02 in degrees at a GCJ-02 coordinate."""
    radius = math.sqrt(lon * lon + lat * lat) + 2e-5 * math.sin(lat * _BD_WAVE)
    angle = math.atan2(lat, lon) + 3e-6 * math.cos(lon * _BD_WAVE)
    return radius * math.cos(angle) + _BD_LON - lon, radius * math.sin(angle) + _BD_LAT - lat


@also_compiled
def _without(lon: float, lat: float, bd: bool) -> tuple[float, float]:
    """Return the coordinate that one of both shifts moves to (lon, lat).

    A fixed-point iteration: both shifts change by less than 2 % of a step, so each round gains
    almost two digits.
    """
    east, north = bd_shift(lon, lat) if bd else gcj_shift(lon, lat)
    for _ in range(_MAX_ROUNDS):
        x, y = lon - east, lat - north
        next_east, next_north = bd_shift(x, y) if bd else gcj_shift(x, y)
        moved = max(abs(next_east - east), abs(next_north - north))
        east, north = next_east, next_north
        if moved < _STILL_DEG:
            break
    return lon - east, lat - north


@also_compiled
def without_gcj(lon: float, lat: float) -> tuple[float, float]:
    """Return the CGCS2000 coordinate that GCJ-02 moves to (lon, lat), as if the box had no end."""
    return _without(lon, lat, False)


@also_compiled
def without_bd(lon: float, lat: float) -> tuple[float, float]:
    """Return the GCJ-02 coordinate that BD-09 moves to (lon, lat)."""
    return _without(lon, lat, True)


@also_compiled
def _in_box(lon: float, lat: float, slack: float) -> bool:
    across = _WEST - slack <= lon <= _EAST + slack
    return across and _SOUTH - slack <= lat <= _NORTH + slack


@also_compiled
def unshifted(lon: float, lat: float, from_bd: bool) -> tuple[float, float]:
    """Return the CGCS2000 coordinate of a GCJ-02 or BD-09 one; the same outside the box."""
    if not _in_box(lon, lat, _REACH_DEG):
        return lon, lat
    x, y = without_bd(lon, lat) if from_bd else (lon, lat)
    east, north = without_gcj(x, y)
    return (east, north) if _in_box(east, north, _EDGE_SLACK_DEG) else (lon, lat)


@also_compiled
def shifted(lon: float, lat: float, to_bd: bool) -> tuple[float, float]:
    """Return the GCJ-02 or BD-09 coordinate of a CGCS2000 one; the same outside the box."""
    if not _in_box(lon, lat, 0.0):
        return lon, lat
    east, north = gcj_shift(lon, lat)
    x, y = lon + east, lat + north
    if to_bd:
        east, north = bd_shift(x, y)
        x, y = x + east, y + north
    return x, y


@compiled
def unshifted_alone(lon: float, lat: float, from_bd: bool) -> tuple[float, float]:
    """Return ``unshifted`` of one coordinate, a tenth of the time of the plain form."""
    return unshifted(lon, lat, from_bd)


@compiled
def without_bd_alone(lon: float, lat: float) -> tuple[float, float]:
    """Return ``without_bd`` of one coordinate."""
    return without_bd(lon, lat)


@compiled
def move_columns(lons: FloatArray, lats: FloatArray, bd: bool, back: bool) -> None:
    """Move columns in place: ``back`` to CGCS2000, else away from it."""
    for i in range(len(lons)):
        if back:
            lons[i], lats[i] = unshifted(lons[i], lats[i], bd)
        else:
            lons[i], lats[i] = shifted(lons[i], lats[i], bd)
