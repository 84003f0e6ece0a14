"""Keys, overflow and callback on a citizen's call: what is cut short, kept, and asked of the floor."""

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

import ivr.callback
import ivr.choice
from acd.events import CallbackAsked, CallerGone, CallQueued
from acd.settings import Destination
from acd.types import OverflowCause, Toward
from config import from_ms
from ivr.arrival import Arrival
from tests.unit.controller.controller_rig import TUESDAY, Alone, until

CHOICE = Destination(Toward.CHOICE)
ANNOUNCE = Destination(Toward.ANNOUNCE)
HANG_UP = Destination(Toward.HANG_UP)
KEY = "key of +81262261234"


@pytest.fixture
async def alone():
    made = Alone(greeting=False)
    made.press = presser(made)
    yield made
    made.call.gone()


def presser(alone):
    moments = itertools.count()

    def press(keys):
        for key in keys:
            alone.call.digit(key, from_ms(TUESDAY) + timedelta(milliseconds=100 * next(moments)))

    return press


async def waiting(alone):
    alone.call.start()
    alone.call.playback_finished(await alone.hears("busy"), "done")
    await until(lambda: len(alone.asterisk.asked("POST", "/channels/chan/moh")) == 2, "music again")


async def diverted(alone, to=CHOICE, cause=OverflowCause.WAITED):
    await waiting(alone)
    alone.call.divert(cause, to)


def guidance(alone):
    return [(row["id"], row["part"]) for row in alone.rows("call.guidance")][2:]


def stopped(alone):
    return [r.path.removeprefix("/playbacks/") for r in alone.asterisk.asked("DELETE", "/playbacks/")]


async def test_given_an_overflow_on_entry_then_only_its_script_speaks():
    alone = Alone(greeting=False)
    submit = alone.call._at.submit

    def floor(event):
        submit(event)
        if isinstance(event, CallQueued):
            alone.call.divert(OverflowCause.QUEUE_FULL, ANNOUNCE)

    alone.call._at = replace(alone.call._at, submit=floor)
    for greeting in (False, True):
        script = replace(alone.call._at.script, arrival=Arrival(greeting=greeting))
        alone.call._at = replace(alone.call._at, script=script)
        alone.asterisk.requests.clear()
        alone.call.start()
        if greeting:
            alone.call.playback_finished(await alone.hears("greeting"), "done")
        alone.call.playback_finished(await alone.hears("overflow.queue_full"), "done")
        await until(lambda: bool(alone.asterisk.asked("POST", "/channels/chan/moh")), "music")
        assert not [r for r in alone.asterisk.asked("POST", "/channels/chan/play/") if "busy" in str(r.query)]
    alone.call.gone()


async def test_given_a_text_that_plays_when_an_overflow_comes_then_it_stops_and_the_new_one_is_heard(alone):
    alone.call.start()
    busy = await alone.hears("busy")
    alone.call.divert(OverflowCause.WAITED, ANNOUNCE)
    await alone.hears("overflow.waited")
    assert stopped(alone) == [busy]


async def test_given_a_question_when_a_key_is_pressed_then_it_stops_and_the_answer_counts_at_once(alone):
    await diverted(alone)
    playback = await alone.hears("overflow.waited")
    alone.press("1")
    await alone.hears("overflow.wait_on")
    assert stopped(alone) == [playback]
    assert guidance(alone)[:2] == [("overflow.waited", "started"), ("overflow.waited", "stopped")]
    assert alone.rows("call.chose") == [{"choice": "wait_on"}]


async def test_given_keys_pressed_to_the_music_then_they_answer_no_later_question(alone):
    await waiting(alone)
    alone.press("222")
    alone.call.divert(OverflowCause.WAITED, CHOICE)
    await alone.hears("overflow.waited")
    assert stopped(alone) == []
    assert alone.rows("call.chose") == []


async def test_given_no_key_then_the_caller_waits_on_with_music_and_the_floor_is_not_asked(
    alone, monkeypatch
):
    monkeypatch.setattr(ivr.choice, "KEY_WAIT_S", 0.01)
    await diverted(alone)
    alone.call.playback_finished(await alone.hears("overflow.waited"), "done")
    alone.call.playback_finished(await alone.hears("overflow.wait_on"), "done")
    await until(lambda: len(alone.asterisk.asked("POST", "/channels/chan/moh")) == 3, "music again")
    assert alone.events == [CallQueued("c1", caller=KEY)]
    assert alone.rows("call.chose") == [{"choice": "no_key"}]


async def test_given_2_and_1_then_the_floor_is_asked_with_the_number_at_hand_then_good_bye(alone):
    seen = []

    def floor(event):
        seen.append((event, alone.call.callback_number))

    await diverted(alone)
    alone.call._at = replace(alone.call._at, submit=floor)
    await alone.hears("choice.callback")
    alone.press("2")
    await alone.hears("callback.shown_or_other")
    alone.press("1")
    alone.call.playback_finished(await alone.hears("callback.done"), "done")
    await until(lambda: alone.asterisk.hung_up() == ["chan"])
    assert seen == [(CallbackAsked("c1", KEY), "+81262261234")]


async def test_given_a_number_read_back_then_no_digit_of_it_stands_in_the_journal(alone):
    await diverted(alone)
    await alone.hears("choice.callback")
    alone.press("2")
    await alone.hears("digit.dash")
    assert not [row for row in alone.rows("call.guidance") if row["id"].startswith("digit")]


@pytest.mark.parametrize("typed", ["09012345678", "09012345678#", "0266*09012345678", "1840262269876#"])
async def test_given_a_number_typed_then_it_is_read_back_and_taken_whether_ended_by_the_hash_or_not(typed):
    alone = Alone(greeting=False)
    press = presser(alone)
    await diverted(alone)
    await alone.hears("choice.callback")
    press("2")
    await alone.hears("callback.shown")
    press("2")
    await alone.hears("callback.ask_number")
    press(typed)
    await alone.hears("callback.typed_or_again")
    press("1")
    await alone.hears("callback.done")
    asked = [event for event in alone.events if isinstance(event, CallbackAsked)]
    number = "+81262269876" if typed.startswith("184") else "+819012345678"
    assert asked == [CallbackAsked("c1", f"key of {number}")]
    alone.call.gone()


async def test_given_nothing_typed_then_the_wait_for_digits_ends_and_it_is_asked_again(alone, monkeypatch):
    monkeypatch.setattr(ivr.callback, "DIGIT_WAIT_S", 0.01)
    await diverted(alone)
    await alone.hears("choice.callback")
    alone.press("2")
    await alone.hears("callback.shown")
    alone.press("2")
    alone.call.playback_finished(await alone.hears("callback.ask_number"), "done")
    await alone.hears("callback.unfit.incomplete")


async def test_given_somebody_leaning_on_a_key_then_the_number_ends_by_its_length(alone):
    await diverted(alone)
    await alone.hears("choice.callback")
    alone.press("2")
    await alone.hears("callback.shown")
    alone.press("2")
    await alone.hears("callback.ask_number")
    alone.press("9" * 50)
    await alone.hears("callback.unfit.incomplete")


@pytest.mark.parametrize("keys", ["", "2", "22", "22090"])
async def test_given_the_dialogue_at_any_point_when_connected_then_quiet_at_once_and_nothing_more(
    alone, keys
):
    await diverted(alone)
    playback = await alone.hears("overflow.waited")
    for key, text in zip(keys, ("callback.shown", "callback.ask_number", None, None, None), strict=False):
        alone.press(key)
        if text:
            playback = await alone.hears(text)
    alone.call.fall_quiet()
    assert playback in stopped(alone)
    asked = len(alone.asterisk.requests)
    alone.press("1")
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(alone.asterisk.requests) == asked
    assert [event for event in alone.events if isinstance(event, CallbackAsked)] == []


async def test_given_a_caller_who_chooses_when_another_overflow_comes_then_only_an_end_interrupts(alone):
    await diverted(alone)
    playback = await alone.hears("choice.callback")
    alone.call.divert(OverflowCause.PREDICTED_WAIT, ANNOUNCE)
    assert stopped(alone) == []
    alone.call.divert(OverflowCause.CLOSING, HANG_UP)
    alone.call.playback_finished(await alone.hears("overflow.good_bye"), "done")
    assert stopped(alone) == [playback]
    await until(lambda: alone.asterisk.hung_up() == ["chan"])


async def test_given_a_number_outside_then_the_text_and_then_handed_on(alone):
    await diverted(alone, Destination(Toward.NUMBER, "0262269999"))
    alone.call.playback_finished(await alone.hears("overflow.number"), "done")
    await until(lambda: alone.transferred == [("c1", "0262269999")])


async def test_given_a_caller_taken_out_then_told_and_hung_up(alone):
    await waiting(alone)
    alone.call.take_out()
    alone.call.playback_finished(await alone.hears("taken_out"), "done")
    await until(lambda: alone.asterisk.hung_up() == ["chan"])


async def test_given_a_hang_up_in_the_dialogue_then_the_floor_hears_it_once_and_no_callback_is_asked(alone):
    await diverted(alone)
    await alone.hears("choice.callback")
    alone.press("2")
    await alone.hears("callback.shown")
    alone.call.gone()
    alone.press("1")
    alone.call.close("hangup")
    for _ in range(5):
        await asyncio.sleep(0)
    assert alone.events == [CallQueued("c1", caller=KEY), CallerGone("c1")]


async def test_given_a_withheld_number_then_the_floor_gets_no_key(alone):
    alone.call.caller = type(alone.call.caller)(None, alone.call.caller.withheld)
    alone.call.start()
    await until(lambda: alone.events == [CallQueued("c1")])
