"""折り返し: expiry, quiet hours, and after a restart."""

import pytest

from acd.commands import (
    CancelRing,
    Record,
    Ring,
    StartTimer,
    TicketClosed,
)
from acd.events import (
    CallbackAsked,
    CallbackRecovered,
    CallbacksPaused,
    CallerGone,
    CallQueued,
    CitizenAnswered,
    CitizenFailed,
    EndWrapUp,
    Joined,
    LogIn,
    OfferAnswered,
    PhoneChanged,
    Ready,
    SeatLegGone,
)
from acd.settings import (
    CallbackSettings,
    LineSettings,
)
from acd.types import (
    CalloutFailure,
    CancelCause,
    Phone,
    TicketState,
)
from tests.unit.acd.callback_play import OFFER, RULES, TICKET, asked, called, rung, talking, ticket
from tests.unit.acd.floor_play import Play

# Expiry


def test_given_a_callback_that_waits_when_it_is_too_late_then_expired():
    play = asked()
    play.until(605_009)
    assert len(play.floor.open_tickets()) == 1
    play.until(605_010)
    assert play.last == (
        Record("callback.closed", "c1", data={"ticket": TICKET, "state": "expired", "attempts": 0}),
        TicketClosed(TICKET, TicketState.EXPIRED),
    )
    assert play.floor.waiting() == ()


def test_given_a_callback_that_rings_when_it_is_too_late_then_the_phone_stops_and_it_expires():
    play = asked()
    play(LogIn(1, "op-1"), at=600_000)
    play.until(605_010)
    assert play.last[0] == CancelRing(OFFER, CancelCause.WITHDRAWN)
    assert play.of(TicketClosed) == [TicketClosed(TICKET, TicketState.EXPIRED)]
    assert (play.state(1), play.misses(1)) == ("ready", {})


def test_given_a_callback_that_waits_for_its_retry_when_it_is_too_late_then_expired():
    play = called(callback=CallbackSettings(attempts=9, retry_ms=700_000, expiry_ms=600_000))
    play(CitizenFailed(OFFER, CalloutFailure.BUSY))
    assert play.floor.call(TICKET).state.value == "parked"
    play.until(605_010)
    assert play.of(TicketClosed) == [TicketClosed(TICKET, TicketState.EXPIRED)]
    assert not play.floor.timers


@pytest.mark.parametrize("event", [CitizenFailed(OFFER, CalloutFailure.BUSY), SeatLegGone(OFFER)])
def test_given_it_was_under_way_when_it_is_too_late_and_it_fails_then_expired(event):
    play = called(callback=CallbackSettings(attempts=9, expiry_ms=10_000))
    play.until(16_000)
    assert play.of(TicketClosed) == []
    play(event)
    assert play.last[-1] == TicketClosed(TICKET, TicketState.EXPIRED)
    assert not play.floor.timers


def test_given_it_was_under_way_when_it_is_too_late_but_reached_then_it_is_a_talk():
    play = called(callback=CallbackSettings(expiry_ms=10_000))
    play.until(16_000)
    play(CitizenAnswered(OFFER), Joined(OFFER), CallerGone(TICKET))
    assert play.of(TicketClosed) == [TicketClosed(TICKET, TicketState.REACHED)]


# Quiet hours


def test_given_quiet_hours_when_they_begin_then_no_callback_is_begun_and_live_callers_are_served():
    play = asked()
    assert play(CallbacksPaused(paused=True)) == ()
    play(CallQueued("c2"), LogIn(1, "op-1"))
    assert play.rings() == [("c2", 1)]
    assert (play.floor.call(TICKET).state.value, ticket(play).state) == ("parked", TicketState.WAITING)
    play(CallbacksPaused(paused=True), CallerGone("c2"))
    assert play.rings() == []
    play(CallbacksPaused(paused=False))
    assert play.rings() == [(TICKET, 1)]


def test_given_a_callback_rings_a_seat_when_quiet_hours_begin_then_it_is_taken_back_without_a_miss():
    play = rung()
    play(CallbacksPaused(paused=True))
    assert play.last[0] == CancelRing(OFFER, CancelCause.WITHDRAWN)
    assert play.moves(1) == ["ringing>ready"]
    assert play.misses(1) == {}
    assert play.floor.call(TICKET).state.value == "parked"
    assert ticket(play).position is None


def test_given_a_callback_under_way_when_quiet_hours_begin_then_it_goes_on():
    play = called()
    assert play(CallbacksPaused(paused=True)) == ()
    play(CitizenAnswered(OFFER), Joined(OFFER))
    assert play.floor.call(TICKET).state.value == "talking"


def test_given_quiet_hours_when_an_attempt_fails_or_a_retry_is_due_then_it_stays_parked_until_they_end():
    play = called()
    play(CallbacksPaused(paused=True), CitizenFailed(OFFER, CalloutFailure.BUSY), at=20_000)
    play.until(80_000)
    assert play.rings() == []
    assert (ticket(play).state, ticket(play).position) == (TicketState.WAITING, None)
    play(CallbacksPaused(paused=False))
    assert play.rings() == [(TICKET, 1)]


def test_given_a_retry_that_is_not_due_when_quiet_hours_end_then_it_still_waits():
    play = called()
    play(CitizenFailed(OFFER, CalloutFailure.BUSY), at=20_000)
    play(CallbacksPaused(paused=True), CallbacksPaused(paused=False))
    assert play.rings() == []
    assert ticket(play).state is TicketState.RETRY


def test_given_quiet_hours_when_a_callback_is_asked_then_it_waits_for_the_morning():
    play = Play(seats=1, callback=RULES)
    play(CallbacksPaused(paused=True), CallQueued("c1"), CallbackAsked("c1", "key"))
    assert play.rings() == [("c1", 1)]
    assert play.floor.call(TICKET).state.value == "parked"


# After a restart


def test_given_an_open_callback_when_recovered_then_it_stands_where_it_stood():
    play = Play(seats=1, logged_in=False, callback=RULES)
    play(CallQueued("c5"), at=50_000)
    recovered = CallbackRecovered("c1-cb", "key", 20_000, 10_000, attempts=1, offers=4, priority=0)
    commands = play(recovered, at=60_000)
    assert commands == (StartTimer(play.timer("expiry"), 620_000),)
    assert play.order() == [TICKET, "c5"]
    view = ticket(play)
    assert (view.call, view.asked_ms, view.due_ms, view.attempts) == ("c1", 20_000, 0, 1)
    assert (view.caller, play.floor.callers[TICKET].caller) == ("key", "key")
    play(PhoneChanged(1, Phone.REGISTERED), LogIn(1, "op-1"))
    assert play.of(Ring) == [Ring("c1-cb.5", TICKET, 1)]
    play(OfferAnswered("c1-cb.5"), CitizenFailed("c1-cb.5", CalloutFailure.BUSY))
    assert play.of(TicketClosed) == [TicketClosed(TICKET, TicketState.UNREACHED)], "its second attempt"


def test_given_a_line_with_a_priority_when_its_callback_is_recovered_then_so_it_stands():
    lines = {"high": LineSettings(priority=2, weight_ms=1_000)}
    play = Play(seats=1, logged_in=False, lines=lines)
    play(CallbackRecovered(TICKET, "key", 20_000, 10_000, line="high", priority=3), at=60_000)
    assert play.floor.call(TICKET).priority == 5
    assert play.floor.callers[TICKET].place.at_ms == 9_000


def test_given_a_callback_that_is_not_due_when_recovered_then_it_waits_for_its_time():
    play = Play(seats=1, callback=RULES)
    play(CallbackRecovered(TICKET, "key", 0, 0, due_ms=90_000), at=60_000)
    assert play.of(StartTimer)[1] == StartTimer(play.timer("retry"), 90_000)
    assert ticket(play).state is TicketState.RETRY
    assert play.rings() == []
    play.until(90_000)
    assert play.rings() == [(TICKET, 1)]


def test_given_a_callback_due_this_moment_when_recovered_then_it_rings():
    play = Play(seats=1, callback=RULES)
    play(CallbackRecovered(TICKET, "key", 0, 0, due_ms=60_000), at=60_000)
    assert play.rings() == [(TICKET, 1)]


def test_given_times_in_the_future_when_recovered_then_they_count_as_now():
    play = Play(seats=1, logged_in=False, callback=RULES)
    play(CallbackRecovered(TICKET, "key", 99_000, 99_000), at=60_000)
    assert ticket(play).asked_ms == 60_000
    assert play.floor.call(TICKET).queued_ms == 60_000


def test_given_an_expired_callback_when_recovered_then_it_closes_at_once():
    play = Play(seats=1, logged_in=False, callback=RULES)
    play(CallbackRecovered(TICKET, "key", 0, 0), at=9_000_000)
    play.until(9_000_000)
    assert play.of(TicketClosed) == [TicketClosed(TICKET, TicketState.EXPIRED)]


def test_given_the_operator_is_ready_after_wrap_up_when_more_callbacks_wait_then_the_next():
    play = talking()
    play(CallQueued("c2", caller="k2"), CallbackAsked("c2", "k2"), CallerGone(TICKET), EndWrapUp(1), Ready(1))
    assert play.rings() == [("c2-cb", 1)]
