"""What is heard late, because we stood still, ends when it ended; and a call is picked up in the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config import Clock, from_ms
from controller.lateness import REMEMBERED, Lateness
from db import call_facts
from tests.unit.controller.controller_rig import TUESDAY, Whole

NOW = 1_795_482_000_000


class SetClock(Clock):
    at_ms = NOW

    def now_ms(self) -> int:
        return self.at_ms


@pytest.mark.parametrize(
    ("late_ms", "found"),
    [(0, NOW), (900, NOW), (1_001, NOW - 1_001), (6_000, NOW - 6_000), (61_000, NOW), (3_600_000, NOW)],
)
def test_given_an_event_when_it_is_heard_so_late_then_it_counts_from_its_own_moment_or_from_now(
    late_ms: int, found: int
) -> None:
    lateness = Lateness(SetClock())
    lateness.happened_ms(from_ms(NOW))
    assert lateness.happened_ms(from_ms(NOW) - timedelta(milliseconds=late_ms)) == found


def test_given_an_asterisk_whose_clock_is_behind_then_the_difference_is_no_lateness() -> None:
    lateness = Lateness(SetClock())
    told = from_ms(NOW) - timedelta(seconds=40)
    assert lateness.happened_ms(told) == NOW
    assert lateness.happened_ms(told) == NOW
    assert lateness.happened_ms(told - timedelta(seconds=5)) == NOW - 5_000


def test_given_an_event_on_its_way_when_the_clock_is_set_back_then_later_ones_are_not_taken_for_late() -> (
    None
):
    clock = SetClock()
    lateness = Lateness(clock)
    on_its_way = from_ms(NOW)
    clock.at_ms = NOW - 30_000
    assert lateness.happened_ms(on_its_way) == clock.at_ms
    assert lateness.happened_ms(from_ms(clock.at_ms)) == clock.at_ms
    assert lateness.happened_ms(from_ms(clock.at_ms) - timedelta(seconds=5)) == clock.at_ms - 5_000


def test_given_an_asterisk_whose_clock_is_set_back_then_its_events_are_late_for_a_thousand_of_them_only() -> (
    None
):
    lateness = Lateness(SetClock())
    for _ in range(REMEMBERED):
        assert lateness.happened_ms(from_ms(NOW)) == NOW
    found = [lateness.happened_ms(from_ms(NOW - 5_000)) for _ in range(2 * REMEMBERED)]
    assert found == [NOW - 5_000] * REMEMBERED + [NOW] * REMEMBERED
    assert lateness.happened_ms(from_ms(NOW - 9_000)) == NOW - 4_000


async def test_given_a_controller_that_stood_still_then_calls_began_and_ended_in_their_time(
    whole: Whole,
) -> None:
    await whole.connects()
    before = whole.calls_in("before")
    whole.clock.at_ms += 6_000  # what came and went meanwhile is read all at once
    meanwhile = whole.calls_in("meanwhile")
    whole.asterisk.hangs_up("before")
    whole.asterisk.leaves("before")
    whole.stored()
    with whole.database.read() as connection:
        facts = call_facts(connection, [before, meanwhile])
    began_ms, ended_ms = facts[meanwhile].received_ms, facts[before].ended_ms
    assert ended_ms is not None
    assert TUESDAY <= began_ms <= ended_ms < TUESDAY + 1_000
    assert whole.clock.at_ms - (facts[meanwhile].queued_ms or 0) == 0
