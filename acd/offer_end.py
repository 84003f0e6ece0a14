"""How an offer ends without a talk, for the offer itself, its caller and its seat."""

from typing import Unpack

from acd.commands import CancelRing
from acd.offer import MISSES, Offer
from acd.seat import SeatChange
from acd.settle import settle
from acd.tables import Tables
from acd.types import CancelCause, Declared, OfferOutcome, TimerPurpose


def end_offer(floor: Tables, offer: Offer, outcome: OfferOutcome, *, at_answer: bool = False) -> None:
    """The offer ends without a talk: its timer stops, its end is recorded.

    at_answer: the caller went between the answer and the bridge (`abandoned_at_answer`).
    """
    floor.stop_timer(offer.token)
    record_end(floor, offer, outcome, at_answer=at_answer)


def record_end(floor: Tables, offer: Offer, outcome: OfferOutcome, *, at_answer: bool = False) -> None:
    """Record `offer.ended`. ring_ms: from the start to the answer, or to now when there was none."""
    if not floor.journals:
        return
    until_ms = floor.now_ms if offer.answered_ms is None else offer.answered_ms
    data: dict[str, object] = {"outcome": outcome, "ring_ms": max(0, until_ms - offer.started_ms)}
    if at_answer:
        data["abandoned_at_answer"] = True
    floor.record("offer.ended", data, call=offer.call, seat=offer.seat, offer=offer.id)


def wait_again(floor: Tables, offer: Offer, *, cool_down_ms: int = 0) -> None:
    """The offer is gone; the caller waits again in the place that it always had, or its other phones ring on.

    cool_down_ms: not 0: this seat comes after all others for this call, and not before so long.
    """
    caller = floor.drop_offer(offer)
    if cool_down_ms:
        token = floor.start_timer(
            TimerPurpose.COOL_DOWN, cool_down_ms, call=offer.call, seat=offer.seat, offer=offer.id
        )
        floor.stop_timer(caller.cooling.get(offer.seat))  # the supervisor may offer to it all the same
        caller.tried |= {offer.seat}
        caller.cooling = {**caller.cooling, offer.seat: token}


def miss(floor: Tables, offer: Offer, cause: OfferOutcome, /, **fields: Unpack[SeatChange]) -> None:
    """The seat did not take the offer: the next seat; too many misses put the seat on break.

    fields: what else changes in the seat at the same moment.
    """
    rule = floor.settings.miss(cause)
    end_offer(floor, offer, cause)
    wait_again(floor, offer, cool_down_ms=rule.cool_down_ms)
    seat = floor.seats[offer.seat]
    if cause in MISSES:
        count = seat.misses.get(cause, 0) + 1
        data = {
            "cause": cause.value,
            "count": count,
            "limit": rule.strikes,
            "cool_down_ms": rule.cool_down_ms,
        }
        floor.record("seat.miss", data, seat=seat.number, offer=offer.id)
        fields["misses"] = {**seat.misses, cause: count}
        if count >= rule.strikes:
            fields |= {"misses": {}, "declared": Declared.BREAK, "break_reason": cause.value}
    settle(floor, seat, **fields)


def release(floor: Tables, offer: Offer, cause: CancelCause) -> None:
    """End one ringing offer of several; its seat is ready at once, as if it had not been rung."""
    floor.emit(CancelRing(offer.id, cause))
    end_offer(floor, offer, _RELEASED[cause])
    floor.drop_offer(offer)
    settle(floor, floor.seats[offer.seat], keep_place=True)


_RELEASED = {
    CancelCause.CALLER_GONE: OfferOutcome.CALLER_GONE,
    CancelCause.LOST_RACE: OfferOutcome.LOST_RACE,
    CancelCause.WITHDRAWN: OfferOutcome.WITHDRAWN,
    CancelCause.NO_ANSWER: OfferOutcome.NO_ANSWER,
}
