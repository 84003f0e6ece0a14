"""A holiday table as a file: what the Cabinet Office publishes, and the one that a home has taken over."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from config import ConfigError, Home
from ivr.holidays import HEADER, Holidays, by_law, shipped_holidays

LARGEST_BYTES = 1_000_000
"""Forty times the table of 2026."""
LAW_SINCE = 2022
"""From this year on the law is as `by_law` has it; Olympic years before it were special."""
_LAST_FEAST = (11, 23)
"""勤労感謝の日: every year since 1948 has a holiday on it or later."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new table has and the one in use has not, and the other way round; by date."""

    added: tuple[tuple[date, str], ...]
    removed: tuple[tuple[date, str], ...]
    renamed: tuple[tuple[date, str, str], ...]
    """Date, the name in use, the new name."""

    @property
    def is_empty(self) -> bool:
        """Whether both say the same."""
        return not (self.added or self.removed or self.renamed)


def read_table(file: Path) -> Holidays:
    """A table in the Cabinet Office's form, in CP932 or UTF-8, with or without a byte order mark.

    Raises:
        ConfigError: it cannot be read, is in another encoding, or a row is wrong; names the file and line.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    if len(data) > LARGEST_BYTES:
        raise ConfigError(f"{file}: is larger than {LARGEST_BYTES} bytes; this is no holiday table")
    try:
        found = Holidays.parse(decoded(data))
        _whole_years(found)
    except ValueError as error:
        raise ConfigError(f"{file}: {error}") from None
    return found


def decoded(data: bytes) -> str:
    """The text of a table. Raises ValueError when it is neither UTF-8 nor CP932 (Shift_JIS)."""
    if b"\0" in data:
        raise ValueError("is neither UTF-8 nor CP932 (Shift_JIS)")
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if HEADER in text.partition("\n")[0] or encoding == "utf-8-sig":
            return text
    raise ValueError("is neither UTF-8 nor CP932 (Shift_JIS)")


def holidays_in(home: Home) -> Holidays:
    """The table in use in a home: the one that it has taken over, unless the shipped one reaches further.

    Raises:
        ConfigError: the home's table is damaged; names the file and line.
    """
    shipped = shipped_holidays()
    if not home.holidays.exists():
        return shipped
    own = read_table(home.holidays)
    return own if own.last_year >= shipped.last_year else shipped


def holidays_or_shipped(home: Home, say: Callable[[str], object]) -> Holidays:
    """As `holidays_in`; a damaged table is told to `say`, and the shipped one used. For who must not fall."""
    try:
        return holidays_in(home)
    except ConfigError as error:
        say(str(error))
        return shipped_holidays()


def missing_by_law(table: Holidays) -> tuple[tuple[date, str], ...]:
    """Days of the table's years, 2022 and later, that the law makes holidays and the table does not have."""
    days = _days(max(table.first_year, LAW_SINCE), table.last_year)
    return tuple((day, name) for day in days if (name := by_law(day)) and day not in table.table)


def difference(used: Holidays, new: Holidays) -> Difference:
    """What changes when `new` is used instead of `used`."""
    days = sorted({*used.table, *new.table})
    return Difference(
        added=tuple((day, new.table[day]) for day in days if day not in used.table),
        removed=tuple((day, used.table[day]) for day in days if day not in new.table),
        renamed=tuple(
            (day, used.table[day], new.table[day])
            for day in days
            if day in used.table and day in new.table and used.table[day] != new.table[day]
        ),
    )


def lost_years(used: Holidays, new: Holidays) -> tuple[int, ...]:
    """Years that the table in use knows and the new one does not."""
    years = range(used.first_year, used.last_year + 1)
    return tuple(year for year in years if not new.first_year <= year <= new.last_year)


def store(table: Holidays, home: Home) -> None:
    """Make it the home's, as UTF-8; another process sees the former file or the new one, whole.

    Raises:
        ConfigError: it cannot be written; nothing is changed.
    """
    rows = (f"{day.year}/{day.month}/{day.day},{name}" for day, name in sorted(table.table.items()))
    text = "\n".join((f"{HEADER}・休日月日,{HEADER}・休日名称", *rows, ""))
    draft = None
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=home.path, prefix="holidays.", suffix=".new")
        draft = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(home.holidays)
    except OSError as error:
        if draft:
            draft.unlink(missing_ok=True)
        raise ConfigError(f"{home.holidays}: cannot be written: {error.strerror}") from None


def _whole_years(table: Holidays) -> None:
    """Raises ValueError when a year has no New Year's Day, or ends before the last holiday of each year."""
    for year in range(table.first_year, table.last_year + 1):
        days = [day for day in table.table if day.year == year]
        if date(year, 1, 1) not in days:
            raise ValueError(f"holiday table: {year} has no 1 January: rows are missing")
        if max(days) < date(year, *_LAST_FEAST):
            raise ValueError(f"holiday table: {year} ends with {max(days)}: rows are missing behind it")


def _days(first: int, last: int) -> Iterable[date]:
    begins = date(first, 1, 1)
    return (begins + timedelta(days=n) for n in range((date(last + 1, 1, 1) - begins).days))
