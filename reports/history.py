"""The figures of a past or present period, from the database."""

from __future__ import annotations

from sqlalchemy import Connection

from db import Database, calls_between, journal_rows, tickets_between
from reports import menus
from reports.figures import Figures, figures_of
from reports.menus import MenuSteps
from reports.period import Period
from reports.seat_work import KINDS, SeatWork

# Nobody is in after-call work for longer; bounds the search for the end of one that goes over midnight.
_LONGEST_WRAP_UP_MS = 6 * 3_600_000


def figures_between(database: Database, period: Period, now_ms: int) -> Figures:
    """The figures of ``period`` as of ``now_ms``. Works beside a running instance."""
    with database.read() as connection:
        seats = seat_work_from(connection, period).between(period.from_ms, period.to_ms)
        calls = calls_between(connection, period.from_ms, period.to_ms)
        tickets = tickets_between(connection, period.from_ms, period.to_ms)
        return figures_of(
            period,
            calls,
            seats.wrap_ups_ms,
            now_ms,
            tickets=tickets,
            offers=seats.offers,
            menu_steps=menu_steps_from(connection, period.from_ms, period.to_ms),
        )


def seat_work_from(connection: Connection, period: Period) -> SeatWork:
    """What the seats did around the period, folded from the journal."""
    work = SeatWork()
    for row in journal_rows(
        connection,
        from_ms=period.from_ms - _LONGEST_WRAP_UP_MS,
        to_ms=period.to_ms + _LONGEST_WRAP_UP_MS,
        kinds=KINDS,
    ):
        work.add(row.entry)
    return work


def menu_steps_from(connection: Connection, from_ms: int, to_ms: int) -> MenuSteps:
    """The ways through the menus of the calls received in from_ms <= t0 < to_ms, and perhaps of others."""
    steps = MenuSteps()
    for row in journal_rows(connection, from_ms=from_ms, to_ms=to_ms + menus.LONGEST_MS, kinds=menus.KINDS):
        steps.add(row.entry)
    return steps
