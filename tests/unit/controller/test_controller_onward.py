"""Overflow to a number outside: one outcome, whoever hangs up first and whatever the number does."""

import pytest

from ari import Fault
from db import journal_rows
from tests.unit.controller.controller_rig import bridge_json, channel_json, until

NUMBER = "0262269999"
RULE = {"cause": "no_seat", "limit": 0, "to": f"number:{NUMBER}"}


@pytest.fixture
def sent(open_whole):
    """A whole whose callers go to the number at once, and a caller who is being put through."""

    async def make():
        whole = open_whole(overflow=[RULE])
        await whole.connects()
        call = whole.calls_in("chan")
        await until(lambda: bool(whole.asterisk.asked("POST", "/channels/chan/play/")), "the text")
        whole.asterisk.played(
            whole.asterisk.asked("POST", "/channels/chan/play/")[-1].path.split("/")[-1], "chan"
        )
        leg = f"onward-{call}"
        await until(lambda: bool(whole.asterisk.asked("POST", f"/channels/{leg}")), "dialled")
        return whole, call, leg

    return make


def rows(whole, kind):
    whole.stored()
    with whole.database.read() as connection:
        return [dict(row.entry.data) for row in journal_rows(connection, kinds=[kind])]


async def connected(sent):
    whole, call, leg = await sent()
    whole.asterisk.starts(leg, "outward", leg)
    whole.asterisk.enters(f"away-{call}", "chan")
    whole.asterisk.enters(f"away-{call}", leg)
    return whole, call, leg


def outcomes(whole):
    return [row["outcome"] for row in rows(whole, "call.ended")]


async def test_given_a_number_then_it_is_called_from_the_citys_number_while_the_caller_hears_it_ring(sent):
    whole, _, leg = await sent()
    (asked,) = whole.asterisk.asked("POST", f"/channels/{leg}")
    assert f"PJSIP/{NUMBER}@trunk" in str(asked)
    assert "<0260001234>" in str(asked)
    assert whole.asterisk.asked("POST", "/channels/chan/ring")
    assert rows(whole, "call.forwarded") == [{"part": "started", "target": NUMBER}]


async def test_given_an_answer_then_both_in_a_bridge_that_has_not_the_channels_name(sent):
    whole, call, leg = await connected(sent)
    (join,) = whole.asterisk.asked("POST", f"/bridges/away-{call}/addChannel")
    assert "chan" in str(join)
    assert leg in str(join)
    assert [row["part"] for row in rows(whole, "call.forwarded")] == ["started", "connected"]


async def test_given_a_talk_when_the_number_hangs_up_then_the_caller_is_hung_up_and_overflowed_once(sent):
    whole, call, leg = await connected(sent)
    whole.asterisk.hangs_up(leg)
    whole.asterisk.destroyed(leg)
    assert whole.asterisk.hung_up() == ["chan"]
    whole.asterisk.hangs_up("chan")
    whole.asterisk.leaves("chan")
    assert outcomes(whole) == ["overflowed"]
    assert rows(whole, "call.forwarded")[-1] == {"part": "ended", "by": "target"}
    assert [r.path for r in whole.asterisk.asked("DELETE", "/bridges/")] == [f"/bridges/away-{call}"]


async def test_given_a_talk_when_the_caller_hangs_up_then_the_number_is_and_overflowed_once(sent):
    whole, _, leg = await connected(sent)
    whole.asterisk.hangs_up("chan")
    whole.asterisk.leaves("chan")
    assert leg in whole.asterisk.hung_up()
    whole.asterisk.destroyed(leg)
    assert outcomes(whole) == ["overflowed"]
    assert rows(whole, "call.forwarded")[-1] == {"part": "ended", "by": "caller"}


@pytest.mark.parametrize(("sip", "cause"), [(486, "busy"), (480, "no_answer"), (404, "unreachable")])
async def test_given_a_number_that_does_not_answer_then_the_caller_is_told_and_hung_up(sent, sip, cause):
    whole, _, leg = await sent()
    whole.asterisk.destroyed(leg, 0, sip)
    assert rows(whole, "call.forwarded")[-1] == {"part": "failed", "cause": cause}
    await until(lambda: len(whole.asterisk.asked("POST", "/channels/chan/play/")) == 2, "the apology")
    apology = whole.asterisk.asked("POST", "/channels/chan/play/")[-1]
    assert "sound:error" in str(apology)
    whole.asterisk.played(apology.path.split("/")[-1], "chan")
    await until(lambda: whole.asterisk.hung_up() == ["chan"])
    whole.asterisk.leaves("chan")
    assert outcomes(whole) == ["overflowed"]


async def test_given_a_number_that_hangs_up_before_they_are_brought_together_then_no_bridge_is_left(sent):
    whole, call, leg = await sent()
    bridge = f"/bridges/away-{call}"
    whole.asterisk.fails(f"{bridge}/addChannel", Fault.GONE)
    whole.asterisk.starts(leg, "outward", leg)
    await until(lambda: bool(whole.asterisk.asked("DELETE", bridge)), "the bridge is taken away")
    whole.asterisk.hangs_up(leg)
    whole.asterisk.destroyed(leg)
    assert len(whole.asterisk.asked("DELETE", bridge)) == 1
    assert rows(whole, "call.forwarded")[-1] == {"part": "failed", "cause": "failed"}
    await until(lambda: len(whole.asterisk.asked("POST", "/channels/chan/play/")) == 2, "the apology")
    whole.asterisk.hangs_up("chan")
    whole.asterisk.leaves("chan")
    assert outcomes(whole) == ["overflowed"]


async def test_given_a_caller_who_hangs_up_while_it_rings_then_it_is_not_rung_on(sent):
    whole, _, leg = await sent()
    whole.asterisk.hangs_up("chan")
    assert whole.asterisk.hung_up() == [leg]
    whole.asterisk.starts(leg, "outward", leg)  # the answer crosses
    assert whole.asterisk.hung_up() == [leg, leg]
    whole.asterisk.leaves("chan")
    assert outcomes(whole) == ["overflowed"]


async def test_given_a_fall_in_the_talk_then_it_goes_on_and_is_not_queued_again(sent, open_whole):
    first, call, leg = await connected(sent)
    first.stored()
    second = open_whole(clock=first.clock, overflow=[RULE])
    second.asterisk.answers["/channels"] = [channel_json("chan"), channel_json(leg)]
    second.asterisk.answers["/bridges"] = [bridge_json(f"away-{call}", "chan", leg)]
    await second.connects()
    assert second.asterisk.hung_up() == []
    assert second.controller.dispatcher.floor.waiting() == ()
    second.asterisk.hangs_up(leg)
    assert second.asterisk.hung_up() == ["chan"]
    second.asterisk.leaves("chan")
    assert outcomes(second) == ["overflowed"]


async def test_given_a_fall_while_the_number_rang_then_both_are_let_go_and_counted(sent, open_whole):
    first, _, leg = await sent()
    first.stored()
    second = open_whole(clock=first.clock, overflow=[RULE])
    second.asterisk.answers["/channels"] = [channel_json("chan"), channel_json(leg, state="Ringing")]
    await second.connects()
    assert set(second.asterisk.hung_up()) == {"chan", leg}
    second.asterisk.leaves("chan")
    assert outcomes(second) == ["overflowed"]
