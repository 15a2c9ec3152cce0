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
    """Return what writes a row as COPY reads it: tabs between, a mark of its own for nothing."""
    cells = tuple((name, _cell_writer(kind)) for name, kind in columns.items())

    def copied(values: Mapping[str, Any]) -> bytes:
        row = [b"\\N" if (value := values[name]) is None else write(value) for name, write in cells]
        return b"\t".join(row) + b"\n"

    return copied


def _cell_writer(kind: str) -> Callable[[Any], bytes]:
    """Return what writes one value as a cell, without what COPY takes for its own marks."""
    write = _WRITERS[kind]
    if kind in ("json", "jsonb"):
        # JSON has no tab and no end of a line within it.
        return lambda value: (
            _cell(value.encode()) if isinstance(value, str) else _slashed(write(value))
        )
    if kind in _UNMARKED:
        return lambda value: _cell(value.encode()) if isinstance(value, str) else write(value)
    return lambda value: _cell(value.encode() if isinstance(value, str) else write(value))


_UNMARKED: Final = frozenset({"boolean", "float8", "integer", "smallint", "timestamptz", "uuid"})
"""Types whose values have no mark of COPY in them when they are no text."""


def _slashed(cell: bytes) -> bytes:
    return cell.replace(b"\\", b"\\\\") if b"\\" in cell else cell


def _cell(cell: bytes) -> bytes:
    """Return a value without what COPY takes for its own marks."""
    for mark, instead in _MARKS:
        if mark in cell:
            cell = cell.replace(mark, instead)
    return cell
