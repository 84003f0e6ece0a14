"""What the supervisor may do with a waiting caller."""

from acd.caller import Caller
from acd.commands import CallSettled, TakeOutCaller
from acd.events import MoveCaller, OfferTo, RaiseCaller, TakeOut
from acd.places import move, place_at, record_move, take_down
from acd.queue_moves import ring
from acd.tables import Tables
from acd.types import Outcome, Refusal

Wish = MoveCaller | RaiseCaller | OfferTo | TakeOut


def wish(floor: Tables, event: Wish) -> None:
    """Carry out what the supervisor wants of a caller who waits, or refuse it."""
    caller = floor.callers.get(event.call)
    if caller is None:
        floor.refuse(event, Refusal.NO_SUCH_CALL, f"No caller {event.call} waits.")
    elif caller.connected:
        floor.refuse(event, Refusal.CALL_CONNECTED, f"Call {event.call} is with an operator.")
    elif isinstance(event, MoveCaller):
        if event.position < 1:
            floor.refuse(event, Refusal.OUT_OF_RANGE, f"Positions begin at 1, got {event.position}.")
            return
        place = place_at(floor, caller.place, event.position, own_priority=False)
        move(floor, caller, place, "position")
    elif isinstance(event, RaiseCaller):
        move(floor, caller, caller.place._replace(minus_priority=-event.priority), "priority")
    elif isinstance(event, OfferTo):
        _offer_to(floor, caller, event)
    else:
        _take_out(floor, caller, event)


def _offer_to(floor: Tables, caller: Caller, event: OfferTo) -> None:
    seat = floor.seats.get(event.seat)
    if seat is None:
        floor.refuse(event, Refusal.NO_SUCH_SEAT, f"There is no seat {event.seat}.")
        return
    if not seat.able:
        floor.refuse(event, Refusal.SEAT_NOT_READY, f"Seat {seat.number} is {seat.state.value}.")
        return
    if caller.parked:
        floor.refuse(event, Refusal.OUT_OF_TURN, f"Callback {event.call} is not due yet.")
        return
    take_down(floor, caller, settled=False)
    record_move(floor, caller, "chosen")
    ring(floor, caller, seat.number)
    caller.round_size = 1  # the chosen seat alone, whatever the strategy
    floor.rounds.pop(caller.call, None)
    floor.stop_timer(caller.tokens.pop("round", None))


def _take_out(floor: Tables, caller: Caller, event: TakeOut) -> None:
    if caller.ticket is not None:
        floor.refuse(event, Refusal.NO_SUCH_CALL, f"{event.call} is a callback: cancel it.")
        return
    floor.record("call.withdrawn", {"reason": event.reason}, call=caller.call)
    take_down(floor, caller)
    floor.emit(TakeOutCaller(caller.call))
    floor.emit(CallSettled(caller.call, Outcome.WITHDRAWN))
