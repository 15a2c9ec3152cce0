"""Read the time of each row: whole columns to microseconds, a reason where a cell is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geo.locate.columns import RowReason

_OFFSET: Final = re.compile(r"([Zz]|[+-]\d{2}(:\d{2})?)$", re.ASCII)
# What PostgreSQL writes is read too: a blank, an offset of hours. Beyond microseconds is cut off.
_WRITTEN: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}(:\d{2})?)?", re.ASCII
)
_DATE: Final = r"^\d{4}-\d{2}-\d{2}$"
# What Arrow itself reads at once; everything else goes text by text.
_QUICK: Final = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?"
_EARLIEST: Final = int(datetime(1970, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_MICROS: Final = {"s": 1_000_000, "ms": 1000}
_LATEST: Final = int(datetime(2201, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000


@dataclass(frozen=True, slots=True)
class Times:
    """Hold microseconds since 1970 UTC, shape (n,), and a RowReason where there is no time."""

    micros: NDArray[np.int64]
    reasons: NDArray[np.uint8]


def parse_zone(text: str) -> int:
    """Return the minutes that an offset such as +08:00 is east of UTC; raise ValueError."""
    found = re.fullmatch(r"([+-])(\d{2}):(\d{2})", text, re.ASCII)
    if text in ("Z", "z"):
        return 0
    if found is None or int(found[2]) > 14 or int(found[3]) > 59:
        raise ValueError(text)
    minutes = int(found[2]) * 60 + int(found[3])
    return -minutes if found[1] == "-" else minutes


def read_times(column: Any, *, zone_minutes: int | None) -> Times:
    """Return the instants of a column of times or texts; naive ones need ``zone_minutes``."""
    kind = column.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if pa.types.is_timestamp(kind):
        found = _of_timestamps(column, zone_minutes)
    elif is_text:
        found = _of_texts(column, zone_minutes)
    else:
        found = pa.nulls(len(column), pa.int64())
    empty = column.is_null()
    if is_text:
        empty = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True)
    reasons = np.zeros(len(column), np.uint8)
    micros = found.fill_null(0).to_numpy(zero_copy_only=False)
    lost = found.is_null().to_numpy(zero_copy_only=False)
    reasons[lost] = RowReason.UNREADABLE_TIME
    reasons[~lost & ((micros < _EARLIEST) | (micros >= _LATEST))] = RowReason.TIME_RANGE
    if lost.any():
        reasons[lost & _are_dates(column)] = RowReason.DATE_ONLY
    reasons[empty.to_numpy(zero_copy_only=False)] = RowReason.MISSING_TIME
    return Times(micros, reasons)


def _are_dates(column: Any) -> NDArray[np.bool_]:
    """Say which rows are a day without a time: as texts just as in a column of days."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        found = pc.match_substring_regex(pc.utf8_trim_whitespace(column), _DATE)
        mask: NDArray[np.bool_] = found.fill_null(False).to_numpy(zero_copy_only=False)
        return mask
    return np.full(len(column), pa.types.is_date(kind))


def _of_timestamps(column: Any, zone_minutes: int | None) -> Any:
    if column.type.tz is None and zone_minutes is None:
        return pa.nulls(len(column), pa.int64())
    micros = _micros(column)
    if column.type.tz is None and zone_minutes is not None:
        return pc.subtract(micros, pa.scalar(zone_minutes * 60_000_000, pa.int64()))
    return micros


def _micros(column: Any) -> Any:
    """Return microseconds: nanoseconds are cut off, seconds beyond every calendar out of range."""
    factor = _MICROS.get(column.type.unit)
    if factor is None:
        return column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.int64())
    # Multiplied without a look they would run over the end of 64 bits, into some other century.
    raw = column.cast(pa.int64())
    bound = 2 * _LATEST // factor
    fits = pc.and_(pc.greater(raw, -bound), pc.less(raw, bound))
    return pc.multiply(pc.if_else(fits, raw, pa.scalar(bound, pa.int64())), factor)


def _of_texts(column: Any, zone_minutes: int | None) -> Any:
    texts = pc.utf8_trim_whitespace(column)
    with_offset = pc.match_substring_regex(texts, _QUICK + r"(Z|[+-]\d{2}(:\d{2})?)$")
    if texts.null_count == 0 and pc.all(with_offset).as_py():
        try:
            return texts.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
        except pa.ArrowInvalid:
            pass  # a thirtieth of February: text by text
    encoded = texts.dictionary_encode()
    values = [_parsed(text, zone_minutes) for text in encoded.dictionary.to_pylist()]
    return pa.array(values, pa.int64()).take(encoded.indices)


def _parsed(text: str | None, zone_minutes: int | None) -> int | None:
    if text is None or not _WRITTEN.fullmatch(text):
        return None
    naive = _OFFSET.search(text[16:]) is None
    if naive and zone_minutes is None:
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        if naive:
            moment = moment.replace(tzinfo=timezone(timedelta(minutes=zone_minutes or 0)))
        since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return since // timedelta(microseconds=1)
