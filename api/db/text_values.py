"""Write values as PostgreSQL reads them from text: for a statement, and for COPY by the row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

Types = Mapping[str, str]
"""The columns of a row in their order, each with its type."""
_MARKS: Final = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"), (b"\t", b"\\t"))


def written(value: Any, kind: str) -> bytes | None:
    """Return a value as the server reads it from text.

    All are sent so: whatever is there or not, the statement is one and is planned once.
    """
    if value is None:
        return None
    return value.encode() if isinstance(value, str) else _WRITERS[kind](value)


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)


def array(value: Sequence[str]) -> bytes:
    """Return an array of texts."""
    return f"{{{','.join(map(_quoted, value))}}}".encode()


def column(values: Sequence[bytes | None]) -> str:
    """Return values, each written already, as an array of texts: a column of several rows."""
    cells = ("NULL" if value is None else _quoted(value.decode()) for value in values)
    return f"{{{','.join(cells)}}}"


def _quoted(text_: str) -> str:
    escaped = text_.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _plain(value: Any) -> bytes:
    return str(value).encode()


_WRITERS: Final[Mapping[str, Callable[[Any], bytes]]] = {
    "boolean": _plain,
    "bytea": lambda value: b"\\x" + value.hex().encode(),
    "float8": _plain,
    "integer": _plain,
    "json": _json,
    "jsonb": _json,
    "smallint": _plain,
    "text": _plain,
    "text[]": array,
    "timestamptz": lambda value: value.isoformat().encode(),
    "uuid": lambda value: b"%032x" % value.int,
}
"""How a value that is no text is written, by the type of its column."""


def copier(columns: Types) -> Callable[[Mapping[str, Any]], bytes]:
    """Return what writes a row as COPY reads it: tabs between, a mark of its own for nothing.

    Codes, names and instants come again from row to row: how they are written is remembered.
    """
    cells = tuple((name, _cell_writer(kind)) for name, kind in columns.items())

    def copied(values: Mapping[str, Any]) -> bytes:
        row = [b"\\N" if (value := values[name]) is None else write(value) for name, write in cells]
        return b"\t".join(row) + b"\n"

    return copied


def _cell_writer(kind: str) -> Callable[[Any], bytes]:
    """Return what writes one value as a cell, without what COPY takes for its own marks."""
    if kind in ("json", "jsonb"):
        return _json_cell
    write = _WRITERS[kind]
    if kind == "timestamptz":
        kept = _Cells(write)
        # The hour that came twice when summer time ended: its two instants are equal in Python.
        return lambda value: write(value) if getattr(value, "fold", 0) else kept[value]
    if kind in _REMEMBERED:
        return _Cells(write).__getitem__
    if kind in _UNMARKED:
        return lambda value: _cell(value.encode()) if isinstance(value, str) else write(value)
    return lambda value: _cell(value.encode() if isinstance(value, str) else write(value))


class _Cells(dict[Any, bytes]):
    """Hold the cells of the last values of a column, but for long texts; the others are written.

    Equal values mean the same to the server: an instant in whatever offset.
    """

    def __init__(self, write: Callable[[Any], bytes]) -> None:
        """Begin with nothing."""
        super().__init__()
        self._write = write

    def __missing__(self, value: Any) -> bytes:
        """Write a value and keep its cell; all are let go when they become too many."""
        cell = _cell(value.encode() if isinstance(value, str) else self._write(value))
        if len(cell) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[value] = cell
        return cell


_MOST_KEPT: Final = 2048
_LONGEST_KEPT: Final = 40
# Not numbers: 0.0 and -0.0 are equal.
_REMEMBERED: Final = frozenset({"boolean", "smallint", "text"})
_UNMARKED: Final = frozenset({"float8", "integer", "uuid"})
"""Types whose values have no mark of COPY in them when they are no text."""


def _json_cell(value: Any) -> bytes:
    """Return JSON as a cell: it has no tab and no end of a line within it."""
    if isinstance(value, str):
        return _cell(value.encode())
    cell = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    return cell.replace(b"\\", b"\\\\") if b"\\" in cell else cell


def _cell(cell: bytes) -> bytes:
    """Return a value without what COPY takes for its own marks."""
    for mark, instead in _MARKS:
        if mark in cell:
            cell = cell.replace(mark, instead)
    return cell
