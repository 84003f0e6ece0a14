"""A citizen's call: one exit door, whatever comes and in whatever order."""

import asyncio
import itertools

import pytest

from acd.caller import Place
from acd.events import CallerGone, CallQueued
from ari import Fault
from controller import speech
from tests.unit.controller.controller_rig import NIGHT, Alone, until

KEY = "key of +81262261234"


@pytest.fixture
async def alone():
    made = Alone()
    yield made
    made.call.gone()


async def greeted(alone):
    """Through the greeting, into the queue."""
    alone.call.start()
    alone.call.playback_finished(await alone.hears("greeting"), "done")
    await until(lambda: alone.call.queued, "queued")


async def test_given_an_open_line_then_answer_greeting_queue_busy_text_in_this_order(alone):
    await greeted(alone)
    await alone.hears("busy")
    assert alone.asterisk.requests[0].path == "/channels/chan/answer"
    assert alone.events == [CallQueued("c1", caller=KEY)]
    parts = [(row["id"], row["part"]) for row in alone.rows("call.guidance")]
    assert parts == [("greeting", "started"), ("greeting", "finished"), ("busy", "started")]


def enders(alone):
    def script_fails():
        alone.call._fall_back(RuntimeError("as the test says"))

    return {
        "gone": alone.call.gone,
        "closed": lambda: alone.call.close("hangup"),
        "closed again": lambda: alone.call.close("16"),
        "failed": script_fails,
    }


@pytest.mark.parametrize("order", list(itertools.permutations(["gone", "closed", "closed again", "failed"])))
async def test_given_every_order_of_hang_up_end_and_failure_then_ended_once_and_the_floor_told_once(order):
    alone = Alone()
    await greeted(alone)
    for name in order:
        enders(alone)[name]()
    assert len(alone.rows("call.ended")) == 1
    assert alone.events == [CallQueued("c1", caller=KEY), CallerGone("c1")]


async def test_given_a_hang_up_as_the_greeting_ends_then_the_script_does_not_go_on(alone):
    alone.call.start()
    playback = await alone.hears("greeting")
    alone.call.playback_finished(playback, "failed")  # both in one turn of the loop, as Asterisk sends them
    alone.call.close("hangup")
    for _ in range(5):
        await asyncio.sleep(0)
    assert not alone.call.queued


async def test_given_a_hang_up_in_the_greeting_then_abandoned_in_guidance_and_the_floor_never_hears(alone):
    alone.call.start()
    await alone.hears("greeting")
    alone.call.gone()
    alone.call.close("hangup")
    assert alone.rows("call.ended") == [
        {"outcome": "abandoned_in_guidance", "queued": False, "cause": "hangup"}
    ]
    assert alone.events == []


@pytest.mark.parametrize("outcome", ["answered", "abandoned"])
async def test_given_an_outcome_of_the_floor_then_the_first_word_counts(alone, outcome):
    await greeted(alone)
    alone.call.settle(outcome)
    alone.call.settle("system_failed")
    alone.call.close("hangup")
    assert alone.rows("call.ended") == [{"outcome": outcome, "queued": True, "cause": "hangup"}]


async def test_given_a_closed_line_then_the_closed_text_hang_up_and_closed_even_if_he_hangs_up_first():
    for patient in (True, False):
        alone = Alone(at_ms=NIGHT)
        alone.call.start()
        playback = await alone.hears("closed.night")
        if patient:
            alone.call.playback_finished(playback, "done")
            await until(lambda alone=alone: alone.asterisk.hung_up() == ["chan"])
        alone.call.close("hangup")
        assert [row["outcome"] for row in alone.rows("call.ended")] == ["closed"]
        assert alone.events == []


async def test_given_a_full_line_then_told_so_and_blocked(alone):
    alone.call.turn_away()
    alone.call.playback_finished(await alone.hears("error"), "done")
    await until(lambda: alone.asterisk.hung_up() == ["chan"])
    alone.call.close("hangup")
    assert [row["outcome"] for row in alone.rows("call.ended")] == ["blocked"]


async def test_given_a_playback_whose_end_is_lost_then_it_times_out_and_the_call_goes_on(alone, monkeypatch):
    monkeypatch.setattr(speech, "PLAYBACK_SLACK_S", 0.01)
    alone.call.start()
    await until(lambda: alone.call.queued, "queued though no PlaybackFinished came")
    assert {"id": "greeting", "part": "failed"} in alone.rows("call.guidance")


async def test_given_a_playback_that_cannot_be_played_then_the_call_goes_on_without_it(alone):
    alone.asterisk.fails("/channels/chan/play", Fault.BUG)
    alone.call.start()
    await until(lambda: alone.call.queued, "queued without a greeting")
    assert {"id": "greeting", "part": "failed"} in alone.rows("call.guidance")
    assert alone.rows("call.ended") == []


async def test_given_the_end_of_another_playback_then_the_text_goes_on(alone):
    alone.call.start()
    playback = await alone.hears("greeting")
    alone.call.playback_finished("say-other", "done")
    assert alone.rows("call.guidance") == [{"id": "greeting", "part": "started"}]
    alone.call.playback_finished(playback, "done")
    alone.call.playback_finished(playback, "done")
    await until(lambda: alone.call.queued)


async def test_given_a_script_that_breaks_then_the_caller_goes_to_the_fallback_and_ends_when_he_has_left(
    alone, monkeypatch
):
    def broken(_text):
        raise RuntimeError("as the test says")

    monkeypatch.setattr(alone.call._at.guidance, "media", broken)
    alone.call.start()
    await until(lambda: alone.call.is_fallen and alone.call.is_gone)
    (asked,) = alone.asterisk.asked("POST", "/channels/chan/continue")
    assert "fallback" in str(asked)
    assert alone.rows("call.ended") == []
    alone.call.close("hangup")
    alone.call.close("hangup")
    assert alone.rows("call.ended") == [
        {"outcome": "system_failed", "queued": False, "cause": "script_failed"}
    ]


@pytest.mark.parametrize(
    ("fault", "fallen"),
    [(Fault.BUG, True), (Fault.WRONG_STATE, True), (Fault.GONE, False), (Fault.NOT_IN_APP, False)],
)
async def test_given_an_answer_that_fails_then_fallback_unless_the_caller_has_left(alone, fault, fallen):
    alone.asterisk.fails("/channels/chan/answer", fault)
    alone.call.start()
    await alone.hears("greeting")
    await until(lambda: alone.call.is_fallen is fallen)
    assert bool(alone.asterisk.asked("POST", "/channels/chan/continue")) is fallen
    assert alone.rows("call.answered") == []


async def test_given_a_text_and_an_operator_when_connected_then_the_text_stops_and_the_script_with_it(alone):
    await greeted(alone)
    playback = await alone.hears("busy")
    alone.call.fall_quiet()
    assert [r.path for r in alone.asterisk.asked("DELETE", "/playbacks/")] == [f"/playbacks/{playback}"]
    assert alone.rows("call.guidance")[-1] == {"id": "busy", "part": "stopped"}
    asked = len(alone.asterisk.requests)
    alone.call.playback_finished(playback, "done")
    await until(lambda: alone.call._task is None)
    assert len(alone.asterisk.requests) == asked
    assert alone.rows("call.guidance")[-1] == {"id": "busy", "part": "stopped"}


async def test_given_music_and_an_operator_when_connected_then_the_music_stops_once(alone):
    alone.call.wait_on()
    await until(lambda: bool(alone.asterisk.asked("POST", "/channels/chan/moh")))
    alone.call.fall_quiet()
    alone.call.fall_quiet()
    assert len(alone.asterisk.asked("DELETE", "/channels/chan/moh")) == 1


async def test_given_a_place_of_before_a_restart_then_queued_with_its_time_and_its_offers(alone):
    place = Place(-2, 12345, 7, "c1")
    alone.call.requeue(12345, 3, place)
    assert alone.events == [CallQueued("c1", caller=KEY, queued_ms=12345, offers=3, place=place)]
    alone.call.close("hangup")
    assert alone.rows("call.ended")[0]["queued"] is True
