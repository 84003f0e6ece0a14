"""Announcements, menus, free guidance and whispers, from the controller's side."""

from dataclasses import replace

import pytest

from acd.events import CallQueued, LogIn, PhoneChanged
from acd.types import Phone
from config.menus import Menu
from ivr.announcement import Place
from ivr.arrival import Arrival
from tests.unit.controller.controller_rig import NIGHT, Alone, endpoint_json, until

KEY = "key of +81262261234"
MENU = Menu.model_validate(
    {"text": "menu.top", "keys": {"1": "need:booking", "2": "line:second", "9": "language:en"}}
)


def with_arrival(alone: Alone, **arrival) -> Alone:
    script = replace(alone.call._at.script, arrival=Arrival(**arrival))
    alone.call._at = replace(alone.call._at, script=script)
    return alone


async def heard_out(alone: Alone, *texts: str) -> None:
    for text in texts:
        alone.call.playback_finished(await alone.hears(text), "done")


@pytest.mark.parametrize("place", [Place.EMERGENCY, Place.GREETING])
async def test_given_an_announcement_when_there_is_no_greeting_then_it_is_heard_before_the_queue(place):
    alone = Alone(greeting=False)
    alone.board = {place: ("announce.1",)}
    alone.call.start()
    await alone.hears("announce.1")
    assert alone.events == []
    await heard_out(alone, "announce.1")
    await until(lambda: alone.events == [CallQueued("c1", caller=KEY)])
    alone.call.gone()


async def test_given_an_announcement_instead_when_heard_out_then_completed_and_never_queued():
    alone = Alone()
    alone.board = {Place.INSTEAD: ("announce.1",)}
    alone.call.start()
    await heard_out(alone, "announce.1")
    await until(lambda: alone.asterisk.hung_up() == ["chan"])
    alone.call.close("hangup")
    (row,) = alone.rows("call.ended")
    assert row["outcome"] == "guidance_completed"
    assert alone.events == []


async def test_given_an_announcement_instead_when_hung_up_in_it_then_abandoned_in_guidance():
    alone = Alone()
    alone.board = {Place.INSTEAD: ("announce.1",)}
    alone.call.start()
    await alone.hears("announce.1")
    alone.call.close("hangup")
    (row,) = alone.rows("call.ended")
    assert row["outcome"] == "abandoned_in_guidance"


async def test_given_a_menu_when_keys_choose_language_and_line_then_texts_and_queue_follow():
    alone = with_arrival(Alone(), greeting=False, menus={"top": MENU}, menu_of={"main": "top"})
    alone.call.start()
    await alone.hears("menu.top")
    alone.call.digit("9", alone.clock.now())
    await alone.hears("en/menu.top")
    alone.call.digit("2", alone.clock.now())
    await until(lambda: bool(alone.events))
    assert alone.events == [CallQueued("c1", line="second", need="need of second", caller=KEY)]
    await alone.hears("en/busy")
    assert alone.call.path == ("top:9", "top:2")
    steps = [(row["menu"], row["key"], row["target"]) for row in alone.rows("call.menu")]
    assert steps == [("top", "", "entered"), ("top", "9", "language:en"), ("top", "2", "line:second")]
    alone.call.gone()


async def test_given_keys_typed_over_the_greeting_then_the_greeting_stops_and_the_menu_is_not_read_out():
    alone = with_arrival(Alone(), menus={"top": MENU}, menu_of={"main": "top"})
    alone.call.start()
    await alone.hears("greeting")
    alone.call.digit("1", alone.clock.now())
    await until(lambda: bool(alone.events))
    assert alone.events == [CallQueued("c1", need="booking", caller=KEY)]
    assert not [r for r in alone.asterisk.asked("POST", "/channels/chan/play/") if "menu.top" in str(r.query)]
    alone.call.gone()


async def test_given_free_guidance_when_closed_then_it_plays_and_the_call_is_never_answered():
    alone = with_arrival(Alone(at_ms=NIGHT), before_answer={"main": ("closed",)})
    alone.call.start()
    await heard_out(alone, "closed.night")
    await until(lambda: alone.asterisk.hung_up() == ["chan"])
    assert alone.asterisk.asked("POST", "/channels/chan/answer") == []
    alone.call.close("hangup")
    (row,) = alone.rows("call.ended")
    assert row["outcome"] == "closed"


@pytest.fixture
async def whispering(open_whole):
    whole = open_whole(guidance={"greeting": False, "busy": False, "whisper": True, "whisper_wait_min": 0})
    whole.controller.guidance.texts = {"whisper.line.main": object()}
    whole.asterisk.answers["/endpoints/PJSIP"] = [endpoint_json("phone-1")]
    await whole.connects()
    whole.controller.dispatcher.submit(PhoneChanged(1, Phone.REGISTERED))
    whole.controller.dispatcher.submit(LogIn(1, "101"))
    call = whole.calls_in("chan")
    whole.offer = whole.offer_of(call)
    whole.asterisk.starts(f"offer-{whole.offer}", "offer", whole.offer)
    return whole


def joined(whole):
    return bool(whole.asterisk.asked("POST", f"/bridges/talk-{whole.offer}"))


async def test_given_a_whisper_then_the_operator_hears_it_first_and_the_caller_joins_at_its_end(whispering):
    (asked,) = whispering.asterisk.asked("POST", f"/channels/offer-{whispering.offer}/play/")
    assert asked.path.endswith(f"whisper-{whispering.offer}")
    assert "whisper.line.main" in str((asked.query, asked.body))
    assert not joined(whispering)
    whispering.asterisk.played(f"whisper-{whispering.offer}", f"offer-{whispering.offer}")
    assert joined(whispering)


async def test_given_a_caller_who_hangs_up_in_the_whisper_then_nobody_is_joined(whispering):
    whispering.asterisk.destroyed("chan")
    whispering.asterisk.played(f"whisper-{whispering.offer}", f"offer-{whispering.offer}", "failed")
    assert not joined(whispering)
    assert f"offer-{whispering.offer}" in whispering.asterisk.hung_up()


async def test_given_an_operator_who_hangs_up_in_the_whisper_then_the_caller_waits_on(whispering):
    whispering.asterisk.hangs_up(f"offer-{whispering.offer}")
    whispering.asterisk.played(f"whisper-{whispering.offer}", f"offer-{whispering.offer}", "failed")
    whispering.asterisk.destroyed(f"offer-{whispering.offer}")
    assert not joined(whispering)
    assert whispering.asterisk.asked("DELETE", "/channels/chan/moh") == []
    assert [view.call for view in whispering.controller.dispatcher.floor.waiting()]


async def test_given_a_whisper_whose_end_is_lost_then_they_are_joined_all_the_same(whispering):
    whispering.controller.whispers._too_long(whispering.offer)
    assert joined(whispering)
