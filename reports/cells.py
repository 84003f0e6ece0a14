"""The cells and tables of a report, before any format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EMPTY = "–"
"""Shown where there is nothing to divide by."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value and how it is shown. Numbers stay numbers, so that Excel can go on with them."""

    value: int | float | str | None
    kind: Literal["count", "rate", "seconds", "text"] = "text"

    @property
    def text(self) -> str:
        """The cell for people: "1,234", "91.7%", "12.3"."""
        if self.value is None:
            return EMPTY
        if isinstance(self.value, str):
            return self.value
        if self.kind == "rate":
            return f"{self.value * 100:.1f}%"
        return f"{self.value:,.1f}" if self.kind == "seconds" else f"{self.value:,}"

    @property
    def is_number(self) -> bool:
        """Whether it is set right."""
        return self.kind != "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table. Its first column names the row; ``total`` is a last row set apart."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None

    @property
    def all_rows(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows and the total."""
        return self.rows if self.total is None else (*self.rows, self.total)
