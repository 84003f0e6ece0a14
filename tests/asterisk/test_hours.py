"""The calendar on the telephone: what a citizen hears to the second, on open days and on closed ones."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.rig.audio import heard
from tests.rig.carrier import Carrier
from tests.rig.phones import Phones
from tests.rig.world import ROOT, Madoguchi, eventually

pytestmark = [pytest.mark.asterisk]
VOICE = ROOT / "prompts" / "voice" / "ja"
GREETING = "greeting"
CLOSED = ("closed.early", "closed.night")
"""Behind the words of the greeting, which the closed guidance begins with, too."""


async def what_is_heard(
    world: Madoguchi, phones: Phones, name: str, directory: Path, seconds: float
) -> list[str]:
    """Call, listen for so long, hang up; why it is closed, or else the greeting."""
    citizen = await phones.citizen(name, world.server, record=directory)
    citizen.tell("call", uri=f"sip:{world.run.number}@{world.server}")
    await citizen.wait_for("confirmed", 3)
    await asyncio.sleep(seconds)  # listening takes its time
    citizen.tell("hangup")
    recorded = await citizen.wait_for("recorded", 5)
    found = heard(
        Path(recorded["recording"]), [VOICE / f"{text}.ulaw" for text in (GREETING, *CLOSED)], part=0.1
    )
    texts = [one.file.stem for one in found]
    return [text for text in texts if text != GREETING] or texts


async def until(world: Madoguchi, wanted: str) -> None:
    """Wait until the instance's own clock shows this time of day (JST) or later."""

    async def look() -> bool:
        live = await world.api("GET", "/live")
        return bool(live["now"][11:19] >= wanted)

    await eventually(look, 40, f"the clock shows {wanted}")


async def test_given_the_second_sunday_when_it_becomes_half_past_eight_then_closed_turns_into_the_greeting(
    tmp_path,
):
    async with (
        Madoguchi.started(tmp_path / "home", at="2022-05-08 08:29:50") as world,
        Phones.started() as phones,
    ):
        assert await what_is_heard(world, phones, "early", tmp_path, 9) == ["closed.early"]
        await until(world, "08:30:00")
        assert await what_is_heard(world, phones, "on time", tmp_path, 6) == ["greeting"]
        calls = (await world.api("GET", "/calls"))["calls"]
        assert [c["outcome"] for c in calls] == ["closed", "abandoned"]
        await world.nothing_left()


async def test_given_a_weekday_when_it_becomes_a_quarter_past_five_then_the_greeting_turns_into_closed(
    tmp_path,
):
    async with (
        Madoguchi.started(tmp_path / "home", at="2022-05-09 17:14:50") as world,
        Phones.started() as phones,
    ):
        assert await what_is_heard(world, phones, "late", tmp_path, 6) == ["greeting"]
        await until(world, "17:15:00")
        assert await what_is_heard(world, phones, "too late", tmp_path, 9) == ["closed.night"]
        await world.nothing_left()


async def test_given_the_greeting_when_the_caller_hangs_up_in_it_then_it_is_no_abandoned_call(tmp_path):
    async with Madoguchi.started(tmp_path / "home", at="2026-11-24 10:00:00") as world:
        run = await Carrier(world.server).call(world.run.number, hold_ms=1500)
        assert (await run.result(10)).failed == 0

        async def counted() -> bool:
            day = await world.api("GET", "/reports/day/2026-11-24?format=json")
            return bool((day["received"], day["abandoned_in_guidance"], day["abandoned"]) == (1, 1, 0))

        await eventually(counted, 5, "one call, hung up in the guidance")
        await world.nothing_left()
