"""Write tables as workbooks. openpyxl is read with it, so whoever writes none does not wait."""

from __future__ import annotations

import io
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import Cell as Field
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from api.table_files import Cell, TableFile

_BOLD: Final = Font(bold=True)
_HEAD: Final = PatternFill("solid", fgColor="DDE6F2")
_WRAPPED: Final = Alignment(vertical="top", wrap_text=True)


def workbook_of(table: TableFile) -> bytes:
    """Return the table as a workbook of one sheet that prints on landscape pages, header on each.

    A text is stored as text whatever it begins with: codes keep their fifteen digits, and nothing
    that somebody wrote is computed.
    """
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = table.title
    head = len(table.above) + 1
    for number, line in enumerate(table.above, start=1):
        _put(sheet, number, (line,))
    if table.above:
        sheet.cell(1, 1).font = Font(bold=True, size=14)
    _put(sheet, head, table.columns)
    for field in sheet[head]:
        field.font, field.fill, field.alignment = _BOLD, _HEAD, _WRAPPED
    for number, row in enumerate(table.rows, start=head + 1):
        _put(sheet, number, row, wrap=True)
    for number, line in enumerate(table.below, start=head + len(table.rows) + 1):
        _put(sheet, number, (line,))
    for place, width in enumerate(table.widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = f"A{head + 1}"
    sheet.print_title_rows = f"{head}:{head}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _put(sheet: Worksheet, number: int, row: tuple[Cell, ...], *, wrap: bool = False) -> None:
    for place, value in enumerate(row, start=1):
        field = sheet.cell(number, place)
        assert isinstance(field, Field)
        if isinstance(value, str):
            field.value = ILLEGAL_CHARACTERS_RE.sub("", value)
            # A text that begins with = would be a formula otherwise.
            field.data_type = "s"
        else:
            field.value = value
        if wrap:
            field.alignment = _WRAPPED
