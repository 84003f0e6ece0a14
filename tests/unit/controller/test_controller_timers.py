"""One-shot timers: a stopped one never fires, a replaced one fires once and at its new time."""

import pytest

from controller.timers import Timers
from tests.unit.controller.controller_rig import TUESDAY, SetClock, until


@pytest.fixture
def fired():
    return []


@pytest.fixture
async def timers(fired):
    timers = Timers(SetClock(), fired.append)
    yield timers
    timers.close()


async def test_given_several_timers_then_each_fires_once_in_the_order_of_their_times(timers, fired):
    timers.start("late", TUESDAY + 20)
    timers.start("early", TUESDAY + 5)
    timers.start("past", TUESDAY - 1000)
    await until(lambda: "late" in fired)
    assert fired == ["past", "early", "late"]


async def test_given_a_stopped_timer_then_it_never_fires(timers, fired):
    timers.start("stopped", TUESDAY + 5)
    timers.start("sign", TUESDAY + 15)
    timers.stop("stopped")
    timers.stop("never known")
    await until(lambda: "sign" in fired)
    assert fired == ["sign"]


async def test_given_a_timer_that_is_due_when_it_is_stopped_in_the_same_turn_then_it_never_fires(
    timers, fired
):
    timers.start("due", TUESDAY)
    timers.stop("due")
    timers.start("sign", TUESDAY)
    await until(lambda: bool(fired))
    assert fired == ["sign"]


async def test_given_a_replaced_timer_then_only_the_newer_fires(timers, fired):
    timers.start("t", TUESDAY + 5)
    timers.start("t", TUESDAY + 25)
    timers.start("between", TUESDAY + 15)
    await until(lambda: "t" in fired)
    assert fired == ["between", "t"]


async def test_given_a_timer_that_fired_then_it_can_be_started_again(timers, fired):
    timers.start("t", TUESDAY)
    await until(lambda: fired == ["t"])
    timers.start("t", TUESDAY)
    await until(lambda: fired == ["t", "t"])


async def test_given_close_then_no_timer_fires(timers, fired):
    timers.start("a", TUESDAY + 5)
    timers.close()
    timers.start("sign", TUESDAY + 15)
    await until(lambda: bool(fired))
    assert fired == ["sign"]
