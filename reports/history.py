"""The figures of a past or present period, from the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from db import (
    CallFacts,
    Database,
    SeatSlot,
    TicketFacts,
    caller_hashes,
    calls_between,
    entries_of,
    slots_between,
    tickets_between,
)
from reports import menus
from reports.attendance import StaffDay, staff_between
from reports.figures import Figures, figures_of
from reports.menus import MenuSteps
from reports.period import DAY_MS, Period
from reports.recalls import Recalls, recalls_of
from reports.rules import Rules
from reports.seat_time import spans_of
from reports.seat_work import seat_figures
from reports.staffed import Staffed, staffed_of
from reports.work import Work, work_of
from reports.written import Written, written_of
from reports.year_before import YearBefore, year_before

# So much of the journal is held in memory at once.
_PORTION_MS = 7 * DAY_MS


@dataclass(frozen=True, slots=True)
class Contract:
    """What a report tells besides the figures that are live, too. ``staffed`` None: no calendar is known."""

    recalls: Recalls
    staffed: Staffed | None
    work: Work
    staff: tuple[StaffDay, ...]
    written: Written
    year_before: YearBefore | None = None
    """Of a month and of a fiscal year."""


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
        figures, slots = _read(connection, period, now_ms, rules, calls, tickets)
        recalls = recalls_of(
            calls,
            tickets,
            caller_hashes(connection, *around),
            period.from_ms,
            period.to_ms,
            rules.recall_ms,
        )
        staff = staff_between(connection, period, now_ms)
        written = written_of(connection, calls, period, rules.terms.closed_when)
        before = year_before(connection, figures, rules, now_ms)
    until_ms = min(period.to_ms, max(now_ms, period.from_ms))
    spans = spans_of(slots, period.from_ms, period.to_ms, until_ms)
    staffed = None
    if rules.calendar is not None:
        staffed = staffed_of(
            spans,
            rules.open_hours(period, now_ms),
            rules.terms.staffed_seats,
            rules.seats,
            with_breaks=rules.terms.breaks_are_staffed,
        )
    work = work_of(spans, rules.operators)
    return figures, Contract(recalls, staffed, work, staff, written, before)


def menu_steps_from(connection: Connection, from_ms: int, to_ms: int) -> MenuSteps:
    """The ways through the menus of the calls received in from_ms <= t0 < to_ms, and perhaps of others."""
    steps = MenuSteps()
    for first in range(from_ms, to_ms + menus.LONGEST_MS, _PORTION_MS):
        last = min(first + _PORTION_MS, to_ms + menus.LONGEST_MS)
        for entry in entries_of(connection, first, last, menus.KINDS):
            steps.add(entry)
    return steps


def _read(
    connection: Connection,
    period: Period,
    now_ms: int,
    rules: Rules,
    calls: Iterable[CallFacts],
    tickets: Iterable[TicketFacts],
) -> tuple[Figures, list[SeatSlot]]:
    slots = slots_between(connection, period.from_ms, period.to_ms)
    seats = seat_figures(slots, period.from_ms, period.to_ms)
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
    return figures, slots
