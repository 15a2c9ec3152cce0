"""Convert between the four coordinate systems in which reports arrive.

CGCS2000 and WGS 84 are taken as equal (they differ by centimetres, phones by metres). GCJ-02 is
the obfuscated system of Chinese web maps and phones, BD-09 a second shift on top of it. Source of
the formulas: the public algorithm as the libraries *prcoords* and *eviltransform* implement it.

Inside the box 72.004–137.8347°E, 0.8293–55.8271°N (edges included, judged on the CGCS2000
coordinate) the shift applies; outside it is zero, as those libraries do it. Their inverses are
approximate; here the inverse is iterated until it stands still, far below a millimetre.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.crs import distance_m
from geo.datum_formulas import move_columns, shifted, unshifted_alone, without_bd_alone
from geo.position import Datum, Position

FloatArray = NDArray[np.float64]


def is_shifted(datum: Datum) -> bool:
    """Say whether coordinates of ``datum`` differ from CGCS2000 (GCJ-02 and BD-09 do)."""
    return datum in (Datum.GCJ02, Datum.BD09)


def to_cgcs2000(position: Position) -> Position:
    """Return the position in CGCS2000 degrees; ``accuracy_m`` is kept as it is."""
    if position.datum is Datum.CGCS2000:
        return position
    lon, lat = position.lon, position.lat
    if is_shifted(position.datum):
        lon, lat = unshifted_alone(float(lon), float(lat), position.datum is Datum.BD09)
    return Position(lon=lon, lat=lat, datum=Datum.CGCS2000, accuracy_m=position.accuracy_m)


def from_cgcs2000(*, lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    """Return (lon, lat) in ``datum`` of a CGCS2000 coordinate in degrees."""
    if not is_shifted(datum):
        return lon, lat
    return shifted(lon, lat, datum is Datum.BD09)


def to_cgcs2000_arrays(
    lons: ArrayLike, lats: ArrayLike, datum: Datum
) -> tuple[FloatArray, FloatArray]:
    """Return CGCS2000 degrees of whole arrays, shape kept; the input is not changed."""
    return _moved(lons, lats, datum, back=True)


def from_cgcs2000_arrays(
    lons: ArrayLike, lats: ArrayLike, datum: Datum
) -> tuple[FloatArray, FloatArray]:
    """Return degrees in ``datum`` of whole arrays in CGCS2000, shape kept."""
    return _moved(lons, lats, datum, back=False)


def _moved(
    lons: ArrayLike, lats: ArrayLike, datum: Datum, *, back: bool
) -> tuple[FloatArray, FloatArray]:
    """Convert each row by itself: what it becomes does not depend on the rows beside it."""
    lon, lat = np.array(lons, np.float64, order="C"), np.array(lats, np.float64, order="C")
    if is_shifted(datum):
        move_columns(lon.reshape(-1), lat.reshape(-1), datum is Datum.BD09, back)
    return lon, lat


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
        gcj_lon, gcj_lat = without_bd_alone(float(position.lon), float(position.lat))
        middle = Position(lon=gcj_lon, lat=gcj_lat, datum=Datum.GCJ02)
    return (
        _step(Datum.BD09, Datum.GCJ02, position, middle),
        _step(Datum.GCJ02, Datum.CGCS2000, middle, end),
    )
