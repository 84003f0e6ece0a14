"""A transfer from the seat's phone (REFER) is refused, and the talk goes on as if nothing had been asked."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("to", ["702", "0262261234", "*12"])
async def test_given_a_talk_when_the_phone_refers_it_elsewhere_then_refused_and_the_talk_is_untouched(
    office, to
):
    (seat, other) = await office.staff(1, 2, answer_after_ms=0)
    await office.world.api("POST", "/seats/2/break", {"reason": "1"})
    rung = len(other.seen("incoming"))  # by the tests before this one
    run = await office.carrier.call("0260001234", hold_ms=4000)
    await seat.wait_for("confirmed", 5)
    before = await office.world.until_seat(1, "talking", 3)
    channels = sorted(one["id"] for one in await office.world.ari("GET", "/channels"))
    seat.tell("refer", to=f"sip:{to}@{office.world.server}")
    refused = await seat.wait_for("referred", 5)
    assert refused["code"] >= 400
    assert sorted(one["id"] for one in await office.world.ari("GET", "/channels")) == channels
    after = await office.world.until_seat(1, "talking", 1)
    assert (after["call"], after["since"]) == (before["call"], before["since"])
    result = await run.result(10)
    assert (result.failed, len(result.answered)) == (0, 1)
    assert result.calls[0].ended_by == "caller"
    await seat.wait_for("disconnected", 3)
    assert len(other.seen("incoming")) == rung
