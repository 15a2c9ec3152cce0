"""Open the first sheet of a workbook without measuring it.

openpyxl looks for the size that a sheet states of itself when it opens a workbook, and reads a
sheet that states none from end to end for it, all sheets of the file: seconds for what is refused
after its first rows. Nobody here believes that size, so that it is not asked for.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

Rows = Iterator[tuple[Any, ...]]


class _Unmeasured(ReadOnlyWorksheet):
    """Be a sheet whose size is not known before it was read."""

    def _get_size(self) -> None:
        """Ask for nothing."""


@contextmanager
def first_sheet(raw: bytes, *, columns: int) -> Iterator[Rows | None]:
    """Return the rows of the first sheet, read one by one; None when there is no sheet.

    What a broken workbook breaks in its reader has no one name: the errors of zipfile, of XML and
    of openpyxl go through.
    """
    reader = ExcelReader(io.BytesIO(raw), read_only=True, keep_links=False)
    try:
        reader.read_manifest()
        reader.read_strings()
        reader.read_workbook()
        # Dates are numbers with a style.
        apply_stylesheet(reader.archive, reader.wb)
        yield _rows(reader, columns)
    finally:
        reader.archive.close()


def _rows(reader: ExcelReader, columns: int) -> Rows | None:
    for sheet, rel in reader.parser.find_sheets():
        if rel.target in reader.valid_files and "chartsheet" not in rel.Type:
            found: Any = _Unmeasured(reader.wb, sheet.name, rel.target, reader.shared_strings)
            rows: Rows = found.iter_rows(max_col=columns)
            return rows
    return None
