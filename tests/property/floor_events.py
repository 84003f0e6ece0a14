"""What can happen in a world, kind by kind: each maker chooses and yields the events, likely or not."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from acd import events as ev
from acd.caller import HEAD, Place
from acd.types import Activity, CalloutFailure, OfferOutcome, OfferState, Phone
from tests.property.floor_settings import LINES, MOST_SEATS, OPERATORS, Pick, any_settings

if TYPE_CHECKING:
    from tests.property.floor_world import World

MOST_CALLS = 12
KEYS = (None, None, "k1", "k2", "k3", "k4")
LEG_EVENTS = (
    ev.OfferAnswered, ev.Joined, ev.JoinFailed, ev.SeatLegGone, ev.HoldStarted, ev.HoldEnded,
    ev.CitizenAnswered,
)  # fmt: skip
TALK = (OfferState.TALKING, OfferState.HOLD)
SHORT = (Activity.CALLING, Activity.CONNECTING, Activity.HOLD)
Events = Iterator[ev.Event]


def _one(pick: Pick, things: Any) -> Any:
    things = tuple(things)
    return pick(things) if things else None


def _offer(world: "World", pick: Pick, *states: OfferState) -> Any:
    offers = world.floor.offers.values()
    return _one(pick, [offer.id for offer in offers if not states or offer.state in states])


def _seat(world: "World", pick: Pick) -> int:
    seats = world.floor.seats.values()
    busy = [seat.number for seat in seats if seat.activity is not Activity.IDLE]
    return pick((*busy, *range(MOST_SEATS + 1)))


def _call(world: "World", pick: Pick) -> str:
    return pick((*world.floor.callers, *world.floor.callers, "c1", "c0"))


def _old_place(world: "World", pick: Pick, call: str) -> Place | None:
    arrival = pick((0, 3, 40, Fraction(-1, 2), Fraction(7, 4)))
    return pick((None, Place(pick((0, 0, -1, HEAD)), world.now_ms - pick((9, 99_999)), arrival, call)))


# Calls


def call_comes(world: "World", pick: Pick) -> Events:
    if len(world.floor.callers) < MOST_CALLS:
        need = pick(("", "", "", "english", "deeds"))
        at = pick((None, None, None, None, 1, 2, 0))
        call, line = world.new_call(), pick(LINES)
        yield ev.CallQueued(call, line, pick((0, 0, 0, 1, -1)), need, pick(KEYS), at)


def call_is_recovered(world: "World", pick: Pick) -> Events:
    if len(world.floor.callers) < MOST_CALLS:
        queued_ms = world.now_ms - pick((-5, 9, 99_999))
        call, line = world.new_call(), pick(LINES)
        yield ev.CallQueued(
            call, line, pick((0, 1)), caller=pick(KEYS), queued_ms=queued_ms, offers=pick((0, 2)),
            place=_old_place(world, pick, call),
        )  # fmt: skip


def talk_is_recovered(world: "World", pick: Pick) -> Events:
    call, now_ms = world.new_call(), world.now_ms
    seat, operator = _seat(world, pick), pick((*OPERATORS, ""))
    callback = pick((None, None, None, "k8"))
    call = call if callback is None else f"{call}-cb"
    yield ev.TalkRecovered(
        call, f"{call}.1", seat, operator, now_ms - 5, now_ms - 9, pick(LINES), callback, now_ms - 7, 1
    )


def caller_hangs_up(world: "World", pick: Pick) -> Events:
    if call := _one(pick, world.floor.callers):
        yield ev.CallerGone(call)


# Phones


def phone_answers(world: "World", pick: Pick) -> Events:
    if offer := _offer(world, pick, OfferState.RINGING):
        yield ev.OfferAnswered(offer)


def two_phones_answer(world: "World", pick: Pick) -> Events:
    if caller := _one(pick, [c for c in world.floor.callers.values() if len(c.live) > 1]):
        for offer in caller.live[:2]:
            yield ev.OfferAnswered(offer)


def citizen_answers(world: "World", pick: Pick) -> Events:
    if offer := _offer(world, pick, OfferState.CALLING):
        yield ev.CitizenAnswered(offer)


def citizen_fails(world: "World", pick: Pick) -> Events:
    if offer := _offer(world, pick, OfferState.CALLING, OfferState.CALLING, OfferState.CONNECTING):
        yield ev.CitizenFailed(offer, pick(tuple(CalloutFailure)))


def both_are_in_the_bridge(world: "World", pick: Pick) -> Events:
    if offer := _offer(world, pick, OfferState.CONNECTING):
        yield ev.Joined(offer)


def call_gets_through(world: "World", pick: Pick) -> Events:
    if offer := _offer(world, pick, OfferState.RINGING, OfferState.CALLING, OfferState.CONNECTING):
        for event in (ev.OfferAnswered(offer), ev.CitizenAnswered(offer), ev.Joined(offer)):
            if offer in world.floor.offers:
                yield event


def talk_ends(world: "World", pick: Pick) -> Events:
    if offer := _offer(world, pick, *TALK):
        yield pick((ev.SeatLegGone(offer), ev.CallerGone(world.floor.offers[offer].call)))


def hold(world: "World", pick: Pick) -> Events:
    if offer := _offer(world, pick, *TALK):
        yield pick((ev.HoldStarted, ev.HoldStarted, ev.HoldEnded))(offer)


def anything_of_a_leg(world: "World", pick: Pick) -> Events:
    offer = _offer(world, pick) or "c0.1"
    failed = ev.CitizenFailed(offer, pick(tuple(CalloutFailure)))
    yield pick((*(kind(offer) for kind in LEG_EVENTS), failed))


def phone_fails(world: "World", pick: Pick) -> Events:
    yield ev.OfferFailed(_offer(world, pick) or "c0.1", pick(tuple(OfferOutcome)))


def leg_is_disturbed(world: "World", pick: Pick) -> Events:
    """Anything comes from a leg in a moment that is short."""
    if offer := _offer(world, pick, OfferState.CALLING, OfferState.CONNECTING, OfferState.HOLD):
        fails = (
            ev.OfferFailed(offer, pick(tuple(OfferOutcome))),
            ev.CitizenFailed(offer, CalloutFailure.BUSY),
        )
        gone = ev.CallerGone(world.floor.offers[offer].call)
        yield pick((*(kind(offer) for kind in LEG_EVENTS), *fails, gone))


def join_fails(world: "World", pick: Pick) -> Events:
    if offer := _offer(world, pick, OfferState.CONNECTING):
        yield pick((ev.JoinFailed, ev.SeatLegGone))(offer)


def phone_changes(world: "World", pick: Pick) -> Events:
    yield ev.PhoneChanged(_seat(world, pick), pick(tuple(Phone)))


def own_call(world: "World", pick: Pick) -> Events:
    yield pick((ev.OwnCallStarted, ev.OwnCallEnded))(_seat(world, pick))


# Operators


def seat_is_manned(world: "World", pick: Pick) -> Events:
    seat = pick(range(1, MOST_SEATS + 1))
    yield ev.OwnCallEnded(seat)
    yield ev.PhoneChanged(seat, Phone.REGISTERED)
    yield ev.LogIn(seat, f"op-{seat}")
    yield ev.Ready(seat)


def operator_asks(world: "World", pick: Pick) -> Events:
    seat = _seat(world, pick)
    match pick(range(7)):
        case 0 | 1:
            yield ev.LogIn(seat, pick((*OPERATORS, "")))
        case 2:
            yield ev.LogOut(seat)
        case 3:
            yield ev.Ready(seat)
        case 4:
            yield ev.Break(seat, pick(("lunch", "own_call", "")))
        case 5:
            yield ev.EndWrapUp(seat)
        case 6:
            yield ev.ExtendWrapUp(seat, pick((0, 1, 10_000, 100_000)))


def seat_is_disturbed(world: "World", pick: Pick) -> Events:
    """Somebody asks, or a phone changes, in a moment that is short."""
    seats = [seat.number for seat in world.floor.seats.values() if seat.activity in SHORT]
    if seat := _one(pick, seats):
        asked = (ev.LogOut(seat), ev.Ready(seat), ev.Break(seat, "lunch"), ev.LogIn(seat, pick(OPERATORS)))
        wrap_up = (ev.EndWrapUp(seat), ev.ExtendWrapUp(seat, 1), ev.EntryWritten(seat, "c0"))
        own = (ev.OwnCallStarted(seat), ev.OwnCallEnded(seat), ev.PhoneChanged(seat, pick(tuple(Phone))))
        yield pick((*asked, *wrap_up, *own))


def entry_is_written(world: "World", pick: Pick) -> Events:
    seat = _seat(world, pick)
    known = world.floor.seats.get(seat)
    yield ev.EntryWritten(seat, (known and known.call) or "c0")


# The supervisor


def caller_is_moved(world: "World", pick: Pick) -> Events:
    yield ev.MoveCaller(_call(world, pick), pick((1, 2, 3, 99, 0)))


def caller_is_raised(world: "World", pick: Pick) -> Events:
    yield ev.RaiseCaller(_call(world, pick), pick((-1, 0, 1, 5)))


def caller_is_offered(world: "World", pick: Pick) -> Events:
    yield ev.OfferTo(_call(world, pick), pick((*world.floor.pools.free, *range(MOST_SEATS + 1))))


def caller_is_taken_out(world: "World", pick: Pick) -> Events:
    yield ev.TakeOut(_call(world, pick), "wrong number")


def line_closes_or_opens(world: "World", pick: Pick) -> Events:
    closed = ev.LineClosed(pick(LINES), world.now_ms - pick((0, -5, 90_000)))
    yield pick((closed, ev.LineOpened(closed.line)))


def settings_change(world: "World", pick: Pick) -> Events:
    now = world.floor.settings
    seats = tuple(sorted(set(now.seats) ^ set(pick(((), (1,), (2,), (3,), (5,), (2, 6))))))
    yield ev.Reconfigured(any_settings(pick, seats) if pick((True, False)) else replace(now, seats=seats))


# Callbacks


def callback_is_asked(world: "World", pick: Pick) -> Events:
    yield ev.CallbackAsked(_call(world, pick), pick(("k1", "k2", "k3", "k9")))


def callback_is_recovered(world: "World", pick: Pick) -> Events:
    if len(world.floor.callers) < MOST_CALLS:
        now_ms, ticket = world.now_ms, f"{world.new_call()}-cb"
        due_ms, need = pick((0, now_ms + 50_000)), pick(("", "english"))
        asked_ms = now_ms - pick((-5, 9_000, 700_000))
        yield ev.CallbackRecovered(
            ticket, pick(("k1", "k2", "k7")), asked_ms, asked_ms - 9, pick(LINES), need, pick((0, 1)),
            pick((0, 1)), pick((0, 2)), due_ms, _old_place(world, pick, ticket),
        )  # fmt: skip


def callback_is_cancelled(world: "World", pick: Pick) -> Events:
    yield ev.CallbackCancelled(pick((*world.floor.tickets.values(), "c0", "c1-cb")))


def quiet_hours(world: "World", pick: Pick) -> Events:
    yield ev.CallbacksPaused(pick((True, False, False)))


# Time, and what is late


def timer_fires(world: "World", pick: Pick) -> Events:
    if token := _one(pick, world.timers):
        world.now_ms = max(world.now_ms, world.timers[token] + pick((0, 0, 30)))
        yield ev.TimerFired(token)


def next_timer_fires(world: "World", pick: Pick) -> Events:
    if world.timers:
        token = min(world.timers, key=world.timers.__getitem__)
        world.now_ms = max(world.now_ms, world.timers[token])
        yield ev.TimerFired(token)


def old_timer_fires(world: "World", pick: Pick) -> Events:
    tokens = [token for token in world.old_tokens[-20:] if token not in world.timers]
    yield ev.TimerFired(_one(pick, tokens) or "ring:c0.1@1")


def time_passes(world: "World", pick: Pick) -> Events:
    world.pass_time(pick((0, 1, 500, 2_000, 60_000, -700, 3_600_000, -3_600_000)))
    yield from ()


def something_comes(world: "World", pick: Pick) -> Events:
    """What a command has led to, at last; most of it never comes."""
    if world.coming:
        yield world.coming.pop(pick(range(len(world.coming))))


def something_comes_again(world: "World", pick: Pick) -> Events:
    if event := _one(pick, world.past[-30:]):
        yield event


MAKERS = {
    call_comes: 12, call_is_recovered: 1, talk_is_recovered: 2, caller_hangs_up: 2,
    phone_answers: 6, two_phones_answer: 2, citizen_answers: 3, citizen_fails: 1, both_are_in_the_bridge: 6,
    call_gets_through: 6, talk_ends: 5, hold: 3, anything_of_a_leg: 2, phone_fails: 4, leg_is_disturbed: 6,
    join_fails: 1, phone_changes: 1, own_call: 1, seat_is_manned: 8, seat_is_disturbed: 6, operator_asks: 6,
    entry_is_written: 2,
    caller_is_moved: 1, caller_is_raised: 1, caller_is_offered: 2, caller_is_taken_out: 1,
    line_closes_or_opens: 1, settings_change: 2, callback_is_asked: 11, callback_is_recovered: 1,
    callback_is_cancelled: 1, quiet_hours: 1, timer_fires: 5, next_timer_fires: 5, old_timer_fires: 2,
    time_passes: 3, something_comes: 6, something_comes_again: 3,
}  # fmt: skip
"""Each kind with how often it comes up in a long day."""
