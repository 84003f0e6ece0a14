"""What was remembered of a citizen means nothing once the settings have switched it off."""

from acd.events import CallerGone, CallQueued, LogIn, SeatLegGone
from tests.unit.acd.floor_play import Play


def test_given_a_place_kept_when_switched_off_and_the_clock_goes_back_then_a_new_place():
    play = Play(logged_in=False, keep_place_ms=60_000)
    play(CallQueued("a", caller="k"), CallQueued("b"), CallerGone("a"))
    play.reconfigure(keep_place_ms=0)
    play(CallQueued("a2", caller="k"), at=900)
    assert play.floor.call("a2").queued_ms == play.floor.callers["a2"].place.at_ms == 900


def test_given_an_operator_remembered_when_switched_off_and_the_clock_goes_back_then_anybody():
    play = Play(1, same_operator_ms=60_000)
    offer = play.talk("a", caller="k")
    play(SeatLegGone(offer), LogIn(1, "op-1"))
    play.reconfigure(same_operator_ms=0)
    play(CallQueued("a2", caller="k"), at=900)
    assert play.floor.callers["a2"].prefers is None
