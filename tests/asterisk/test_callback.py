"""折り返し on a real Asterisk: in its turn, from the city's number, merged, tried again, over a restart."""

from __future__ import annotations

import os
import signal
import wave

import numpy as np
import pytest
import pytest_asyncio

from config.runfile import RunFile
from tests.asterisk.conftest import WEEKDAY
from tests.asterisk.site import Site
from tests.rig.audio import RATE
from tests.rig.world import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
HOME = """
overflow = []
[guidance]
greeting = false
busy = false
please_hold_every_s = 5
[floor]
ring_time_s = 5
wrap_up_s = 1
[callback]
enabled = true
attempts = 2
retry_min = 0.03
ring_s = 5
"""


ASKED = HOME.replace("overflow = []", 'overflow = [{ cause = "waited", limit = 1, to = "choice" }]')


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory):
    home, heard = tmp_path_factory.mktemp("callback") / "home", tmp_path_factory.mktemp("heard")
    async with Site.started(home, HOME, at=WEEKDAY, record=heard) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def site(running):
    yield running
    await running.tidy()


async def asked(site, number="0262261234"):
    """A citizen who has asked for a callback and was let go; the call's id."""
    phone, call = await site.citizen(number)
    await site.waits(call)
    await site.world.api("POST", f"/calls/{call}/callback", {})
    await phone.wait_for("disconnected", 20)
    await site.outcome(call, "callback")
    return call


async def controller_killed(site):
    """SIGKILL, and another one that is ready."""
    old = RunFile.read(site.world.home / "run.json").controller_pid
    os.kill(old, signal.SIGKILL)

    async def restarted():
        run = RunFile.read(site.world.home / "run.json")
        if run.controller_pid == old:
            return False
        try:
            return (await site.world.api("GET", "/readyz"))["ready"]
        except (AssertionError, OSError):
            return False

    await eventually(restarted, 20, "a new controller")


async def test_given_a_callback_asked_for_by_key_then_it_comes_in_its_turn_from_the_citys_number(site):
    before, first = await site.citizen("0262260001")
    await site.waits(first)
    await site.settings(ASKED)
    citizen, call = await site.citizen("0262261234")
    await site.row(call, "call.guidance", id="overflow.waited", part="started")
    citizen.tell("dtmf", digits="2")
    await site.row(call, "call.guidance", id="callback.shown", part="started")
    citizen.tell("dtmf", digits="1")
    await site.row(call, "callback.asked", merged=False)
    await site.settings(HOME)
    after, last = await site.citizen("0262260003")
    await site.waits(last)
    await citizen.wait_for("disconnected", 20)
    waiting = (await site.live())["waiting"]
    assert [one["call"] for one in waiting] == [first, f"{call}-cb", last]

    site.outside.behave(answer_after_ms=300)
    await site.staff(1)
    seat = site.seats[1]
    assert "0262260001" in (await seat.wait_for("incoming", 5))["from"]
    await site.row(first, "call.connected")
    before.tell("hangup")
    shown = await seat.wait_for("incoming", 5)
    assert "折返し 0262261234" in shown["from"]
    called = await site.outside.wait_for("incoming", 5)
    assert "sip:0260001234@" in called["from"]
    assert called["message"].startswith("INVITE sip:0262261234@127.0.0.2:")
    await site.outside.wait_for("confirmed", 5)
    await site.outside.wait_for("media", 5)
    await site.row(call, "callback.connected")
    talking = await site.world.until_seat(1, "talking")
    assert talking["call"] == f"{call}-cb"
    site.outside.tell("hangup")
    await seat.wait_for("disconnected", 5)
    await site.row(call, "callback.closed", state="reached")
    assert "0262260003" in (await seat.wait_for("incoming", 5))["from"]
    await site.row(last, "call.connected")
    after.tell("hangup")

    await site.outcome(last, "answered")
    day = await site.day()
    assert (day["callbacks"]["reached"], day["callback_requested"]) == (1, 1)
    assert (day["answered"], day["abandoned"]) == (2, 0)
    assert day["identity"]["holds"] is True
    story = await site.world.api("GET", f"/calls/{call}")
    assert story["outcome"] == "callback"
    assert "0262261234" not in str(story["journal"])
    assert "81262261234" not in str(story["journal"])


async def test_given_a_second_request_of_the_same_number_then_it_is_merged_and_called_once(site):
    first = await asked(site, "0262265555")
    second = await asked(site, "0262265555")
    (row,) = await site.rows(second, "callback.asked")
    assert row["data"] == {"ticket": f"{first}-cb", "merged": True}
    listed = await site.world.api("GET", "/callbacks")
    assert [one["ticket"] for one in listed["callbacks"]] == [f"{first}-cb"]


async def test_given_a_citizen_who_is_busy_then_the_seat_is_free_at_once_and_he_is_called_again(site):
    call = await asked(site)
    site.outside.behave(reject=486)
    await site.staff(1)
    failed = await site.row(call, "callback.failed", cause="busy")
    assert failed["data"]["attempt"] == 1
    assert failed["data"]["due_ms"] > failed["at_ms"]
    await site.world.until_seat(1, "ready", 2)
    site.outside.behave(answer_after_ms=0)
    await site.row(call, "callback.connected")
    again = await site.row(call, "callback.calling", attempt=2)
    assert again["at_ms"] >= failed["data"]["due_ms"]
    site.seats[1].tell("hangup")
    await site.outside.wait_for("disconnected", 5)
    closed = await site.row(call, "callback.closed")
    assert closed["data"]["state"] == "reached"
    assert closed["data"]["attempts"] == 2


async def test_given_a_citizen_who_does_not_answer_then_the_operator_is_free_after_the_ring_time(
    site,
):
    call = await asked(site)
    site.outside.behave()
    await site.staff(1)
    calling = await site.row(call, "callback.calling", attempt=1)
    failed = await site.row(call, "callback.failed", 15, cause="no_answer")
    assert failed["at_ms"] - calling["at_ms"] == pytest.approx(5000, abs=700)
    await site.seats[1].wait_for("disconnected", 3)
    await site.outside.wait_for("cancelled", 3)
    recorded = await site.seats[1].wait_for("recorded", 3)
    with wave.open(recorded["recording"]) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(float)
    loudness = [np.sqrt(np.mean(second**2)) for second in np.array_split(samples, len(samples) // RATE)]
    assert loudness[0] > 1000  # 呼出音: a second of tone, two of silence
    assert loudness[2] < 100
    pitch = np.argmax(np.abs(np.fft.rfft(samples[:RATE]))[200:]) + 200
    assert pitch == pytest.approx(400, abs=20)


async def test_given_a_seats_phone_when_it_dials_a_number_outside_then_not_found_and_nothing_goes_out(site):
    called = len(site.outside.seen("incoming"))
    for number in ("0262261234", "110", "0081312345678", "trunk"):
        site.seats[1].tell("call", uri=f"sip:{number}@{site.world.server}")
        refused = await site.seats[1].wait_for("disconnected", 5)
        assert (refused["code"], refused["confirmed"]) == (404, False)
    assert len(site.outside.seen("incoming")) == called


async def test_given_a_citizen_who_is_never_reached_then_the_callback_is_given_up(site):
    call = await asked(site)
    site.outside.behave(reject=404)
    await site.staff(1)
    closed = await site.row(call, "callback.closed", 15)
    assert closed["data"] == {"ticket": f"{call}-cb", "state": "unreached", "attempts": 2}
    causes = [row["data"]["cause"] for row in await site.rows(call, "callback.failed")]
    assert causes == ["unreachable", "unreachable"]


async def test_given_an_operator_who_hangs_up_while_the_citizens_phone_rings_then_it_stops_and_waits_again(
    site,
):
    call = await asked(site)
    site.outside.behave()
    await site.staff(1)
    await site.outside.wait_for("incoming", 5)
    waiting = await site.world.until_seat(1, "talking")
    assert waiting["reason"] == "callback"
    site.seats[1].behave(reject=486)
    site.seats[1].tell("hangup")
    await site.outside.wait_for("cancelled", 5)
    await site.waits(f"{call}-cb")


async def test_given_a_killed_controller_then_open_callbacks_have_their_places_and_numbers_again(site):
    call = await asked(site)
    phone, live = await site.citizen("0262260009")
    await site.waits(live)
    await controller_killed(site)
    listed = await site.world.api("GET", "/callbacks")
    assert [(one["ticket"], one["number"]) for one in listed["callbacks"]] == [(f"{call}-cb", "026-226-1234")]
    assert [one["call"] for one in (await site.live())["waiting"]] == [f"{call}-cb", live]
    site.outside.behave(answer_after_ms=0)
    await site.staff(1)
    await site.row(call, "callback.connected")
    site.outside.tell("hangup")
    await site.row(call, "callback.closed", state="reached")
    phone.tell("hangup")


async def test_given_a_killed_controller_then_the_talk_of_a_callback_goes_on_and_its_end_is_written(site):
    call = await asked(site)
    site.outside.behave(answer_after_ms=0)
    await site.staff(1)
    await site.row(call, "callback.connected")
    await controller_killed(site)
    talking = await site.world.until_seat(1, "talking")
    assert (talking["reason"], talking["call"]) == (None, f"{call}-cb")
    assert len(await site.world.ari("GET", "/channels")) == 2
    site.outside.tell("hangup")
    ended = await site.row(call, "callback.talk_ended")
    assert ended["data"]["by"] == "caller"
    await site.row(call, "callback.closed", state="reached")
    await site.world.until_seat(1, "wrap_up")
    assert (await site.world.api("GET", "/callbacks"))["count"] == 0
