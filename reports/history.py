"""The figures of a past or present period, from the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from db import (
    CallFacts,
    Database,
    Entry,
    TicketFacts,
    caller_hashes,
    calls_between,
    entries_of,
    tickets_between,
)
from reports import menus, seat_time
from reports.figures import Figures, figures_of
from reports.menus import MenuSteps
from reports.period import DAY_MS, Period
from reports.recalls import Recalls, recalls_of
from reports.rules import Rules
from reports.seat_time import SeatTime
from reports.seat_work import KINDS, SeatWork
from reports.staffed import Staffed, staffed_of
from reports.work import Work, work_of

# Nobody is in after-call work for longer; bounds the search for the end of one that goes over midnight.
_LONGEST_WRAP_UP_MS = 6 * 3_600_000
# So much of the journal is held in memory at once.
_PORTION_MS = 7 * DAY_MS


@dataclass(frozen=True, slots=True)
class Contract:
    """What a report tells besides the figures that are live, too. ``staffed`` None: no calendar is known."""

    recalls: Recalls
    staffed: Staffed | None
    work: Work


def figures_between(database: Database, period: Period, now_ms: int, rules: Rules | None = None) -> Figures:
    """The figures of ``period`` as of ``now_ms``. Works beside a running instance."""
    with database.read() as connection:
        calls = calls_between(connection, period.from_ms, period.to_ms)
        tickets = tickets_between(connection, period.from_ms, period.to_ms)
        return _read(connection, period, now_ms, rules or Rules(), calls, tickets)[0]


def all_between(
    database: Database, period: Period, now_ms: int, rules: Rules | None = None
) -> tuple[Figures, Contract]:
    """The figures of ``period`` as of ``now_ms``, and what the contract asks for besides."""
    rules = rules or Rules()
    around = period.from_ms - rules.recall_ms, period.to_ms + rules.recall_ms
    with database.read() as connection:
        calls = list(calls_between(connection, *around))
        tickets = tickets_between(connection, *around)
        figures, time = _read(connection, period, now_ms, rules, calls, tickets)
        recalls = recalls_of(
            calls,
            tickets,
            caller_hashes(connection, *around),
            period.from_ms,
            period.to_ms,
            rules.recall_ms,
        )
    spans = time.between(period.from_ms, min(period.to_ms, max(now_ms, period.from_ms)))
    staffed = None
    if rules.calendar is not None:
        staffed = staffed_of(
            spans,
            rules.open_hours(period, now_ms),
            rules.terms.staffed_seats,
            rules.seats,
            with_breaks=rules.terms.breaks_are_staffed,
        )
    return figures, Contract(recalls, staffed, work_of(spans, rules.operators))


def seat_work_from(connection: Connection, period: Period) -> SeatWork:
    """What the seats did around the period, folded from the journal."""
    work = SeatWork()
    begin, end = period.from_ms - _LONGEST_WRAP_UP_MS, period.to_ms + _LONGEST_WRAP_UP_MS
    for entry in _portions(connection, begin, end, KINDS):
        work.add(entry)
    return work


def menu_steps_from(connection: Connection, from_ms: int, to_ms: int) -> MenuSteps:
    """The ways through the menus of the calls received in from_ms <= t0 < to_ms, and perhaps of others."""
    steps = MenuSteps()
    for entry in _portions(connection, from_ms, to_ms + menus.LONGEST_MS, menus.KINDS):
        steps.add(entry)
    return steps


def _read(
    connection: Connection,
    period: Period,
    now_ms: int,
    rules: Rules,
    calls: Iterable[CallFacts],
    tickets: Iterable[TicketFacts],
) -> tuple[Figures, SeatTime]:
    begin = period.from_ms - seat_time.LOOK_BACK_MS
    end = period.to_ms + _LONGEST_WRAP_UP_MS
    work, time = SeatWork(), SeatTime(begin)
    # One pass for both: these rows are most of what a report reads.
    for entry in _portions(connection, begin, end, tuple({*KINDS, *seat_time.KINDS})):
        if entry.at_ms >= period.from_ms - _LONGEST_WRAP_UP_MS:
            work.add(entry)
        if entry.at_ms < period.to_ms:
            time.add(entry)
    seats = work.between(period.from_ms, period.to_ms)
    figures = figures_of(
        period,
        calls,
        seats.wrap_ups_ms,
        now_ms,
        tickets=tickets,
        offers=seats.offers,
        menu_steps=menu_steps_from(connection, period.from_ms, period.to_ms),
        level=rules.level,
    )
    return figures, time


def _portions(connection: Connection, from_ms: int, to_ms: int, kinds: tuple[str, ...]) -> Iterator[Entry]:
    for first in range(from_ms, to_ms, _PORTION_MS):
        yield from entries_of(connection, first, min(first + _PORTION_MS, to_ms), kinds)
