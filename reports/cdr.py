"""Asterisk's own record of calls (CDR, log/cdr-csv/Master.csv): one line a citizen's call, read line by line.

The file holds every leg: operators' phones, callbacks. A citizen's call is one that came in over the trunk;
its unique id is the channel's name that the journal's row ``call.received`` has. Asterisk writes the line
when the call has ended, in UTC and whole seconds. An Asterisk that is killed writes none for what was on.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from config.clock import to_ms

FILE = "Master.csv"
_FIELDS = 21
_CHANNEL, _DESTINATION, _WITH_WHOM, _LAST_APP, _LAST_DATA = 5, 3, 6, 7, 8
_START, _ANSWER, _END = 9, 10, 11
_UNIQUE, _USER, _LINKED, _SEQUENCE = 16, 17, 19, 20
_END_BYTES = 1_000_000
_PHONE = "PJSIP/phone-"
_LEG = "offer-"
"""How the ids of operators' legs begin."""
_OURS = "AppDial2"
"""What Asterisk names as application of a leg that we originated: seats, callbacks, forwardings."""


@dataclass(frozen=True, slots=True)
class Cdr:
    """A citizen's call as Asterisk saw it. Times are ms UTC of Asterisk's clock, to the second.

    ``fallback``: how the exchange itself served it ("fallback-open", …), "" when it was the controller's.
    """

    unique_id: str
    start_ms: int
    answer_ms: int | None
    end_ms: int
    fallback: str
    line_number: int
    arguments: tuple[str, ...] = ()
    """Those of the application that had it last, of ours the Stasis arguments; Asterisk cuts them off."""
    operator_leg: str = ""
    """Name of the operator's channel that it was in a bridge with last; "" when it never was."""
    talk_end_ms: int = 0
    """When that was over; 0 when it never was."""

    @property
    def duration_ms(self) -> int:
        """From the INVITE to the end."""
        return max(0, self.end_ms - self.start_ms)


@dataclass(frozen=True, slots=True)
class Talk:
    """A citizen and an operator in one bridge. Times as those of ``Cdr``.

    ``channel``: name of the operator's leg ("PJSIP/phone-3p5m05-00000001"), by which the seat is known.
    """

    channel: str
    begin_ms: int
    end_ms: int


@dataclass(slots=True)
class CdrFile:
    """Citizens' calls by unique id, in the file's order, and lines that cannot be read.

    ``joined_ms``: when an operator's leg, by its channel's name, came into a bridge, where its own line ends.
    ``torn``: the last line, which Asterisk had not finished. ``damaged``: others (number and why).
    """

    calls: dict[str, Cdr] = field(default_factory=dict)
    joined_ms: dict[str, int] = field(default_factory=dict)
    torn: int | None = None
    damaged: list[tuple[str, int, str]] = field(default_factory=list)

    def talk_of(self, unique_id: str) -> Talk | None:
        """The citizen's last talk, if there was one. Whom an operator has left alone is in the record only
        until then, also while the call goes on.
        """
        call = self.calls.get(unique_id)
        if call is None or not call.operator_leg:
            return None
        begin_ms = self.joined_ms.get(call.operator_leg, call.answer_ms or call.start_ms)
        return Talk(call.operator_leg, min(begin_ms, call.talk_end_ms), call.talk_end_ms)


def cdr_files(folder: Path) -> list[Path]:
    """The record and those that log rotation has put aside (Master.csv.1, …), oldest first."""
    found = [path for path in folder.glob(f"{FILE}*") if path.is_file() and path.suffix not in (".gz", ".xz")]
    return sorted(found, key=lambda path: (path.name == FILE, path.stat().st_mtime))


def read_cdrs(files: Iterable[Path]) -> CdrFile:
    """All citizens' calls of these files.

    Raises:
        OSError: a file cannot be read.
    """
    read = CdrFile()
    for path in files:
        with path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
            for number, line in enumerate(lines, 1):
                problem = _take(read, line, number) if line.strip() else ""
                if not problem:
                    continue
                if path.name == FILE and not line.endswith("\n"):
                    read.torn = number
                else:
                    read.damaged.append((path.name, number, problem))
    return read


def recent_cdrs(folder: Path) -> CdrFile:
    """Citizens' calls of the record's end; empty where there is no record.

    Raises:
        OSError: it cannot be read.
    """
    read, path = CdrFile(), folder / FILE
    if not path.exists():
        return read
    with path.open("rb") as file:
        skipped = max(0, path.stat().st_size - _END_BYTES)
        file.seek(skipped)
        lines = file.read().decode("utf-8", "replace").split("\n")
    # Neither a line that begins before, nor the one that Asterisk is writing.
    for number, line in enumerate(lines[1 if skipped else 0 : -1], 1):
        if line.strip():
            _take(read, line, number)
    return read


def _take(read: CdrFile, line: str, number: int) -> str:
    """Take a line up; "" or what is wrong with it."""
    try:
        cells = next(_reader(line))
    except (csv.Error, StopIteration):
        return "is not CSV"
    if len(cells) != _FIELDS:
        return f"has {len(cells)} fields instead of {_FIELDS}"
    if not cells[_SEQUENCE].isdecimal():
        return "has no sequence number at its end"
    is_leg = cells[_UNIQUE].startswith(_LEG) and cells[_ANSWER]
    if not (is_leg or _is_citizens(cells)):
        return ""
    try:
        start_ms, end_ms = _moment(cells[_START]), _moment(cells[_END])
        answer_ms = _moment(cells[_ANSWER]) if cells[_ANSWER] else None
    except ValueError:
        return "has a time that is none"
    if is_leg:
        read.joined_ms[cells[_CHANNEL]] = end_ms
        return ""
    arguments = tuple(cells[_LAST_DATA].split(",")) if cells[_LAST_APP] == "Stasis" else ()
    with_whom = cells[_WITH_WHOM] if cells[_WITH_WHOM].startswith(_PHONE) else ""
    one = Cdr(
        cells[_UNIQUE], start_ms, answer_ms, end_ms, _fallback(cells), number, arguments,
        with_whom, end_ms if with_whom else 0,
    )  # fmt: skip
    known = read.calls.get(one.unique_id)
    read.calls[one.unique_id] = one if known is None else _joined(known, one)
    return ""


def _reader(line: str) -> Iterator[list[str]]:
    return csv.reader([line], strict=True)


def _is_citizens(cells: list[str]) -> bool:
    # The first leg of a linked set that came in over the trunk; what we dialled names another application.
    return (
        cells[_CHANNEL].startswith("PJSIP/trunk-")
        and cells[_UNIQUE] == cells[_LINKED]
        and cells[_LAST_APP] != _OURS
    )


def _fallback(cells: list[str]) -> str:
    return cells[_USER] if cells[_USER].startswith("fallback") else ""


def _joined(one: Cdr, two: Cdr) -> Cdr:
    """Two lines of one call: Asterisk begins a new one whenever who talks to whom changes."""
    answers = [ms for ms in (one.answer_ms, two.answer_ms) if ms is not None]
    talk = max(one, two, key=lambda line: line.talk_end_ms)
    return replace(
        one,
        start_ms=min(one.start_ms, two.start_ms),
        answer_ms=min(answers, default=None),
        end_ms=max(one.end_ms, two.end_ms),
        fallback=one.fallback or two.fallback,
        arguments=one.arguments or two.arguments,
        operator_leg=talk.operator_leg,
        talk_end_ms=talk.talk_end_ms,
    )


def _moment(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))
