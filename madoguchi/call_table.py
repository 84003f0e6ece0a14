"""A table of calls in CSV, of whatever system: read, and every line that cannot be true named.

docs/import.md describes the columns.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.clock import JST, to_ms
from config.mynumber import REFUSAL, contains_my_number
from reports.definitions import OUTCOMES, TERM_NAMES
from reports.identity import BEFORE_QUEUE, IN_QUEUE

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "arrival": ("着信", "着信時刻"),
    "queue_entry": ("待ち開始", "待ち行列"),
    "exit": ("待ち終了",),
    "answer": ("応答", "応答時刻"),
    "end": ("終了", "終了時刻"),
    "outcome": ("終了区分",),
    "seat": ("席",),
    "operator": ("オペレーター", "担当"),
    "line": ("回線",),
    "open": ("受付時間内",),
    "id": ("番号",),
}
"""Columns, and their names in Japanese."""
_TIMES = ("arrival", "queue_entry", "exit", "answer", "end")
NEEDED = ("arrival", "end", "outcome")
MOST_CALLS = 1_000_000
MOST_MISTAKES = 20
_TRUE = frozenset({"1", "true", "yes", "open", "内", "○"})
_FALSE = frozenset({"0", "false", "no", "closed", "外", "×"})
_NAMES = {name: outcome for outcome, name in TERM_NAMES.items() if outcome in OUTCOMES} | {
    name: name for name in OUTCOMES
}
_BEFORE = frozenset(BEFORE_QUEUE) & OUTCOMES
_WITHIN = frozenset(IN_QUEUE) & OUTCOMES


class CallTableError(ValueError):
    """A file that cannot be taken; one sentence a line, each with its line's number and column."""


@dataclass(frozen=True, slots=True)
class TableCall:
    """One line. Times are ms UTC. ``exit_ms``: the queue was left; ``end_ms``: the caller was gone."""

    line_number: int
    name: str
    line: str
    arrival_ms: int
    queue_ms: int | None
    exit_ms: int | None
    answer_ms: int | None
    end_ms: int
    outcome: str
    is_open: bool
    seat: int | None
    operator: str | None


@dataclass(frozen=True, slots=True)
class CallTable:
    """The calls of a file, in its order, and the file's SHA-256."""

    calls: tuple[TableCall, ...]
    sha256: str

    @property
    def from_ms(self) -> int:
        """When the first call arrived, ms UTC."""
        return min(call.arrival_ms for call in self.calls)

    @property
    def to_ms(self) -> int:
        """When the last one was over, ms UTC."""
        return max(call.end_ms for call in self.calls)


def read_call_table(file: Path, lines: Mapping[str, str], line: str, now_ms: int) -> CallTable:
    """The file's calls. ``lines``: names of the lines that there are, by id; ``line``: that of calls of which
    the file names none.

    Raises:
        CallTableError: the file cannot be read, or lines of it cannot be true: all of them are named, up to
            20, and nothing of the file is taken.
    """
    try:
        raw = file.read_bytes()
    except OSError as problem:
        raise CallTableError(f"{file}: cannot be read: {problem.strerror}") from None
    rows = _rows(file, _decoded(file, raw))
    columns = _columns(file, next(rows, (0, []))[1])
    calls: list[TableCall] = []
    mistakes: list[str] = []
    seen: dict[str, int] = {}
    for number, cells in rows:
        if len(calls) >= MOST_CALLS:
            raise CallTableError(f"{file}: has more than {MOST_CALLS:,} calls; split it")
        try:
            row = _row(columns, cells)
            call = _call(number, row, lines, line, now_ms)
            if row.get("id"):
                _new_name(call, seen)
            calls.append(call)
        except _Wrong as wrong:
            where = f", column {wrong.column}" if wrong.column else ""
            mistakes.append(f"{file}, line {number}{where}: {wrong}")
            if len(mistakes) > MOST_MISTAKES:
                mistakes[-1] = "… and perhaps more"
                break
    if mistakes:
        raise CallTableError("\n".join(mistakes))
    if not calls:
        raise CallTableError(f"{file}: has no calls")
    return CallTable(tuple(calls), hashlib.sha256(raw).hexdigest())


def _row(columns: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(columns):
        raise _Wrong("", f"has {len(cells)} columns instead of {len(columns)}")
    return dict(zip(columns, (cell.strip() for cell in cells), strict=True))


def _new_name(call: TableCall, seen: dict[str, int]) -> None:
    before = seen.setdefault(call.name, call.line_number)
    if before != call.line_number:
        raise _Wrong("id", f"{call.name!r} is that of line {before}, too")


class _Wrong(ValueError):  # noqa: N818 - what the file has wrong
    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column = column


def _decoded(file: Path, raw: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise CallTableError(f"{file}: is neither UTF-8 nor CP932 (Shift_JIS) text")


def _rows(file: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as problem:
        raise CallTableError(f"{file}, line {reader.line_num}: is not CSV: {problem}") from None


def _columns(file: Path, head: list[str]) -> list[str]:
    known = {other: name for name, others in COLUMNS.items() for other in (name, *others)}
    columns = []
    for cell in head:
        name = known.get(cell.strip().lower().replace(" ", "_"))
        if name is None:
            raise CallTableError(
                f"{file}, line 1: {cell.strip()[:40]!r} is no column; there are {', '.join(COLUMNS)}"
            )
        if name in columns:
            raise CallTableError(f"{file}, line 1: column {name} stands there twice")
        columns.append(name)
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise CallTableError(
            f"{file}, line 1: column {missing[0]} is missing; {', '.join(NEEDED)} are needed"
        )
    return columns


def _call(
    number: int, row: Mapping[str, str], lines: Mapping[str, str], default_line: str, now_ms: int
) -> TableCall:
    arrival_ms = _moment(row, "arrival")
    end_ms = _moment(row, "end")
    if arrival_ms is None or end_ms is None:
        raise _Wrong("arrival" if arrival_ms is None else "end", "is empty")
    queue_ms, exit_ms, answer_ms = (_moment(row, name) for name in ("queue_entry", "exit", "answer"))
    _in_order(row, arrival_ms, queue_ms, exit_ms, answer_ms, end_ms)
    if end_ms > now_ms:
        raise _Wrong("end", f"{row['end']} lies in the future")
    outcome = _outcome(row, queue_ms, answer_ms)
    if queue_ms is None and exit_ms is not None:
        raise _Wrong("exit", "a call that did not enter the queue cannot have left it")
    line = row.get("line") or default_line
    if line not in lines:
        raise _Wrong("line", f"{line[:40]!r} is no line of the settings; they have {', '.join(lines)}")
    return TableCall(
        line_number=number,
        name=_word(row, "id") or str(number),
        line=line,
        arrival_ms=arrival_ms,
        queue_ms=queue_ms,
        exit_ms=exit_ms,
        answer_ms=answer_ms,
        end_ms=end_ms,
        outcome=outcome,
        is_open=_flag(row, default=outcome != "closed"),
        seat=_seat(row),
        operator=_word(row, "operator"),
    )


def _in_order(row: Mapping[str, str], *moments: int | None) -> None:
    # Leaving the queue and the answer are in no order: some systems tell the one first, some the other.
    for names in (("arrival", "queue_entry", "exit", "end"), ("arrival", "queue_entry", "answer", "end")):
        last_ms, last = -(2**62), ""
        for name in names:
            ms = moments[_TIMES.index(name)]
            if ms is None:
                continue
            if ms < last_ms:
                raise _Wrong(name, f"{row[name]} is before {last}, {row[last]}")
            last_ms, last = ms, name


def _outcome(row: Mapping[str, str], queue_ms: int | None, answer_ms: int | None) -> str:
    text = row.get("outcome", "")
    outcome = _NAMES.get(text) or _NAMES.get(text.lower())
    if outcome is None:
        told = f"{text[:40]!r} is no outcome" if text else "is empty"
        raise _Wrong("outcome", f"{told}; there are {', '.join(sorted(OUTCOMES))}")
    if outcome == "answered" and answer_ms is None:
        raise _Wrong("answer", "an answered call needs the time of its answer")
    if outcome != "answered" and answer_ms is not None:
        raise _Wrong("answer", f"a call that an operator answered did not end as {outcome}")
    if queue_ms is None and outcome not in _BEFORE:
        raise _Wrong("queue_entry", f"is empty, but a call that ended as {outcome} was in the queue")
    if queue_ms is not None and outcome not in _WITHIN:
        raise _Wrong("queue_entry", f"a call that ended as {outcome} cannot have entered the queue")
    return outcome


def _moment(row: Mapping[str, str], column: str) -> int | None:
    text = row.get(column, "")
    if not text:
        return None
    found = re.fullmatch(r"(\d{4})/(\d{1,2})/(\d{1,2})[ T](\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)", text)
    if found:
        year, month, day, clock = found.groups()
        text = f"{year}-{month.zfill(2)}-{day.zfill(2)}T{'0' if clock[1] == ':' else ''}{clock}"
    if not re.match(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", text):
        raise _Wrong(
            column, f"{row[column][:40]!r} is no time like 2026-11-20T09:00:00 or 2026/11/20 9:00:00"
        )
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=JST) if moment.tzinfo is None else moment
        ms = to_ms(moment)
    except (ValueError, OverflowError):
        raise _Wrong(column, f"{row[column][:40]!r} is not a time that there is") from None
    if not 1952 <= moment.year <= 9998:
        raise _Wrong(column, f"{row[column][:40]!r} lies outside of the years 1952 to 9998")
    return ms


def _flag(row: Mapping[str, str], *, default: bool) -> bool:
    text = row.get("open", "").lower()
    if not text:
        return default
    if text not in _TRUE | _FALSE:
        raise _Wrong("open", f"{text[:40]!r} is neither 1 nor 0")
    return text in _TRUE


def _seat(row: Mapping[str, str]) -> int | None:
    text = row.get("seat", "")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= 200:
        raise _Wrong("seat", f"{text[:40]!r} is not a seat's number, 1 to 200")
    return int(text)


def _word(row: Mapping[str, str], column: str) -> str | None:
    text = row.get(column, "")
    if not text:
        return None
    if contains_my_number(text):
        raise _Wrong(column, REFUSAL)
    if len(text) > 64 or not text.isprintable():
        raise _Wrong(column, "is longer than 64 characters, or has some that cannot be printed")
    return text
