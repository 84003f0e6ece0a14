"""Callbacks after a restart: those still to be done go back to their places, talks go on to their end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acd.caller import Place
from acd.events import CallbackRecovered, TalkRecovered
from acd.types import TicketState
from controller.callbacks import CITIZEN_PREFIX
from controller.found import Found
from controller.legs import BRIDGE_PREFIX, CHANNEL_PREFIX
from controller.old_places import Turn, last_place, turn
from db import Database, journal_of_call
from db.tickets import OpenTicket, TicketFacts, open_tickets, talking_tickets

if TYPE_CHECKING:
    from controller.controller import Controller


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A callback that the journal holds open. place: in the queue, by the last row that tells it."""

    ticket: OpenTicket
    place: Place | None

    @property
    def facts(self) -> TicketFacts:
        """What is known of it."""
        return self.ticket.facts

    @property
    def turn(self) -> Turn:
        """Whose turn comes first, by the smaller one."""
        return turn(self.place, self.ticket.queued_ms)


def unfinished(database: Database) -> tuple[list[Unfinished], list[Unfinished]]:
    """The callbacks still to be done, and those whose talk has no end in the journal."""
    with database.read() as connection:

        def known(ticket: OpenTicket) -> Unfinished:
            rows = (row.entry for row in journal_of_call(connection, ticket.facts.call))
            return Unfinished(ticket, last_place(rows, ticket.facts.ticket))

        return [*map(known, open_tickets(connection))], [*map(known, talking_tickets(connection))]


def take_up_callback_talks(
    controller: Controller,
    waiting: list[Unfinished],
    talking: list[Unfinished],
    found: Found,
) -> set[str]:
    """Go on with the talks whose two parties are still together; close the tickets of those that are not.

    Returns the tickets that are thereby done, of which `waiting` may name some: a killed controller writes
    no last rows.
    """
    done = set()
    for one in (*talking, *waiting):
        facts = one.facts
        offer = _offer_of(facts.ticket, found)
        if controller.callbacks.knows(facts.ticket):
            continue
        if offer is not None and controller.outward.knows(CITIZEN_PREFIX + offer):
            done.add(facts.ticket)  # only the connection to Asterisk was lost, not we
        elif offer is not None:
            seat = facts.seat or controller.phones.seat_on(found.leg_name(offer))
            if seat is not None:
                _go_on(controller, one.ticket, offer, seat)
                done.add(facts.ticket)
        elif facts.connected_ms is not None:
            _close(controller, facts, "system")
            done.add(facts.ticket)
    return done


def take_up_callback(controller: Controller, one: Unfinished) -> None:
    """Put a callback back to its place; one that was under way too."""
    ticket, facts = one.ticket, one.facts
    settings = controller.dispatcher.floor.settings
    if controller.callbacks.knows(facts.ticket):
        return  # only the connection to Asterisk was lost, not we
    if ticket.number is None:  # purged: nobody knows whom to call
        _record(controller, "callback.closed", facts, state=TicketState.CANCELLED.value)
        return
    controller.callbacks.opened(facts.ticket, ticket.number)
    controller.dispatcher.submit(
        CallbackRecovered(
            facts.ticket,
            controller.caller_key(ticket.number),
            asked_ms=facts.asked_ms,
            queued_ms=ticket.queued_ms,
            line=ticket.line,
            need=ticket.need if ticket.need in settings.needs else "",
            priority=ticket.priority,
            attempts=facts.attempts,
            offers=facts.offers,
            due_ms=facts.due_ms or 0,
            place=one.place,
        )
    )


def _offer_of(ticket: str, found: Found) -> str | None:
    for bridge, inside in found.members.items():
        offer = bridge.removeprefix(BRIDGE_PREFIX)
        both = {CITIZEN_PREFIX + offer, CHANNEL_PREFIX + offer}
        if offer.startswith(f"{ticket}.") and both <= inside:
            return offer
    return None


def _go_on(controller: Controller, ticket: OpenTicket, offer: str, seat: int) -> None:
    """Go on with a talk; the floor ends it as any other, with wrap-up."""
    facts = ticket.facts
    now_ms = controller.clock.now_ms()
    if facts.connected_ms is None:
        wait_ms = max(0, now_ms - facts.asked_ms)
        _record(controller, "callback.connected", facts, seat=seat, wait_ms=wait_ms)
    controller.legs.recover(offer, facts.ticket, CITIZEN_PREFIX + offer)
    controller.callbacks.recover(offer, facts.ticket)
    controller.dispatcher.submit(
        TalkRecovered(
            facts.ticket,
            offer,
            seat,
            facts.operator or "?",
            facts.connected_ms or now_ms,
            ticket.queued_ms,
            line=ticket.line,
            callback=controller.caller_key(ticket.number) if ticket.number else facts.ticket,
            asked_ms=facts.asked_ms,
            attempts=facts.attempts,
        )
    )


def _close(controller: Controller, facts: TicketFacts, by: str, *, seat: int | None = None) -> None:
    if facts.talk_ended_ms is None:
        _record(controller, "callback.talk_ended", facts, seat=seat or facts.seat, by=by)
    _record(controller, "callback.closed", facts, state=TicketState.REACHED.value)


def _record(
    controller: Controller, kind: str, facts: TicketFacts, *, seat: int | None = None, **data: object
) -> None:
    if kind == "callback.closed":
        data["attempts"] = facts.attempts
    controller.recorder.record(
        kind,
        call=facts.call,
        seat=seat,
        operator=facts.operator,
        data={"ticket": facts.ticket, **data},
    )
