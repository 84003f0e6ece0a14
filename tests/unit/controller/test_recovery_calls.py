"""A new controller finds citizens' calls that the old one left: talks go on, places are kept."""

import pytest

from acd.events import LogIn, MoveCaller, RaiseCaller
from controller.call import call_id
from tests.unit.controller.controller_rig import TUESDAY, bridge_json, channel_json, until
from tests.unit.controller.recovery_rig import facts_of, fallen, risen


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
    once = ("call.received", "call.queued", "call.answered", "call.connected", "call.ended")
    assert [rows.count(kind) for kind in once] == [1] * 5


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
