"""A callback through the whole controller: operator, then citizen, then the bridge; and over a fall."""

import pytest

from acd.events import CallbackAsked, LogIn
from db import journal_rows, personal_number
from tests.unit.controller.controller_rig import bridge_json, channel_json, until

NUMBER = "0262261234"


def ask(whole, channel="chan", number=NUMBER):
    """A waiting citizen asks to be called back and is let go; the ticket."""
    call = whole.calls_in(channel, number)
    citizen = whole.controller.calls[call]
    assert citizen.ask_callback(f"+81{number[1:]}")
    whole.asterisk.destroyed(channel)
    return f"{call}-cb"


def rings(whole, offer):
    return [
        str(one)
        for one in whole.asterisk.asked("POST", f"/channels/offer-{offer}")
        if one.path.count("/") == 2
    ]


def rows(whole, kind):
    whole.stored()
    with whole.database.read() as connection:
        return [row.entry for row in journal_rows(connection, kinds=[kind])]


async def calling(whole):
    """A ticket whose operator is on the phone and whose citizen is being rung; ticket and offer."""
    await whole.connects()
    ticket = ask(whole)
    whole.controller.dispatcher.submit(LogIn(1, "101"))
    offer = f"{ticket}.1"
    whole.asterisk.starts(f"offer-{offer}", "offer", offer)
    return ticket, offer


async def talking(whole):
    ticket, offer = await calling(whole)
    whole.asterisk.starts(f"citizen-{offer}", "outward", f"citizen-{offer}")
    whole.asterisk.enters(f"talk-{offer}", f"citizen-{offer}")
    whole.asterisk.enters(f"talk-{offer}", f"offer-{offer}")
    return ticket, offer


async def test_given_a_request_then_its_row_tells_no_number_and_the_number_is_kept_apart(whole):
    await whole.connects()
    ticket = ask(whole)
    (row,) = rows(whole, "callback.asked")
    assert (row.call, row.data) == (ticket.removesuffix("-cb"), {"ticket": ticket, "merged": False})
    assert [one.data["outcome"] for one in rows(whole, "call.ended")] == ["callback"]
    assert whole.controller.callbacks.number(ticket) == "+81262261234"
    with whole.database.read() as connection:
        assert personal_number(connection, row.call) == "+81262261234"
        assert not any(NUMBER[1:] in str(r.entry.data) for r in journal_rows(connection))


async def test_given_its_turn_then_the_phone_shows_a_callback_and_the_citizen_is_called_after_the_answer(
    whole,
):
    ticket, offer = await calling(whole)
    (rung,) = rings(whole, offer)
    assert "折返し 0262261234" in rung
    assert "originator" not in rung or "('originator', None)" in rung
    (asked,) = whole.asterisk.asked("POST", f"/channels/citizen-{offer}")
    assert "PJSIP/0262261234@trunk" in str(asked)
    assert whole.asterisk.asked("POST", f"/channels/offer-{offer}/ring")
    assert whole.seat(1) == "talking"
    assert [one.data for one in rows(whole, "callback.calling")] == [{"ticket": ticket, "attempt": 1}]


async def test_given_a_citizen_who_answers_then_both_in_one_bridge_and_the_tone_ends_first(whole):
    ticket, offer = await talking(whole)
    joins = [r.path for r in whole.asterisk.requests if "addChannel" in r.path or r.method == "DELETE"]
    assert joins[-2:] == [f"/channels/offer-{offer}/ring", f"/bridges/talk-{offer}/addChannel"]
    assert [one.data["ticket"] for one in rows(whole, "callback.connected")] == [ticket]
    whole.asterisk.hangs_up(f"citizen-{offer}")
    assert f"offer-{offer}" in whole.asterisk.hung_up()
    assert [one.data["state"] for one in rows(whole, "callback.closed")] == ["reached"]
    assert whole.seat(1) == "wrap_up"
    assert not whole.controller.callbacks.knows(ticket)


async def test_given_a_talk_when_the_operator_hangs_up_then_the_citizen_is_released(whole):
    _, offer = await talking(whole)
    whole.asterisk.hangs_up(f"offer-{offer}")
    assert f"citizen-{offer}" in whole.asterisk.hung_up()


@pytest.mark.parametrize(
    ("sip", "cause"), [(486, "busy"), (480, "no_answer"), (404, "unreachable"), (500, "failed")]
)
async def test_given_a_citizen_who_is_not_reached_then_the_seat_is_free_and_it_is_tried_later(
    whole, sip, cause
):
    ticket, offer = await calling(whole)
    whole.asterisk.destroyed(f"citizen-{offer}", 0, sip)
    (failed,) = rows(whole, "callback.failed")
    assert (failed.data["cause"], failed.data["attempt"]) == (cause, 1)
    assert f"offer-{offer}" in whole.asterisk.hung_up()
    assert whole.seat(1) == "ready"
    (view,) = whole.controller.dispatcher.floor.open_tickets()
    assert (view.ticket, view.state.value, view.position) == (ticket, "retry", None)


async def test_given_an_operator_who_hangs_up_while_it_rings_then_the_citizen_is_not_rung_on(whole):
    ticket, offer = await calling(whole)
    whole.asterisk.hangs_up(f"offer-{offer}")
    assert f"citizen-{offer}" in whole.asterisk.hung_up()
    whole.asterisk.starts(f"citizen-{offer}", "outward", f"citizen-{offer}")
    assert whole.asterisk.hung_up().count(f"citizen-{offer}") == 2
    assert whole.controller.callbacks.knows(ticket)


async def test_given_the_same_number_again_then_merged_and_one_ticket(whole):
    await whole.connects()
    first = ask(whole, "chan1")
    second = ask(whole, "chan2")
    assert [one.data["merged"] for one in rows(whole, "callback.asked")] == [False, True]
    assert [view.ticket for view in whole.controller.dispatcher.floor.open_tickets()] == [first]
    assert not whole.controller.callbacks.knows(second)


async def test_given_an_unknown_number_of_a_ticket_then_the_callback_fails_and_nobody_is_called(whole):
    await whole.connects()
    call = whole.calls_in("chan")
    whole.controller.dispatcher.submit(CallbackAsked(call, "a key"))  # nobody has told the number
    whole.controller.dispatcher.submit(LogIn(1, "101"))
    assert whole.asterisk.asked("POST", "/channels/citizen-") == []


# --- over a fall of the controller --------------------------------------------------------------------------


async def test_given_a_fall_then_the_ticket_has_its_place_before_who_came_later_and_its_number(open_whole):
    first = open_whole()
    await first.connects()
    ticket = ask(first)
    first.clock.at_ms += 5000
    later = first.calls_in("chan-later", "0262269999")
    first.stored()

    second = open_whole(clock=first.clock)
    second.asterisk.answers["/channels"] = [channel_json("chan-later")]
    await second.connects()
    waiting = [view.call for view in second.controller.dispatcher.floor.waiting()]
    assert waiting == [ticket, later]
    assert second.controller.callbacks.number(ticket) == "+81262261234"
    again = second.controller.dispatcher.submit(
        CallbackAsked(later, second.controller.caller_key("+81262261234"))
    )
    assert again is None
    assert [one.data["merged"] for one in rows(second, "callback.asked")] == [False, True]


async def test_given_a_fall_while_the_citizen_was_rung_then_both_legs_are_hung_up_and_the_place_is_kept(
    open_whole,
):
    first = open_whole()
    ticket, offer = await calling(first)
    first.stored()

    second = open_whole(clock=first.clock)
    second.asterisk.answers["/channels"] = [channel_json(f"offer-{offer}"), channel_json(f"citizen-{offer}")]
    await second.connects()
    assert {f"offer-{offer}", f"citizen-{offer}"} <= set(second.asterisk.hung_up())
    (view,) = second.controller.dispatcher.floor.open_tickets()
    assert (view.ticket, view.attempts) == (ticket, 1)
    (rung,) = rings(second, f"{ticket}.2")  # the operator is still logged in: at once, under a new name
    assert "折返し" in rung


async def test_given_a_fall_in_the_talk_then_it_goes_on_and_its_end_closes_the_ticket(open_whole):
    first = open_whole()
    ticket, offer = await talking(first)
    first.stored()

    second = open_whole(clock=first.clock)
    legs = [channel_json(f"offer-{offer}", name="PJSIP/phone-1-00000001"), channel_json(f"citizen-{offer}")]
    second.asterisk.answers["/channels"] = legs
    second.asterisk.answers["/bridges"] = [bridge_json(f"talk-{offer}", f"offer-{offer}", f"citizen-{offer}")]
    await second.connects()
    assert second.asterisk.hung_up() == []
    assert second.asterisk.asked("DELETE", "/bridges/") == []
    assert second.seat(1) == "talking"
    (view,) = second.controller.dispatcher.floor.open_tickets()
    assert (view.ticket, view.attempts) == (ticket, 1)
    second.asterisk.hangs_up(f"citizen-{offer}")
    assert second.asterisk.hung_up() == [f"offer-{offer}"]
    assert second.seat(1) == "wrap_up"
    assert second.controller.dispatcher.floor.open_tickets() == ()
    assert not second.controller.callbacks.knows(ticket)
    assert [one.data for one in rows(second, "callback.talk_ended")] == [{"ticket": ticket, "by": "caller"}]
    (closed,) = rows(second, "callback.closed")
    assert closed.data["state"] == "reached"


async def test_given_a_fall_and_a_talk_that_ended_meanwhile_then_the_ticket_is_closed(open_whole):
    first = open_whole()
    await talking(first)
    first.stored()
    second = open_whole(clock=first.clock)
    await second.connects()
    assert [one.data["by"] for one in rows(second, "callback.talk_ended")] == ["system"]
    assert [one.data["state"] for one in rows(second, "callback.closed")] == ["reached"]
    third = open_whole(clock=first.clock)
    await third.connects()
    assert len(rows(third, "callback.closed")) == 1


async def test_given_only_the_connection_lost_then_callbacks_are_as_they_were(whole):
    ticket, offer = await calling(whole)
    whole.asterisk.answers["/channels"] = [channel_json(f"offer-{offer}"), channel_json(f"citizen-{offer}")]
    whole.loses()
    await whole.connects()
    assert whole.asterisk.hung_up() == []
    whole.asterisk.starts(f"citizen-{offer}", "outward", f"citizen-{offer}")
    await until(lambda: bool(whole.asterisk.asked("POST", f"/bridges/talk-{offer}/addChannel")))
    assert whole.controller.callbacks.knows(ticket)
