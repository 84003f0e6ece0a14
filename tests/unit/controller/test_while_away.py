"""Calls that ended without a controller: as the journal left them, or as Asterisk's record tells."""

from datetime import UTC, datetime

import pytest

from acd.events import LogIn
from config import from_ms
from controller.call import call_id
from reports import day_report
from tests.unit.controller.controller_rig import TUESDAY, SetClock, bridge_json, channel_json
from tests.unit.controller.recovery_rig import LATER, facts_of, fallen, risen
from tests.unit.reports.test_check import line

SECOND = 1_000


def moment(ms):
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def record(folder, *lines):
    (folder / "cdr-csv").mkdir(exist_ok=True)
    (folder / "cdr-csv" / "Master.csv").write_text("".join(lines))


def citizens(number, start_ms, end_ms, unique, **more):
    """A line of a citizen's call in our application, its arguments cut off as Asterisk does."""
    made = line(number, start_ms, end_ms, unique=unique, **more)
    return made.replace(
        "madoguchi,call", "madoguchi,call,called=,to=%3Csip%3A0260001234%40127.0.0.1%3E,ruri=0260001234,nu"
    )


def again(open_whole, folder, channels=(), bridges=()):
    new = risen(open_whole, channels, bridges)
    new.controller.exchange_log = folder
    return new


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


async def test_given_a_call_in_closed_hours_when_its_channel_is_gone_then_closed(open_whole):
    old = open_whole(clock=SetClock(TUESDAY + 10 * 3600_000))
    await old.connects()
    call = old.calls_in("chan")
    old.stored()
    old.controller._away()
    new = open_whole(clock=SetClock(TUESDAY + 10 * 3600_000 + 60_000))
    await new.connects()
    assert facts_of(new, call)[0].outcome == "closed"


async def test_given_a_caller_who_went_meanwhile_then_the_call_ends_when_he_did(open_whole, tmp_path):
    call = await fallen(open_whole, lambda old: old.calls_in("chan"))
    record(tmp_path, citizens(1, TUESDAY, TUESDAY + 20 * SECOND, "chan"))
    new = again(open_whole, tmp_path)
    await new.connects()
    facts, rows = facts_of(new, call)
    assert (facts.outcome, facts.ended_ms) == ("abandoned", TUESDAY + 20 * SECOND)
    assert "call.answered" in rows


async def test_given_a_call_of_which_no_row_was_written_then_it_is_taken_from_the_record_once(
    open_whole, tmp_path
):
    lost, alone, old, seats = (f"madoguchi-{TUESDAY // 1000}.{n}" for n in (7, 8, 9, 10))
    record(
        tmp_path,
        citizens(7, TUESDAY + 5 * SECOND, TUESDAY + 9 * SECOND, lost),
        line(8, TUESDAY, TUESDAY + 9 * SECOND, unique=alone, app="Playback", user="fallback-open"),
        citizens(9, TUESDAY - 7_200_000, TUESDAY - 7_190_000, old),
        line(10, TUESDAY, TUESDAY + 9 * SECOND, unique=seats, channel="PJSIP/phone-1-01", app="AppDial2"),
    )
    for _ in range(2):
        await fallen(open_whole, lambda _: None)
        new = again(open_whole, tmp_path)
        await new.connects()
        facts, rows = facts_of(new, call_id(lost))
        assert rows == ["call.received", "call.answered", "call.ended"]
        assert (facts.received_ms, facts.ended_ms) == (TUESDAY + 5 * SECOND, TUESDAY + 9 * SECOND)
        assert (facts.outcome, facts.called, facts.line, facts.open) == (
            "abandoned_in_guidance", "0260001234", "main", True,
        )  # fmt: skip
        with new.database.read() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM calls").scalar_one()
        assert count == 1
        new.controller._away()


async def test_given_a_call_written_from_the_record_when_its_event_comes_late_then_it_begins_only_once(
    open_whole, tmp_path
):
    unique = f"madoguchi-{TUESDAY // 1000}.7"
    await fallen(open_whole, lambda _: None)
    record(tmp_path, citizens(7, TUESDAY, TUESDAY + 9 * SECOND, unique))
    new = again(open_whole, tmp_path)
    await new.connects()
    new.asterisk.starts(unique, "call", "called=0260001234", "num=0262261234")
    assert facts_of(new, call_id(unique))[1].count("call.received") == 1
    assert new.controller.calls == {}


@pytest.mark.parametrize(("stored", "ago_s", "written"), [(True, 1800, 1), (False, 1800, 0), (False, 300, 1)])
async def test_given_rows_on_their_way_then_only_who_is_surely_remembered_is_written_from_the_record(
    open_whole, tmp_path, monkeypatch, stored, ago_s, written
):
    whole = open_whole()
    whole.controller.exchange_log = tmp_path
    await whole.connects()
    whole.loses()
    end_ms = whole.clock.at_ms - ago_s * SECOND
    record(tmp_path, citizens(7, end_ms - 9 * SECOND, end_ms, f"madoguchi-{end_ms // 1000}.7"))

    async def has_all():
        return stored

    monkeypatch.setattr(whole.recorder, "stored", has_all)
    await whole.connects()
    whole.stored()
    with whole.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM calls").scalar_one() == written


async def test_given_an_operator_who_hung_up_meanwhile_then_the_talk_ends_when_he_did(open_whole, tmp_path):
    def talk(old):
        old.controller.dispatcher.submit(LogIn(1, "101"))
        call = old.calls_in("chan")
        return call, old.talks("chan", call)

    call, offer = await fallen(open_whole, talk)
    record(tmp_path, *talked(1, TUESDAY, TUESDAY + 1 * SECOND, TUESDAY + 30 * SECOND, "chan"))
    new = again(open_whole, tmp_path, [channel_json("chan")], [bridge_json(f"talk-{offer}", "chan")])
    await new.connects()
    new.asterisk.destroyed("chan")
    facts, rows = facts_of(new, call)
    assert facts.talk_ended_ms == TUESDAY + 30 * SECOND
    assert (facts.outcome, rows.count("call.talk_ended")) == ("answered", 1)
    assert facts.ended_ms >= LATER


async def test_given_a_connection_that_was_cut_when_it_is_back_then_who_left_meanwhile_left_when_he_did(
    open_whole, tmp_path
):
    whole = open_whole()
    whole.controller.exchange_log = tmp_path
    await whole.connects()
    whole.controller.dispatcher.submit(LogIn(1, "101"))
    talking, waiting = whole.calls_in("chan-1"), whole.calls_in("chan-2")
    whole.talks("chan-1", talking)
    whole.loses()
    record(
        tmp_path,
        citizens(1, TUESDAY, TUESDAY + 20 * SECOND, "chan-1"),
        citizens(2, TUESDAY, TUESDAY + 30 * SECOND, "chan-2"),
    )
    whole.clock.at_ms += 60 * SECOND  # half open for a minute: nobody was told
    await whole.connects()
    for call, ended_ms, outcome in ((talking, 20 * SECOND, "answered"), (waiting, 30 * SECOND, "abandoned")):
        facts, _ = facts_of(whole, call)
        assert (facts.outcome, facts.ended_ms) == (outcome, TUESDAY + ended_ms + 999)
    assert facts_of(whole, talking)[0].talk_ended_ms == TUESDAY + 20 * SECOND + 999


# --- a talk of which the journal has no row: the database was away, and the controller fell ----------------

LEG = "PJSIP/phone-1-01"


def talked(number, start_ms, joined_ms, end_ms, unique):
    """The two lines of a talk, as Asterisk writes them: the leg's own ends when it comes into the bridge."""
    leg = line(number + 100, start_ms, joined_ms, unique=f"offer-{unique}", channel=LEG, app="AppDial2")
    citizen = citizens(number, start_ms, end_ms, unique).replace(
        '"PJSIP/trunk-0001",""', f'"PJSIP/trunk-0001","{LEG}"'
    )
    return leg, citizen


async def test_given_a_talk_without_a_row_when_both_are_gone_then_the_record_tells_of_it(
    open_whole, tmp_path
):
    def waits(old):
        old.controller.dispatcher.submit(LogIn(1, "101"))
        return old.calls_in("chan")

    call = await fallen(open_whole, waits)
    record(tmp_path, *talked(1, TUESDAY, TUESDAY + 3 * SECOND, TUESDAY + 20 * SECOND, "chan"))
    new = again(open_whole, tmp_path)
    await new.connects()
    facts, rows = facts_of(new, call)
    assert (facts.outcome, facts.ended_ms) == ("answered", TUESDAY + 20 * SECOND)
    assert (facts.seat, facts.operator) == (1, "101")
    assert (facts.connected_ms, facts.talk_ms) == (TUESDAY + 3 * SECOND, 17 * SECOND)
    for kind in ("call.queued", "call.connected", "call.talk_ended", "call.ended"):
        assert rows.count(kind) == 1, kind


async def test_given_a_phone_that_was_picked_up_too_late_then_there_was_no_talk(open_whole, tmp_path):
    call = await fallen(open_whole, lambda old: old.calls_in("chan"))
    leg, _ = talked(1, TUESDAY, TUESDAY + 3 * SECOND, TUESDAY + 20 * SECOND, "chan")
    record(tmp_path, leg, citizens(1, TUESDAY, TUESDAY + 3 * SECOND, "chan"))
    new = again(open_whole, tmp_path)
    await new.connects()
    assert facts_of(new, call)[0].outcome == "abandoned"


async def test_given_a_talk_that_is_in_the_record_only_then_the_call_is_answered(open_whole, tmp_path):
    unique = f"madoguchi-{TUESDAY // 1000}.7"
    await fallen(open_whole, lambda _: None)
    record(tmp_path, *talked(7, TUESDAY, TUESDAY + 5 * SECOND, TUESDAY + 30 * SECOND, unique))
    new = again(open_whole, tmp_path)
    await new.connects()
    facts, rows = facts_of(new, call_id(unique))
    assert rows == [
        "call.received", "call.answered", "call.queued", "call.connected", "call.talk_ended", "call.ended",
    ]  # fmt: skip
    assert (facts.outcome, facts.seat, facts.talk_ms) == ("answered", 1, 25 * SECOND)
    report = day_report(new.database, str(from_ms(TUESDAY).date()), LATER).to_json()
    assert report["identity"]["holds"] is True


async def test_given_a_caller_whom_the_operator_left_after_a_talk_without_a_row_then_no_phone_rings_for_him(
    open_whole, tmp_path
):
    call = await fallen(open_whole, lambda old: old.calls_in("chan"))
    record(tmp_path, *talked(1, TUESDAY, TUESDAY + 2 * SECOND, TUESDAY + 20 * SECOND, "chan"))
    new = again(open_whole, tmp_path, [channel_json("chan")])
    await new.connects()
    assert [one.path for one in new.asterisk.asked("DELETE", "/channels/")] == ["/channels/chan"]
    new.asterisk.destroyed("chan")
    facts, _ = facts_of(new, call)
    assert (facts.outcome, facts.connected_ms) == ("answered", TUESDAY + 2 * SECOND)
    assert facts.talk_ended_ms == TUESDAY + 20 * SECOND
