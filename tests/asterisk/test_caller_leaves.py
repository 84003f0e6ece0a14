"""The citizen hangs up at every point of the way: counted once, in the right term, and no phone rings on."""

from __future__ import annotations

import pytest

from tests.rig.world import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
NUMBER = "0260001234"


async def figures(office):
    return await office.world.api("GET", "/reports/day/2026-11-24?format=json")


async def grown(office, before, **by):
    """Wait until each of these figures has grown by so much, and the identity holds."""

    async def look():
        now = await figures(office)
        return all(now[name] - before[name] == n for name, n in by.items()) and now["identity"]["holds"]

    await eventually(look, 5, f"the day's figures grown by {by}")


@pytest.mark.parametrize("after_ms", [1, 5, 50, 300])
async def test_given_a_waiting_queue_when_the_caller_hangs_up_soon_after_the_answer_then_one_abandoned(
    office, after_ms
):
    before = await figures(office)
    run = await office.carrier.call(NUMBER, hold_ms=after_ms)
    await run.result(10)
    await grown(office, before, received=1, abandoned=1, answered=0)


async def test_given_an_invite_when_the_caller_cancels_at_once_then_it_is_counted_once_and_nothing_rings(
    office,
):
    (seat,) = await office.staff(1)
    before = await figures(office)
    for after_ms in (1, 2, 3, 5, 8, 20):
        run = await office.carrier.call(NUMBER, scenario="cancel", hold_ms=after_ms)
        await run.result(10)

    async def counted():
        now = await figures(office)
        ended = sum(now[k] - before[k] for k in ("abandoned", "abandoned_in_guidance", "system_failed"))
        return now["received"] - before["received"] == ended and now["identity"]["holds"]

    await eventually(counted, 5, "every call that reached us ended in one term")
    await office.world.until_seat(1, "ready", 5)
    assert not seat.seen("confirmed") or seat.seen("disconnected")


async def test_given_a_ringing_phone_when_the_caller_hangs_up_then_it_stops_at_once_and_is_abandoned(office):
    (seat,) = await office.staff(3)
    before = await figures(office)
    citizen = await office.phones.citizen("leaver", office.world.server)
    citizen.tell("call", uri=f"sip:{NUMBER}@{office.world.server}")
    await seat.wait_for("incoming", 5)
    citizen.tell("hangup")
    gone = await citizen.wait_for("disconnected", 5)
    cancelled = await seat.wait_for("cancelled", 5)
    assert (cancelled["t"] - gone["t"]) / 1e6 < 200
    await grown(office, before, received=1, abandoned=1, answered=0)
    shown = await office.world.until_seat(3, "ready", 3)
    assert shown["operator"]


async def test_given_a_talk_when_the_caller_hangs_up_then_the_operators_phone_is_released(office):
    (seat,) = await office.staff(2, answer_after_ms=0)
    before = await figures(office)
    run = await office.carrier.call(NUMBER, hold_ms=600)
    await seat.wait_for("confirmed", 5)
    await seat.wait_for("disconnected", 5)
    assert (await run.result(5)).failed == 0
    await grown(office, before, received=1, answered=1, abandoned=0)


@pytest.mark.parametrize("answer_after_ms", [10, 20, 30, 40, 50])
async def test_given_answer_and_hang_up_in_the_same_moment_then_one_term_and_the_seat_is_free(
    office, answer_after_ms
):
    (seat,) = await office.staff(4, answer_after_ms=answer_after_ms)
    before = await figures(office)
    run = await office.carrier.call(NUMBER, hold_ms=30)
    await run.result(10)

    async def one_term():
        now = await figures(office)
        ends = (now["answered"] - before["answered"]) + (now["abandoned"] - before["abandoned"])
        return now["received"] - before["received"] == 1 == ends and now["identity"]["holds"]

    await eventually(one_term, 5, "one call, in one term")
    await office.world.until_seat(4, "ready", 5)
    await office.world.nothing_left(5)
    assert seat.seen("incoming")
