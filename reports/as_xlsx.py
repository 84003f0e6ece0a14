"""A report as an Excel workbook: one sheet, real numbers, set up for A4 upright."""

from __future__ import annotations

import io
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from reports.as_csv import safe
from reports.cells import EMPTY, Cell, Table
from reports.layout import Layout

_FONT = "Yu Gothic"
_LINE = Side(style="thin", color="999999")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD = PatternFill("solid", fgColor="DCE6F1")
_SUM = PatternFill("solid", fgColor="F2F2F2")
_FORMATS = {"count": "#,##0", "rate": "0.0%", "seconds": "#,##0.0", "text": "@"}
_WIDTHS = (22, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 10)
_COLUMNS = len(_WIDTHS)
_CHARACTERS_A_LINE = 62


def xlsx_of(layout: Layout) -> bytes:
    """The workbook's bytes; the same report gives the same bytes but for the packer's time stamps."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = layout.title[:4]
    _set_up(sheet)
    row = _line(sheet, 1, layout.title, size=16, bold=True)
    row = _line(sheet, row, f"{layout.period}　{layout.remark}".strip(), size=12)
    row = _summary(sheet, row + 1, layout.summary)
    for table in layout.tables:
        row = _table(sheet, row + 1, table)
    row = _line(sheet, row + 1, "検算", size=12, bold=True)
    for sentence in layout.identity:
        row = _line(sheet, row, sentence, size=9)
    row = _line(sheet, row + 1, f"用語の定義（第{layout.definitions_version}版）", size=12, bold=True)
    for term, meaning in layout.definitions:
        row = _line(sheet, row, f"{term}：{meaning}", size=9)
    # A fixed date: a report of a closed month must not differ by when it was printed.
    book.properties.created = book.properties.modified = datetime(2000, 1, 1)  # noqa: DTZ001 - openpyxl: naive
    book.properties.title = f"{layout.title} {layout.period}"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _set_up(sheet: Worksheet) -> None:
    for number, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "portrait"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    if (footer := sheet.oddFooter) is not None:
        footer.center.text = "&P / &N"


def _line(sheet: Worksheet, row: int, text: str, *, size: int, bold: bool = False) -> int:
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=_COLUMNS)
    cell = sheet.cell(row, 1, safe(text))
    cell.font = Font(name=_FONT, size=size, bold=bold)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    # Excel does not fit the height of merged cells by itself.
    sheet.row_dimensions[row].height = (1 + len(text) // _CHARACTERS_A_LINE) * size * 1.6
    return row + 1


def _table(sheet: Worksheet, row: int, table: Table) -> int:
    row = _line(sheet, row, table.title, size=12, bold=True)
    for column, name in enumerate(table.header, 1):
        _put(sheet, row, column, Cell(name), fill=_HEAD, bold=True)
    for cells in table.all_rows:
        row += 1
        for column, cell in enumerate(cells, 1):
            _put(sheet, row, column, cell, fill=_SUM if cells is table.total else None)
    return row + 1


def _summary(sheet: Worksheet, row: int, table: Table) -> int:
    # Three columns over the width of fourteen: the value takes two of them, the remark the rest.
    row = _line(sheet, row, table.title, size=12, bold=True)
    for number, cells in enumerate([tuple(Cell(name) for name in table.header), *table.rows]):
        fill = None if number else _HEAD
        for (first, last), cell in zip(((1, 1), (2, 3), (4, 8)), cells, strict=True):
            for column in range(first, last + 1):
                _put(sheet, row, column, cell if column == first else None, fill=fill, bold=not number)
            if last > first:
                sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
        row += 1
    return row


def _put(
    sheet: Worksheet,
    row: int,
    column: int,
    cell: Cell | None,
    *,
    fill: PatternFill | None = None,
    bold: bool = False,
) -> None:
    place = sheet.cell(row, column)
    place.border = _BOX
    place.font = Font(name=_FONT, size=10, bold=bold)
    if fill is not None:
        place.fill = fill
    if cell is None:
        return
    place.number_format = _FORMATS[cell.kind]
    value = cell.value
    place.value = EMPTY if value is None else safe(value) if isinstance(value, str) else value
    place.alignment = Alignment(horizontal="right" if cell.is_number else "left", vertical="center")
