"""What the moves of the offer's table do: caller, offer and seat together."""

from collections.abc import Callable

from acd.callback_moves import call_off, not_reached, ring_citizen, talked
from acd.commands import CallSettled, CancelRing, Connect, ReleaseCaller, ReleaseSeat, Resume
from acd.events import CallerGone, CitizenFailed, Event, OfferFailed
from acd.offer import FAILURES, OFFER_TABLE, Offer, OfferMove
from acd.offer_end import end_offer, miss, record_end, release
from acd.settings import NOTHING
from acd.settle import settle, wrap_up
from acd.tables import Tables
from acd.types import (
    CalloutFailure,
    CancelCause,
    OfferOutcome,
    OfferState,
    Outcome,
    Refusal,
    TalkEnd,
    TimerPurpose,
)

# Python 3.11 takes 0.2 microseconds to find a member by its class; these are found in a tenth of that.
_RINGING, _CONNECTING, _TALKING = OfferState.RINGING, OfferState.CONNECTING, OfferState.TALKING
_ANSWERED, _SETTLED_ANSWERED, _CONNECT_TIMER = OfferOutcome.ANSWERED, Outcome.ANSWERED, TimerPurpose.CONNECT
_BY_CALLER, _BY_OPERATOR = TalkEnd.CALLER, TalkEnd.OPERATOR


def move(floor: Tables, offer: Offer, event: Event) -> None:
    """Apply one event to a living offer, as its table says."""
    _MOVES[OFFER_TABLE[offer.state][type(event)]](floor, offer, event)


def caller_gone(floor: Tables, event: CallerGone) -> None:
    """The caller's channel has ended. A call that the floor has settled already means nothing."""
    caller = floor.callers.get(event.call)
    if caller is None:
        return
    if caller.ticket is not None and not caller.connected:
        return  # nobody of that name is on the line
    if caller.live:
        offers = [floor.offers[offer] for offer in caller.live]
        *ringing, last = sorted(offers, key=lambda offer: offer.state is not _RINGING)  # who answered is last
        for offer in ringing:
            release(floor, offer, CancelCause.CALLER_GONE)
        move(floor, last, event)
        return
    _remember_place(floor, event.call)
    floor.drop_caller(caller)
    floor.emit(CallSettled(caller.call, Outcome.ABANDONED))


def _connect(floor: Tables, offer: Offer, _: Event) -> None:
    caller = floor.callers[offer.call]
    if caller.connected:  # another phone was picked up first; this one in the same moment
        release(floor, offer, CancelCause.LOST_RACE)
        return
    floor.stop_timer(offer.token)
    if caller.ticket is not None:
        ring_citizen(floor, offer, caller)
    else:
        _join(floor, offer)


def _join(floor: Tables, offer: Offer) -> None:
    floor.emit(Connect(offer.call, offer.id))
    token = floor.start_timer(
        _CONNECT_TIMER,
        floor.settings.connect_time_ms,
        call=offer.call,
        seat=offer.seat,
        offer=offer.id,
    )
    floor.move_offer(offer, _CONNECTING, token).misses = NOTHING


def _talk(floor: Tables, offer: Offer, _: Event) -> None:
    floor.stop_timer(offer.token)
    record_end(floor, offer, _ANSWERED)
    caller = floor.callers[offer.call]
    for other in caller.live:  # they rang on until this talk was sure (asterisk#1557)
        if other != offer.id:
            release(floor, floor.offers[other], CancelCause.LOST_RACE)
    wait_ms = max(0, floor.now_ms - caller.queued_ms)
    if floor.journals:
        floor.record("call.connected", {"wait_ms": wait_ms}, call=offer.call, seat=offer.seat, offer=offer.id)
    if caller.predicted_ms is not None:
        floor.waits.waited(caller.predicted_ms, wait_ms)
    if caller.cooling or caller.tokens:
        for token in (*caller.cooling.values(), *caller.tokens.values()):
            floor.stop_timer(token)
        caller.cooling = NOTHING
        caller.tokens.clear()
    seat = floor.move_offer(offer, _TALKING)
    seat.answered += 1
    seat.talk_ms = floor.now_ms


def _reach(floor: Tables, offer: Offer, _: Event) -> None:
    floor.stop_timer(offer.token)
    _join(floor, offer)


def _not_reached(floor: Tables, offer: Offer, event: Event) -> None:
    cause = event.cause if isinstance(event, CitizenFailed) else CalloutFailure.NO_ANSWER
    not_reached(floor, offer, cause)


def _call_off(floor: Tables, offer: Offer, _: Event) -> None:
    call_off(floor, offer)


def _miss(floor: Tables, offer: Offer, event: Event) -> None:
    assert isinstance(event, OfferFailed)  # noqa: S101  # the offer's table sends no other
    miss(floor, offer, event.cause if event.cause in FAILURES else OfferOutcome.FAILED)


def _miss_by_time(floor: Tables, offer: Offer, _: Event) -> None:
    floor.emit(CancelRing(offer.id, CancelCause.NO_ANSWER))
    miss(floor, offer, OfferOutcome.NO_ANSWER)


def _fail(floor: Tables, offer: Offer, _: Event) -> None:
    miss(floor, offer, OfferOutcome.FAILED)


def _hold(floor: Tables, offer: Offer, _: Event) -> None:
    floor.record("call.held", call=offer.call, seat=offer.seat, offer=offer.id)
    floor.move_offer(offer, OfferState.HOLD)


def _unhold(floor: Tables, offer: Offer, _: Event) -> None:
    floor.record("call.resumed", call=offer.call, seat=offer.seat, offer=offer.id)
    floor.move_offer(offer, _TALKING)


def _refuse(floor: Tables, offer: Offer, event: Event) -> None:
    why = f"{type(event).__name__} does not fit offer {offer.id}, which is {offer.state.value}."
    floor.refuse(event, Refusal.OUT_OF_TURN, why)


def _nothing(_floor: Tables, _offer: Offer, _event: Event) -> None:
    pass


def _unjoin(floor: Tables, offer: Offer, _: Event) -> None:
    floor.emit(ReleaseSeat(offer.id))
    _join_failed(floor, offer)


def _unjoin_leg_gone(floor: Tables, offer: Offer, _: Event) -> None:
    _join_failed(floor, offer)


def _abandon_ringing(floor: Tables, offer: Offer, _: Event) -> None:
    floor.emit(CancelRing(offer.id, CancelCause.CALLER_GONE))
    _abandon(floor, offer, at_answer=False)


def _abandon_at_answer(floor: Tables, offer: Offer, _: Event) -> None:
    floor.emit(ReleaseSeat(offer.id))
    _abandon(floor, offer, at_answer=True)


def _end_by_caller(floor: Tables, offer: Offer, _: Event) -> None:
    floor.emit(ReleaseSeat(offer.id))
    _end_talk(floor, offer, _BY_CALLER)


def _end_by_operator(floor: Tables, offer: Offer, _: Event) -> None:
    floor.emit(ReleaseCaller(offer.call))
    _end_talk(floor, offer, _BY_OPERATOR)


def _join_failed(floor: Tables, offer: Offer) -> None:
    if floor.callers[offer.call].ticket is not None:
        call_off(floor, offer)
        return
    floor.emit(Resume(offer.call))
    miss(floor, offer, OfferOutcome.FAILED)


def _abandon(floor: Tables, offer: Offer, *, at_answer: bool) -> None:
    caller = floor.callers[offer.call]
    if caller.ticket is not None:
        not_reached(floor, offer, CalloutFailure.FAILED, released=True)
        return
    end_offer(floor, offer, OfferOutcome.CALLER_GONE, at_answer=at_answer)
    floor.drop_offer(offer)
    _remember_place(floor, offer.call)
    floor.drop_caller(caller)
    settle(floor, floor.seats[offer.seat], keep_place=True)
    floor.emit(CallSettled(offer.call, Outcome.ABANDONED))


def _remember_place(floor: Tables, call: str) -> None:
    """Who hung up waiting may find the old place again, for a while."""
    keep_ms = floor.settings.keep_place_ms
    caller = floor.callers[call]
    if keep_ms and caller.caller is not None:
        left = floor.left
        left.pop(caller.caller, None)
        left[caller.caller] = (caller.place, floor.now_ms)
        while next(iter(left.values()))[1] <= floor.now_ms - keep_ms:
            left.popitem(last=False)


def _end_talk(floor: Tables, offer: Offer, by: TalkEnd) -> None:
    if floor.journals:
        floor.record("call.talk_ended", {"by": by}, call=offer.call, seat=offer.seat, offer=offer.id)
    seat = floor.seats[offer.seat]
    caller = floor.callers[offer.call]
    talked_ms = max(0, floor.now_ms - (seat.talk_ms or floor.now_ms))
    _remember_operator(floor, caller.caller, seat.operator)
    wrap_up(floor, seat, offer, caller.pool.line, talked_ms)
    del floor.offers[offer.id]
    if caller.ticket is not None:
        talked(floor, caller)
        return
    floor.drop_caller(caller)
    floor.emit(CallSettled(offer.call, _SETTLED_ANSWERED))


def _remember_operator(floor: Tables, caller: str | None, operator: str | None) -> None:
    """Who rings again soon may be given to the same operator."""
    keep_ms = floor.settings.same_operator_ms
    if keep_ms and caller is not None and operator is not None:
        served = floor.served
        served.pop(caller, None)
        served[caller] = (operator, floor.now_ms)
        while next(iter(served.values()))[1] <= floor.now_ms - keep_ms:
            served.popitem(last=False)


_MOVES: dict[OfferMove, Callable[[Tables, Offer, Event], None]] = {
    OfferMove.CONNECT: _connect,
    OfferMove.REACH: _reach,
    OfferMove.NOT_REACHED: _not_reached,
    OfferMove.CALL_OFF: _call_off,
    OfferMove.TALK: _talk,
    OfferMove.MISS: _miss,
    OfferMove.MISS_BY_TIME: _miss_by_time,
    OfferMove.FAIL: _fail,
    OfferMove.UNJOIN: _unjoin,
    OfferMove.UNJOIN_LEG_GONE: _unjoin_leg_gone,
    OfferMove.ABANDON: _abandon_ringing,
    OfferMove.ABANDON_AT_ANSWER: _abandon_at_answer,
    OfferMove.HOLD: _hold,
    OfferMove.UNHOLD: _unhold,
    OfferMove.END_BY_CALLER: _end_by_caller,
    OfferMove.END_BY_OPERATOR: _end_by_operator,
    OfferMove.NOTHING: _nothing,
    OfferMove.REFUSE: _refuse,
}
