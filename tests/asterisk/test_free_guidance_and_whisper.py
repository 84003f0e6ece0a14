"""Guidance before the answer, for which nobody pays; and what the operator is told before the connection."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio

from tests.asterisk.conftest import QUICK
from tests.asterisk.site import Site
from tests.rig.audio import heard
from tests.rig.world import ROOT, eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
VOICE = ROOT / "prompts" / "voice" / "ja"
EVENING = "0260009999"
BRIEF = QUICK.replace("[guidance]\n", "[guidance]\nsay_hours = false\nlost_card = false\n")
HOME = f"""
[[lines]]
id = "evening"
name = "夜間"
numbers = ["{EVENING}"]
before_answer = ["closed"]
[lines.calendar]
open = "18:00:00"
close = "21:00:00"
{BRIEF}"""
WHISPERING = HOME.replace("[guidance]\n", "[guidance]\nwhisper = true\n")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("arrival")
    async with Site.started(folder / "home", HOME, at="2026-11-24 10:00:00", seats=1, record=folder) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def site(running):
    yield running
    await running.tidy()


async def test_given_free_guidance_when_closed_then_heard_to_the_end_and_never_answered(site, tmp_path):
    citizen = await site.phones.citizen("free", site.world.server, tmp_path)
    citizen.tell("call", uri=f"sip:{EVENING}@{site.world.server}")
    over = await citizen.wait_for("disconnected", 60)
    assert not over["confirmed"]
    assert citizen.seen("confirmed") == []
    assert 183 in [event["code"] for event in citizen.seen("ringing")]
    recording = Path((await citizen.wait_for("recorded", 10))["recording"])
    files = [VOICE / f"{text}.ulaw" for text in ("office", "closed.early", "next.lead", "date.today")]
    assert [one.file for one in heard(recording, files)] == files
    (call,) = (await site.world.api("GET", "/calls?outcome=closed"))["calls"]
    rows = (await site.world.api("GET", f"/calls/{call['call']}"))["journal"]
    assert "call.answered" not in [row["kind"] for row in rows]


async def test_given_a_whisper_then_the_operator_hears_it_before_the_caller_is_connected(site):
    await site.settings(WHISPERING)
    await site.staff(1, answer_after_ms=None)
    seat = site.seats[1]
    citizen, call = await site.citizen()
    await seat.wait_for("incoming", 5)
    seat.tell("answer")
    await seat.wait_for("confirmed", 5)
    await site.row(call, "call.connected")
    live = await site.live()
    assert live["seats"][0]["state"] == "talking"
    seat.tell("hangup")
    recording = Path((await seat.wait_for("recorded", 10))["recording"])
    (whispered,) = heard(recording, [VOICE / "whisper.line.main.ulaw"])
    assert whispered.at_s < 1
    rows = (await site.world.api("GET", f"/calls/{call}"))["journal"]
    moments = {row["kind"]: row["at_ms"] for row in rows}
    length_ms = (VOICE / "whisper.line.main.ulaw").stat().st_size // 8
    answered = next(row["at_ms"] for row in rows if row["kind"] == "offer.ended")
    assert moments["call.connected"] - moments["offer.started"] >= length_ms - 200
    assert answered >= moments["offer.started"]
    await citizen.wait_for("disconnected", 10)
    await eventually(lambda: _ended(site, call), 5, "ended")
    await site.settings(HOME)


async def _ended(site, call):
    return bool((await site.world.api("GET", f"/calls/{call}"))["outcome"])
