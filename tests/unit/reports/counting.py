"""The figures of rows that are in no database, by the reducers that all figures come from."""

from __future__ import annotations

from db import CallFacts, Entry, SeatFold, TicketFacts, fold, fold_ticket, ticket_of
from reports import Figures, day_period, figures_of
from reports.menus import MenuSteps
from reports.seat_work import seat_figures
from tests.unit.reports.days import at

LATER = at("2026-12-24T12:00:00")


def facts_of(entries: list[Entry]) -> dict[str, CallFacts]:
    known: dict[str, CallFacts] = {}
    for entry in entries:
        if entry.call is not None:
            folded = fold(known.get(entry.call), entry)
            if folded is not None:
                known[entry.call] = folded
    return known


def tickets_of(entries: list[Entry]) -> dict[str, TicketFacts]:
    known: dict[str, TicketFacts] = {}
    for entry in entries:
        ticket = ticket_of(entry)
        folded = fold_ticket(known.get(ticket or ""), entry)
        if ticket is not None and folded is not None:
            known[ticket] = folded
    return known


def figures(entries: list[Entry], now_ms: int = LATER, day: str = "2026-11-20") -> Figures:
    period = day_period(day)
    seats = SeatFold()
    steps = MenuSteps()
    for entry in entries:
        seats.add(entry)
        steps.add(entry)
    work = seat_figures(seats.between(period.from_ms, period.to_ms), period.from_ms, period.to_ms)
    return figures_of(
        period,
        facts_of(entries).values(),
        work.wrap_ups_ms,
        now_ms,
        tickets=tickets_of(entries).values(),
        offers=work.offers,
        menu_steps=steps,
    )
