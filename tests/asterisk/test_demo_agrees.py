"""Wallboard, GET /live and the day's report agree at every moment of a run with --demo."""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType

from config.runfile import RunFile
from tests.rig.world import Madoguchi, eventually

MOVES = frozenset({"longest_wait_now_s"})
"""A figure that time alone changes, without a row."""
PERIOD_S = 1800.0
SHORT_S = 25.0
TUESDAY = "2026-11-24 10:05:00"
KEEP_S = 8.0


class Watching:
    """What a wallboard is told: the frames of /watch, each with the moment at which it came."""

    def __init__(self, run: RunFile) -> None:
        self._run = run
        self.frames: list[tuple[float, dict[str, Any]]] = []
        self.longest_silence_s = 0.0

    async def follow(self) -> None:
        headers = {"Authorization": f"Bearer {self._run.api_token}"}
        url = f"{self._run.desk_url.rstrip('/')}/api/v1/watch"
        async with ClientSession(headers=headers) as http, http.ws_connect(url, max_msg_size=0) as socket:
            heard = time.monotonic()
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    break
                now = time.monotonic()
                self.longest_silence_s = max(self.longest_silence_s, now - heard)
                heard = now
                said = message.json()
                if said["kind"] == "live":
                    self.frames.append((now, said["live"]))
                    while self.frames[0][0] < now - KEEP_S and len(self.frames) > 1:
                        self.frames.pop(0)

    async def shown(self, told: dict[str, Any]) -> bool:
        """Whether one of the last frames had these figures."""
        return any(held(live["today"]) == told for _, live in self.frames)


def held(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in figures.items() if name not in MOVES}


async def get(world: Madoguchi, path: str) -> dict[str, Any]:
    answer = await world.api("GET", path)
    assert isinstance(answer, dict)
    return answer


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [f"{name}: {one[name]} / {other.get(name)}" for name in one if one[name] != other.get(name)]


@pytest.mark.asterisk
@pytest.mark.long
@pytest.mark.timeout(2400)
async def test_given_a_demonstration_when_watched_then_wallboard_live_and_report_agree_at_every_moment(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    lasts_s = PERIOD_S if request.config.getoption("--long") else float(os.environ.get("DEMO_S", SHORT_S))
    async with Madoguchi.started(tmp_path / "home", "--demo", at=TUESDAY) as world:
        assert any("Wallboard" in line and "/kiosk/" in line for line in world.printed), world.printed
        watching = Watching(world.run)
        following = asyncio.create_task(watching.follow())

        async def talking() -> bool:
            live = await get(world, "/live")
            return any(seat["state"] == "talking" for seat in live["seats"])

        await eventually(talking, 120, "somebody talks")
        await eventually(lambda: asyncio.sleep(0, bool(watching.frames)), 10, "the wallboard hears something")
        began = time.monotonic()
        decided = moved = 0
        while time.monotonic() - began < lasts_s:
            before = await get(world, "/live")
            report = await get(world, f"/reports/day/{before['now'][:10]}")
            after = await get(world, "/live")
            if held(before["today"]) != held(after["today"]):
                moved += 1  # something happened between the two looks: nothing can be said of this one
                continue
            assert before["today"]["identity"]["holds"]
            told = held(before["today"])
            assert differences(told, report) == []

            await eventually(
                lambda told=told: watching.shown(told), 2, "the wallboard is told the same", every_s=0.02
            )
            decided += 1
            await asyncio.sleep(0.2)
        live = await get(world, "/live")
        today = {
            name: live["today"][name] for name in ("received", "answered", "abandoned", "callback_requested")
        }
        silence_s = round(watching.longest_silence_s, 2)
        sys.stdout.write(f"{decided} agree, {moved} undecided, longest silence {silence_s} s, {today}\n")
        assert decided > lasts_s / 4
        assert watching.longest_silence_s < 5
        assert not following.done()
        following.cancel()
