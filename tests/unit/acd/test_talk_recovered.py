"""A talk that goes on over a restart of the controller."""

import pytest

from acd.commands import CallSettled, Record
from acd.events import (
    CallerGone,
    SeatLegGone,
    TalkRecovered,
)
from acd.settings import LineSettings, WrapUp
from tests.unit.acd.floor_play import Play


def test_given_a_blank_floor_when_a_talk_is_recovered_then_it_ends_as_any_other():
    play = Play(seats=1, logged_in=False)
    play(TalkRecovered("c1", "c1.3", 1, "op-1", connected_ms=500, queued_ms=100), at=9_000)
    state = {"from": "logged_out", "to": "talking", "reason": "recovered"}
    assert play.last == (
        Record("seat.login", seat=1, operator="op-1"),
        Record("seat.state", "c1", 1, "op-1", "c1.3", state),
    )
    assert play.floor.seat(1).since_ms == 500
    view = play.floor.call("c1")
    assert (view.state.value, view.queued_ms, view.operator, view.position) == ("talking", 100, "op-1", None)
    play(CallerGone("c1"))
    assert play.state(1) == "wrap_up"
    assert len(play.of(CallSettled)) == 1


def test_given_a_line_when_its_talk_is_recovered_then_it_is_a_call_of_that_line():
    lines = {"high": LineSettings(priority=5, wrap_up=WrapUp(7_000))}
    play = Play(seats=1, logged_in=False, lines=lines)
    play(TalkRecovered("c1", "c1.1", 1, "op-1", 500, 100, line="high"))
    assert (play.floor.call("c1").line, play.floor.call("c1").priority) == ("high", 5)
    play(CallerGone("c1"), at=20_000)
    assert play.timers("wrap_up") == [27_000]


def test_given_a_seat_that_settings_lack_when_its_talk_is_recovered_then_it_goes_after_the_talk():
    play = Play(seats=1, logged_in=False)
    play(TalkRecovered("c1", "c1.1", 7, "op-7", 500, 100))
    assert play.state(7) == "talking"
    play(SeatLegGone("c1.1"))
    assert play.state(7) == "gone"


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (TalkRecovered("c1", "c1.9", 2, "op-2", 0, 0), "call_known"),
        (TalkRecovered("c9", "c1.1", 2, "op-2", 0, 0), "call_known"),
        (TalkRecovered("c9", "c9.1", 1, "op-1", 0, 0), "seat_busy"),
        (TalkRecovered("c9", "c9.1", 2, "op-9", 0, 0), "seat_taken"),
        (TalkRecovered("c9", "c9.1", 2, "op-1", 0, 0), "operator_elsewhere"),
        (TalkRecovered("c9", "c9.1", 2, "", 0, 0), "no_operator"),
    ],
)
def test_given_a_floor_in_use_when_an_impossible_talk_is_recovered_then_refused(event, code):
    play = Play().talking()
    before = play.picture()
    play(event)
    assert play.refused() == [code]
    assert play.picture() == before
