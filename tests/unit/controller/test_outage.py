"""Asterisk fell: every call on the line ends at that moment, as far as anybody saw it."""

import pytest

from acd.events import LogIn
from db import journal_of_call
from tests.unit.controller.controller_rig import TUESDAY, SetClock
from tests.unit.controller.recovery_rig import LATER, facts_of, fallen, risen

BOOTED = {
    "status": {
        "startup_time": "2026-11-24T10:00:40.000+0900",
        "last_reload_time": "2026-11-24T10:00:40.000+0900",
    }
}


async def test_given_a_call_of_before_asterisks_start_then_system_failed(open_whole):
    call = await fallen(open_whole, lambda old: old.calls_in("chan"))
    new = risen(open_whole)
    new.asterisk.answers["/asterisk/info"] = BOOTED
    await new.connects()
    facts, _ = facts_of(new, call)
    assert (facts.outcome, facts.cause) == ("system_failed", "asterisk_fell")


async def test_given_the_same_controller_when_asterisk_fell_then_its_calls_end_as_system_failed(open_whole):
    whole = open_whole()
    await whole.connects()
    call = whole.calls_in("chan")
    whole.loses()
    whole.asterisk.answers["/asterisk/info"] = BOOTED
    whole.clock.at_ms = LATER
    await whole.connects()
    facts, rows = facts_of(whole, call)
    assert facts.outcome == "system_failed"
    assert rows.count("call.ended") == 1
    assert whole.controller.calls == {}


async def test_given_an_exchange_that_falls_under_a_controller_then_every_call_ends_at_that_moment(
    open_whole,
):
    whole = open_whole(clock=SetClock())
    await whole.connects()
    whole.controller.dispatcher.submit(LogIn(1, "101"))
    whole.controller.dispatcher.submit(LogIn(2, "102"))
    talks = whole.calls_in("talks")
    whole.talks("talks", talks)
    rings, waits = whole.calls_in("rings"), whole.calls_in("waits")
    whole.clock.at_ms = TUESDAY + 30_000
    whole.loses()
    whole.clock.at_ms = TUESDAY + 45_000
    whole.asterisk.answers["/asterisk/info"] = BOOTED
    await whole.connects()
    for call, outcome in ((talks, "answered"), (rings, "system_failed"), (waits, "system_failed")):
        facts, rows = facts_of(whole, call)
        assert (facts.outcome, facts.cause, facts.ended_ms) == (outcome, "asterisk_fell", TUESDAY + 30_000)
        assert rows.count("call.ended") == 1
    with whole.database.read() as connection:
        rows = [row.entry for row in journal_of_call(connection, talks)]
    (ended,) = [row for row in rows if row.kind == "call.talk_ended"]
    assert (ended.at_ms, ended.data["by"]) == (TUESDAY + 30_000, "system")
    assert (whole.seat(1), whole.seat(2)) == ("wrap_up", "ready")
    assert whole.controller.calls == {}
    assert whole.controller.legs.channels() == ()


@pytest.mark.parametrize(
    ("seen_ms", "fell_ms"),
    [
        (TUESDAY + 35_000, TUESDAY + 35_000),
        (None, TUESDAY + 20_000),
        (TUESDAY - 3_600_000, TUESDAY + 20_000),
    ],
)
async def test_given_an_exchange_that_fell_with_the_controller_then_the_supervisor_or_the_journal_tells_when(
    open_whole, seen_ms, fell_ms
):
    old = open_whole(clock=SetClock())
    await old.connects()
    call = old.calls_in("chan")
    old.clock.at_ms = TUESDAY + 20_000
    old.recorder.record("call.wait_told", call=call)
    old.stored()
    old.controller._away()
    new = risen(open_whole)
    new.controller.seen_fall_ms = lambda: seen_ms
    new.asterisk.answers["/asterisk/info"] = BOOTED
    await new.connects()
    facts, _ = facts_of(new, call)
    assert (facts.outcome, facts.cause, facts.ended_ms) == ("system_failed", "asterisk_fell", fell_ms)
