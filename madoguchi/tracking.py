"""One call in all logs: Madoguchi's, Asterisk's, and Asterisk's call record, by any one of its ids.

A call has the id of the journal; its channel's (Asterisk's unique id), from which that one is made; and the
number in brackets under which Asterisk logs whatever concerns it ([C-00000001]).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config import Home
from controller.call import call_id
from db import Database, journal_of_call

_UNIQUE = re.compile(r"[\w-]*\d{9,11}\.\d+")
_BRACKET = re.compile(r"\[(C-[0-9a-f]{8})\]")
_SIP = re.compile(r" sip (\S+)")
_LONG = re.compile(r"(?<![\d.-])\+?\d{9,13}(?![\d.])")
RECORD = ("start", "answer", "end", "duration", "disposition", "dst", "lastapp", "userfield", "uniqueid")
_PLACES = (9, 10, 11, 12, 14, 2, 7, 17, 16)
"""Where `RECORD` stands in a row of cdr-csv/Master.csv, with the columns that cdr.conf asks for."""


@dataclass(frozen=True, slots=True)
class Track:
    """What was found. ``sip``: the carrier's Call-ID. ``lines``: file and line, in the files' order."""

    call: str
    channel: str | None
    asterisk: str | None
    sip: str | None
    lines: tuple[tuple[str, str], ...]


def track(home: Home, database: Database, named: str) -> Track | None:
    """Follow a call by its id or by its channel's; None: nothing is known of it."""
    call = call_id(named) if _UNIQUE.fullmatch(named) else named
    with database.read() as connection:
        rows = journal_of_call(connection, call)
    said = next((row.entry.data.get("channel") for row in rows if row.entry.kind == "call.received"), None)
    channel = named if call != named else None if said is None else str(said)
    messages = list(_lines(home.asterisk / "log", "messages.log"))
    own = [line for _, line in messages if channel and _has(line, channel)]
    bracket = next((found[1] for line in own if (found := _BRACKET.search(line))), None)
    sip = next((found[1] for line in own if f"call {channel}" in line and (found := _SIP.search(line))), None)
    wanted = tuple(one for one in (channel, f"[{bracket}]" if bracket else None) if one)
    lines = [(file, line) for file, line in _lines(home.logs, "controller.log") if _has(line, call)]
    lines += [(file, line) for file, line in messages if any(_has(line, one) for one in wanted)]
    if channel:
        lines += [one for one in _lines(home.asterisk / "log", "queue_log") if _has(one[1], channel)]
        lines += _record(home, channel)
    if not rows and not lines:
        return None
    return Track(call, channel, bracket, sip, tuple((file, _masked(line)) for file, line in lines))


def _lines(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    """Every line of a log, the files that were turned over first."""
    for file in (*sorted(folder.glob(f"{name}.*"), key=lambda one: -_age(one)), folder / name):
        if file.is_file():
            with file.open(encoding="utf-8", errors="replace") as lines:
                yield from ((file.name, line.rstrip("\n")) for line in lines)


def _age(file: Path) -> int:
    last = file.name.rpartition(".")[2]
    return int(last) if last.isdigit() else 0


def _has(line: str, text: str) -> bool:
    """Whether the text stands in the line by itself: 1.2 is not in 1.23."""
    return re.search(rf"(?<![\w.]){re.escape(text)}(?![\w.])", line) is not None


def _record(home: Home, channel: str) -> Iterator[tuple[str, str]]:
    file = home.asterisk / "log" / "cdr-csv" / "Master.csv"
    if not file.is_file():
        return
    with file.open(encoding="utf-8", errors="replace", newline="") as rows:
        for row in csv.reader(rows):
            if len(row) > max(_PLACES) and channel in (row[16], *row[18:]):
                shown = (
                    f"{name}={row[place]}" for name, place in zip(RECORD, _PLACES, strict=True) if row[place]
                )
                yield file.name, " ".join(shown)


def _masked(line: str) -> str:
    """Telephone numbers, which Asterisk does not mask, as their last two digits."""
    return _LONG.sub(lambda found: "*" * (len(found[0]) - 2) + found[0][-2:], line)
