"""お知らせ on the telephone: what a supervisor types is heard by the next caller, by nobody after its end."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.asterisk.conftest import home_with
from tests.rig.audio import heard
from tests.rig.phones import Phones
from tests.rig.processes import new_controller
from tests.rig.world import ROOT, Madoguchi, eventually

pytestmark = [pytest.mark.asterisk]
VOICE = ROOT / "prompts" / "voice" / "ja"
WITHIN_S = 10.0
TEXT = "台風の接近のため、本日の窓口は午後3時で終了いたします。"
SHORT_WAITS = """
[guidance]
greeting = false
busy = false
please_hold_every_s = 5
"""


async def listen(world: Madoguchi, phones: Phones, name: str, directory: Path, seconds: float | None) -> Path:
    """Call, listen for so long or (None) until the exchange hangs up; the recording."""
    citizen = await phones.citizen(name, world.server, record=directory)
    citizen.tell("call", uri=f"sip:{world.run.number}@{world.server}")
    await citizen.wait_for("confirmed", 3)
    if seconds is None:
        await citizen.wait_for("disconnected", 30)
    else:
        await asyncio.sleep(seconds)  # listening takes its time
        citizen.tell("hangup")
    return Path((await citizen.wait_for("recorded", 5))["recording"])


def sound(world: Madoguchi, announcement: dict[str, Any]) -> Path:
    return world.home / "announcements" / f"{announcement['id']}.ulaw"


def names(recording: Path, *files: Path) -> list[str]:
    """Which of these files are in the recording, in order."""
    return [one.file.stem for one in heard(recording, files)]


async def test_given_an_announcement_when_typed_then_the_next_caller_hears_it_and_nobody_after_its_end(
    tmp_path,
):
    async with (
        Madoguchi.started(tmp_path / "home", at="2026-11-24 10:00:00") as world,
        Phones.started() as phones,
    ):
        now = datetime.fromisoformat((await world.api("GET", "/live"))["now"])
        until = now + timedelta(seconds=30)
        typed = time.monotonic()
        wish = {"text": TEXT, "place": "emergency", "until": until.isoformat(), "author": "業務責任者"}
        made = await world.api("POST", "/announcements", wish, 201)
        assert made["state"] == "live"
        assert time.monotonic() - typed < WITHIN_S
        files = (sound(world, made), VOICE / "greeting.ulaw")
        first = await listen(world, phones, "first", tmp_path, made["duration_s"] + 4)
        assert names(first, *files) == [made["id"], "greeting"]
        (found,) = heard(first, files[:1])
        assert found.part > 0.9
        assert found.at_s < 2

        async def over() -> bool:
            return bool((await world.api("GET", "/live"))["now"] >= until.isoformat(timespec="milliseconds"))

        await eventually(over, 40, "its time is over")
        second = await listen(world, phones, "second", tmp_path, 6)
        assert names(second, *files) == ["greeting"]
        assert (await world.api("GET", f"/announcements/{made['id']}"))["state"] == "expired"
        await world.nothing_left()


async def test_given_a_draft_when_published_as_the_only_text_then_callers_hear_it_and_are_let_go(tmp_path):
    async with (
        Madoguchi.started(tmp_path / "home", at="2026-11-24 10:00:00") as world,
        Phones.started() as phones,
    ):
        wish = {"text": "本日は休みます。", "place": "instead", "draft": True}
        made = await world.api("POST", "/announcements", wish, 201)
        files = (sound(world, made), VOICE / "greeting.ulaw")
        assert names(await listen(world, phones, "before", tmp_path, 5), *files) == ["greeting"]
        await world.api("POST", f"/announcements/{made['id']}/publish")
        assert names(await listen(world, phones, "only", tmp_path, None), *files) == [made["id"]]
        assert (await world.api("GET", "/live"))["line"]["state"] == "emergency"
        await world.api("POST", f"/announcements/{made['id']}/withdraw")
        assert names(await listen(world, phones, "after", tmp_path, 5), *files) == ["greeting"]
        assert (await world.api("GET", "/live"))["line"]["state"] == "open"
        await world.nothing_left()


async def test_given_a_caller_who_waits_when_an_announcement_is_made_then_he_hears_it_in_turn(tmp_path):
    async with (
        Madoguchi.started(home_with(tmp_path / "home", SHORT_WAITS), at="2026-11-24 10:00:00") as world,
        Phones.started() as phones,
    ):
        citizen = await phones.citizen("waits", world.server, record=tmp_path)
        citizen.tell("call", uri=f"sip:{world.run.number}@{world.server}")
        await citizen.wait_for("confirmed", 3)
        wish = {"text": "予約は、インターネットでも承ります。", "place": "waiting"}
        made = await world.api("POST", "/announcements", wish, 201)
        (call,) = (await world.api("GET", "/calls"))["calls"]

        async def told() -> bool:
            story = await world.api("GET", f"/calls/{call['call']}")
            texts = [row["data"] for row in story["journal"] if row["kind"] == "call.guidance"]
            ends = [text["id"] for text in texts if text["part"] == "finished"]
            return f"announce.{made['id']}" in ends and ends[-1] == "please_hold"

        await eventually(told, 40, "the announcement, and the request to hold again")
        citizen.tell("hangup")
        recording = Path((await citizen.wait_for("recorded", 5))["recording"])
        assert names(recording, sound(world, made)) == [made["id"]]
        assert names(recording, VOICE / "please_hold.ulaw") == ["please_hold"]
        await world.nothing_left()


async def test_given_an_announcement_when_the_controller_is_killed_then_callers_of_the_next_hear_it(
    tmp_path,
):
    async with (
        Madoguchi.started(tmp_path / "home", at="2026-11-24 18:00:00") as world,
        Phones.started() as phones,
    ):
        made = await world.api("POST", "/announcements", {"text": TEXT, "place": "emergency"}, 201)
        os.kill(world.run.controller_pid, signal.SIGKILL)
        world.run = await eventually(
            lambda: new_controller(world, world.run.controller_pid), 20, "a new controller"
        )
        night = await listen(world, phones, "night", tmp_path, made["duration_s"] + 3)
        assert names(night, sound(world, made)) == [made["id"]]
        await world.nothing_left()
