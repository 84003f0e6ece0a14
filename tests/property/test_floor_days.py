"""Long days at random: hundreds of events each, so that the rare joint states come up too.

Hypothesis draws the seed only; the state machine of test_floor_laws.py shrinks, this one goes far.
"""

from collections import Counter
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from acd.events import TimerFired
from acd.offer import OFFER_TABLE
from acd.seat import SEAT_TABLE
from acd.types import OfferState
from tests.property.floor_events import MAKERS, seat_is_manned
from tests.property.floor_settings import any_settings
from tests.property.floor_world import World

EVENTS_A_DAY = 250


def play_day(seed: int) -> World:
    random = Random(seed)
    world = World(any_settings(random.choice))
    makers = [seat_is_manned] * 4 + random.choices(list(MAKERS), list(MAKERS.values()), k=EVENTS_A_DAY)
    for maker in makers:
        for event in maker(world, random.choice):
            world.feed(event)
    world.close()
    return world


@pytest.mark.parametrize("seed", range(10))
def test_given_a_fixed_day_when_played_then_the_laws_hold(seed):
    play_day(seed)


@settings(max_examples=settings().max_examples // 4, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_given_a_long_day_when_anything_happens_then_the_laws_hold(seed):
    play_day(seed)


def test_given_fixed_days_when_counted_then_every_cell_of_the_tables_was_visited():
    seen = Counter()
    for seed in range(10, 70):
        seen.update(play_day(seed).seen)
    tables = (OFFER_TABLE, SEAT_TABLE)
    cells = {(row, kind) for table in tables for row, moves in table.items() for kind in moves}
    cells -= {(OfferState.TALKING, TimerFired), (OfferState.HOLD, TimerFired)}  # a talk has no timer
    assert cells - set(seen) == set()
