"""A ledger as a workbook that prints on A4 landscape, every cell a text, the headings on every page."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from reports.ledger_csv import neutral

_FONT = "Yu Gothic"
_LINE = Side(style="thin", color="999999")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD = PatternFill("solid", fgColor="DCE6F1")
_WIDTHS = {
    "number_text": 11.5, "datetime": 10.5, "date": 10.5, "phone": 13.5, "kana": 11, "choice": 6.5,
    "category": 11, "flag": 5.5, "number": 5.5, "long": 20, "history": 17, "id": 9,
}  # fmt: skip
"""By the kind of the column, in characters: so narrow that twenty of them are readable on A4."""
_WIDTH = 9.5
_HEADINGS = 3
_SIZE = 9
_LINE_HEIGHT = 13.0
_LONGEST_CELL = 32_767


def xlsx_of(
    title: str, told: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]
) -> bytes:
    """The workbook's bytes. `columns`: heading and kind; `told`: what stands below the title."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "".join(sign for sign in title if sign not in "[]:*?/\\")[:31] or "帳簿"
    _set_up(sheet)
    widths = [_WIDTHS.get(kind, _WIDTH) for _, kind in columns]
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    _text(sheet, 1, 1, title).font = Font(name=_FONT, size=14, bold=True)
    _text(sheet, 2, 1, told).font = Font(name=_FONT, size=10)
    for number, (label, _) in enumerate(columns, 1):
        cell = _text(sheet, _HEADINGS, number, label)
        cell.font, cell.fill, cell.border = Font(name=_FONT, size=_SIZE, bold=True), _HEAD, _BOX
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    deepest = max(_lines(label, width) for (label, _), width in zip(columns, widths, strict=True))
    sheet.row_dimensions[_HEADINGS].height = deepest * _LINE_HEIGHT + 4
    # One style for all: setting its parts cell by cell takes three times as long.
    style = NamedStyle(
        "ledger", font=Font(name=_FONT, size=_SIZE), border=_BOX, number_format="@",
        alignment=Alignment(wrap_text=True, vertical="top"),
    )  # fmt: skip
    book.add_named_style(style)
    for place, row in enumerate(rows, _HEADINGS + 1):
        lines = 1
        for number, value in enumerate(row, 1):
            cell = _text(sheet, place, number, value)
            cell.style = style.name
            lines = max(lines, _lines(value, widths[number - 1]))
        # Programs that make no layout of their own (and LibreOffice's PDF) need it said; 409 pt is the most.
        sheet.row_dimensions[place].height = min(409.0, lines * _LINE_HEIGHT + 3)
    sheet.freeze_panes = f"B{_HEADINGS + 1}"
    sheet.print_title_rows = f"{_HEADINGS}:{_HEADINGS}"
    last = f"{get_column_letter(len(columns))}{max(len(rows) + _HEADINGS, _HEADINGS)}"
    sheet.print_area = f"A1:{last}"
    sheet.auto_filter.ref = f"A{_HEADINGS}:{last}"
    # A fixed date: the same ledger must not differ by when it was printed.
    book.properties.created = book.properties.modified = datetime(2000, 1, 1)  # noqa: DTZ001 - openpyxl: naive
    book.properties.title = f"{title} {told}"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _text(sheet: Worksheet, row: int, column: int, value: str) -> Cell:
    """A cell with a text, whatever it looks like: no formula, no number, no date."""
    cell = cast(Cell, sheet.cell(row, column))  # nothing is merged here
    if value:
        cell.value = neutral(value)[:_LONGEST_CELL]
        cell.data_type = "s"
    return cell


def _lines(value: str, width: float) -> int:
    """How many lines a text takes in a column of so many characters; full-width ones count twice."""
    room = max(1, int(width - 0.5))
    return sum(max(1, -(-_columns(line) // room)) for line in value.split("\n")) if value else 1


def _columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in line)


def _set_up(sheet: Worksheet) -> None:
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.5
    if (footer := sheet.oddFooter) is not None:
        footer.center.text = "&P / &N"
