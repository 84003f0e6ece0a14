"""How callers come into the queue and get their offers."""

from acd.caller import Caller, Place, Pool, Ticket
from acd.commands import Ring
from acd.events import CallQueued, TalkRecovered
from acd.offer import Offer, nth_offer
from acd.overflow import on_entry
from acd.places import enter_pool, place_again, place_at, place_of, predicted_ms, start_clocks
from acd.seat import Seat
from acd.tables import MANY_AT_ONCE, Tables
from acd.types import Activity, Declared, OfferState, Refusal, Strategy, TicketState, TimerPurpose

# Python 3.11 takes 0.2 microseconds to find a member by its class; these are found in a tenth of that.
_RINGING, _SEAT_RINGING, _RING_TIMER = OfferState.RINGING, Activity.RINGING, TimerPurpose.RING
_ALL, _PROGRESSIVELY = Strategy.RING_ALL, Strategy.RING_PROGRESSIVELY


def call_queued(floor: Tables, event: CallQueued) -> None:
    """A caller takes its place in the queue."""
    if event.call in floor.callers:
        floor.refuse(event, Refusal.CALL_KNOWN, f"Call {event.call} is on the floor already.")
        return
    if event.position is not None and event.position < 1:
        floor.refuse(event, Refusal.OUT_OF_RANGE, f"Positions begin at 1, got {event.position}.")
        return
    pool = enter_pool(floor, event, event.line, event.need)
    if pool is None:
        return
    queued_ms = floor.now_ms if event.queued_ms is None else min(event.queued_ms, floor.now_ms)
    if event.place is None:
        place = place_of(floor, event.call, event.line, event.priority, queued_ms)
    else:
        place = place_again(floor, event.place, event.call)
    caller = Caller(event.call, pool, place, queued_ms, caller=event.caller, offers=event.offers)
    if event.caller is not None:
        _remembered(floor, caller)
    if event.position is not None:
        caller.place = place_at(floor, caller.place, event.position, own_priority=True)
    if event.queued_ms is None:
        ahead = floor.queue.ahead(caller.place)
        caller.predicted_ms = predicted_ms(floor, pool, ahead)
        if floor.journals:
            data = {
                "position": ahead + 1,
                "predicted_ms": caller.predicted_ms,
                "staffed": len(floor.pools.of(pool).staffed),
                "line": event.line,
                "need": event.need,
                "priority": event.priority,
                "place": caller.place.to_row(),
            }
            floor.record("call.queued", data, call=event.call)
    floor.add_caller(caller)
    start_clocks(floor, caller)
    on_entry(floor, caller, recovered=event.queued_ms is not None)


def _remembered(floor: Tables, caller: Caller) -> None:
    """What the floor knows of this citizen from a while ago: the old place, the operator of the last talk."""
    key = caller.caller
    assert key is not None  # noqa: S101  # asked of known callers only
    keep_ms, same_ms = floor.settings.keep_place_ms, floor.settings.same_operator_ms
    left = floor.left.pop(key, None)
    if left is not None and keep_ms and floor.now_ms - left[1] < keep_ms:  # off stays off when clocks go back
        old = left[0]
        caller.place = Place(
            min(old.minus_priority, caller.place.minus_priority), old.at_ms, old.arrival, caller.call
        )
    served = floor.served.get(key)
    if served is not None and same_ms and floor.now_ms - served[1] < same_ms:
        caller.prefers = served[0]


def ring(floor: Tables, caller: Caller, number: int) -> None:
    """Offer a waiting call to a free seat."""
    offer_id = nth_offer(caller.call, caller.offers + 1)
    ring_ms = floor.settings.ring_time_ms
    floor.emit(Ring(offer_id, caller.call, number))
    line = caller.pool.line
    strategy = floor.pools.strategy(line)
    if floor.journals:
        data: dict[str, object] = {"strategy": strategy}
        if caller.prefers is not None and caller.prefers == floor.seats[number].operator:
            data["same_operator"] = True
        floor.record("offer.started", data, call=caller.call, seat=number, offer=offer_id)
    token = floor.start_timer(_RING_TIMER, ring_ms, call=caller.call, seat=number, offer=offer_id)
    offer = Offer(offer_id, caller.call, number, _RINGING, floor.now_ms, token=token)
    if strategy is _PROGRESSIVELY:
        if not caller.live:
            caller.round_size = 1
            floor.caller_timer(caller, "round", TimerPurpose.ROUND, floor.settings.round_ms)
    else:
        caller.round_size = MANY_AT_ONCE if strategy is _ALL else 1
    floor.add_offer(caller, offer)
    floor.counter += 1
    seat = floor.seats[number]
    seat.activity = _SEAT_RINGING
    seat.call, seat.offer, seat.line = caller.call, offer_id, line
    seat.last_rung = floor.counter
    floor.show(seat)


def next_round(floor: Tables, call: str) -> None:
    """One phone more may ring for this caller."""
    caller = floor.callers[call]
    del caller.tokens["round"]
    if not caller.live or floor.pools.strategy(caller.line) is not Strategy.RING_PROGRESSIVELY:
        return
    floor.caller_timer(caller, "round", TimerPurpose.ROUND, floor.settings.round_ms)
    if not caller.connected:
        caller.round_size += 1
        floor.rounds[call] = None


def cooled(floor: Tables, call: str, number: int) -> None:
    """This seat may be offered this call again."""
    caller = floor.callers[call]
    caller.cooling = {seat: token for seat, token in caller.cooling.items() if seat != number}


def talk_recovered(floor: Tables, event: TalkRecovered) -> None:
    """Take up a talk that goes on over a restart. The journal has its beginning already."""
    refusal = _why_not(floor, event)
    if refusal is not None:
        floor.refuse(event, *refusal)
        return
    seat = floor.seats.get(event.seat)
    if seat is None:
        seat = floor.seats[event.seat] = Seat(event.seat, leaving=True)
    if seat.operator is None:
        seat.operator, seat.declared = event.operator, Declared.READY
        floor.operators[event.operator] = event.seat
        floor.record("seat.login", seat=seat.number)
    queued_ms = min(event.queued_ms, floor.now_ms)
    place = place_of(floor, event.call, event.line, 0, queued_ms)
    connected_ms = min(event.connected_ms, floor.now_ms)
    ticket = None
    if event.callback is not None:
        asked_ms = min(event.asked_ms, floor.now_ms)
        call = event.call.removesuffix("-cb")
        ticket = Ticket(call, event.callback, asked_ms, asked_ms, TicketState.CALLING, event.attempts)
        floor.tickets[event.callback] = event.call
    floor.recover_talk(
        Caller(event.call, Pool(event.line, "", 0), place, queued_ms, caller=event.callback, ticket=ticket),
        Offer(event.offer, event.call, seat.number, OfferState.TALKING, connected_ms, connected_ms),
    )
    seat.activity = Activity.TALKING
    seat.call, seat.offer, seat.line = event.call, event.offer, event.line
    seat.talk_ms = connected_ms
    floor.show(seat, why="recovered", since_ms=connected_ms)
    floor.staffing(seat)


def _why_not(floor: Tables, event: TalkRecovered) -> tuple[Refusal, str] | None:
    if event.call in floor.callers or event.offer in floor.offers:
        return Refusal.CALL_KNOWN, f"Call {event.call} or offer {event.offer} is on the floor already."
    if event.callback in floor.tickets:
        return Refusal.CALL_KNOWN, f"A callback to the number of {event.call} is on the floor already."
    if not event.operator:
        return Refusal.NO_OPERATOR, "The operator's id is empty."
    elsewhere = floor.operators.get(event.operator)
    if elsewhere is not None and elsewhere != event.seat:
        why = f"Operator {event.operator} is logged in at seat {elsewhere}."
        return Refusal.OPERATOR_ELSEWHERE, why
    seat = floor.seats.get(event.seat)
    if seat is None:
        return None
    if seat.operator is not None and seat.operator != event.operator:
        return Refusal.SEAT_TAKEN, f"Seat {seat.number} is taken by operator {seat.operator}."
    if seat.activity is not Activity.IDLE:
        return Refusal.SEAT_BUSY, f"Seat {seat.number} is {seat.activity.value}."
    return None
