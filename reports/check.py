"""`report check`: a period recomputed from the journal's rows alone, and held against everything else.

Against the call table, against the figures made of it, against the version that was frozen, and against the
record that Asterisk keeps by itself (`reports.cdr`). Nothing is changed; every call that disagrees is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from statistics import median
from typing import Any

from sqlalchemy import Connection

from db import (
    CallFacts,
    Database,
    Head,
    SeatFold,
    SeatSlot,
    TicketFacts,
    calls_between,
    fold,
    head_at,
    journal_rows,
    seat_rows_since,
    slots_between,
    ticket_of,
)
from db.closings import closings_of, document_of
from db.tickets import fold_ticket, tickets_between
from reports.calls import local_text
from reports.cdr import Cdr, CdrFile
from reports.closing import Make, journalled
from reports.hashing import figures_hash
from reports.identity import UNEXPLAINED, ending
from reports.outages import FELL
from reports.period import Period

TOLERANCE_MS = 2_000
BEFORE_MS = 86_400_000
"""How far before a period its calls' rows are looked for: a clock may have been set back."""
AFTER_MS = 40 * 86_400_000
"""How long after a period its calls' rows, and those of their callbacks, are looked for."""
_CDR = "CDR"
_SEATS = "seat table"
# What the year before is now is not the month's: a correction there makes no difference here.
_ABOUT_THE_VERSION = ("status", "version", "closed", "provisional", "as_of", "year_before")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that disagrees with ``with_``. ``call`` is "" for what concerns the whole."""

    with_: str
    call: str
    what: str

    def to_json(self) -> dict[str, Any]:
        """The object of ``differences``."""
        return {"with": self.with_, "call": self.call or None, "what": self.what}


@dataclass(slots=True)
class Check:
    """What was found. ``fallback``: calls that the exchange served by itself and that are not journalled."""

    period: Period
    calls: int = 0
    rows: int = 0
    version: int | None = None
    cdrs: int | None = None
    imported: int = 0
    in_progress: int = 0
    clock_ms: int = 0
    differences: list[Difference] = field(default_factory=list)
    fallback: list[Cdr] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether nothing disagrees."""
        return not self.differences

    def add(self, with_: str, call: str, what: str) -> None:
        """Name one more difference."""
        self.differences.append(Difference(with_, call, what))

    def to_json(self) -> dict[str, Any]:
        """The check for ``--format json``."""
        return {
            "period": self.period.label,
            "agrees": self.agrees,
            "calls": self.calls,
            "journal_rows": self.rows,
            "imported": self.imported,
            "in_progress": self.in_progress,
            "version": self.version,
            "cdr_calls": self.cdrs,
            "clock_difference_s": self.clock_ms / 1000,
            "differences": [one.to_json() for one in self.differences],
            "fallback": [
                {
                    "unique_id": one.unique_id,
                    "start": local_text(one.start_ms),
                    "duration_s": one.duration_ms / 1000,
                    "how": one.fallback,
                }
                for one in self.fallback
            ],
            "notes": self.notes,
        }


@dataclass(slots=True)
class _Told:
    """What the journal's rows alone tell of the calls."""

    facts: dict[str, CallFacts] = field(default_factory=dict)
    tickets: dict[str, TicketFacts] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    last_ms: dict[str, int] = field(default_factory=dict)
    writers: dict[str, str] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    rows: int = 0


def check(
    database: Database,
    period: Period,
    make: Make | None,
    cdrs: CdrFile | None,
    now_ms: int,
    tolerance_ms: int = TOLERANCE_MS,
) -> Check:
    """Hold the period against all there is. ``make``: what makes a month's report, to compare a frozen one
    with; ``cdrs`` None: Asterisk's record is not compared. Times may differ by ``tolerance_ms``.
    """
    found = Check(period)
    with database.read() as connection:
        told = _fold_anew(connection, period)
        found.rows = told.rows
        mine = {
            call: facts
            for call, facts in told.facts.items()
            if period.from_ms <= facts.received_ms < period.to_ms
        }
        found.calls = len(mine)
        found.imported = len(told.imported & mine.keys())
        found.in_progress = sum(facts.ended_ms is None for facts in mine.values())
        stored = {facts.call: facts for facts in calls_between(connection, period.from_ms, period.to_ms)}
        _compare(found, "call table", mine, stored)
        kept = {one.ticket: one for one in tickets_between(connection, period.from_ms, period.to_ms)}
        _compare_slots(found, connection)
        asked = {
            name: one for name, one in told.tickets.items() if period.from_ms <= one.asked_ms < period.to_ms
        }
        _compare(found, "callback table", asked, kept)
        for call in sorted(call for call, facts in mine.items() if ending(facts) == UNEXPLAINED):
            found.add("identity", call, "its rows do not explain how it ended")
    if period.kind == "month" and make is not None:
        _compare_frozen(found, database, make, now_ms)
    if cdrs is not None:
        _compare_cdrs(found, told, mine, cdrs, tolerance_ms)
    return found


def _fold_anew(connection: Connection, period: Period) -> _Told:
    told = _Told()
    # Streamed: memory grows with the calls only.
    connection.execution_options(yield_per=5_000)
    for row in journal_rows(connection, from_ms=period.from_ms - BEFORE_MS, to_ms=period.to_ms + AFTER_MS):
        told.rows += 1
        entry = row.entry
        ticket = ticket_of(entry)
        if ticket is not None:
            ticket_facts = fold_ticket(told.tickets.get(ticket), entry)
            if ticket_facts is not None:
                told.tickets[ticket] = ticket_facts
        if entry.call is None:
            continue
        facts = fold(told.facts.get(entry.call), entry)
        if facts is not None:
            told.facts[entry.call] = facts
        if entry.kind == "call.received":
            told.channels.setdefault(entry.call, str(entry.data.get("channel") or ""))
            told.writers.setdefault(entry.call, row.writer)
            if entry.data.get("imported") is True:
                told.imported.add(entry.call)
        if entry.kind in ("call.ended", "call.forwarded"):
            told.last_ms[entry.call] = max(entry.at_ms, told.last_ms.get(entry.call, 0))
    return told


def _compare_slots(found: Check, connection: Connection) -> None:
    """The seats' half hours, as the rows since the start before them tell them, and as the table has them."""
    period, last_ms = found.period, found.period.to_ms + AFTER_MS
    fold = SeatFold()
    for row in seat_rows_since(connection, period.from_ms - BEFORE_MS, last_ms):
        fold.add(row.entry, row.seq)
    mine = {key: slot for key, slot in fold.slots.items() if period.from_ms <= key[1] < period.to_ms}
    kept = {
        (slot.seat, slot.from_ms): slot
        for slot in slots_between(connection, period.from_ms, period.to_ms)
        if period.from_ms <= slot.from_ms < period.to_ms
    }
    for seat, from_ms in sorted(mine.keys() | kept.keys()):
        one, two = mine.get((seat, from_ms)), kept.get((seat, from_ms))
        where = f"seat {seat}, half hour of {local_text(from_ms)[:16]}"
        if one is None or two is None:
            found.add(_SEATS, "", f"{where}: is in the {'journal' if two is None else 'table'} only")
        elif one != two:
            names = [f.name for f in fields(SeatSlot) if getattr(one, f.name) != getattr(two, f.name)]
            found.add(_SEATS, "", f"{where}: differs in {', '.join(names)}")


def _compare(found: Check, with_: str, mine: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
    """Two tellings of the same calls (or tickets), field by field."""
    for call in sorted(mine.keys() | stored.keys()):
        one, two = mine.get(call), stored.get(call)
        if one is None or two is None:
            found.add(with_, call, f"is in the {'journal' if two is None else with_} only")
        elif one != two:
            for name in (f.name for f in fields(one)):
                journal, table = getattr(one, name), getattr(two, name)
                if journal != table:
                    found.add(with_, call, f"{name}: the journal has {journal}, the table {table}")


def _compare_frozen(found: Check, database: Database, make: Make, now_ms: int) -> None:
    with database.read() as connection:
        known = closings_of(connection, found.period.label)
        rows = journalled(connection, found.period.label)
        documents = {one.version: document_of(connection, one, "json") for one in known}
        for one in known:
            then = Head.parse(one.head) if one.head else None
            if then is not None and head_at(connection, then.seq) != then:
                what = f"the journal's row at its head, {one.head[:20]}…, is not the one of then"
                found.add(f"version {one.version}", "", what)
    for version in sorted(rows.keys() - documents.keys()):
        found.add(f"version {version}", "", "is in the journal, but its report is not stored")
    figures: dict[str, Any] = {}
    for one in known:
        with_, content, row = f"version {one.version}", documents[one.version], rows.get(one.version)
        figures = {} if content is None else json.loads(content)
        if row is None:
            found.add(with_, "", "the journal has no row of its closing")
        elif not row.get("sha256") == one.sha256 == figures_hash(figures):
            found.add(with_, "", "was changed: its figures do not have the hash that stands in the journal")
    if not known:
        return
    found.version = known[-1].version
    now = json.loads(json.dumps(make(database, found.period.label, now_ms).to_json()))
    for path, frozen, made in _unequal("", _figures(figures), _figures(now)):
        what = f"{path}: frozen {_short(frozen)}, now {_short(made)}"
        found.add(f"version {found.version}", "", what)


def _figures(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in _ABOUT_THE_VERSION}


def _unequal(path: str, one: Any, two: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(two, dict):
        for name in one.keys() | two.keys():
            yield from _unequal(f"{path}.{name}".lstrip("."), one.get(name), two.get(name))
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for number, (left, right) in enumerate(zip(one, two, strict=True)):
            yield from _unequal(f"{path}[{number}]", left, right)
    elif one != two:
        yield path, one, two


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _compare_cdrs(
    found: Check, told: _Told, mine: Mapping[str, CallFacts], cdrs: CdrFile, tolerance_ms: int
) -> None:
    period = found.period
    call_of = {channel: call for call, channel in told.channels.items() if channel}
    ahead = _clocks(told, cdrs, call_of)
    if cdrs.torn is not None:
        found.notes.append(f"the last line of Master.csv ({cdrs.torn}) is torn: left out")
    for name, number, why in cdrs.damaged:
        found.add(_CDR, "", f"{name}, line {number} {why}")
    found.cdrs = 0
    seen = set()
    shift_ms = next(iter(ahead.values()), 0)
    for one in sorted(cdrs.calls.values(), key=lambda cdr: cdr.start_ms):
        call = call_of.get(one.unique_id)
        # A call that the journal does not know is of the run that its neighbours are of.
        shift_ms = shift_ms if call is None else ahead.get(told.writers[call], shift_ms)
        if call is not None and call in mine:
            found.cdrs += 1
            seen.add(call)
            if abs(shift_ms) > abs(found.clock_ms):
                found.clock_ms = shift_ms
            last_ms = told.last_ms.get(call)
            for what in _disagreements(mine[call], last_ms, one, shift_ms, tolerance_ms + 1_000):
                found.add(_CDR, call, what)
        elif call is None and period.from_ms <= one.start_ms + shift_ms < period.to_ms:
            found.cdrs += 1
            at = local_text(one.start_ms + shift_ms)[:19]
            if one.fallback:
                found.fallback.append(replace(one, start_ms=one.start_ms + shift_ms))
                what = (
                    "of the exchange's fallback is not in the journal yet: a running controller takes it in"
                )
                found.add(_CDR, one.unique_id, f"of {at} {what}")
            else:
                found.add(_CDR, one.unique_id, f"of {at} is in the CDR only, and no fallback served it")
    if abs(found.clock_ms) > tolerance_ms:
        found.notes.append(
            f"the clock of the journal is {found.clock_ms / 1000:+.0f} s from Asterisk's: taken into account"
        )
    fell = {call for call in mine.keys() - seen if mine[call].cause == FELL}
    if fell:
        found.notes.append(f"{len(fell)} calls fell with Asterisk, which leaves no record of them")
    for call in sorted(mine.keys() - seen - told.imported - fell):
        if mine[call].ended_ms is not None:
            found.add(_CDR, call, f"is in the journal only ({told.channels.get(call) or 'no channel'})")


def _clocks(told: _Told, cdrs: CdrFile, call_of: Mapping[str, str]) -> dict[str, int]:
    """How far the clock of each run is ahead of Asterisk's, ms: the median over its calls; 0 within a second.

    By the run (`bin/up --at` sets a run's clock elsewhere), in the order of Asterisk's times.
    """
    ahead: dict[str, list[int]] = {}
    alone: dict[str, list[int]] = {}
    for one in sorted(cdrs.calls.values(), key=lambda cdr: cdr.start_ms):
        call = call_of.get(one.unique_id)
        if call is not None and call in told.facts:
            # Asterisk's times are cut to the second: half a second on average.
            difference = told.facts[call].received_ms - one.start_ms - 500
            # The fallback's calls were written down by another run than was away then.
            to = alone if told.facts[call].fallback else ahead
            to.setdefault(told.writers[call], []).append(difference)
    middles = {writer: round(median(some)) for writer, some in {**alone, **ahead}.items()}
    return {writer: middle if abs(middle) > 1_000 else 0 for writer, middle in middles.items()}


def _disagreements(
    facts: CallFacts, last_ms: int | None, cdr: Cdr, shift_ms: int, tolerance_ms: int
) -> Iterator[str]:
    """In what the two tell the call differently. The exchange itself may have gone on with it (fallback)."""
    if abs(facts.received_ms - shift_ms - cdr.start_ms) > tolerance_ms:
        at = local_text(cdr.start_ms + shift_ms)[:19]
        yield f"began {local_text(facts.received_ms)[:19]} in the journal, {at} there"
    if facts.ended_ms is None:
        if not cdr.fallback:
            yield "has ended there, and not in the journal"
        return
    length_ms = max(last_ms or 0, facts.ended_ms) - facts.received_ms
    # Of a caller whom the operator left alone, while no controller was there, it tells the talk's end only.
    talked_ms = length_ms if facts.talk_ended_ms is None else facts.talk_ended_ms - facts.received_ms
    off_ms = min(abs(length_ms - cdr.duration_ms), abs(talked_ms - cdr.duration_ms))
    if off_ms > tolerance_ms and (not cdr.fallback or length_ms > cdr.duration_ms):
        yield f"lasted {length_ms / 1000:.1f} s in the journal, {cdr.duration_ms / 1000:.0f} s there"
    if not cdr.fallback and (facts.answered_ms is None) != (cdr.answer_ms is None):
        told = "was not" if facts.answered_ms is None else "was"
        yield f"{told} answered by the system in the journal, otherwise there"
