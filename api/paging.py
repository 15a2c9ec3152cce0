"""Write and read the cursors of lists: opaque to callers, checked on the way back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from api.input_types import parse_time
from api.problems import Problem

Part = str | int
Row = TypeVar("Row")


def write_cursor(*parts: Part) -> str:
    """Return a cursor for the last row of a page."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def next_after(
    rows: Sequence[Row], limit: int, place: Callable[[Row], tuple[Part, ...]]
) -> str | None:
    """Return where the next page begins when more ``rows`` were read than fit, None otherwise.

    ``place`` says of the last row that fits where it stands in the order of the list.
    """
    return write_cursor(*place(rows[limit - 1])) if len(rows) > limit else None


def read_cursor(cursor: str, length: int) -> tuple[Part, ...]:
    """Return the ``length`` parts of a cursor; raise Problem 422 for anything else."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        if not isinstance(parts, list) or len(parts) != length:
            raise ValueError("wrong shape")
        if not all(isinstance(part, str | int) and not isinstance(part, bool) for part in parts):
            raise ValueError("wrong types")
        if any(isinstance(part, str) and not part.isprintable() for part in parts):
            raise ValueError("control character")
        if any(isinstance(part, int) and not 0 <= part < 2**63 for part in parts):
            raise ValueError("out of range")
    except (ValueError, binascii.Error, RecursionError):
        raise Problem(
            "invalid-input", "分页标记无效，请从第一页开始。", {"reason": "bad_cursor"}
        ) from None
    return tuple(parts)


def read_place(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Return the instant and id at which a page ended; raise Problem 422 for anything else."""
    if not cursor:
        return None
    at, row_id = read_cursor(cursor, 2)
    try:
        return parse_time(at), UUID(str(row_id))
    except ValueError:
        raise Problem(
            "invalid-input", "分页标记无效，请从第一页开始。", {"reason": "bad_cursor"}
        ) from None
