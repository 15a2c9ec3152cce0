"""Read when and where a photo was taken from its EXIF, before all of it is thrown away."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from PIL import ExifTags, Image

from api.input_types import SHANGHAI
from geo.errors import PositionError
from geo.position import Datum, Position

_TIME: Final = re.compile(r"(\d{4}):(\d{2}):(\d{2}) (\d{2}):(\d{2}):(\d{2})", re.ASCII)
_OFFSET: Final = re.compile(r"[+-]\d{2}:\d{2}", re.ASCII)
# Without an error of its own a phone's fix is good to about this much.
_USUAL_ACCURACY_M: Final = 20.0


@dataclass(frozen=True, slots=True)
class Taken:
    """Hold what a photo says of itself; the position is WGS84, as EXIF defines it."""

    at: datetime | None = None
    position: Position | None = None


def read_taken(exif: Image.Exif) -> Taken:
    """Return time and place of an EXIF block; what is missing or nonsense is None."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    return Taken(_time(details), _place(exif.get_ifd(ExifTags.IFD.GPSInfo)))


def _time(details: Mapping[int, Any]) -> datetime | None:
    found = _TIME.fullmatch(str(details.get(ExifTags.Base.DateTimeOriginal, "")).strip("\0 "))
    if found is None:
        return None
    offset = str(details.get(ExifTags.Base.OffsetTimeOriginal, "")).strip("\0 ")
    text = "{}-{}-{}T{}:{}:{}".format(*found.groups())
    try:
        if _OFFSET.fullmatch(offset):
            moment = datetime.fromisoformat(text + offset).astimezone(SHANGHAI)
        else:
            # A camera that names no zone shows the clock on the wall.
            moment = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except (ValueError, OverflowError):
        return None
    return moment if 1970 <= moment.year <= 2200 else None


def _place(gps: Mapping[int, Any]) -> Position | None:
    lon = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W")
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S")
    if lon is None or lat is None:
        return None
    error = _number(gps.get(ExifTags.GPS.GPSHPositioningError))
    accuracy_m = error if error is not None and error >= 0 else _USUAL_ACCURACY_M
    try:
        return Position(lon=lon, lat=lat, datum=Datum.WGS84, accuracy_m=accuracy_m)
    except PositionError:
        return None


def _degrees(value: object, reference: object, negative: str) -> float | None:
    if not isinstance(value, tuple) or len(value) != 3:
        return None
    parts = [_number(part) for part in value]
    if any(part is None for part in parts):
        return None
    degrees, minutes, seconds = (part or 0.0 for part in parts)
    sign = -1.0 if str(reference).strip("\0 ").upper() == negative else 1.0
    return sign * (degrees + minutes / 60 + seconds / 3600)


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None
