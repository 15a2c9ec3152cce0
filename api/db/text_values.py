"""Write values as PostgreSQL reads them from text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson


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
