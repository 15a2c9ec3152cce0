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
    "uuid": _plain,
}
"""How a value that is no text is written, by the type of its column."""


def copied(values: Mapping[str, Any], columns: Types) -> bytes:
    """Return a row as COPY reads it: tabs between, a mark of its own for nothing."""
    cells = [written(values[name], kind) for name, kind in columns.items()]
    return b"\t".join([b"\\N" if cell is None else _cell(cell) for cell in cells]) + b"\n"


def _cell(cell: bytes) -> bytes:
    """Return a value without what COPY takes for its own marks."""
    for mark, instead in _MARKS:
        if mark in cell:
            cell = cell.replace(mark, instead)
    return cell
