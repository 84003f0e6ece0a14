"""Overflow where several lines share the seats: each line's limits look at its own callers only."""

import pytest

from acd.commands import CallSettled
from acd.events import CallQueued
from acd.settings import Destination, LineSettings, OverflowRule
from acd.types import OverflowCause, Toward
from tests.unit.acd.floor_play import Play


@pytest.mark.parametrize("ringing", [False, True])
def test_given_callers_of_another_line_before_when_a_queue_is_too_long_then_its_last_ones_go(ringing):
    rule = OverflowRule(OverflowCause.QUEUE_FULL, 1, Destination(Toward.HANG_UP), on_entry=False)
    play = Play(1, logged_in=ringing, lines={"a": LineSettings(overflow=(rule,))}, ring_time_ms=60_000)
    play(CallQueued("b1"), CallQueued("b2"), CallQueued("b3"))
    play(CallQueued("a1", line="a"), CallQueued("a2", line="a"), CallQueued("a3", line="a"))
    play.until(10_000)
    settled = [command.call for command in play.all if isinstance(command, CallSettled)]
    assert settled == ["a2", "a3"]
    assert play.order() == ["b1", "b2", "b3", "a1"]


def test_given_a_caller_whose_phone_rings_when_its_queue_is_too_long_then_it_counts_as_one_before():
    rule = OverflowRule(OverflowCause.QUEUE_FULL, 1, Destination(Toward.HANG_UP), on_entry=False)
    play = Play(1, lines={"a": LineSettings(overflow=(rule,))}, ring_time_ms=60_000)
    play(CallQueued("a1", line="a"), CallQueued("a2", line="a"))
    play.until(10_000)
    assert [command.call for command in play.all if isinstance(command, CallSettled)] == ["a2"]
