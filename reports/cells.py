"""The cells and tables of a report, before any format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeGuard

EMPTY = "–"
"""Shown where there is nothing to divide by."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value and how it is shown. Numbers stay numbers, so that Excel can go on with them."""

    value: int | float | str | None
    kind: Literal[
        "count", "rate", "seconds", "time", "seats", "text", "more", "longer", "points", "growth"
    ] = "text"
    """``time`` is a length of time in seconds, shown as hours, minutes and seconds. The last four are
    changes, shown with their sign: of a count, of seconds, of a rate in percentage points; change ÷ before.
    """

    @property
    def text(self) -> str:
        """The cell for people: "1,234", "91.7%", "12.3"."""
        if self.value is None:
            return EMPTY
        if isinstance(self.value, str):
            return self.value
        if self.kind == "rate":
            return f"{self.value * 100:.1f}%"
        if self.kind == "time":
            minutes, rest = divmod(int(self.value), 60)
            return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
        if self.kind in _SIGNED:
            form, unit = _SIGNED[self.kind]
            return _signed(self.value * (100 if self.kind == "growth" else 1), form) + unit
        return f"{self.value:,.1f}" if self.kind in ("seconds", "seats") else f"{self.value:,}"

    @property
    def is_number(self) -> bool:
        """Whether it is set right."""
        return self.kind != "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table. Its first column names the row; ``total`` is a last row set apart.

    ``heat``: the numbers are coloured, the higher the stronger; "low": those below ``limit`` are marked.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    heat: Literal["", "high", "low"] = ""
    limit: float = 0
    note: str = ""

    @property
    def all_rows(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows and the total."""
        return self.rows if self.total is None else (*self.rows, self.total)

    def heat_of(self, cell: Cell) -> float:
        """How strongly a cell is coloured, 0 (not at all) to 1."""
        if not isinstance(cell.value, int | float):
            return 0
        if self.heat == "low":
            return float(cell.value < self.limit)
        if self.heat != "high":
            return 0
        most = max((one.value for row in self.rows for one in row[1:] if _is_number(one.value)), default=0)
        return cell.value / most if most else 0


_SIGNED = {"more": ("+,", ""), "longer": ("+,.1f", ""), "points": ("+.1f", "pt"), "growth": ("+,.1f", "%")}


def _signed(value: float, form: str) -> str:
    text = format(value, form)
    return text if any(one in "123456789" for one in text) else f"±{text[1:]}"


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float)


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars, stacked, over the rows of a table: of these columns of it, in this order."""

    title: str
    table: Table
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: a sheet of the workbook, a page of paper. ``wide``: on A4 laid across."""

    title: str
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...] = ()
    wide: bool = False
