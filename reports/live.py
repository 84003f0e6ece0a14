"""Today's figures, kept up with every entry as it is written, by the reducer of the historical ones."""

from __future__ import annotations

import threading
from collections.abc import Callable

from config.clock import Clock
from config.lines import MAIN
from db import (
    CallFacts,
    Database,
    Entry,
    Journal,
    SeatFold,
    TicketFacts,
    calls_between,
    fold,
    fold_ticket,
    newest_seq,
    open_calls,
    open_tickets,
    seat_fold,
    ticket_of,
    tickets_between,
)
from reports.figures import Figures, figures_of
from reports.handled import Handled, handled_of
from reports.history import menu_steps_from
from reports.menus import MenuSteps
from reports.period import Period, day_around, span_period
from reports.seat_work import seat_figures
from reports.service_level import ServiceLevel

_RECENT_MS = 30 * 60_000
# Calls of the day before stay known (and those in progress for ever): the rows that they still get must not
# look like the beginning of a call of today.
_KEPT_MS = 24 * 3_600_000


class LiveFigures:
    """Figures of the present day (Japan). Safe to read from any thread.

    Subscribe-then-prime: ``start`` first listens, then reads the day from the database, then applies what
    was written meanwhile, so no entry is missed or taken twice.
    """

    def __init__(self, clock: Clock, level: ServiceLevel | None = None) -> None:
        """``level``: the contract's service level; None: the usual one."""
        self._clock = clock
        self._level = level or ServiceLevel()
        self._lock = threading.Lock()
        self._day = day_around(clock.now_ms())
        self._calls: dict[str, CallFacts] = {}
        self._tickets: dict[str, TicketFacts] = {}
        self._seats = SeatFold()
        self._menus = MenuSteps()
        self._early: list[tuple[int, Entry]] | None = None

    def start(self, journal: Journal, database: Database) -> Callable[[], None]:
        """Take up the day as the database has it and follow the journal. Returns what ends the following."""
        self._early = []
        end = journal.subscribe(self.take)
        journal.flush()
        with database.read() as connection:
            newest = newest_seq(connection)
            known = {facts.call: facts for facts in open_calls(connection)}
            recent = calls_between(connection, self._day.from_ms - _KEPT_MS, self._day.to_ms)
            known.update((facts.call, facts) for facts in recent)
            tickets = {one.facts.ticket: one.facts for one in open_tickets(connection)}
            asked = tickets_between(connection, self._day.from_ms - _KEPT_MS, self._day.to_ms)
            tickets.update((facts.ticket, facts) for facts in asked)
            seats = seat_fold(connection, self._day.from_ms, self._day.to_ms)
            menus = menu_steps_from(connection, self._day.from_ms - _KEPT_MS, self._day.to_ms)
        with self._lock:
            self._calls, self._tickets, self._seats, self._menus = known, tickets, seats, menus
            early, self._early = self._early, None
            for seq, entry in early:
                if seq > newest:
                    self._apply(entry)
        return end

    def take(self, seq: int, entry: Entry) -> None:
        """One entry, as the journal's subscriber gets it."""
        with self._lock:
            if self._early is not None:
                self._early.append((seq, entry))
            else:
                self._apply(entry)

    def today(self, now_ms: int | None = None, lines: frozenset[str] | None = None) -> Figures:
        """The figures of the day from midnight (Japan) to now; of these lines only, without what is counted
        by seat.
        """
        now_ms = self._clock.now_ms() if now_ms is None else now_ms
        with self._lock:
            self._roll(now_ms)
            return self._figures(self._day, now_ms, lines)

    def last_half_hour(self, now_ms: int | None = None, lines: frozenset[str] | None = None) -> Figures:
        """The figures over the calls received in the last 30 minutes (those before midnight excepted)."""
        now_ms = self._clock.now_ms() if now_ms is None else now_ms
        with self._lock:
            self._roll(now_ms)
            return self._figures(span_period(now_ms - _RECENT_MS, now_ms + 1), now_ms, lines)

    def handled(self, now_ms: int | None = None) -> dict[int, Handled]:
        """By seat, what its talks of today and the work after them took."""
        now_ms = self._clock.now_ms() if now_ms is None else now_ms
        with self._lock:
            self._roll(now_ms)
            slots = self._seats.between(self._day.from_ms, self._day.to_ms)
            return handled_of(self._day, self._calls.values(), slots)

    def held(self) -> dict[str, int]:
        """How many of what it keeps, by name: of the present day and the one before."""
        with self._lock:
            return {
                "day_calls": len(self._calls),
                "day_tickets": len(self._tickets),
                "day_seat_slots": len(self._seats.slots),
            }

    def _figures(self, period: Period, now_ms: int, lines: frozenset[str] | None) -> Figures:
        if lines is not None:
            calls = {call: facts for call, facts in self._calls.items() if (facts.line or MAIN) in lines}
            tickets = [one for one in self._tickets.values() if one.call in calls]
            return figures_of(
                period, calls.values(), (), now_ms, tickets=tickets, menu_steps=self._menus, level=self._level
            )
        slots = self._seats.between(period.from_ms, period.to_ms)
        seats = seat_figures(slots, period.from_ms, period.to_ms)
        return figures_of(
            period,
            self._calls.values(),
            seats.wrap_ups_ms,
            now_ms,
            tickets=self._tickets.values(),
            offers=seats.offers,
            menu_steps=self._menus,
            level=self._level,
        )

    def _apply(self, entry: Entry) -> None:
        self._seats.add(entry)
        self._menus.add(entry)
        ticket = ticket_of(entry)
        if ticket is not None:
            folded = fold_ticket(self._tickets.get(ticket), entry)
            if folded is not None:
                self._tickets[ticket] = folded
        if entry.call is not None:
            facts = fold(self._calls.get(entry.call), entry)
            if facts is not None:
                self._calls[entry.call] = facts

    def _roll(self, now_ms: int) -> None:
        if self._day.from_ms <= now_ms < self._day.to_ms:
            return
        self._day = day_around(now_ms)
        kept_ms = self._day.from_ms - _KEPT_MS
        self._calls = {
            call: facts
            for call, facts in self._calls.items()
            if facts.received_ms >= kept_ms or facts.ended_ms is None
        }
        self._tickets = {
            ticket: facts
            for ticket, facts in self._tickets.items()
            if facts.asked_ms >= kept_ms or facts.is_open
        }
        self._seats.forget_before(self._day.from_ms)
        self._menus.keep(self._calls)
