"""What the moves of the offer's table do: caller, offer and seat together."""

from dataclasses import replace

from acd.commands import CallSettled, CancelRing, Connect, Refused, ReleaseCaller, ReleaseSeat, Resume
from acd.events import CallerGone, Event, OfferFailed
from acd.offer import FAILURES, OFFER_TABLE, Offer, OfferMove
from acd.offer_end import end_offer, miss, record_end
from acd.settle import settle, wrap_up
from acd.turn import Turn
from acd.types import CancelCause, OfferOutcome, OfferState, Outcome, Refusal, TalkEnd, TimerPurpose


def move(turn: Turn, offer: Offer, event: Event) -> None:
    """Apply one event to a living offer, as its table says."""
    match OFFER_TABLE[offer.state][type(event)]:
        case OfferMove.CONNECT:
            _connect(turn, offer)
        case OfferMove.TALK:
            _talk(turn, offer)
        case OfferMove.MISS:
            cause = event.cause if isinstance(event, OfferFailed) else OfferOutcome.FAILED
            miss(turn, offer, cause if cause in FAILURES else OfferOutcome.FAILED)
        case OfferMove.MISS_BY_TIME:
            turn.emit(CancelRing(offer.id, CancelCause.NO_ANSWER))
            miss(turn, offer, OfferOutcome.NO_ANSWER)
        case OfferMove.FAIL:
            miss(turn, offer, OfferOutcome.FAILED)
        case OfferMove.UNJOIN:
            turn.emit(ReleaseSeat(offer.id))
            _unjoin(turn, offer)
        case OfferMove.UNJOIN_LEG_GONE:
            _unjoin(turn, offer)
        case OfferMove.ABANDON:
            turn.emit(CancelRing(offer.id, CancelCause.CALLER_GONE))
            _abandon(turn, offer, at_answer=False)
        case OfferMove.ABANDON_AT_ANSWER:
            turn.emit(ReleaseSeat(offer.id))
            _abandon(turn, offer, at_answer=True)
        case OfferMove.HOLD:
            turn.record("call.held", {}, call=offer.call, seat=offer.seat, offer=offer.id)
            turn.move_offer(offer, OfferState.HOLD)
        case OfferMove.UNHOLD:
            turn.record("call.resumed", {}, call=offer.call, seat=offer.seat, offer=offer.id)
            turn.move_offer(offer, OfferState.TALKING)
        case OfferMove.END_BY_CALLER:
            turn.emit(ReleaseSeat(offer.id))
            _end_talk(turn, offer, TalkEnd.CALLER)
        case OfferMove.END_BY_OPERATOR:
            turn.emit(ReleaseCaller(offer.call))
            _end_talk(turn, offer, TalkEnd.OPERATOR)
        case OfferMove.REFUSE:
            why = f"{type(event).__name__} does not fit offer {offer.id}, which is {offer.state.value}."
            turn.emit(Refused(event, Refusal.OUT_OF_TURN, why))
        case OfferMove.NOTHING:
            pass


def caller_gone(turn: Turn, event: CallerGone) -> None:
    """The caller's channel has ended. A call that the floor has settled already means nothing."""
    caller = turn.callers.get(event.call)
    if caller is None:
        return
    if caller.offer is not None:
        move(turn, turn.offers[caller.offer], event)
        return
    turn.drop_caller(caller.call)
    turn.emit(CallSettled(caller.call, Outcome.ABANDONED))


def _connect(turn: Turn, offer: Offer) -> None:
    turn.stop_timer(offer.token)
    turn.emit(Connect(offer.call, offer.id))
    token = turn.start_timer(
        TimerPurpose.CONNECT,
        turn.settings.connect_time_ms,
        call=offer.call,
        seat=offer.seat,
        offer=offer.id,
    )
    turn.move_offer(offer, OfferState.CONNECTING, token)
    turn.change_seat(turn.seats[offer.seat], misses=0)


def _talk(turn: Turn, offer: Offer) -> None:
    turn.stop_timer(offer.token)
    record_end(turn, offer, OfferOutcome.ANSWERED)
    caller = turn.callers[offer.call]
    wait_ms = max(0, turn.now_ms - caller.place.queued_ms)
    turn.record("call.connected", {"wait_ms": wait_ms}, call=offer.call, seat=offer.seat, offer=offer.id)
    for token in caller.cooling.values():
        turn.stop_timer(token)
    turn.put_caller(replace(caller, cooling={}))
    turn.move_offer(offer, OfferState.TALKING)


def _unjoin(turn: Turn, offer: Offer) -> None:
    turn.emit(Resume(offer.call))
    miss(turn, offer, OfferOutcome.FAILED)


def _abandon(turn: Turn, offer: Offer, *, at_answer: bool) -> None:
    end_offer(turn, offer, OfferOutcome.CALLER_GONE, at_answer=at_answer)
    settle(turn, turn.seats[offer.seat], keep_place=True)
    turn.drop_caller(offer.call)
    turn.emit(CallSettled(offer.call, Outcome.ABANDONED))


def _end_talk(turn: Turn, offer: Offer, by: TalkEnd) -> None:
    data = {"by": by.value}
    turn.record("call.talk_ended", data, call=offer.call, seat=offer.seat, offer=offer.id)
    wrap_up(turn, turn.seats[offer.seat], offer)
    turn.drop_offer(offer.id)
    turn.drop_caller(offer.call)
    turn.emit(CallSettled(offer.call, Outcome.ANSWERED))
