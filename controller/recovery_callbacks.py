"""Callbacks after a restart: those still to be done go back to their places, talks go on to their end.

A talk of a callback is not the floor's any more (its ticket is reached): it is kept as a call of the
operator's own, so that the seat is not rung, and what is left to journal about it is journalled here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog

from acd.events import CallbackRecovered, OwnCallEnded, OwnCallStarted
from acd.types import TicketState
from controller.callbacks import CITIZEN_PREFIX
from controller.legs import BRIDGE_PREFIX, CHANNEL_PREFIX
from controller.outward import Going
from db import Database
from db.tickets import OpenTicket, TicketFacts, open_tickets, talking_tickets

if TYPE_CHECKING:
    from controller.controller import Controller

log = structlog.get_logger()


def unfinished(database: Database) -> tuple[list[OpenTicket], list[TicketFacts]]:
    """The callbacks still to be done, and those whose talk has no end in the journal."""
    with database.read() as connection:
        return open_tickets(connection), talking_tickets(connection)


def take_up_callback_talks(
    controller: Controller,
    waiting: list[OpenTicket],
    talking: list[TicketFacts],
    channels: Mapping[str, Any],
    members: Mapping[str, set[str]],
) -> set[str]:
    """Go on with the talks whose two parties are still together; close the tickets of those that are not.

    Returns the tickets that are thereby done, of which `waiting` may name some: a killed controller writes
    no last rows.
    """
    done = set()
    for facts in (*talking, *(ticket.facts for ticket in waiting)):
        offer = _offer_of(facts.ticket, members)
        if controller.callbacks.knows(facts.ticket):
            continue
        if offer is not None and controller.outward.knows(CITIZEN_PREFIX + offer):
            done.add(facts.ticket)  # only the connection to Asterisk was lost, not we
        elif offer is not None:
            seat = facts.seat or _seat(controller, channels[CHANNEL_PREFIX + offer].data.name)
            if seat is not None:
                _go_on(controller, facts, offer, seat)
                done.add(facts.ticket)
        elif facts.connected_ms is not None:
            _close(controller, facts, "system")
            done.add(facts.ticket)
    return done


def take_up_callback(controller: Controller, ticket: OpenTicket) -> None:
    """Put a callback back to its place; one that was under way too."""
    facts = ticket.facts
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
        )
    )


def _offer_of(ticket: str, members: Mapping[str, set[str]]) -> str | None:
    for bridge, inside in members.items():
        offer = bridge.removeprefix(BRIDGE_PREFIX)
        both = {CITIZEN_PREFIX + offer, CHANNEL_PREFIX + offer}
        if offer.startswith(f"{ticket}.") and both <= inside:
            return offer
    return None


def _seat(controller: Controller, channel_name: str) -> int | None:
    return controller.phones.seat_of(channel_name.removeprefix("PJSIP/").rpartition("-")[0])


def _go_on(controller: Controller, facts: TicketFacts, offer: str, seat: int) -> None:
    citizen, operator = CITIZEN_PREFIX + offer, CHANNEL_PREFIX + offer
    if facts.connected_ms is None:
        _record(
            controller,
            "callback.connected",
            facts,
            seat=seat,
            wait_ms=max(0, controller.clock.now_ms() - facts.asked_ms),
        )

    def ended(by: str, other: str) -> None:
        controller.outward.cancel(other)
        controller.exchange.destroy_bridge(BRIDGE_PREFIX + offer)
        _close(controller, facts, by, seat=seat)
        controller.dispatcher.submit(OwnCallEnded(seat))

    for channel, by, other in ((citizen, "caller", operator), (operator, "operator", citizen)):
        controller.outward.recover(
            Going(
                channel=channel,
                number="",
                originator="",
                timeout_s=0,
                answered=lambda: None,
                failed=lambda _cause: None,
                ended=lambda by=by, other=other: ended(by, other),  # type: ignore[misc]  # bound now
            )
        )
    controller.dispatcher.submit(OwnCallStarted(seat))


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
