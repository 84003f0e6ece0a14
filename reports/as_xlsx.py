"""A report as an Excel workbook: a cover, a sheet a section, real numbers and charts, set up for A4."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.text import RichText
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RichTextProperties
from openpyxl.drawing.text import Font as DrawnFont
from openpyxl.formatting.rule import CellIsRule, ColorScaleRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from reports.as_csv import safe
from reports.cells import EMPTY, Cell, Chart, Section, Table
from reports.colours import LOW, SERIES, STRONG
from reports.layout import Layout

_FONT = "Yu Gothic"
_LINE = Side(style="thin", color="999999")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD = PatternFill("solid", fgColor="DCE6F1")
_SUM = PatternFill("solid", fgColor="F2F2F2")
_MARK = PatternFill("solid", bgColor=LOW)
_FORMATS = {
    "count": "#,##0",
    "rate": "0.0%",
    "seconds": "#,##0.0",
    "seats": "0.0",
    "time": "[h]:mm:ss",
    "text": "@",
    "more": '+#,##0;-#,##0;"±"0',
    "longer": '+#,##0.0;-#,##0.0;"±"0.0',
    "points": '+0.0"pt";-0.0"pt";"±"0.0"pt"',
    "growth": '+#,##0.0%;-#,##0.0%;"±"0.0%',
}
_PAGE = {False: 92, True: 140}
"""Half-width characters that an A4 page takes in at full size, upright and laid across."""
_NARROWEST, _WIDEST = 6, 44
_ONE_PAGE = 60
"""Rows that are still readable on one page."""
_POINTS = 10
_DAY_S = 86_400


@dataclass(slots=True)
class _Sheet:
    """A sheet with the widths of its columns (half-width characters) and where its tables stand."""

    sheet: Worksheet
    widths: list[float]

    @property
    def width(self) -> float:
        return sum(self.widths)


def xlsx_of(layout: Layout) -> bytes:
    """The workbook's bytes; the same report gives the same bytes but for the packer's time stamps."""
    book = Workbook()
    cover = book.worksheets[0]
    cover.title = "表紙"
    _cover(_Sheet(cover, [30, 16, 48]), layout)
    for section in layout.sections:
        _section(book.create_sheet(_title(section.title)), section, layout)
    _small_print(_Sheet(book.create_sheet("検算と定義"), [24, 68]), layout)
    # A fixed date: a report of a closed month must not differ by when it was printed.
    book.properties.created = book.properties.modified = datetime(2000, 1, 1)  # noqa: DTZ001 - openpyxl: naive
    book.properties.title = f"{layout.title} {layout.period}"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _title(text: str) -> str:
    # What no sheet may be called by.
    return "".join("・" if one in "[]:*?/\\" else one for one in text)[:31]


def _cover(place: _Sheet, layout: Layout) -> None:
    _set_up(place, layout, wide=False)
    sheet, rows = place.sheet, count(1)
    _line(place, next(rows), layout.title, size=20, bold=True)
    _line(place, next(rows), f"{layout.period}（{layout.wareki}）", size=14)
    if layout.remark:
        _line(place, next(rows), layout.remark, size=12, bold=True)
    next(rows)
    for name, value in layout.cover:
        row = next(rows)
        _put(sheet, row, 1, Cell(name), fill=_HEAD, bold=True)
        sheet.merge_cells(start_row=row, start_column=2, end_row=row, end_column=3)
        for column in (2, 3):
            _put(sheet, row, column, Cell(value) if column == 2 else None)
        sheet.cell(row, 2).alignment = Alignment(wrap_text=True, vertical="center")
        sheet.row_dimensions[row].height = _height(value, place.widths[1] + place.widths[2])
    next(rows)
    _table(place, next(rows), layout.summary)


def _section(sheet: Worksheet, section: Section, layout: Layout) -> None:
    place = _Sheet(sheet, _widths(section))
    _set_up(place, layout, wide=section.wide)
    rows = sum(len(table.all_rows) + 3 for table in section.tables)
    if not section.wide and rows <= _ONE_PAGE:
        sheet.page_setup.fitToHeight = 1  # with its chart
    row = _line(place, 1, f"{section.title}　{layout.period}", size=14, bold=True)
    at: dict[int, int] = {}
    for number, table in enumerate(section.tables):
        at[id(table)] = row + 2
        if number == 0:
            # The first table may run over pages: its heads are printed on each of them.
            sheet.print_title_rows = f"{row + 2}:{row + 2}" if len(section.tables) == 1 else None
        row = _table(place, row + 1, table)
    for number, chart in enumerate(section.charts):
        row = _chart(place, row + 1, chart, at[id(chart.table)], number)


def _small_print(place: _Sheet, layout: Layout) -> None:
    _set_up(place, layout, wide=False)
    row = _line(place, 1, "検算", size=12, bold=True)
    for sentence in layout.identity:
        row = _line(place, row, sentence, size=9)
    row = _line(place, row + 1, f"用語の定義（第{layout.definitions_version}版）", size=12, bold=True)
    for term, meaning in layout.definitions:
        for column, text in enumerate((term, meaning), 1):
            _put(place.sheet, row, column, Cell(text), bold=column == 1, size=9)
            place.sheet.cell(row, column).alignment = Alignment(wrap_text=True, vertical="top")
        heights = (_height(term, place.widths[0]), _height(meaning, place.widths[1]))
        place.sheet.row_dimensions[row].height = max(heights)
        row += 1


def _set_up(place: _Sheet, layout: Layout, *, wide: bool) -> None:
    sheet = place.sheet
    for number, width in enumerate(place.widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if wide else "portrait"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.page_margins.top = sheet.page_margins.bottom = 0.6
    sheet.print_options.horizontalCentered = True
    if (footer := sheet.oddFooter) is not None:
        footer.left.text = f"{layout.title}　{layout.period}".replace("&", "＆")
        footer.right.text = "&P / &N"
        footer.left.size = footer.right.size = 8


def _widths(section: Section) -> list[float]:
    """As wide as the widest value of each column; heads fold, and so do long texts."""
    widths: list[float] = []
    for table in section.tables:
        for column, name in enumerate(table.header):
            values = [row[column] for row in table.all_rows]
            longest = max((_length(cell.text) for cell in values), default=0)
            # A head of two lines.
            needed = max(longest, -(-_length(name) // 2)) + 2
            if column == len(widths):
                widths.append(_NARROWEST)
            widths[column] = max(widths[column], min(needed, _WIDEST))
    spare = _PAGE[section.wide] - sum(widths)
    if spare > 0 and len(widths) <= 4:
        widths[-1] += min(spare, 40)
    return widths


def _length(text: str) -> int:
    return sum(2 if east_asian_width(one) in "FWA" else 1 for one in text)


def _height(text: str, width: float) -> float:
    """Points that the text needs in so many half-width characters; Excel does not fit merged cells itself."""
    lines = sum(max(1, -(-_length(line) // max(1, int(width) - 1))) for line in text.split("\n"))
    return max(1, lines) * _POINTS * 1.6 + 2


def _line(place: _Sheet, row: int, text: str, *, size: int, bold: bool = False) -> int:
    sheet = place.sheet
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(place.widths))
    cell = sheet.cell(row, 1, safe(text))
    cell.font = Font(name=_FONT, size=size, bold=bold)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[row].height = _height(text, place.width * _POINTS / size) * size / _POINTS
    return row + 1


def _table(place: _Sheet, row: int, table: Table) -> int:
    """Write the table from ``row`` on; returns the row behind it."""
    sheet = place.sheet
    row = _line(place, row, table.title, size=12, bold=True)
    heights = []
    for column, name in enumerate(table.header, 1):
        _put(sheet, row, column, Cell(name), fill=_HEAD, bold=True)
        sheet.cell(row, column).alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        heights.append(_height(name, place.widths[column - 1]))
    sheet.row_dimensions[row].height = max(heights)
    first = row + 1
    for cells in table.all_rows:
        row += 1
        heights = []
        for column, cell in enumerate(cells, 1):
            _put(sheet, row, column, cell, fill=_SUM if cells is table.total else None)
            heights.append(_height(cell.text, place.widths[column - 1]) if cell.kind == "text" else 0)
        sheet.row_dimensions[row].height = max(18, *heights)
    if table.heat and table.rows:
        _heat(sheet, table, first)
    if table.note:
        row = _line(place, row + 1, table.note, size=9) - 1
    return row + 1


def _heat(sheet: Worksheet, table: Table, first: int) -> None:
    last = get_column_letter(len(table.header))
    area = f"B{first}:{last}{first + len(table.rows) - 1}"
    # openpyxl's own types do not know these two.
    rule: Any = ColorScaleRule("num", 0, "FFFFFF", end_type="max", end_color=STRONG)  # type: ignore[no-untyped-call]
    if table.heat == "low":
        below = ["0", str(table.limit - 1e-9)]
        rule = CellIsRule(operator="between", formula=below, fill=_MARK)  # type: ignore[no-untyped-call]
    sheet.conditional_formatting.add(area, rule)


def _chart(place: _Sheet, row: int, chart: Chart, head: int, number: int) -> int:
    """Draw the chart below the tables; returns the row behind it."""
    rows = len(chart.table.rows)
    if not rows:
        return row
    drawn = BarChart()
    drawn.type, drawn.grouping, drawn.overlap, drawn.gapWidth = "col", "stacked", 100, 40
    drawn.title = chart.title
    drawn.legend.position = "b"
    drawn.y_axis.title = "件数"
    # Without this, newer programs hide both axes.
    drawn.x_axis.delete = drawn.y_axis.delete = False
    drawn.y_axis.numFmt = "#,##0"
    drawn.x_axis.txPr, drawn.y_axis.txPr = _drawn_font(800, tilted=rows > 15), _drawn_font(800)
    for place_of, column in enumerate(chart.columns):
        values = Reference(place.sheet, min_col=column + 1, min_row=head, max_row=head + rows)
        drawn.add_data(values, titles_from_data=True)
        drawn.series[place_of].graphicalProperties.solidFill = SERIES[place_of]
        drawn.series[place_of].graphicalProperties.line.solidFill = SERIES[place_of]
    drawn.set_categories(Reference(place.sheet, min_col=1, min_row=head + 1, max_row=head + rows))
    drawn.width, drawn.height = round(min(place.width * 0.19, 26)), 9
    place.sheet.add_chart(drawn, f"A{row}")
    return row + 20


def _drawn_font(size: int, *, tilted: bool = False) -> RichText:
    font = CharacterProperties(sz=size, latin=DrawnFont(typeface=_FONT), ea=DrawnFont(typeface=_FONT))
    turned = RichTextProperties(rot=-2_700_000)  # 45 degrees: days do not fit side by side
    return RichText(
        bodyPr=turned if tilted else None,
        p=[Paragraph(pPr=ParagraphProperties(defRPr=font), endParaRPr=font)],
    )


def _put(
    sheet: Worksheet,
    row: int,
    column: int,
    cell: Cell | None,
    *,
    fill: PatternFill | None = None,
    bold: bool = False,
    size: int = _POINTS,
) -> None:
    place = sheet.cell(row, column)
    place.border = _BOX
    place.font = Font(name=_FONT, size=size, bold=bold)
    if fill is not None:
        place.fill = fill
    if cell is None:
        return
    place.number_format = _FORMATS[cell.kind]
    value = cell.value
    if cell.kind == "time" and isinstance(value, int | float):
        value = value / _DAY_S
    place.value = EMPTY if value is None else safe(value) if isinstance(value, str) else value
    place.alignment = Alignment(
        horizontal="right" if cell.is_number else "left",
        vertical="center",
        wrap_text=not cell.is_number,
        indent=0 if cell.is_number or column == 1 else 1,
    )
