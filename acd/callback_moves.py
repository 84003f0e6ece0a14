"""折り返し: how a callback is asked for, waits, is made and ends.

A ticket keeps the citizen's place in the queue, among callers who are on the line. At its turn a seat rings;
when the operator is on the phone the citizen is rung; then it is a talk like any other.
"""

from acd.caller import Caller, Ticket
from acd.commands import CallOut, CallSettled, CancelCallOut, ReleaseSeat, TicketClosed
from acd.events import CallbackAsked, CallbackCancelled, CallbackRecovered, CallbacksPaused
from acd.offer import Offer
from acd.offer_end import end_offer, release, wait_again
from acd.places import enter_pool, place_again, place_of, start_clocks, take_down
from acd.settings import NOTHING
from acd.settle import settle
from acd.tables import Tables
from acd.types import (
    CalloutFailure,
    CancelCause,
    OfferOutcome,
    OfferState,
    Outcome,
    Refusal,
    TicketState,
    TimerPurpose,
)

CALL_OUT_SLACK_MS = 5_000
"""The exchange gives up a citizen's phone by itself; this is for the case that it does not."""


def ticket_id(call: str) -> str:
    """The id of the callback that a call has asked for."""
    return f"{call}-cb"


def asked(floor: Tables, event: CallbackAsked) -> None:
    """The waiting caller is let go and called back; a number that has an open callback gets no second one."""
    caller = floor.callers.get(event.call)
    if caller is None or caller.ticket is not None:
        floor.refuse(event, Refusal.NO_SUCH_CALL, f"No caller {event.call} waits.")
        return
    if caller.connected:
        floor.refuse(event, Refusal.CALL_CONNECTED, f"Call {event.call} is with an operator.")
        return
    open_ticket = floor.tickets.get(event.caller)
    ticket = open_ticket or ticket_id(event.call)
    data = {"ticket": ticket, "merged": open_ticket is not None}
    floor.record("callback.asked", data, call=event.call)
    take_down(floor, caller)
    floor.emit(CallSettled(event.call, Outcome.CALLBACK))
    if open_ticket is None:
        wanted = Ticket(event.call, event.caller, floor.now_ms, floor.now_ms)
        place = caller.place._replace(call=ticket)
        _add(floor, Caller(ticket, caller.pool, place, caller.queued_ms, caller=event.caller, ticket=wanted))


def recovered(floor: Tables, event: CallbackRecovered) -> None:
    """Take up a callback that was open before a restart."""
    if event.ticket in floor.callers or event.caller in floor.tickets:
        floor.refuse(event, Refusal.CALL_KNOWN, f"Callback {event.ticket} is on the floor already.")
        return
    pool = enter_pool(floor, event, event.line, event.need)
    if pool is None:
        return
    call = event.ticket.removesuffix("-cb")
    ticket = Ticket(call, event.caller, min(event.asked_ms, floor.now_ms), event.due_ms)
    ticket.attempts = event.attempts
    queued_ms = min(event.queued_ms, floor.now_ms)
    if event.place is None:
        place = place_of(floor, event.ticket, event.line, event.priority, queued_ms)
    else:
        place = place_again(floor, event.place, event.ticket)
    _add(
        floor,
        Caller(event.ticket, pool, place, queued_ms, caller=event.caller, offers=event.offers, ticket=ticket),
    )


def cancelled(floor: Tables, event: CallbackCancelled) -> None:
    """Nobody wants this callback any more."""
    caller = floor.callers.get(event.ticket)
    if caller is None or caller.ticket is None:
        floor.refuse(event, Refusal.NO_SUCH_CALL, f"There is no open callback {event.ticket}.")
    elif caller.connected:
        floor.refuse(event, Refusal.CALL_CONNECTED, f"Callback {event.ticket} is under way.")
    else:
        take_down(floor, caller, settled=False)
        _close(floor, caller, TicketState.CANCELLED)


def paused(floor: Tables, event: CallbacksPaused) -> None:
    """In quiet hours no callback is begun; those that ring a seat already are taken back."""
    floor.callbacks_paused = event.paused
    for call in list(floor.tickets.values()):
        caller = floor.callers[call]
        if event.paused and not caller.connected:
            take_down(floor, caller, settled=False)
        _stand(floor, caller)


def due(floor: Tables, call: str) -> None:
    """The time for another attempt has come."""
    caller = floor.callers[call]
    del caller.tokens["retry"]
    _stand(floor, caller)


def expired(floor: Tables, call: str) -> None:
    """It is too late to call back, unless it is being done this moment."""
    caller = floor.callers[call]
    del caller.tokens["expiry"]
    if caller.connected:
        return
    take_down(floor, caller, settled=False)
    _close(floor, caller, TicketState.EXPIRED)


def ring_citizen(floor: Tables, offer: Offer, caller: Caller) -> None:
    """The operator is on the phone: now the citizen."""
    assert caller.ticket is not None  # noqa: S101  # the caller of this offer is a callback
    caller.ticket.attempts += 1
    caller.ticket.state = TicketState.CALLING
    data = {"attempt": caller.ticket.attempts}
    floor.record("callback.calling", data, call=caller.call, seat=offer.seat, offer=offer.id)
    floor.emit(CallOut(offer.id, caller.call))
    token = floor.start_timer(
        TimerPurpose.CALLOUT,
        floor.settings.callback.callout_ms + CALL_OUT_SLACK_MS,
        call=offer.call,
        seat=offer.seat,
        offer=offer.id,
    )
    floor.move_offer(offer, OfferState.CALLING, token).misses = NOTHING
    for other in caller.live:  # this operator has the ticket; the citizen may take long to pick up
        if other != offer.id:
            release(floor, floor.offers[other], CancelCause.LOST_RACE)


def not_reached(floor: Tables, offer: Offer, cause: CalloutFailure, *, released: bool = False) -> None:
    """The citizen cannot be had: the operator is free at once, the callback is tried later or given up.

    released: the operator's leg has been told already.
    """
    caller = floor.callers[offer.call]
    ticket = caller.ticket
    assert ticket is not None  # noqa: S101  # only callbacks are called out
    rules = floor.settings.callback
    last = ticket.attempts >= rules.attempts
    due_ms = floor.now_ms + rules.retry_ms
    data = {"cause": cause.value, "attempt": ticket.attempts, "due_ms": None if last else due_ms}
    floor.record("callback.failed", data, call=caller.call, seat=offer.seat, offer=offer.id)
    if not released:
        floor.emit(ReleaseSeat(offer.id))
    floor.emit(CancelCallOut(offer.id))
    _unoffer(floor, offer)
    if last:
        _close(floor, caller, TicketState.UNREACHED)
    elif "expiry" not in caller.tokens:
        _close(floor, caller, TicketState.EXPIRED)
    else:
        ticket.state, ticket.due_ms = TicketState.RETRY, due_ms
        floor.caller_timer(caller, "retry", TimerPurpose.RETRY, rules.retry_ms)
        _stand(floor, caller)


def call_off(floor: Tables, offer: Offer) -> None:
    """The operator hung up before the talk: the citizen is let go, the callback is as it was.

    Another seat rings now, this one only after a while: a phone that drops what it answers would else ring,
    and ring the citizen, without end.
    """
    floor.emit(CancelCallOut(offer.id))
    caller = floor.callers[offer.call]
    _unoffer(floor, offer, cool_down_ms=floor.settings.miss(OfferOutcome.FAILED).cool_down_ms)
    if "expiry" not in caller.tokens:
        _close(floor, caller, TicketState.EXPIRED)
    elif caller.ticket is not None:
        caller.ticket.state = TicketState.WAITING
        _stand(floor, caller)


def talked(floor: Tables, caller: Caller) -> None:
    """The talk is over, and with it the callback."""
    _close(floor, caller, TicketState.REACHED)


def _add(floor: Tables, caller: Caller) -> None:
    ticket = caller.ticket
    assert ticket is not None  # noqa: S101  # made by `asked` and `recovered`
    floor.tickets[ticket.caller] = caller.call
    floor.add_caller(caller)
    start_clocks(floor, caller)
    left_ms = ticket.asked_ms + floor.settings.callback.expiry_ms - floor.now_ms
    floor.caller_timer(caller, "expiry", TimerPurpose.EXPIRY, left_ms)
    if ticket.due_ms > floor.now_ms:
        ticket.state = TicketState.RETRY
        floor.caller_timer(caller, "retry", TimerPurpose.RETRY, ticket.due_ms - floor.now_ms)
    _stand(floor, caller)


def _stand(floor: Tables, caller: Caller) -> None:
    """In the queue exactly while it is due and no quiet hours are."""
    if caller.live or caller.ticket is None:
        return
    waits = "retry" in caller.tokens
    if not waits and caller.ticket.state is TicketState.RETRY:
        caller.ticket.state = TicketState.WAITING
    floor.park(caller, parked=waits or floor.callbacks_paused)


def _unoffer(floor: Tables, offer: Offer, *, cool_down_ms: int = 0) -> None:
    end_offer(floor, offer, OfferOutcome.WITHDRAWN)
    wait_again(floor, offer, cool_down_ms=cool_down_ms)
    settle(floor, floor.seats[offer.seat], keep_place=True)


def _close(floor: Tables, caller: Caller, state: TicketState) -> None:
    ticket = caller.ticket
    assert ticket is not None  # noqa: S101  # only callbacks are closed
    data = {"state": state.value, "attempts": ticket.attempts}
    floor.record("callback.closed", data, call=caller.call)
    if caller.call in floor.callers:
        floor.drop_caller(caller)
    del floor.tickets[ticket.caller]
    floor.emit(TicketClosed(caller.call, state))
