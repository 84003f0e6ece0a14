"""How callers come into the queue and get their offers."""

from dataclasses import replace

from acd.caller import Caller, Place, position
from acd.commands import Refused, Ring
from acd.events import CallQueued, TalkRecovered
from acd.offer import Offer, nth_offer, ringing_places
from acd.seat import Seat
from acd.turn import Turn
from acd.types import Activity, Declared, OfferState, Refusal, TimerPurpose


def call_queued(turn: Turn, event: CallQueued) -> None:
    """A caller takes its place in the queue."""
    if event.call in turn.callers:
        turn.emit(Refused(event, Refusal.CALL_KNOWN, f"Call {event.call} is on the floor already."))
        return
    queued_ms = turn.now_ms if event.queued_ms is None else min(event.queued_ms, turn.now_ms)
    place = Place(-event.priority, queued_ms, turn.arrive(), event.call)
    if event.queued_ms is None:
        n = position(place, turn.queue, ringing_places(turn.offers, turn.callers))
        turn.record("call.queued", {"position": n}, call=event.call)
    turn.put_caller(Caller(event.call, event.line, place, offers=event.offers))


def ring(turn: Turn, call: str, number: int) -> None:
    """Offer a waiting call to a free seat."""
    caller = turn.callers[call]
    n = caller.offers + 1
    offer_id = nth_offer(call, n)
    turn.put_caller(replace(caller, offers=n, offer=offer_id))
    turn.emit(Ring(offer_id, call, number))
    turn.record("offer.started", {}, call=call, seat=number, offer=offer_id)
    ring_ms = turn.settings.ring_time_ms
    token = turn.start_timer(TimerPurpose.RING, ring_ms, call=call, seat=number, offer=offer_id)
    turn.put_offer(Offer(offer_id, call, number, OfferState.RINGING, turn.now_ms, token=token))
    turn.change_seat(turn.seats[number], activity=Activity.RINGING, call=call, offer=offer_id)


def cooled(turn: Turn, call: str, number: int) -> None:
    """This seat may be offered this call again."""
    caller = turn.callers[call]
    cooling = {seat: token for seat, token in caller.cooling.items() if seat != number}
    turn.put_caller(replace(caller, cooling=cooling))


def talk_recovered(turn: Turn, event: TalkRecovered) -> None:
    """Take up a talk that goes on over a restart. The journal has its beginning already."""
    refusal = _why_not(turn, event)
    if refusal is not None:
        turn.emit(Refused(event, *refusal))
        return
    seat = turn.seats.get(event.seat)
    if seat is None:
        seat = Seat(event.seat, since_ms=turn.now_ms, leaving=True)
        turn.add_seat(seat)
    if seat.operator is None:
        turn.record("seat.login", {}, seat=seat.number, operator=event.operator)
        seat = replace(seat, operator=event.operator, declared=Declared.READY)
    queued_ms = min(event.queued_ms, turn.now_ms)
    place = Place(0, queued_ms, turn.arrive(), event.call)
    turn.put_caller(Caller(event.call, "main", place, offers=1, offer=event.offer))
    connected_ms = min(event.connected_ms, turn.now_ms)
    turn.put_offer(
        Offer(event.offer, event.call, seat.number, OfferState.TALKING, connected_ms, connected_ms)
    )
    turn.change_seat(
        seat,
        why="recovered",
        since_ms=connected_ms,
        activity=Activity.TALKING,
        call=event.call,
        offer=event.offer,
    )


def _why_not(turn: Turn, event: TalkRecovered) -> tuple[Refusal, str] | None:
    if event.call in turn.callers or event.offer in turn.offers:
        return Refusal.CALL_KNOWN, f"Call {event.call} or offer {event.offer} is on the floor already."
    if not event.operator:
        return Refusal.NO_OPERATOR, "The operator's id is empty."
    elsewhere = turn.operators_seat(event.operator)
    if elsewhere is not None and elsewhere.number != event.seat:
        why = f"Operator {event.operator} is logged in at seat {elsewhere.number}."
        return Refusal.OPERATOR_ELSEWHERE, why
    seat = turn.seats.get(event.seat)
    if seat is None:
        return None
    if seat.operator is not None and seat.operator != event.operator:
        return Refusal.SEAT_TAKEN, f"Seat {seat.number} is taken by operator {seat.operator}."
    if seat.activity is not Activity.IDLE:
        return Refusal.SEAT_BUSY, f"Seat {seat.number} is {seat.activity.value}."
    return None
