"""The figures of a past or present period, from the database."""

from __future__ import annotations

from sqlalchemy import Connection

from db import Database, calls_between, journal_rows
from reports.figures import Figures, figures_of
from reports.period import Period
from reports.wrap_ups import KINDS, WrapUps

# Nobody is in after-call work for longer; bounds the search for the end of one that goes over midnight.
_LONGEST_WRAP_UP_MS = 6 * 3_600_000


def figures_between(database: Database, period: Period, now_ms: int) -> Figures:
    """The figures of ``period`` as of ``now_ms``. Works beside a running instance."""
    with database.read() as connection:
        wrap_ups = wrap_ups_from(connection, period)
        calls = calls_between(connection, period.from_ms, period.to_ms)
        return figures_of(period, calls, wrap_ups.between(period.from_ms, period.to_ms), now_ms)


def wrap_ups_from(connection: Connection, period: Period) -> WrapUps:
    """After-call work around the period, folded from the journal."""
    wrap_ups = WrapUps()
    for row in journal_rows(
        connection,
        from_ms=period.from_ms - _LONGEST_WRAP_UP_MS,
        to_ms=period.to_ms + _LONGEST_WRAP_UP_MS,
        kinds=KINDS,
    ):
        wrap_ups.add(row.entry)
    return wrap_ups
