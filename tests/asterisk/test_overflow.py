"""あふれ on a real Asterisk: each cause and each destination by a real call, and each in its own figure."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.asterisk.conftest import WEEKDAY
from tests.asterisk.site import Site

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
REST = """
[guidance]
greeting = false
busy = false
please_hold_every_s = 5
[floor]
ring_time_s = 3
wrap_up_s = 1
[queue]
review_s = 0.5
handling_s = 60
[callback]
enabled = true
[[lines]]
id = "second"
name = "第二"
numbers = ["0260005678"]
"""
NUMBER = "0262269999"


def rules(cause: str, limit: float, to: str) -> str:
    return f'overflow = [{{ cause = "{cause}", limit = {limit}, to = "{to}" }}]\n{REST}'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory):
    home = tmp_path_factory.mktemp("overflow") / "home"
    async with Site.started(home, f"overflow = []\n{REST}", at=WEEKDAY) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def site(running):
    yield running
    await running.tidy()


async def counted(site, cause, toward, before):
    """The figure of this cause and destination is one more than before, and no other has changed."""
    now = (await site.day())["overflow"]
    assert now[cause][toward] == before[cause][toward] + 1
    changed = [(c, t) for c in now for t in now[c] if now[c][t] != before[c][t]]
    assert changed == [(cause, toward)]
    assert (await site.day())["identity"]["holds"] is True


async def busy_seat(site):
    """Seat 1 talks; the caller of that talk."""
    await site.staff(1)
    talking, call = await site.citizen("0262260000")
    await site.row(call, "call.connected")
    return talking, call


async def test_given_no_seat_staffed_then_told_so_and_waits_on_until_somebody_comes(site):
    await site.settings(rules("no_seat", 1, "announce"))
    before = (await site.day())["overflow"]
    citizen, call = await site.citizen()
    row = await site.row(call, "call.overflowed")
    seen = {key: row["data"][key] for key in ("cause", "toward", "stage", "staffed", "position")}
    assert seen == {"cause": "no_seat", "toward": "announce", "stage": "waiting", "staffed": 0, "position": 1}
    assert row["data"]["waited_ms"] == pytest.approx(1000, abs=150)
    await site.row(call, "call.guidance", id="overflow.no_seat", part="started")
    assert (await site.live())["waiting"][0]["call"] == call
    await site.staff(1)  # in the middle of the text
    await site.row(call, "call.connected", 2)
    citizen.tell("hangup")
    await site.outcome(call, "answered")
    await counted(site, "no_seat", "announce", before)


async def test_given_a_full_queue_then_told_good_bye_and_hung_up_and_who_waits_stays(site):
    await site.settings(rules("queue_full", 1, "hang_up"))
    before = (await site.day())["overflow"]
    _, first = await site.citizen("0262260001")
    await site.waits(first)
    late, call = await site.citizen("0262260002")
    row = await site.row(call, "call.overflowed")
    assert (row["data"]["stage"], row["data"]["waiting"]) == ("entry", 2)
    await site.row(call, "call.guidance", id="overflow.queue_full", part="started")
    await late.wait_for("disconnected", 30)
    await site.outcome(call, "overflowed")
    assert [one["call"] for one in (await site.live())["waiting"]] == [first]
    await counted(site, "queue_full", "hang_up", before)


async def test_given_too_many_calls_a_seat_then_asked_what_he_wants_and_keeps_his_place(site):
    await site.settings(rules("calls_per_seat", 1, "choice"))
    before = (await site.day())["overflow"]
    talking, _ = await busy_seat(site)
    first, one = await site.citizen("0262260001")
    await site.waits(one)
    second, two = await site.citizen("0262260002")
    row = await site.row(two, "call.overflowed")
    assert (row["data"]["staffed"], row["data"]["waiting"]) == (1, 2)
    await site.row(two, "call.guidance", id="overflow.calls_per_seat", part="started")
    second.tell("dtmf", digits="1")
    await site.row(two, "call.chose", choice="wait_on")
    assert [c["call"] for c in (await site.live())["waiting"]] == [one, two]
    for phone in (second, first, talking):
        phone.tell("hangup")
    await site.outcome(two, "abandoned")
    await counted(site, "calls_per_seat", "choice", before)


async def test_given_a_long_predicted_wait_then_on_the_other_line_with_the_old_waiting_time(site):
    await site.settings(rules("predicted_wait", 30, "line:second"))
    before = (await site.day())["overflow"]
    talking, _ = await busy_seat(site)
    citizen, call = await site.citizen("0262260001")
    row = await site.row(call, "call.overflowed")
    assert row["data"]["target"] == "second"
    assert row["data"]["predicted_ms"] > 30_000
    await site.row(call, "call.moved", why="line")
    (waiting,) = (await site.live())["waiting"]
    assert (waiting["call"], waiting["line"]) == (call, "second")
    talking.tell("hangup")
    await site.row(call, "call.connected")
    citizen.tell("hangup")
    await site.outcome(call, "answered")
    await counted(site, "predicted_wait", "line", before)


async def test_given_too_long_a_wait_then_connected_with_the_number_outside_and_counted_once(site):
    await site.settings(rules("waited", 1, f"number:{NUMBER}"))
    before = await site.day()
    site.outside.behave(answer_after_ms=500)
    citizen, call = await site.citizen()
    row = await site.row(call, "call.overflowed")
    assert (row["data"]["toward"], row["data"]["target"]) == ("number", NUMBER)
    called = await site.outside.wait_for("incoming", 20)
    assert called["message"].startswith(f"INVITE sip:{NUMBER}@127.0.0.2:")
    assert "sip:0260001234@" in called["from"]
    await site.row(call, "call.forwarded", part="connected")
    assert (await site.live())["waiting"] == []
    site.outside.tell("hangup")
    await citizen.wait_for("disconnected", 5)
    await site.outcome(call, "overflowed")
    parts = [row["data"]["part"] for row in await site.rows(call, "call.forwarded")]
    assert parts == ["started", "connected", "ended"]
    await counted(site, "waited", "number", before["overflow"])
    after = await site.day()
    assert after["overflowed"] - before["overflowed"] == 1
    assert (after["answered"], after["timed_out"]) == (before["answered"], before["timed_out"])


async def test_given_a_number_outside_that_does_not_answer_then_told_so_and_hung_up(site):
    await site.settings(rules("waited", 1, f"number:{NUMBER}"))
    site.outside.behave(reject=486)
    citizen, call = await site.citizen()
    await site.row(call, "call.forwarded", 20, part="failed", cause="busy")
    await site.row(call, "call.guidance", id="error", part="started")
    await citizen.wait_for("disconnected", 30)
    await site.outcome(call, "overflowed")


async def test_given_a_caller_who_hangs_up_while_the_number_rings_then_it_stops_ringing(site):
    await site.settings(rules("waited", 1, f"number:{NUMBER}"))
    site.outside.behave()
    citizen, call = await site.citizen()
    await site.outside.wait_for("incoming", 20)
    citizen.tell("hangup")
    await site.outside.wait_for("cancelled", 3)
    await site.outcome(call, "overflowed")
