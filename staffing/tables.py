"""CSV files that a user writes: every mistake is named with its file, line and column."""

import csv
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from config import JST, parse_local, to_ms
from staffing.demand import HALF_HOUR_MS, Curve
from staffing.roster import PlannedBreak, Shifts

T = TypeVar("T")
MINUTE_MS = 60_000
DAY_MS = 86_400_000
MOST_SEATS = 1000
MOST_CALLS = 10_000_000


class TableError(ValueError):
    """One sentence for the user that names the file, and the line and column where there is one."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file. cells: by column, without surrounding blanks; "" where nothing is written."""

    file: Path
    line: int
    cells: dict[str, str]

    def wrong(self, column: str, why: str) -> TableError:
        """The error to raise for this cell."""
        return TableError(f"{self.file}, line {self.line}, column {column}: {why}")

    def get(self, column: str, read: Callable[[str], T]) -> T:
        """The cell as a value. Raises TableError where it is empty or `read` raises ValueError."""
        text = self.cells.get(column, "")
        if not text:
            raise self.wrong(column, "is empty")
        try:
            return read(text)
        except ValueError as problem:
            raise self.wrong(column, str(problem)) from None

    def maybe(self, column: str, read: Callable[[str], T]) -> T | None:
        """Like `get`; None where nothing is written or the file has no such column."""
        return self.get(column, read) if self.cells.get(column) else None


def read_table(file: Path, needed: Sequence[str], optional: Sequence[str] = ()) -> list[Row]:
    """The lines of a CSV file in UTF-8 (a BOM is allowed), whose first line names the columns.

    Raises TableError: it cannot be read, has no lines, a column is missing, unknown or named twice.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source, strict=True)
            head = [name.strip() for name in next(reader, [])]
            _check_head(file, head, needed, optional)
            rows = []
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(head):
                    raise TableError(
                        f"{file}, line {reader.line_num}: has {len(cells)} columns instead of {len(head)}"
                    )
                texts = (cell.strip() for cell in cells)
                rows.append(Row(file, reader.line_num, dict(zip(head, texts, strict=True))))
    except OSError as problem:
        raise TableError(f"{file}: cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise TableError(f"{file}: is not UTF-8") from None
    except csv.Error as problem:
        raise TableError(f"{file}: is not CSV: {problem}") from None
    if not rows:
        raise TableError(f"{file}: has no lines below its head")
    return rows


def read_curve(file: Path, closes_ms: int) -> Curve:
    """A day's arrivals: columns `time` (HH:MM, a full or half hour) and `calls` (expected, 0 or more).

    Half hours that are left out between the first and the last have none. closes_ms: the line's closing
    after midnight, which shortens the last half hour if it lies within.
    """
    slots = _by_half_hour(read_table(file, ("time", "calls")), "calls", _amount)
    begins = min(slots)
    ends = max(slots) + HALF_HOUR_MS
    calls = tuple(slots.get(at, 0.0) for at in range(begins, ends, HALF_HOUR_MS))
    if sum(calls) <= 0:
        raise TableError(f"{file}, column calls: there are no arrivals at all")
    return Curve(begins, calls, closes_ms if ends - HALF_HOUR_MS < closes_ms < ends else ends)


def read_shifts(file: Path) -> Shifts:
    """Seats staffed by half hour: columns `time` (HH:MM, a full or half hour) and `seats` (0 or more)."""
    slots = _by_half_hour(read_table(file, ("time", "seats")), "seats", _seats)
    times = range(min(slots), max(slots) + HALF_HOUR_MS, HALF_HOUR_MS)
    shifts = Shifts(min(slots), tuple(slots.get(at, 0) for at in times))
    if shifts.most == 0:
        raise TableError(f"{file}, column seats: zero seats in every half hour: nobody could answer")
    return shifts


def read_breaks(file: Path) -> tuple[PlannedBreak, ...]:
    """Planned breaks: columns `seat`, `from` and `to` (HH:MM)."""
    breaks: list[PlannedBreak] = []
    for row in read_table(file, ("seat", "from", "to")):
        one = PlannedBreak(row.get("seat", _seat), row.get("from", clock_ms), row.get("to", clock_ms))
        if one.to_ms <= one.from_ms:
            raise row.wrong("to", f"{row.cells['to']} is not later than {row.cells['from']}")
        if any(
            other.seat == one.seat and other.from_ms < one.to_ms and one.from_ms < other.to_ms
            for other in breaks
        ):
            raise row.wrong("from", f"overlaps another break of seat {one.seat}")
        breaks.append(one)
    return tuple(breaks)


def clock_ms(text: str) -> int:
    """HH:MM as ms after midnight."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if not found or not (int(found[1]) < 24 and int(found[2]) < 60):
        raise ValueError(f"{text!r} is not a time of day like 08:30")
    return (int(found[1]) * 60 + int(found[2])) * MINUTE_MS


def moment_ms(text: str) -> int:
    """A moment in Japan, such as 2026-11-20 09:00:05.250, as ms UTC."""
    moment = parse_local(text)
    if not 1952 <= moment.astimezone(JST).year <= 9998:
        raise ValueError(f"{text!r} lies outside the years 1952 to 9998")
    return to_ms(moment)


def duration_ms(text: str) -> int:
    """Seconds, 0 or more, up to a day, as ms."""
    value = _float(text, "seconds")
    if value < 0:
        raise ValueError(f"{text} is negative")
    if value > DAY_MS / 1000:
        raise ValueError(f"{text} is longer than a day")
    return round(value * 1000)


def whole(text: str) -> int:
    """A whole number."""
    if not re.fullmatch(r"[+-]?\d{1,9}", text):
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def _check_head(file: Path, head: Sequence[str], needed: Sequence[str], optional: Sequence[str]) -> None:
    known = (*needed, *optional)
    for name in needed:
        if name not in head:
            raise TableError(f"{file}, line 1: column {name} is missing; columns are {', '.join(known)}")
    for name in head:
        if name not in known:
            raise TableError(f"{file}, line 1: column {name!r} is unknown; columns are {', '.join(known)}")
        if head.count(name) > 1:
            raise TableError(f"{file}, line 1: column {name} is there twice")


def _by_half_hour(rows: Sequence[Row], column: str, read: Callable[[str], T]) -> dict[int, T]:
    slots: dict[int, T] = {}
    for row in rows:
        at_ms = row.get("time", clock_ms)
        if at_ms % HALF_HOUR_MS:
            raise row.wrong("time", f"{row.cells['time']} is no full or half hour")
        if at_ms in slots:
            raise row.wrong("time", f"{row.cells['time']} is there twice")
        slots[at_ms] = row.get(column, read)
    return slots


def _amount(text: str) -> float:
    value = _float(text, "a number")
    if value < 0:
        raise ValueError(f"{text} is negative")
    if value > MOST_CALLS:
        raise ValueError(f"{text} is more than {MOST_CALLS}")
    return value


def _float(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not {what}")
    return value


def _seats(text: str) -> int:
    value = whole(text)
    if not 0 <= value <= MOST_SEATS:
        raise ValueError(f"{text} is not from 0 to {MOST_SEATS}")
    return value


def _seat(text: str) -> int:
    value = _seats(text)
    if value == 0:
        raise ValueError("seats are numbered from 1")
    return value
