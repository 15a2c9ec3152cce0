"""Convert between the four coordinate systems in which reports arrive.

CGCS2000 and WGS 84 are taken as equal (they differ by centimetres, phones by metres). GCJ-02 is
the obfuscated system of Chinese web maps and phones, BD-09 a second shift on top of it. Source of
the formulas: the public algorithm as the libraries *prcoords* and *eviltransform* implement it.

Inside the box 72.004–137.8347°E, 0.8293–55.8271°N (edges included, judged on the CGCS2000
coordinate) the shift applies; outside it is zero, as those libraries do it. Their inverses are
approximate; here the inverse is iterated until it stands still, far below a millimetre.

Scalars use ``math`` and arrays ``numpy``: the same formula, which may differ in the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.crs import distance_m
from geo.position import Datum, Position

FloatArray = NDArray[np.float64]
Number = TypeVar("Number", float, FloatArray)

# An inverse may miss the box's very edge by rounding.
_EDGE_SLACK_DEG = 1e-9
# No shift reaches farther than this beyond the box; far away the formula grows without bound.
_REACH_DEG = 0.1
_WEST, _EAST = 72.004, 137.8347
_SOUTH, _NORTH = 0.8293, 55.8271

# The ellipsoid of the published shift (Krasovsky 1940), not the one of the coordinates.
_AXIS_M = 6378245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_BD_WAVE = math.pi * 3000.0 / 180.0
_BD_LON, _BD_LAT = 0.0065, 0.006

_STILL_DEG = 1e-12
_MAX_ROUNDS = 24


@dataclass(frozen=True, slots=True)
class _Functions(Generic[Number]):
    """Hold the elementary functions for one kind of number, so that each formula stands once."""

    sin: Callable[[Number], Number]
    cos: Callable[[Number], Number]
    sqrt: Callable[[Number], Number]
    atan2: Callable[[Number, Number], Number]
    largest: Callable[[Number], float]


def _array_largest(values: FloatArray) -> float:
    return float(np.max(np.abs(values), initial=0.0))


_SCALAR: _Functions[float] = _Functions(math.sin, math.cos, math.sqrt, math.atan2, abs)
_ARRAY: _Functions[FloatArray] = _Functions(np.sin, np.cos, np.sqrt, np.arctan2, _array_largest)

_Shift = Callable[[Number, Number, _Functions[Number]], tuple[Number, Number]]


def _gcj_shift(lon: Number, lat: Number, fn: _Functions[Number]) -> tuple[Number, Number]:
    """Return GCJ-02 minus CGCS2000 in degrees at a CGCS2000 coordinate."""
    x, y = lon - 105.0, lat - 35.0
    root = fn.sqrt(abs(x))
    pi = math.pi
    ripple = 20.0 * fn.sin(6.0 * pi * x) + 20.0 * fn.sin(2.0 * pi * x)
    wave_y = 20.0 * fn.sin(pi * y) + 40.0 * fn.sin(pi / 3.0 * y)
    long_y = 160.0 * fn.sin(pi / 12.0 * y) + 320.0 * fn.sin(pi / 30.0 * y)
    wave_x = 20.0 * fn.sin(pi * x) + 40.0 * fn.sin(pi / 3.0 * x)
    long_x = 150.0 * fn.sin(pi / 12.0 * x) + 300.0 * fn.sin(pi / 30.0 * x)
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m = north_m + (ripple + wave_y + long_y) * (2.0 / 3.0)
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m = east_m + (ripple + wave_x + long_x) * (2.0 / 3.0)
    phi = lat * (pi / 180.0)
    sine = fn.sin(phi)
    magic = 1.0 - _ECCENTRICITY_2 * sine * sine
    root_magic = fn.sqrt(magic)
    per_north = _AXIS_M * (1.0 - _ECCENTRICITY_2) / (magic * root_magic) * pi / 180.0
    per_east = _AXIS_M / root_magic * fn.cos(phi) * pi / 180.0
    return east_m / per_east, north_m / per_north


def _bd_shift(lon: Number, lat: Number, fn: _Functions[Number]) -> tuple[Number, Number]:
    """Return BD-09 minus GCJ-02 in degrees at a GCJ-02 coordinate."""
    radius = fn.sqrt(lon * lon + lat * lat) + 2e-5 * fn.sin(lat * _BD_WAVE)
    angle = fn.atan2(lat, lon) + 3e-6 * fn.cos(lon * _BD_WAVE)
    return radius * fn.cos(angle) + _BD_LON - lon, radius * fn.sin(angle) + _BD_LAT - lat


def _unshift(
    lon: Number, lat: Number, shift: _Shift[Number], fn: _Functions[Number]
) -> tuple[Number, Number]:
    """Find the coordinate that ``shift`` moves to (lon, lat).

    A fixed-point iteration: both shifts change by less than 2 % of a step, so each round gains
    almost two digits.
    """
    east, north = shift(lon, lat, fn)
    for _ in range(_MAX_ROUNDS):
        next_east, next_north = shift(lon - east, lat - north, fn)
        moved = max(fn.largest(next_east - east), fn.largest(next_north - north))
        east, north = next_east, next_north
        if moved < _STILL_DEG:
            break
    return lon - east, lat - north


def _in_box(lon: Number, lat: Number, slack: float = 0.0) -> bool | NDArray[np.bool_]:
    across = (lon >= _WEST - slack) & (lon <= _EAST + slack)
    return across & (lat >= _SOUTH - slack) & (lat <= _NORTH + slack)


def _inverse_stages(
    lon: Number, lat: Number, datum: Datum, fn: _Functions[Number]
) -> tuple[tuple[Number, Number], tuple[Number, Number]]:
    """Return the GCJ-02 and the CGCS2000 coordinate, as if the box had no end."""
    gcj = _unshift(lon, lat, _bd_shift, fn) if datum is Datum.BD09 else (lon, lat)
    return gcj, _unshift(gcj[0], gcj[1], _gcj_shift, fn)


def _forward(
    lon: Number, lat: Number, datum: Datum, fn: _Functions[Number]
) -> tuple[Number, Number]:
    east, north = _gcj_shift(lon, lat, fn)
    lon, lat = lon + east, lat + north
    if datum is Datum.BD09:
        east, north = _bd_shift(lon, lat, fn)
        lon, lat = lon + east, lat + north
    return lon, lat


def is_shifted(datum: Datum) -> bool:
    """Say whether coordinates of ``datum`` differ from CGCS2000 (GCJ-02 and BD-09 do)."""
    return datum in (Datum.GCJ02, Datum.BD09)


def to_cgcs2000(position: Position) -> Position:
    """Return the position in CGCS2000 degrees; ``accuracy_m`` is kept as it is."""
    lon, lat = position.lon, position.lat
    if is_shifted(position.datum) and _in_box(lon, lat, _REACH_DEG):
        _, (east, north) = _inverse_stages(lon, lat, position.datum, _SCALAR)
        if _in_box(east, north, _EDGE_SLACK_DEG):
            lon, lat = east, north
    return Position(lon=lon, lat=lat, datum=Datum.CGCS2000, accuracy_m=position.accuracy_m)


def from_cgcs2000(*, lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    """Return (lon, lat) in ``datum`` of a CGCS2000 coordinate in degrees."""
    if not is_shifted(datum) or not _in_box(lon, lat):
        return lon, lat
    return _forward(lon, lat, datum, _SCALAR)


def to_cgcs2000_arrays(
    lons: ArrayLike, lats: ArrayLike, datum: Datum
) -> tuple[FloatArray, FloatArray]:
    """Return CGCS2000 degrees of whole arrays, shape kept; the input is not changed."""
    lon, lat = np.array(lons, dtype=np.float64), np.array(lats, dtype=np.float64)
    if not is_shifted(datum):
        return lon, lat
    near_lon = np.clip(lon, _WEST - _REACH_DEG, _EAST + _REACH_DEG)
    near_lat = np.clip(lat, _SOUTH - _REACH_DEG, _NORTH + _REACH_DEG)
    _, (east, north) = _inverse_stages(near_lon, near_lat, datum, _ARRAY)
    inside = _in_box(lon, lat, _REACH_DEG) & _in_box(east, north, _EDGE_SLACK_DEG)
    return np.where(inside, east, lon), np.where(inside, north, lat)


def from_cgcs2000_arrays(
    lons: ArrayLike, lats: ArrayLike, datum: Datum
) -> tuple[FloatArray, FloatArray]:
    """Return degrees in ``datum`` of whole arrays in CGCS2000, shape kept."""
    lon, lat = np.array(lons, dtype=np.float64), np.array(lats, dtype=np.float64)
    if not is_shifted(datum):
        return lon, lat
    inside = _in_box(lon, lat)
    east, north = _forward(lon, lat, datum, _ARRAY)
    return np.where(inside, east, lon), np.where(inside, north, lat)


def _step(origin: Datum, target: Datum, start: Position, end: Position) -> dict[str, object]:
    moved = distance_m(start.lon, start.lat, end.lon, end.lat)
    return {
        "from": origin.value,
        "to": target.value,
        "lon": end.lon,
        "lat": end.lat,
        "shift_m": round(moved, 3),
    }


def datum_steps(
    position: Position, stored: Position | None = None
) -> tuple[dict[str, object], ...]:
    """List the conversions from ``position`` to CGCS2000, for a receipt.

    Each step has ``from``, ``to``, the resulting ``lon``/``lat`` in degrees and ``shift_m``.
    Outside the box the steps stay, with a shift of zero; CGCS2000 itself has no steps.
    ``stored`` is the position's ``to_cgcs2000`` when the caller has it already.
    """
    if position.datum is Datum.CGCS2000:
        return ()
    end = stored or to_cgcs2000(position)
    if position.datum is not Datum.BD09:
        return (_step(position.datum, Datum.CGCS2000, position, end),)
    middle = position
    if (end.lon, end.lat) != (position.lon, position.lat):
        gcj_lon, gcj_lat = _unshift(position.lon, position.lat, _bd_shift, _SCALAR)
        middle = Position(lon=gcj_lon, lat=gcj_lat, datum=Datum.GCJ02)
    return (
        _step(Datum.BD09, Datum.GCJ02, position, middle),
        _step(Datum.GCJ02, Datum.CGCS2000, middle, end),
    )
