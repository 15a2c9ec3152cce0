"""Write a column of values as PostgreSQL reads an array in its binary form.

A block of rows is sent so, a parameter for each column: the server neither looks for the ends of
cells nor reads figures from their digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from struct import Struct
from typing import Any, Final, NamedTuple

import orjson
from psycopg.adapt import Dumper
from psycopg.pq import Format

from api.db.text_values import array

Cell = Callable[[Any], bytes]
"""Write one value, None too, with its length before it."""


class BinaryArray(NamedTuple):
    """Hold an array as the server reads it; its type is the one that the statement names."""

    written: bytes


class ArrayDumper(Dumper):
    """Send arrays as they are."""

    format = Format.BINARY

    def dump(self, obj: BinaryArray) -> bytes:
        """Return what is sent."""
        return obj.written


def kind_sent(kind: str) -> str:
    """Return the type of the elements by which a column of a type is sent.

    Arrays of arrays would have to be of one length: a column of them is sent as texts.
    """
    return "text" if kind == "text[]" else kind


def array_of(kind: str, values: Sequence[Any]) -> BinaryArray:
    """Return the values of a column of this type; raise KeyError for a type that is not known.

    Codes, names and instants come again from row to row: how they are written is remembered.
    """
    number, write = _KINDS[kind]
    if not values:
        return BinaryArray(_NO_DIMENSION(0, 0, number))
    # One dimension; some may be missing; counted from one.
    head = _DIMENSION(1, 1, number, len(values), 1)
    return BinaryArray(b"".join([head, *map(write, values)]))


_NO_DIMENSION: Final = Struct(">iiI").pack
_DIMENSION: Final = Struct(">iiIii").pack
_NOTHING: Final = Struct(">i").pack(-1)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_US: Final = 1_000_000


def _measured(written: bytes) -> bytes:
    return len(written).to_bytes(4, "big") + written


def _fixed(code: str, size: int) -> Cell:
    pack = Struct(f">i{code}").pack
    return lambda value: _NOTHING if value is None else pack(size, value)


def _bytes(value: bytes | None) -> bytes:
    return _NOTHING if value is None else _measured(value)


def _text(value: str | None) -> bytes:
    return _NOTHING if value is None else _measured(value.encode())


def _texts(value: list[str] | None) -> bytes:
    return _NOTHING if value is None else _measured(array(value) if value else b"{}")


def _json(value: Any) -> bytes:
    """Write JSON; a string is JSON already."""
    if value is None:
        return _NOTHING
    return _measured(_dumped(value))


def _jsonb(value: Any) -> bytes:
    """Write JSON after the version of the form in which it is sent."""
    if value is None:
        return _NOTHING
    written = _dumped(value)
    return (len(written) + 1).to_bytes(4, "big") + b"\1" + written


def _dumped(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)


def _uuid(value: Any) -> bytes:
    return _NOTHING if value is None else _SIXTEEN + value.int.to_bytes(16, "big")


_SIXTEEN: Final = Struct(">i").pack(16)
_EIGHT: Final = Struct(">iq").pack


def _instant(value: datetime | None) -> bytes:
    """Write an instant: microseconds from the beginning of the year 2000, in whole numbers."""
    if value is None:
        return _NOTHING
    since = value - _EPOCH
    return _EIGHT(8, (since.days * 86_400 + since.seconds) * _US + since.microseconds)


class _Cells(dict[Any, bytes]):
    """Hold the cells of the last values of a type, but for long texts; the others are written.

    Equal values mean the same to the server: an instant in whatever offset.
    """

    def __init__(self, write: Cell) -> None:
        """Begin with nothing."""
        super().__init__()
        self._write = write

    def __missing__(self, value: Any) -> bytes:
        """Write a value and keep its cell; all are let go when they become too many."""
        cell = self._write(value)
        if len(cell) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[value] = cell
        return cell


_MOST_KEPT: Final = 2048
_LONGEST_KEPT: Final = 40
_kept_instants: Final = _Cells(_instant)


def _kept_instant(value: datetime | None) -> bytes:
    # The hour that came twice when summer time ended: its two instants are equal in Python.
    if value is not None and value.fold:
        return _instant(value)
    return _kept_instants[value]


# Every type with its number in the catalogue, the same in every server. Numbers with a point are
# not remembered: 0.0 and -0.0 are equal.
_KINDS: Final[Mapping[str, tuple[int, Cell]]] = {
    "boolean": (16, _fixed("?", 1)),
    "bytea": (17, _bytes),
    "float8": (701, _fixed("d", 8)),
    "integer": (23, _fixed("i", 4)),
    "json": (114, _json),
    "jsonb": (3802, _jsonb),
    "smallint": (21, _fixed("h", 2)),
    "text": (25, _Cells(_text).__getitem__),
    "text[]": (25, _texts),
    "timestamptz": (1184, _kept_instant),
    "uuid": (2950, _uuid),
}
