"""A connection that stands still or breaks with requests on their way: nobody stays unanswered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from acd.events import LogIn
from acd.types import TimerPurpose
from ari import Fault
from tests.unit.controller.controller_rig import Alone, Whole, bridge_json, channel_json, until


@pytest.fixture
async def alone() -> Any:
    made = Alone(greeting=False, busy=False)
    yield made
    made.call.gone()


def answers_asked(alone: Alone) -> int:
    return len(alone.asterisk.asked("POST", "/channels/chan/answer"))


async def some_turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


# --- picking up ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_up", [False, True])
async def test_given_an_answer_lost_with_the_connection_when_it_is_back_then_the_caller_is_picked_up(
    alone: Alone, is_up: bool
) -> None:
    alone.asterisk.fails("/channels/chan/answer", Fault.DISCONNECTED, maybe_done=True)
    alone.call.start()
    await some_turns()
    assert (answers_asked(alone), alone.rows("call.answered")) == (1, [])
    alone.asterisk.answers.clear()
    alone.call.reconnected(is_up=is_up)
    alone.call.reconnected(is_up=True)
    await some_turns()
    assert answers_asked(alone) == (1 if is_up else 2)
    assert len(alone.rows("call.answered")) == 1


@pytest.mark.parametrize("state", ["Ring", "Up"])
async def test_given_no_reply_to_an_answer_in_time_then_asterisk_is_asked_what_became_of_it(
    alone: Alone, state: str
) -> None:
    alone.asterisk.fails("/channels/chan/answer", Fault.TIMEOUT, maybe_done=True)
    alone.asterisk.answers["/channels/chan"] = channel_json("chan", state=state)
    alone.call.start()
    alone.asterisk.answers.pop("/channels/chan/answer")
    await until(lambda: len(alone.rows("call.answered")) == 1, "picked up")
    assert answers_asked(alone) == (1 if state == "Up" else 2)
    assert alone.call.outcome is None


async def test_given_a_caller_who_leaves_before_the_answer_is_known_then_nothing_more_is_asked(
    alone: Alone,
) -> None:
    alone.asterisk.fails("/channels/chan/answer", Fault.TIMEOUT, maybe_done=True)
    alone.call.start()
    alone.call.gone()
    await some_turns()
    assert answers_asked(alone) == 1
    assert alone.rows("call.answered") == []


async def test_given_a_way_to_the_fallback_lost_with_the_connection_then_it_is_asked_again(
    alone: Alone,
) -> None:
    alone.call.start()
    alone.call._fall_back(RuntimeError("as the test says"))
    alone.call.reconnected(is_up=True)
    assert len(alone.asterisk.asked("POST", "/channels/chan/continue")) == 2


async def test_given_no_reply_to_the_way_to_the_fallback_then_it_is_asked_again_until_he_has_left(
    alone: Alone,
) -> None:
    alone.asterisk.fails("/channels/chan/continue", Fault.TIMEOUT, maybe_done=True)
    alone.call.start()
    alone.call._fall_back(RuntimeError("as the test says"))
    await until(lambda: len(alone.asterisk.asked("POST", "/channels/chan/continue")) > 2, "asked again")
    alone.call.close("hangup")
    await some_turns()
    asked = len(alone.asterisk.asked("POST", "/channels/chan/continue"))
    await some_turns()
    assert len(alone.asterisk.asked("POST", "/channels/chan/continue")) == asked


# --- the whole controller -----------------------------------------------------------------------------------


@pytest.fixture
async def serving(open_whole: Callable[..., Whole]) -> Whole:
    whole = open_whole(floor={"wrap_up_s": 1, "ring_time_s": 8})
    await whole.connects()
    whole.controller.dispatcher.submit(LogIn(1, whole.settings.operators[0].id))
    return whole


def timer(whole: Whole, purpose: TimerPurpose) -> str:
    (token,) = (
        name for name, one in whole.controller.dispatcher.floor.timers.items() if one.purpose is purpose
    )
    return token


async def test_given_asterisk_has_not_been_heard_when_a_timer_is_due_then_it_waits_until_it_is_heard(
    serving: Whole,
) -> None:
    call = serving.calls_in("c")
    offer = serving.offer_of(call)
    controller = serving.controller
    heard_s = controller._heard_s
    assert heard_s is not None
    controller._heard_s = heard_s - 10  # we stood still for so long
    controller.dispatcher._timer_due(timer(serving, TimerPurpose.RING))
    assert serving.seat(1) == "ringing"
    serving.talks("c", call)  # what had been waiting to be read: the phone was picked up in time
    await asyncio.sleep(0.15)
    assert serving.seat(1) == "talking"
    assert serving.offer_of(call) == offer


async def test_given_asterisk_is_heard_when_a_timer_is_due_then_it_counts_at_once(serving: Whole) -> None:
    serving.calls_in("c")
    serving.controller.dispatcher._timer_due(timer(serving, TimerPurpose.RING))
    assert serving.seat(1) != "ringing"


@pytest.mark.parametrize("together", [True, False])
async def test_given_the_time_for_joining_runs_out_then_who_is_together_in_asterisk_is_not_taken_apart(
    serving: Whole, together: bool
) -> None:
    call = serving.calls_in("c")
    offer = serving.offer_of(call)
    serving.asterisk.starts(f"offer-{offer}", "offer", offer)
    inside = ("c", f"offer-{offer}") if together else ("c",)
    serving.asterisk.answers[f"/bridges/talk-{offer}"] = bridge_json(f"talk-{offer}", *inside)
    serving.controller.dispatcher._timer_due(timer(serving, TimerPurpose.CONNECT))
    if together:
        await until(lambda: serving.seat(1) == "talking", "they talk")
        assert f"offer-{offer}" not in serving.asterisk.hung_up()
    else:
        await until(lambda: f"offer-{offer}" in serving.asterisk.hung_up(), "taken apart")


async def test_given_an_asterisk_too_slow_to_reconcile_with_then_it_is_done_again(
    open_whole: Callable[..., Whole], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.controller.RECONCILE_AGAIN_S", 0.01)
    whole = open_whole()
    whole.asterisk.fails("/applications", Fault.TIMEOUT, maybe_done=True)
    whole.asterisk._opened()
    await until(lambda: len(whole.asterisk.asked("PUT", "/applications")) > 1, "tried again")
    whole.asterisk.answers.pop("/applications")
    await until(whole.controller.ready.is_set, "reconciled")
