"""A citizen's call on a real Asterisk: answered, queued, connected, wrapped up, counted."""

from __future__ import annotations

import asyncio
import itertools
import json

import pytest

from tests.asterisk.conftest import SEATS
from tests.rig.world import ROOT, eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]


async def test_given_a_ready_seat_when_a_citizen_calls_then_both_talk_and_the_seat_wraps_up(office):
    (seat,) = await office.staff(1, answer_after_ms=200)
    citizen = await office.phones.citizen("talker", office.world.server)
    citizen.tell("call", uri=f"sip:0260001234@{office.world.server}")
    await citizen.wait_for("confirmed", 3)
    ringing = await seat.wait_for("incoming", 3)
    assert "0262261234" in ringing["from"]
    await seat.wait_for("confirmed", 3)
    shown = await office.world.until_seat(1, "talking")
    assert shown["call"]
    citizen.tell("hangup")
    await seat.wait_for("disconnected", 3)
    await office.world.until_seat(1, "wrap_up", 2)
    await office.world.until_seat(1, "ready", 4)
    call = await office.world.api("GET", f"/calls/{shown['call']}")
    assert call["outcome"] == "answered"
    assert call["seat"] == 1


async def test_given_thirty_callers_at_once_then_each_is_answered_within_a_second(office):
    run = await office.carrier.call("0260001234", calls=30, rate=1000, hold_ms=2500)
    result = await run.result(20)
    assert result.failed == 0
    assert len(result.answered) == 30
    assert max(call.answer_ms or 9999 for call in result.calls) < 1000


async def test_given_42_callers_in_a_burst_on_seven_seats_then_each_talks_once_in_the_order_of_arrival(
    office,
):
    before = await office.world.api("GET", "/reports/day/2026-11-24?format=json")
    phones = await office.staff(*SEATS)
    for phone in phones:
        phone.behave(answer_after_ms=30, hangup_after_ms=700)
    run = await office.carrier.call("0260001234", calls=42, rate=50, hold_ms=60_000)
    result = await run.result(60)
    assert (result.successful, result.failed) == (42, 0)

    async def counted() -> bool:
        day = await office.world.api("GET", "/reports/day/2026-11-24?format=json")
        return bool(day["answered"] - before["answered"] == 42)

    await eventually(counted, 5, "42 answered calls in the day's report")
    after = await office.world.api("GET", "/reports/day/2026-11-24?format=json")
    assert after["received"] - before["received"] == 42
    assert after["abandoned"] == before["abandoned"]
    assert after["identity"]["holds"] is True

    month = await madoguchi(office, "report", "month", "2026-11", "--format", "json")
    day_now = await office.world.api("GET", "/reports/day/2026-11-24?format=json")
    assert (month["received"], month["answered"]) == (day_now["received"], day_now["answered"])
    assert month["identity"]["holds"] is True

    calls = list(await office.outcome(outcome="answered"))[-42:]
    assert sorted(c["queued_ms"] for c in calls) == [c["queued_ms"] for c in sorted(calls, key=_first_offer)]
    for seat in SEATS:
        mine = sorted((c["connected_ms"], c["talk_ended_ms"]) for c in calls if c["seat"] == seat)
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(mine)), f"seat {seat}: {mine}"


async def madoguchi(office, *arguments: str):
    """What a command of bin/madoguchi prints, as JSON."""
    process = await asyncio.create_subprocess_exec(
        str(ROOT / "bin" / "madoguchi"), *arguments, "--home", str(office.world.home),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err.decode()
    return json.loads(out)


def _first_offer(call):
    return call["first_offer_ms"], call["queued_ms"]


async def test_given_all_seats_busy_when_one_frees_then_the_text_is_cut_and_the_caller_connected(office):
    (seat,) = await office.staff(1, answer_after_ms=0)
    first = await office.phones.citizen("first", office.world.server)
    first.tell("call", uri=f"sip:0260001234@{office.world.server}")
    await seat.wait_for("confirmed", 4)
    second = await office.phones.citizen("second", office.world.server)
    second.tell("call", uri=f"sip:0260001234@{office.world.server}")
    await second.wait_for("confirmed", 3)
    await eventually(lambda: _waiting(office), 3, "one caller waits")
    seat.tell("hangup")
    await seat.wait_for("disconnected", 3)
    await office.world.until_seat(1, "wrap_up", 2)
    await office.world.until_seat(1, "talking", 5)
    second.tell("hangup")
    await seat.wait_for("disconnected", 3)


async def _waiting(office):
    return len((await office.world.api("GET", "/live"))["waiting"]) == 1


async def test_given_two_ready_seats_then_the_longest_idle_is_rung_first(office):
    await office.staff(2, answer_after_ms=0)
    await asyncio.sleep(
        0.05
    )  # two log-ins in one millisecond would be a tie, which the seat's number decides
    await office.staff(1, answer_after_ms=0)
    run = await office.carrier.call("0260001234", hold_ms=800)
    await office.seats[2].wait_for("confirmed", 4)
    assert (await run.result(10)).failed == 0
    run = await office.carrier.call("0260001234", hold_ms=800)
    await office.seats[1].wait_for("confirmed", 4)
    assert (await run.result(10)).failed == 0
