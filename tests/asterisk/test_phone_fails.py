"""The operator's phone does not take the offer: the next seat at once, the caller keeps the head."""

from __future__ import annotations

import pytest

from tests.rig.world import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
NUMBER = "0260001234"


async def offers_of(office):
    """Outcomes of the newest call's offers, in order."""
    call = (await office.outcome())[-1]["call"]
    story = await office.world.api("GET", f"/calls/{call}")
    return [row["data"]["outcome"] for row in story["journal"] if row["kind"] == "offer.ended"]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(486, "busy"), (600, "busy"), (603, "declined"), (480, "no_answer"), (404, "unreachable")],
)
async def test_given_a_phone_that_rejects_then_the_next_seat_rings_and_the_call_is_answered(
    office, code, outcome
):
    first = office.seats[1]
    first.behave(reject=code)
    await office.world.log_in(1)
    (second,) = await office.staff(2, answer_after_ms=0)
    run = await office.carrier.call(NUMBER, hold_ms=900)
    await second.wait_for("confirmed", 5)
    assert (await run.result(10)).failed == 0
    assert await offers_of(office) == [outcome, "answered"]


async def test_given_a_phone_that_nobody_answers_then_the_next_rings_and_two_misses_make_a_break(
    office,
):
    await office.staff(1)
    (second,) = await office.staff(2, answer_after_ms=0)
    for _ in range(2):
        run = await office.carrier.call(NUMBER, hold_ms=5000)
        await second.wait_for("confirmed", 8)
        await office.world.until_seat(2, "talking", 3)
        second.tell("hangup")
        assert (await run.result(10)).failed == 0
        await office.world.until_seat(2, "ready", 5)
        # the longest idle is rung first: let seat 2 stand behind seat 1
        await office.world.api("POST", "/seats/2/break", {"reason": "1"})
        await office.world.api("POST", "/seats/2/ready")
    shown = await office.world.until_seat(1, "break", 3)
    assert shown["reason"] == "no_answer"


async def test_given_a_phone_that_is_not_registered_then_it_is_never_rung_and_shown_so(office):
    await office.staff(5, answer_after_ms=0)
    phone = office.seats[5]
    await phone.unregister()
    await office.world.until_seat(5, "unreachable", 5)
    run = await office.carrier.call(NUMBER, hold_ms=500)
    await run.result(10)
    assert len(phone.events) == 0 or "incoming" not in [e["event"] for e in phone.events[-2:]]
    assert await offers_of(office) == []
    await phone.register()
    await office.world.until_seat(5, "ready", 5)


async def test_given_a_phone_that_registers_while_a_caller_waits_then_it_rings_at_once(office):
    await office.staff(6, answer_after_ms=0)
    phone = office.seats[6]
    await phone.unregister()
    await office.world.until_seat(6, "unreachable", 5)
    run = await office.carrier.call(NUMBER, hold_ms=3000)

    async def waits():
        return (await office.world.api("GET", "/live"))["waiting"]

    await eventually(waits, 3, "a caller waits")
    await phone.register()
    await phone.wait_for("confirmed", 3)
    phone.tell("hangup")
    assert (await run.result(10)).failed == 0


async def test_given_a_log_out_while_ringing_then_the_next_seat_rings(office):
    await office.staff(1)
    run = await office.carrier.call(NUMBER, hold_ms=4000)
    await office.seats[1].wait_for("incoming", 5)
    (second,) = await office.staff(2, answer_after_ms=0)
    await office.world.api("POST", "/seats/1/logout")
    await second.wait_for("confirmed", 3)
    await office.world.until_seat(2, "talking", 3)
    second.tell("hangup")
    assert (await run.result(10)).failed == 0
    assert await offers_of(office) == ["withdrawn", "answered"]


async def test_given_hold_by_the_phone_then_the_seat_is_on_hold_and_back(office):
    (seat,) = await office.staff(3, answer_after_ms=0)
    run = await office.carrier.call(NUMBER, hold_ms=6000)
    await seat.wait_for("confirmed", 5)
    await office.world.until_seat(3, "talking", 3)
    seat.tell("hold")
    await office.world.until_seat(3, "hold", 3)
    seat.tell("unhold")
    await office.world.until_seat(3, "talking", 3)
    seat.tell("hangup")
    assert (await run.result(10)).failed == 0


async def test_given_an_operators_own_call_then_the_seat_is_not_rung(office):
    await office.staff(1, answer_after_ms=0)
    await office.staff(2, answer_after_ms=0)
    office.seats[1].tell("call", uri=f"sip:702@{office.world.server}")
    await office.seats[2].wait_for("incoming", 5)
    run = await office.carrier.call(NUMBER, hold_ms=400)
    await run.result(10)
    assert await offers_of(office) == []
    office.seats[1].tell("hangup")
    await office.world.until_seat(1, "ready", 5)
