"""A report for the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from reports.cells import Table
from reports.layout import Layout


def text_of(layout: Layout) -> RenderableType:
    """The whole report; print it with ``rich``."""
    heading = Text(f"{layout.title}　{layout.period}", style="bold")
    if layout.remark:
        heading.append(f"　{layout.remark}", style="bold red")
    parts: list[RenderableType] = [heading]
    parts += [Text(f"{name}：{value}", style="dim") for name, value in layout.cover]
    parts.append(_table(layout.summary))
    parts += [_table(table) for table in layout.tables]
    *sums, verdict = layout.identity
    parts += [Text("検算", style="bold"), *(Text(one) for one in sums)]
    parts.append(Text(verdict, style="green" if layout.identity_holds else "bold red"))
    parts.append(Text(f"\n用語の定義（第{layout.definitions_version}版）", style="bold"))
    parts += [Text(f"{term}：{meaning}", style="dim") for term, meaning in layout.definitions]
    return Group(*parts)


def _table(table: Table) -> RichTable:
    shown = RichTable(title=table.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    numbers = [cell.is_number for cell in table.rows[0]] if table.rows else [False] * len(table.header)
    for column, (name, is_number) in enumerate(zip(table.header, numbers, strict=True)):
        # The figures stay whole on a terminal of 80 columns; what folds are the headings.
        shown.add_column(name, justify="right" if is_number else "left", overflow="fold", no_wrap=column == 0)
    for row in table.rows:
        shown.add_row(*(Text(cell.text) for cell in row), end_section=row is table.rows[-1])
    if table.total is not None:
        shown.add_row(*(Text(cell.text) for cell in table.total), style="bold")
    return shown
