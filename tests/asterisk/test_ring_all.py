"""Ring all: two phones picked up in the same moment connect one. Whatever a phone does: the next one rings
within 100 ms, the caller keeps the head.
"""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.asterisk.conftest import QUICK, WEEKDAY
from tests.asterisk.site import Site

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
RING_ALL = f'overflow = []\n{QUICK}\n[queue]\nstrategy = "ring_all"\n'
ONE_BY_ONE = f"overflow = []\n{QUICK}"
AT_ONCE_MS = 100


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory):
    home = tmp_path_factory.mktemp("ring_all") / "home"
    async with Site.started(home, RING_ALL, at=WEEKDAY, seats=3) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def site(running):
    for phone in running.seats.values():
        await phone.register()
    yield running
    await running.tidy()


async def test_given_two_phones_answering_in_the_same_10_ms_then_one_talks_and_the_other_is_ready_at_once(
    site,
):
    await site.settings(RING_ALL)
    crossed = 0
    for _ in range(4):  # who is first is the network's choice, and whether the second is in time to cross
        await site.staff(1, 2, answer_after_ms=None)
        citizen, call = await site.citizen()
        for seat in (1, 2):
            await site.seats[seat].wait_for("incoming", 5)
        for seat in (1, 2):
            site.seats[seat].tell("answer")
        connected = await site.row(call, "call.connected")
        winner = connected["seat"]
        loser = 3 - winner
        lost = await site.row(call, "offer.ended", outcome="lost_race")
        assert lost["seat"] == loser
        await site.seats[loser].wait_for("disconnected", 3)
        ready = await site.world.until_seat(loser, "ready", 1)
        assert ready["reason"] is None
        assert (await site.world.until_seat(winner, "talking", 1))["call"] == call
        outcomes = sorted(row["data"]["outcome"] for row in await site.rows(call, "offer.ended"))
        assert outcomes == ["answered", "lost_race"]
        free = [row for row in await site.rows(call, "seat.state") if row["data"]["to"] == "ready"]
        assert [row["seat"] for row in free] == [loser]
        assert 0 <= free[0]["at_ms"] - lost["at_ms"] <= 5  # one step; each row is stamped when it is written
        assert len(await site.rows(call, "call.connected")) == 1
        answers = [phone.seen("answered")[-1:] for phone in (site.seats[1], site.seats[2])]
        if all(answers) and abs(answers[0][0]["t"] - answers[1][0]["t"]) < 10_000_000:
            crossed += 1
        citizen.tell("hangup")
        await site.outcome(call, "answered")
        await site.world.until_seat(winner, "ready", 5)
        for seat in (1, 2):
            await site.world.api("POST", f"/seats/{seat}/logout")
            site.seats[seat].forget()
    assert crossed, "in none of the rounds were both picked up in the same 10 ms"


async def test_given_ring_all_when_one_answers_then_the_others_stop_ringing_and_miss_nothing(site):
    await site.settings(RING_ALL)
    await site.staff(1, 2, answer_after_ms=None)
    await site.staff(3, answer_after_ms=400)
    citizen, call = await site.citizen()
    connected = await site.row(call, "call.connected")
    assert connected["seat"] == 3
    for seat in (1, 2):
        await site.seats[seat].wait_for("cancelled", 3)
        await site.world.until_seat(seat, "ready", 1)
    stopped = [row["at_ms"] for row in await site.rows(call, "offer.ended")]
    assert max(stopped) - min(stopped) < AT_ONCE_MS
    citizen.tell("hangup")
    await site.outcome(call, "answered")


async def test_given_ring_all_when_the_caller_hangs_up_then_every_phone_stops(site):
    await site.settings(RING_ALL)
    await site.staff(1, 2, 3, answer_after_ms=None)
    citizen, call = await site.citizen()
    for seat in (1, 2, 3):
        await site.seats[seat].wait_for("incoming", 5)
    citizen.tell("hangup")
    for seat in (1, 2, 3):
        await site.seats[seat].wait_for("cancelled", 3)
        await site.world.until_seat(seat, "ready", 1)
    await site.outcome(call, "abandoned")


@pytest.mark.parametrize(
    ("what", "outcome"),
    [("reject", "declined"), ("busy", "busy"), ("no answer", "no_answer"), ("unregistered", "unreachable")],
)
async def test_given_a_phone_that_does_not_take_the_call_then_the_head_is_kept_and_the_next_rings_at_once(
    site, what, outcome
):
    await site.settings(ONE_BY_ONE)
    first, second = site.seats[1], site.seats[2]
    first.behave(**({"reject": 603} if what == "reject" else {"reject": 486} if what == "busy" else {}))
    second.behave()
    await first.register()
    await site.world.log_in(1)
    await site.staff(2, answer_after_ms=None)
    citizen, call = await site.citizen("0262260001")
    if what == "unregistered":
        await first.wait_for("incoming", 5)
        await first.unregister()
    ended = await site.row(call, "offer.ended", outcome=outcome)
    assert ended["seat"] == 1
    waiting = (await site.live())["waiting"]
    assert (waiting[0]["call"], waiting[0]["position"]) == (call, 1)
    started = (await site.rows(call, "offer.started"))[1]
    assert started["seat"] == 2
    assert started["at_ms"] - ended["at_ms"] < AT_ONCE_MS
    await second.wait_for("incoming", 1)
    other, later = await site.citizen("0262260002")
    await site.waits(later)
    shown = (await site.live())["waiting"]
    assert [one["call"] for one in shown] == [call, later]
    for phone in (citizen, other):
        phone.tell("hangup")
    for one in (call, later):
        await site.outcome(one, "abandoned")
