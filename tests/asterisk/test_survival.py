"""Never nobody: the controller dies, freezes, is doubled; two hundred calls leave nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.asterisk.conftest import QUICK, home_with, phone_known
from tests.rig.audio import heard
from tests.rig.carrier import Carrier
from tests.rig.phones import Phones
from tests.rig.processes import ended, new_controller
from tests.rig.world import ROOT, Madoguchi, eventually

pytestmark = [pytest.mark.asterisk]
VOICE = ROOT / "prompts" / "voice" / "ja"


async def test_given_no_controller_in_open_hours_then_the_exchange_rings_a_seat_within_three_seconds(
    tmp_path,
):
    home = home_with(tmp_path / "home", QUICK)
    async with Madoguchi.started(home, at="2026-11-24 10:00:00") as world, Phones.started() as phones:
        seat = await world.seat_phone(phones, 1)
        seat.behave(answer_after_ms=0)
        os.kill(world.run.pid, signal.SIGSTOP)  # or it would start another controller at once
        try:
            os.kill(world.run.controller_pid, signal.SIGKILL)
            await eventually(lambda: ended(world.run.controller_pid), 5, "the controller has ended")
            citizen = await phones.citizen("c", world.server)
            citizen.tell("call", uri=f"sip:{world.run.number}@{world.server}")
            begun = await citizen.wait_for("calling", 3)
            answered = await citizen.wait_for("confirmed", 3)
            assert (answered["t"] - begun["t"]) / 1e9 < 3
            await seat.wait_for("confirmed", 12)
            citizen.tell("hangup")
            await seat.wait_for("disconnected", 5)
        finally:
            os.kill(world.run.pid, signal.SIGCONT)


async def test_given_no_controller_in_closed_hours_then_the_exchange_says_so(tmp_path):
    home = home_with(tmp_path / "home", QUICK)
    async with Madoguchi.started(home, at="2026-11-24 20:00:00") as world, Phones.started() as phones:
        os.kill(world.run.pid, signal.SIGSTOP)
        try:
            os.kill(world.run.controller_pid, signal.SIGKILL)
            await eventually(lambda: ended(world.run.controller_pid), 5, "the controller has ended")
            citizen = await phones.citizen("c", world.server, record=tmp_path)
            citizen.tell("call", uri=f"sip:{world.run.number}@{world.server}")
            await citizen.wait_for("confirmed", 3)
            await asyncio.sleep(8)  # listening takes its time
            citizen.tell("hangup")
            recorded = await citizen.wait_for("recorded", 5)
            assert heard(Path(recorded["recording"]), [VOICE / "closed.ulaw"])
        finally:
            os.kill(world.run.pid, signal.SIGCONT)


async def test_given_a_frozen_controller_when_a_citizen_calls_then_the_fallback_takes_the_call(tmp_path):
    home = home_with(tmp_path / "home", QUICK)
    async with Madoguchi.started(home, at="2026-11-24 10:00:00") as world, Phones.started() as phones:
        seat = await world.seat_phone(phones, 1)
        seat.behave(answer_after_ms=0)
        os.kill(world.run.controller_pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(3.5)  # the heartbeat must grow old: that is the condition itself
            citizen = await phones.citizen("c", world.server)
            citizen.tell("call", uri=f"sip:{world.run.number}@{world.server}")
            await citizen.wait_for("confirmed", 3)
            await seat.wait_for("confirmed", 12)
            citizen.tell("hangup")
            await seat.wait_for("disconnected", 5)
        finally:
            os.kill(world.run.controller_pid, signal.SIGCONT)


async def test_given_talking_waiting_and_ringing_when_the_controller_is_killed_then_nothing_is_lost(tmp_path):
    home = home_with(tmp_path / "home", QUICK + "max_misses = 9\n")
    async with Madoguchi.started(home, at="2026-11-24 10:00:00") as world, Phones.started() as phones:
        seats = {n: await world.seat_phone(phones, n) for n in (1, 2, 3)}
        for n in (1, 2):
            seats[n].behave(answer_after_ms=0)
        for n in seats:
            await phone_known(world, n)
            await world.log_in(n)
        carrier = Carrier(world.server)
        run = await carrier.call(world.run.number, calls=6, rate=10, hold_ms=60_000)
        await world.until_seat(1, "talking")
        await world.until_seat(2, "talking")
        await world.until_seat(3, "ringing")

        async def three_wait() -> list[str]:
            waiting = (await world.api("GET", "/live"))["waiting"]
            return [w["call"] for w in waiting] if len(waiting) == 4 else []

        order = await eventually(three_wait, 5, "four wait (one of them rings)")
        os.kill(world.run.controller_pid, signal.SIGKILL)
        world.run = await eventually(
            lambda: new_controller(world, world.run.controller_pid), 20, "a new controller"
        )

        async def same_order() -> bool:
            live = await world.api("GET", "/live")
            return [w["call"] for w in live["waiting"]] == order

        await eventually(same_order, 10, "the same callers wait in the same order")
        assert len(await world.ari("GET", "/channels")) >= 8  # two talks, four waiting
        await world.until_seat(1, "talking")
        await world.until_seat(2, "talking")
        for phone in seats.values():
            phone.behave(answer_after_ms=0, hangup_after_ms=300)
        seats[1].tell("hangup")
        seats[2].tell("hangup")
        result = await run.result(40)
        assert (result.successful, result.failed) == (6, 0)

        async def all_answered() -> bool:
            day = await world.api("GET", "/reports/day/2026-11-24?format=json")
            return bool((day["received"], day["answered"], day["identity"]["holds"]) == (6, 6, True))

        await eventually(all_answered, 5, "six received, six answered")
        calls = (await world.api("GET", "/calls"))["calls"]
        rows = [r for c in calls for r in (await world.api("GET", f"/calls/{c['call']}"))["journal"]]
        failed = [r for r in rows if r["kind"] == "offer.ended" and r["data"]["outcome"] == "failed"]
        assert failed == []  # a text that the old controller left playing would hold up the connection
        await world.nothing_left(10)


async def test_given_a_second_controller_on_the_same_application_then_the_first_stops_and_does_not_fight(
    tmp_path,
):
    home = home_with(tmp_path / "home", QUICK)
    async with Madoguchi.started(home, at="2026-11-24 10:00:00") as world:
        import ari

        access = world.run.ari
        other = ari.connect(access.url, access.app, access.user, access.password)
        os.kill(world.run.pid, signal.SIGSTOP)
        try:
            async with other:
                await eventually(
                    lambda: ended(world.run.controller_pid), 10, "the first controller has ended"
                )
                assert other.connected
        finally:
            os.kill(world.run.pid, signal.SIGCONT)


async def test_given_a_missing_sound_and_two_hundred_calls_then_all_are_served_and_nothing_is_left(tmp_path):
    home = home_with(tmp_path / "home", QUICK + "max_misses = 9\n")
    async with Madoguchi.started(home, at="2026-11-24 10:00:00") as world, Phones.started() as phones:
        seats = [await world.seat_phone(phones, n) for n in range(1, 8)]
        for number, phone in enumerate(seats, start=1):
            # The softphones' library keeps a call's two sockets for 0.5 s and has 64 at most: talks of
            # 20 ms, one after another on seven phones, end its process.
            phone.behave(answer_after_ms=0, hangup_after_ms=300)
            await phone_known(world, number)
            await world.log_in(number)
        await world.api("POST", "/seats/1/break", {"reason": "1"})
        run = await Carrier(world.server).call(
            world.run.number, calls=200, rate=20, hold_ms=60_000, media=False
        )
        for number in range(1, 8):
            await world.api("POST", f"/seats/{number}/ready")
        result = await run.result(100)
        assert (result.successful, result.failed) == (200, 0)
        await world.nothing_left(10)
        month = await world.api("GET", "/reports/month/2026-11?format=json")
        assert (month["received"], month["answered"]) == (200, 200)
        assert month["identity"]["holds"] is True
