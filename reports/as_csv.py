"""A report as CSV for Excel."""

from __future__ import annotations

import csv
import io

from reports.cells import Cell
from reports.layout import Layout

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_of(layout: Layout) -> bytes:
    """UTF-8 with BOM (Excel takes it for the local code page otherwise), CRLF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([safe(layout.title), safe(layout.period), safe(layout.remark)])
    writer.writerows([safe(name), safe(value)] for name, value in layout.cover)
    for table in (layout.summary, *layout.tables):
        writer.writerow([])
        writer.writerow([safe(table.title)])
        writer.writerow([safe(one) for one in table.header])
        for row in table.all_rows:
            writer.writerow([_plain(cell) for cell in row])
    writer.writerow([])
    writer.writerow(["検算"])
    writer.writerows([safe(sentence)] for sentence in layout.identity)
    writer.writerow([])
    writer.writerow([f"用語の定義（第{layout.definitions_version}版）"])
    writer.writerows([safe(term), safe(meaning)] for term, meaning in layout.definitions)
    return text.getvalue().encode("utf-8-sig")


def safe(text: str) -> str:
    """Text that no spreadsheet runs as a formula: an apostrophe before what begins like one."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _plain(cell: Cell) -> str:
    # No thousands separators: a reading program takes "1,234" for text. Nor a sign that makes no number.
    if cell.kind in ("count", "more") and cell.value is not None:
        return str(cell.value)
    if cell.kind == "text":
        return safe(cell.text)
    return cell.text.replace(",", "").lstrip("+±").removesuffix("pt")
