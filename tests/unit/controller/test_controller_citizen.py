"""A citizen and the real floor, beside a stand-in for Asterisk: overflow, choice, callback, honest wait."""

import itertools
import time

import pytest

from acd.events import LogIn
from controller.standing import rings, standing
from db import call_facts, journal_of_call, personal_number
from tests.unit.controller.controller_rig import until

QUIET = {"greeting": False, "busy": False}


def overflow(to, cause="queue_full", limit=0, **more):
    return {"overflow": [{"cause": cause, "limit": limit, "to": to, **more}], "guidance": QUIET, **CALLBACK}


CALLBACK = {"callback": {"enabled": True}}


@pytest.fixture
def open_office(open_whole):
    async def make(**settings):
        whole = open_whole(**settings)
        await whole.connects()
        return whole

    return make


async def hears(office, text, channel="chan"):
    """Wait until this text is played to the channel; the playback's id."""

    def playing():
        asked = office.asterisk.asked("POST", f"/channels/{channel}/play/")
        return [r for r in asked if text in str((r.query, r.body))]

    await until(lambda: bool(playing()), f"{text} is played")
    return playing()[-1].path.rpartition("/")[2]


async def over(office, text, channel="chan"):
    """Let the text be heard to its end."""
    office.asterisk.played(await hears(office, text, channel), channel)


def rows(office, call, kind):
    office.stored()
    with office.database.read() as connection:
        return [row.entry.data for row in journal_of_call(connection, call) if row.entry.kind == kind]


def outcome(office, call):
    office.stored()
    with office.database.read() as connection:
        return call_facts(connection, [call])[call].outcome


async def test_given_a_full_queue_and_good_bye_then_told_hung_up_and_overflowed(open_office):
    office = await open_office(**overflow("hang_up"))
    call = office.calls_in("chan")
    await over(office, "overflow.good_bye")
    await until(lambda: office.asterisk.hung_up() == ["chan"])
    office.asterisk.leaves("chan")
    assert outcome(office, call) == "overflowed"
    assert rows(office, call, "call.overflowed")[0]["toward"] == "hang_up"


async def test_given_nobody_at_a_seat_and_good_bye_then_left_without_an_operator(open_office):
    office = await open_office(**overflow("hang_up", cause="no_seat"))
    call = office.calls_in("chan")
    await over(office, "overflow.no_seat")
    await until(lambda: office.asterisk.hung_up() == ["chan"])
    office.asterisk.leaves("chan")
    assert outcome(office, call) == "left_no_operator"


async def test_given_a_choice_on_entry_and_2_and_1_then_a_callback_with_its_number_apart(open_office):
    office = await open_office(**overflow("choice"))
    call = office.calls_in("chan")
    await hears(office, "choice.callback")
    office.asterisk.digit("chan", "2")
    await hears(office, "callback.shown")
    office.asterisk.digit("chan", "1")
    await over(office, "callback.done")
    await until(lambda: office.asterisk.hung_up() == ["chan"])
    office.asterisk.leaves("chan")
    assert outcome(office, call) == "callback"
    assert rows(office, call, "callback.asked") == [{"ticket": f"{call}-cb", "merged": False}]
    (ticket,) = office.controller.dispatcher.floor.open_tickets()
    assert "262261234" not in str(ticket)
    with office.database.read() as connection:
        assert personal_number(connection, call) == "+81262261234"


async def test_given_two_who_ask_for_the_same_number_then_one_ticket(open_office):
    office = await open_office(**overflow("choice"))
    for channel, merged in (("chan", False), ("other", True)):
        call = office.calls_in(channel)
        await hears(office, "choice.callback", channel)
        office.asterisk.digit(channel, "2")
        await hears(office, "callback.shown", channel)
        office.asterisk.digit(channel, "1")
        await hears(office, "callback.done", channel)
        assert [row["merged"] for row in rows(office, call, "callback.asked")] == [merged]
    assert len(office.controller.dispatcher.floor.open_tickets()) == 1


async def test_given_no_room_for_another_callback_then_it_is_not_offered(open_office):
    settings = overflow("choice") | {"callback": {"enabled": True, "max_open": 1}}
    office = await open_office(**settings)
    office.calls_in("chan")
    await hears(office, "choice.callback")
    office.asterisk.digit("chan", "2")
    await hears(office, "callback.shown")
    office.asterisk.digit("chan", "1")
    await hears(office, "callback.done")
    office.calls_in("other", "0312345678")
    await over(office, "overflow.wait_on", "other")
    assert not [r for r in office.asterisk.asked("POST", "/channels/other/play/") if "choice" in str(r.query)]


@pytest.mark.parametrize("keys", ["", "2", "22"])
async def test_given_the_dialogue_when_a_seat_frees_then_its_phone_rings_in_the_same_step(open_office, keys):
    office = await open_office(**overflow("choice"))
    call = office.calls_in("chan")
    await hears(office, "choice.callback")
    for key, text in zip(keys, ("callback.shown", "callback.ask_number"), strict=False):
        office.asterisk.digit("chan", key)
        await hears(office, text)
    began = time.perf_counter()
    office.controller.dispatcher.submit(LogIn(1, "101"))
    took_s = time.perf_counter() - began
    assert office.asterisk.asked("POST", f"/channels/offer-{office.offer_of(call)}")
    assert took_s < 0.1
    office.talks("chan", call)
    assert rows(office, call, "call.guidance")[-1]["part"] == "stopped"
    office.asterisk.digit("chan", "1")
    assert rows(office, call, "callback.asked") == []
    office.asterisk.leaves("chan")
    assert outcome(office, call) == "answered"


async def test_given_a_number_outside_then_the_text_first_and_then_it_is_dialled(open_office):
    office = await open_office(**overflow("number:0262269999"))
    call = office.calls_in("chan")
    playback = await hears(office, "overflow.number")
    assert not office.asterisk.asked("POST", "/channels/onward-")
    office.asterisk.played(playback, "chan")
    await until(lambda: bool(office.asterisk.asked("POST", f"/channels/onward-{call}")), "dialled")


async def test_given_those_who_wait_then_each_has_a_place_and_no_wait_is_named_while_no_seat_is_staffed(
    open_office,
):
    office = await open_office()
    first, second = office.calls_in("chan"), office.calls_in("other", "0312345678")
    floor = office.controller.dispatcher.floor
    told = [standing(floor, call) for call in (first, second)]
    assert [(one.position, one.predicted_ms) for one in told] == [(1, None), (2, None)]
    assert standing(floor, "unknown") is None
    office.controller.dispatcher.submit(LogIn(1, "101"))
    floor = office.controller.dispatcher.floor
    assert rings(floor, first)
    assert standing(floor, first) is None
    assert standing(floor, second).predicted_ms > 0


async def test_given_a_wait_that_can_be_told_then_it_is_said_with_the_busy_text_and_journalled(open_office):
    office = await open_office(guidance={"greeting": False, "say_position": True}, queue={"handling_s": 120})
    office.controller.dispatcher.submit(LogIn(1, "101"))
    for channel, number in zip(("a", "b"), itertools.count(312340001), strict=False):
        call = office.calls_in(channel, f"0{number}")
    await hears(office, "busy", "b")
    played = str([r.query for r in office.asterisk.asked("POST", "/channels/b/play/")])
    (row,) = rows(office, call, "call.wait_told")
    assert f"wait.minutes.{row['minutes']}" in played
    assert f"wait.position.{row['position']}" in played
    assert row["predicted_ms"] <= row["minutes"] * 60_000
