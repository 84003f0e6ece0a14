"""A new controller finds what the old one left: in the journal, and in Asterisk."""

import pytest

from acd.events import Break, LogIn, LogOut, MoveCaller, RaiseCaller
from ari import Fault
from controller.call import call_id
from db import call_facts, journal_of_call, open_calls
from tests.unit.controller.controller_rig import (
    TUESDAY,
    SetClock,
    bridge_json,
    channel_json,
    endpoint_json,
    until,
)

LATER = TUESDAY + 60_000


async def fallen(open_whole, what):
    """A controller that falls after `what(it)`; returns what `what` did, with all its rows stored."""
    old = open_whole()
    await old.connects()
    left = what(old)
    old.stored()
    old.controller._away()  # no more of it: a killed process says nothing
    return left


def risen(open_whole, channels=(), bridges=(), **how):
    new = open_whole(clock=SetClock(LATER), **how)
    new.asterisk.answers["/channels"] = list(channels)
    new.asterisk.answers["/bridges"] = list(bridges)
    new.asterisk.requests.clear()
    return new


def facts_of(whole, call):
    whole.stored()
    with whole.database.read() as connection:
        rows = [row.entry.kind for row in journal_of_call(connection, call)]
        return call_facts(connection, [call])[call], rows


async def test_given_a_waiting_call_when_its_channel_is_gone_then_abandoned_while_away(open_whole):
    call = await fallen(open_whole, lambda old: old.calls_in("chan"))
    new = risen(open_whole)
    await new.connects()
    facts, rows = facts_of(new, call)
    assert (facts.outcome, facts.cause, facts.queued) == ("abandoned", "while_away", True)
    assert rows.count("call.ended") == 1
    assert new.controller.calls == {}


async def test_given_a_call_in_its_greeting_when_its_channel_is_gone_then_abandoned_in_guidance(open_whole):
    old = open_whole(guidance={"greeting": True})
    await old.connects()
    call = old.calls_in("chan")
    old.stored()
    old.controller._away()
    new = risen(open_whole)
    await new.connects()
    assert facts_of(new, call)[0].outcome == "abandoned_in_guidance"


async def test_given_a_talk_when_both_are_gone_then_answered_and_its_end_is_written(open_whole):
    def talk(old):
        old.controller.dispatcher.submit(LogIn(1, "101"))
        call = old.calls_in("chan")
        old.talks("chan", call)
        return call

    call = await fallen(open_whole, talk)
    new = risen(open_whole)
    await new.connects()
    facts, rows = facts_of(new, call)
    assert (facts.outcome, facts.seat) == ("answered", 1)
    assert (rows.count("call.talk_ended"), rows.count("call.ended")) == (1, 1)


async def test_given_a_call_of_before_asterisks_start_then_system_failed(open_whole):
    call = await fallen(open_whole, lambda old: old.calls_in("chan"))
    new = risen(open_whole)
    booted = {
        "startup_time": "2026-11-24T10:00:30.000+0900",
        "last_reload_time": "2026-11-24T10:00:30.000+0900",
    }
    new.asterisk.answers["/asterisk/info"] = {"status": booted}
    await new.connects()
    facts, _ = facts_of(new, call)
    assert (facts.outcome, facts.cause) == ("system_failed", "asterisk_fell")


async def test_given_a_call_in_closed_hours_when_its_channel_is_gone_then_closed(open_whole):
    old = open_whole(clock=SetClock(TUESDAY + 10 * 3600_000))
    await old.connects()
    call = old.calls_in("chan")
    old.stored()
    old.controller._away()
    new = open_whole(clock=SetClock(TUESDAY + 10 * 3600_000 + 60_000))
    await new.connects()
    assert facts_of(new, call)[0].outcome == "closed"


async def test_given_a_talk_that_goes_on_then_it_is_taken_up_and_ends_as_any_other(open_whole):
    def talk(old):
        old.controller.dispatcher.submit(LogIn(3, "103"))
        call = old.calls_in("chan")
        return call, old.talks("chan", call)

    call, offer = await fallen(open_whole, talk)
    leg, bridge = f"offer-{offer}", f"talk-{offer}"
    new = risen(
        open_whole,
        [channel_json("chan"), channel_json(leg, name="PJSIP/phone-3-00000001")],
        [bridge_json(bridge, "chan", leg)],
    )
    await new.connects()
    assert new.seat(3) == "talking"
    assert new.asterisk.hung_up() == []
    assert new.asterisk.asked("DELETE", "/bridges/") == []
    new.asterisk.hangs_up(leg)
    assert new.asterisk.hung_up() == ["chan"]
    new.asterisk.destroyed(leg)
    new.asterisk.leaves("chan")
    facts, rows = facts_of(new, call)
    assert (facts.outcome, facts.seat, facts.operator) == ("answered", 3, "103")
    assert [rows.count(k) for k in ("call.connected", "call.talk_ended", "call.ended")] == [1, 1, 1]
    assert [r.path for r in new.asterisk.asked("DELETE", "/bridges/")] == [f"/bridges/{bridge}"]
    assert new.seat(3) == "wrap_up"


async def test_given_a_caller_in_a_text_when_the_controller_is_new_then_it_ends_what_the_old_one_plays(
    open_whole,
):
    old = open_whole(guidance={"greeting": True})
    await old.connects()
    call = old.calls_in("chan")
    await until(lambda: old.asterisk.asked("POST", "/channels/chan/play"))
    playing = old.asterisk.asked("POST", "/channels/chan/play")[0].path.rpartition("/")[2]
    old.stored()
    old.controller._away()
    new = risen(open_whole, [channel_json("chan")])
    new.asterisk.answers["/asterisk/variable"] = {"value": str(old.controller.exchange.generation)}
    await new.connects()
    assert call in new.controller.calls
    assert f"/playbacks/{playing}" in [r.path for r in new.asterisk.asked("DELETE", "/playbacks/")]


async def test_given_a_talk_of_which_no_row_was_stored_then_it_goes_on_and_is_counted_once(open_whole):
    def log_in(old):
        old.controller.dispatcher.submit(LogIn(3, "103"))

    await fallen(open_whole, log_in)
    call = call_id("madoguchi-1795386184.7")
    leg, bridge = f"offer-{call}.1", f"talk-{call}.1"
    new = risen(
        open_whole,
        [
            channel_json("madoguchi-1795386184.7", app="madoguchi,call,num=0262261234"),
            channel_json(leg, name="PJSIP/phone-3-00000001"),
        ],
        [bridge_json(bridge, "madoguchi-1795386184.7", leg)],
    )
    await new.connects()
    assert new.seat(3) == "talking"
    assert new.asterisk.hung_up() == []
    assert not [r for r in new.asterisk.requests if "/play" in r.path or "/moh" in r.path]
    new.asterisk.hangs_up(leg)
    new.asterisk.destroyed(leg)
    new.asterisk.leaves("madoguchi-1795386184.7")
    facts, rows = facts_of(new, call)
    assert (facts.has_received, facts.queued, facts.outcome) == (True, True, "answered")
    assert (facts.seat, facts.operator) == (3, "103")
    assert [rows.count(k) for k in ("call.received", "call.queued", "call.connected", "call.ended")] == [
        1
    ] * 4


async def test_given_a_talk_whose_caller_was_left_alone_then_he_is_hung_up_and_it_was_answered(open_whole):
    def talk(old):
        old.controller.dispatcher.submit(LogIn(1, "101"))
        call = old.calls_in("chan")
        return call, old.talks("chan", call)

    call, offer = await fallen(open_whole, talk)
    new = risen(open_whole, [channel_json("chan")], [bridge_json(f"talk-{offer}", "chan")])
    await new.connects()
    assert new.asterisk.hung_up() == ["chan"]
    assert [r.path for r in new.asterisk.asked("DELETE", "/bridges/")] == [f"/bridges/talk-{offer}"]
    new.asterisk.leaves("chan")
    facts, rows = facts_of(new, call)
    assert facts.outcome == "answered"
    assert (rows.count("call.talk_ended"), rows.count("call.ended")) == (1, 1)


async def test_given_waiting_callers_then_they_wait_on_in_the_old_order_and_a_new_one_stands_behind(
    open_whole,
):
    def three(old):
        made = []
        for n in range(3):
            made.append(old.calls_in(f"chan-{n}"))
            old.clock.at_ms += 1000
        return made

    calls = await fallen(open_whole, three)
    channels = [channel_json(f"chan-{n}") for n in (2, 0, 1)]
    new = risen(open_whole, channels)
    await new.connects()
    late = new.calls_in("late")
    waiting = [view.call for view in new.controller.dispatcher.floor.waiting()]
    assert waiting == [*calls, late]
    assert [view.queued_ms for view in new.controller.dispatcher.floor.waiting()][:3] == [
        TUESDAY, TUESDAY + 1000, TUESDAY + 2000,
    ]  # fmt: skip
    facts, rows = facts_of(new, calls[0])
    assert rows.count("call.queued") == rows.count("call.received") == 1
    assert facts.outcome is None


async def test_given_callers_whom_the_supervisor_has_moved_then_their_order_holds_over_two_falls(open_whole):
    def moved(old):
        made = []
        for n in range(4):
            made.append(old.calls_in(f"chan-{n}"))
            old.clock.at_ms += 1000
        old.controller.dispatcher.submit(MoveCaller(made[3], 2))
        old.controller.dispatcher.submit(RaiseCaller(made[2], 4))
        return made

    first, second, raised, put = await fallen(open_whole, moved)
    for _ in range(2):
        new = risen(open_whole, [channel_json(f"chan-{n}") for n in (1, 3, 0, 2)])
        await new.connects()
        views = new.controller.dispatcher.floor.waiting()
        assert [view.call for view in views] == [raised, first, put, second]
        assert [view.priority for view in views] == [4, 0, 0, 0]
        new.stored()
        new.controller._away()


async def test_given_a_caller_who_was_being_rung_for_then_a_new_offer_has_a_new_id_and_the_old_leg_ends(
    open_whole,
):
    def ringing(old):
        old.controller.dispatcher.submit(LogIn(1, "101"))
        call = old.calls_in("chan")
        return call, old.offer_of(call)

    call, offer = await fallen(open_whole, ringing)
    leg = f"offer-{offer}"
    new = risen(open_whole, [channel_json("chan"), channel_json(leg, state="Ringing")])
    await new.connects()
    assert leg in new.asterisk.hung_up()
    assert new.offer_of(call) != offer
    assert new.seat(1) == "ringing"


async def test_given_logged_in_operators_then_they_still_are_and_a_break_stays_a_break(open_whole):
    def shift(old):
        for seat in (1, 2, 3):
            old.controller.dispatcher.submit(LogIn(seat, f"10{seat}"))
        old.controller.dispatcher.submit(Break(2, "休憩"))
        old.controller.dispatcher.submit(LogOut(3))

    await fallen(open_whole, shift)
    new = risen(open_whole)
    await new.connects()
    assert [new.seat(n) for n in (1, 2, 3)] == ["ready", "break", "logged_out"]
    floor = new.controller.dispatcher.floor
    assert (floor.seat(1).operator, floor.seat(2).operator, floor.seat(2).reason) == ("101", "102", "休憩")


async def test_given_a_log_in_of_yesterday_then_nobody_is_logged_in(open_whole):
    await fallen(open_whole, lambda old: old.controller.dispatcher.submit(LogIn(1, "101")))
    new = open_whole(clock=SetClock(TUESDAY + 13 * 3600_000))
    await new.connects()
    assert new.seat(1) == "logged_out"


async def test_given_an_operator_who_is_no_more_in_the_settings_then_he_is_not_logged_in(open_whole):
    await fallen(open_whole, lambda old: old.controller.dispatcher.submit(LogIn(1, "101")))
    new = risen(open_whole, operators=[{"id": "555", "name": "x"}])
    await new.connects()
    assert new.seat(1) == "logged_out"


async def test_given_what_nobody_knows_then_legs_and_bridges_go_and_strangers_stay(open_whole):
    new = risen(
        open_whole,
        [
            channel_json("offer-dead.1"),
            channel_json("code-1", app="madoguchi,code,phone-1,20"),
            channel_json("own-call"),
            channel_json("of another", app="other,call,num=1"),
        ],
        [bridge_json("talk-dead.1"), bridge_json("of-another")],
    )
    await new.connects()
    assert sorted(new.asterisk.hung_up()) == ["code-1", "offer-dead.1"]
    assert [r.path for r in new.asterisk.asked("DELETE", "/bridges/")] == ["/bridges/talk-dead.1"]


@pytest.mark.parametrize(("state", "answers"), [("Ring", 1), ("Up", 0)])
async def test_given_a_citizen_whom_no_journal_knows_then_he_is_received_and_answered_once(
    open_whole, state, answers
):
    who = "madoguchi,call,called=0260001234,num=0262261234"
    new = risen(open_whole, [channel_json("lost", app=who, state=state)])
    await new.connects()
    call = new.controller.calls.on("lost")
    assert call is not None
    assert call.caller.number == "+81262261234"
    assert len(new.asterisk.asked("POST", "/channels/lost/answer")) == answers


async def test_given_the_same_controller_when_asterisk_fell_then_its_calls_end_as_system_failed(open_whole):
    whole = open_whole()
    await whole.connects()
    call = whole.calls_in("chan")
    whole.loses()
    booted = {
        "startup_time": "2026-11-24T10:00:30.000+0900",
        "last_reload_time": "2026-11-24T10:00:30.000+0900",
    }
    whole.asterisk.answers["/asterisk/info"] = {"status": booted}
    whole.clock.at_ms = LATER
    await whole.connects()
    facts, rows = facts_of(whole, call)
    assert facts.outcome == "system_failed"
    assert rows.count("call.ended") == 1
    assert whole.controller.calls == {}


async def test_given_the_same_controller_when_only_the_connection_broke_then_its_calls_go_on(open_whole):
    whole = open_whole()
    await whole.connects()
    stays, leaves = whole.calls_in("stays"), whole.calls_in("leaves")
    whole.loses()
    whole.asterisk.answers["/channels"] = [channel_json("stays")]
    await whole.connects()
    assert list(whole.controller.calls) == [stays]
    facts, rows = facts_of(whole, leaves)
    assert (facts.outcome, rows.count("call.ended")) == ("abandoned", 1)
    assert facts_of(whole, stays)[1].count("call.queued") == 1


async def test_given_phones_found_on_connecting_then_the_floor_knows_which_can_be_rung(open_whole):
    new = open_whole()
    new.asterisk.answers["/endpoints/PJSIP"] = [endpoint_json("phone-1"), endpoint_json("phone-2", "offline")]
    await new.connects()
    seats = new.controller.dispatcher.floor.seats
    assert [seats[n].phone.value for n in (1, 2)] == ["registered", "unregistered"]


async def test_given_a_connection_that_breaks_under_it_then_not_ready_and_the_next_one_reconciles(open_whole):
    call = await fallen(open_whole, lambda old: old.calls_in("chan"))
    new = risen(open_whole)
    new.asterisk.fails("/bridges", Fault.DISCONNECTED)
    new.asterisk._opened()
    task = new.controller._reconciling
    await until(task.done)
    assert not new.controller.ready.is_set()
    assert facts_of(new, call)[0].outcome is None
    del new.asterisk.answers["/bridges"]
    await new.connects()
    assert facts_of(new, call)[0].outcome == "abandoned"


@pytest.mark.parametrize("times", [2, 3])
async def test_given_falls_one_after_the_other_then_a_call_ends_once_and_keeps_its_place(open_whole, times):
    call = await fallen(open_whole, lambda old: old.calls_in("chan"))
    for _ in range(times):
        middle = risen(open_whole, [channel_json("chan")])
        await middle.connects()
        assert [view.queued_ms for view in middle.controller.dispatcher.floor.waiting()] == [TUESDAY]
        middle.stored()
        middle.controller._away()
    new = risen(open_whole)
    await new.connects()
    facts, rows = facts_of(new, call)
    assert (facts.outcome, rows.count("call.ended"), rows.count("call.queued")) == ("abandoned", 1, 1)


BOOTED = {
    "status": {
        "startup_time": "2026-11-24T10:00:40.000+0900",
        "last_reload_time": "2026-11-24T10:00:40.000+0900",
    }
}


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


async def test_given_a_database_that_is_away_when_a_controller_comes_then_it_reconciles_once_it_is_there(
    open_whole, monkeypatch
):
    call = await fallen(open_whole, lambda old: old.calls_in("chan"))
    new = risen(open_whole, [channel_json("chan")])
    asked = []

    def read(connection):
        asked.append(1)
        if len(asked) == 1:
            raise OSError("the database is away")
        return open_calls(connection)

    monkeypatch.setattr("controller.controller.RECONCILE_AGAIN_S", 0.01)
    monkeypatch.setattr("controller.known_calls.open_calls", read)
    await new.connects()
    assert len(asked) > 1
    assert [view.call for view in new.controller.dispatcher.floor.waiting()] == [call]


async def test_given_a_call_that_comes_during_recovery_then_it_stands_behind_who_waited_before(
    open_whole,
):
    old = open_whole()
    await old.connects()
    old.controller.dispatcher.submit(LogIn(1, "101"))
    old.calls_in("rings")
    waits = old.calls_in("waits")
    old.stored()
    old.controller._away()
    channels = [
        channel_json("came", app="madoguchi,call,num=0262269999"),
        channel_json("waits", app="madoguchi,call,num=0262261234"),
    ]
    new = risen(open_whole, channels)
    new.asterisk._opened()
    came = "came"
    new.asterisk.tell(
        "StasisStart", args=["call", "num=0262269999"],
        channel=channel_json(came, app="madoguchi,call,num=0262269999"),
    )  # fmt: skip
    await until(new.controller.ready.is_set, "reconciled")
    first, second = new.controller.dispatcher.floor.waiting()
    assert first.call == waits
    assert first.offer is not None
    assert second.call == new.controller.calls.on(came).id
