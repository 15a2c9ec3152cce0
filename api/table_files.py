"""Write tables for offices: CSV that Excel opens, and XLSX, no cell of which is ever computed."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

Cell = str | int | float | None

# A spreadsheet takes a text that begins like this for a formula, whoever wrote it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFile:
    """Hold a table: its title, lines above and below it, columns, rows.

    ``widths`` are column widths in characters. Above and below stand in XLSX only: a CSV begins
    with its header, so that programs read it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...] = ()
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


def harmless(cell: Cell) -> Cell:
    """Return a text that a spreadsheet would compute with an apostrophe before it."""
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell


def write_csv(table: TableFile) -> bytes:
    """Return the table as CSV in UTF-8, with the mark by which Excel knows the encoding."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in table.columns])
    writer.writerows([["" if c is None else harmless(c) for c in row] for row in table.rows])
    return text.getvalue().encode("utf-8-sig")


def write_xlsx(table: TableFile) -> bytes:
    """Return the table as a workbook, no cell of which is computed (see ``workbook_of``)."""
    # openpyxl is read for the first workbook: a service that starts does not wait for it.
    from api.workbooks import workbook_of

    return workbook_of(table)
