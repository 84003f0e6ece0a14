"""How an offer ends, for the offer itself, its caller and its seat."""

from dataclasses import replace
from typing import Unpack

from acd.offer import MISSES, Offer
from acd.seat import SeatChange
from acd.settle import settle
from acd.turn import Turn
from acd.types import Declared, OfferOutcome, TimerPurpose


def end_offer(turn: Turn, offer: Offer, outcome: OfferOutcome, *, at_answer: bool = False) -> None:
    """The offer is over without a talk: its timer stops, its end is recorded, it is gone.

    at_answer: the caller went between the answer and the bridge (`abandoned_at_answer`).
    """
    turn.stop_timer(offer.token)
    record_end(turn, offer, outcome, at_answer=at_answer)
    turn.drop_offer(offer.id)


def record_end(turn: Turn, offer: Offer, outcome: OfferOutcome, *, at_answer: bool = False) -> None:
    """Record `offer.ended`. ring_ms: from the start to the answer, or to now when there was none."""
    until_ms = turn.now_ms if offer.answered_ms is None else offer.answered_ms
    data: dict[str, object] = {"outcome": outcome.value, "ring_ms": max(0, until_ms - offer.started_ms)}
    if at_answer:
        data["abandoned_at_answer"] = True
    turn.record("offer.ended", data, call=offer.call, seat=offer.seat, offer=offer.id)


def wait_again(turn: Turn, offer: Offer, *, failed: bool) -> None:
    """The caller waits again, in the place that it always had.

    failed: this seat comes after all others for this call, and not before its cool-down.
    """
    caller = turn.callers[offer.call]
    if failed:
        token = turn.start_timer(
            TimerPurpose.COOL_DOWN,
            turn.settings.cool_down_ms,
            call=offer.call,
            seat=offer.seat,
            offer=offer.id,
        )
        caller = replace(
            caller,
            tried=caller.tried | {offer.seat},
            cooling={**caller.cooling, offer.seat: token},
        )
    turn.put_caller(replace(caller, offer=None))


def miss(turn: Turn, offer: Offer, cause: OfferOutcome, /, **fields: Unpack[SeatChange]) -> None:
    """The seat did not take the offer: the next seat; too many misses put the seat on break.

    fields: what else changes in the seat at the same moment.
    """
    end_offer(turn, offer, cause)
    wait_again(turn, offer, failed=True)
    seat = turn.seats[offer.seat]
    if cause in MISSES:
        fields["misses"] = seat.misses + 1
        if seat.misses + 1 >= turn.settings.max_misses:
            fields |= {"misses": 0, "declared": Declared.BREAK, "break_reason": cause.value}
    settle(turn, seat, **fields)
