"""What a citizen hears before the queue: the answer, announcements, greeting, menu; or that it is closed."""

from datetime import datetime, timedelta

import pytest

from config.clock import JST
from config.menus import Menu
from ivr.announcement import Place
from ivr.arrival import Arrival
from ivr.calendar import Calendar, CalendarRules
from ivr.caller import Entered
from ivr.menu import Where
from ivr.script import Script
from tests.unit.ivr.fake_caller import FakeCaller, Waited

CALENDAR = Calendar(CalendarRules())
OPEN = CALENDAR.at(datetime(2026, 11, 24, 10, tzinfo=JST))
NIGHT = CALENDAR.at(datetime(2026, 11, 24, 20, tzinfo=JST))
MENU = Menu.model_validate(
    {
        "text": "menu.top",
        "keys": {"1": "need:booking", "2": "callback", "3": "say:hours, hang_up", "4": "queue"},
    }
)
ASKING = Arrival(menus={"top": MENU}, menu_of={"main": "top"})


async def test_given_every_text_that_can_come_first_then_emergency_greeting_notice_news_and_closing_soon():
    caller = FakeCaller()
    caller.board = {Place.EMERGENCY: ("announce.e",), Place.GREETING: ("announce.g", "announce.h")}
    late = CALENDAR.at(datetime(2026, 11, 24, 17, 10, tzinfo=JST))
    where = await Arrival(recording_notice=True, closing_soon_s=600).reach(caller, late)
    assert where == Where()
    assert caller.heard == [
        "ANSWER", "announce.e", "greeting", "recording_notice", "announce.g", "announce.h", "closing_soon",
    ]  # fmt: skip


@pytest.mark.parametrize(("before_s", "told"), [(601, False), (600, True), (1, True)])
async def test_given_a_closing_within_the_time_then_told_so_and_not_a_second_earlier(before_s, told):
    caller = FakeCaller()
    moment = CALENDAR.at(datetime(2026, 11, 24, 17, 15, tzinfo=JST) - timedelta(seconds=before_s))
    await Arrival(closing_soon_s=600).reach(caller, moment)
    assert ("closing_soon" in caller.heard) is told


async def test_given_an_announcement_instead_then_only_that_and_the_end_as_completed():
    caller = FakeCaller()
    caller.board = {Place.INSTEAD: ("announce.i",), Place.EMERGENCY: ("announce.e",)}
    assert await Arrival().reach(caller, OPEN) is None
    assert caller.heard == ["ANSWER", "announce.e", "announce.i", "COMPLETED", "HANG UP"]


async def test_given_a_closed_line_and_an_announcement_instead_then_it_is_still_a_call_out_of_hours():
    caller = FakeCaller()
    caller.board = {Place.INSTEAD: ("announce.i",)}
    assert await Arrival().reach(caller, NIGHT) is None
    assert caller.heard == ["ANSWER", "CLOSED", "announce.i", "COMPLETED", "HANG UP"]


async def test_given_a_closed_line_then_emergency_first_and_greeting_news_not_at_all():
    caller = FakeCaller()
    caller.board = {Place.EMERGENCY: ("announce.e",), Place.GREETING: ("announce.g",)}
    assert await Arrival(say_hours=("main",), lost_card="0120950178").reach(caller, NIGHT) is None
    assert caller.heard[:5] == ["ANSWER", "CLOSED", "announce.e", "office", "closed.night"]
    assert "hours" in caller.said
    assert "lost_card.lead" in caller.said
    assert "announce.g" not in caller.said
    assert "greeting" not in caller.said


async def test_given_a_free_guidance_for_closed_hours_then_the_call_is_never_answered():
    caller = FakeCaller()
    arrival = Arrival(before_answer={"main": ("closed",)})
    assert await arrival.reach(caller, NIGHT) is None
    assert "ANSWER" not in caller.heard
    assert caller.heard[-1] == "HANG UP"


async def test_given_a_free_guidance_for_closed_hours_when_open_then_answered_as_ever():
    caller = FakeCaller()
    await Arrival(before_answer={"main": ("closed", "full")}).reach(caller, OPEN)
    assert caller.heard == ["ANSWER", "greeting"]


async def test_given_a_free_guidance_for_a_full_line_then_told_so_without_an_answer():
    caller = FakeCaller()
    script = Script(Arrival(before_answer={"main": ("full",)}), busy=True, please_hold_every_s=30)
    await script.full(caller, OPEN)
    assert caller.heard == ["BLOCKED", "error", "HANG UP"]


async def test_given_a_free_guidance_of_another_line_then_this_one_is_answered():
    caller = FakeCaller()
    await Arrival(before_answer={"english": ("closed",)}).reach(caller, NIGHT)
    assert caller.heard[0] == "ANSWER"


async def test_given_a_menu_when_a_need_is_chosen_then_the_caller_goes_there():
    caller = FakeCaller(keys="1")
    where = await ASKING.reach(caller, OPEN)
    assert where == caller.where == Where(need="booking", path=("top:1",))
    assert caller.heard[:3] == ["ANSWER", "LISTEN", "greeting"]


async def test_given_a_menu_whose_way_ends_then_completed_and_never_queued():
    caller = FakeCaller(keys="3")
    script = Script(ASKING, busy=True, please_hold_every_s=30)
    await script.citizen(caller, OPEN)
    assert caller.heard[-2:] == ["COMPLETED", "HANG UP"]
    assert "QUEUE" not in caller.heard


async def test_given_a_callback_by_menu_when_all_are_busy_then_the_place_comes_before_the_number():
    caller = FakeCaller(keys="21")
    script = Script(ASKING, busy=True, please_hold_every_s=30)
    await script.citizen(caller, OPEN)
    assert caller.heard.index("QUEUE") < caller.heard.index("callback.shown")
    assert "CALLBACK +81262261234" in caller.heard


async def test_given_a_callback_by_menu_when_a_phone_rings_at_once_then_the_operator_is_better():
    caller = FakeCaller(keys="2", entered=Entered.RINGS, pauses=0)
    script = Script(ASKING, busy=True, please_hold_every_s=30)
    with pytest.raises(Waited):
        await script.citizen(caller, OPEN)
    assert "callback.shown" not in caller.heard


@pytest.mark.parametrize(
    ("arrival", "moment", "silent"),
    [
        (Arrival(greeting=False), OPEN, True),
        (Arrival(greeting=False), NIGHT, False),
        (Arrival(), OPEN, False),
        (Arrival(greeting=False, recording_notice=True), OPEN, False),
        (Arrival(greeting=False, menus={"top": MENU}, menu_of={"main": "top"}), OPEN, False),
        (Arrival(greeting=False, menus={"top": MENU}, menu_of={"other": "top"}), OPEN, True),
        (Arrival(greeting=False, closing_soon_s=8 * 3600), OPEN, False),
    ],
)
def test_given_what_there_is_to_say_then_only_a_silent_way_goes_straight_to_the_queue(
    arrival, moment, silent
):
    assert arrival.says_nothing("main", moment) is silent
