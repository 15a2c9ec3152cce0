"""Keep what is known of a row that is not taken in, so that it can be mended and sent again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from api.reports.bulk.rows import AS_IT_CAME, COLUMNS, Row, instant_text

# What a table of refused rows says beside our columns, for people: passed over when it comes back.
NOTES: Final = ("line", "reason")
HEADER: Final = (*NOTES, *COLUMNS, AS_IT_CAME)
# One cell of a spreadsheet holds no more than 32,767 characters.
_MOST_SIGNS: Final = 32_000
_PLACE: Final = ("lon", "lat", "crs", "accuracy_m")
_REPORTER: Final = ("name", "phone", "confidential")


def unread_row(line: int, fault: str, came: str, cells: Mapping[str, Any] | None = None) -> Row:
    """Return a row that could not be read: ``cells`` as far as they are known, and how it came."""
    return Row(line, {**(cells or {}), AS_IT_CAME: _bounded(came)}, fault=fault)


def csv_line(cells: Sequence[str]) -> str:
    """Return cells as one line of CSV, without its end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n")


def table_cells(row: Row) -> dict[str, str]:
    """Return the cells of a row by our columns, as a table holds them; reading gives them back.

    A body that says more than a table can stands beside them as it came.
    """
    cells = _spread(row.cells) if row.is_body else row.cells
    return {name: _written(cells.get(name)) for name in (*COLUMNS, AS_IT_CAME)}


def _spread(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cells that a body is in a table."""
    cells: dict[str, Any] = {}
    left = False
    for name, value in body.items():
        parts = {"position": _PLACE, "reporter": _REPORTER}.get(name)
        if parts is not None and isinstance(value, Mapping):
            left |= not set(value) <= set(parts)
            before = "reporter_" if name == "reporter" else ""
            cells |= {before + part: value[part] for part in parts if part in value}
        elif name in COLUMNS and name not in _PLACE and not name.startswith("reporter_"):
            cells[name] = value
        elif value is not None:
            left = True
    lists = {name for name, value in cells.items() if isinstance(value, list | Mapping)}
    plain = {name: value for name, value in cells.items() if name not in lists}
    if left or lists:
        plain[AS_IT_CAME] = _bounded(json.dumps(body, ensure_ascii=False))
    return plain


def _written(value: Any) -> str:
    """Return a cell as text that is read as the same: whole numbers as digits, times in full."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _bounded(text: str) -> str:
    return text if len(text) <= _MOST_SIGNS else f"{text[:_MOST_SIGNS]}…"
