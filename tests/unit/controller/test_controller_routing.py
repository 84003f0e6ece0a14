"""Every event finds whom it is about; what is nobody's is taken away; what comes twice counts once."""

import pytest

from acd.events import LogIn, PhoneChanged
from acd.types import Phone
from db import call_facts, journal_of_call
from tests.unit.controller.controller_rig import endpoint_json, until


@pytest.fixture
async def office(whole):
    await whole.connects()
    whole.controller.dispatcher  # noqa: B018  # made by now
    return whole


def login(office, seat=1):
    from acd.events import LogIn

    office.controller.dispatcher.submit(LogIn(seat, f"10{seat}"))


def story(office, call):
    office.stored()
    with office.database.read() as connection:
        rows = [row.entry for row in journal_of_call(connection, call)]
        return [row.kind for row in rows], call_facts(connection, [call])[call]


@pytest.mark.parametrize("args", [[], ["what"], ["call2", "x"], ["code"], ["code", "phone-1"], ["offer"]])
async def test_given_a_channel_with_unknown_arguments_then_it_is_hung_up_and_no_call_begins(office, args):
    office.asterisk.starts("stray", *args)
    assert office.asterisk.hung_up() == ["stray"]
    assert office.controller.calls == {}


async def test_given_a_code_from_an_endpoint_that_is_no_seats_then_it_is_hung_up(office):
    office.asterisk.starts("stray", "code", "trunk", "20")
    assert office.asterisk.hung_up() == ["stray"]


async def test_given_the_leg_of_a_former_controller_when_it_is_answered_then_it_is_hung_up(office):
    office.asterisk.starts("offer-old.3", "offer", "old.3")
    assert office.asterisk.hung_up() == ["offer-old.3"]


async def test_given_one_channel_that_starts_twice_then_one_call(office):
    first = office.calls_in("chan")
    office.asterisk.starts("chan", "call", "num=0312345678")
    assert list(office.controller.calls) == [first]
    assert len(office.asterisk.asked("POST", "/channels/chan/answer")) == 1


async def test_given_an_event_about_nothing_known_then_nothing_happens(office):
    before = len(office.asterisk.requests)
    office.asterisk.destroyed("nobody")
    office.asterisk.leaves("nobody")
    office.asterisk.hangs_up("nobody")
    office.asterisk.played("say-x", "nobody")
    office.asterisk.played("other", "nobody")
    office.asterisk.digit("nobody", "1")
    office.asterisk.enters("talk-x", "nobody")
    office.asterisk.tell("NoSuchEvent", what="ever")
    assert len([r for r in office.asterisk.requests[before:] if "variable" not in r.path]) == 0


@pytest.mark.parametrize(
    "order",
    [
        ("hangs_up", "leaves", "destroyed"),
        ("leaves", "hangs_up", "destroyed"),
        ("destroyed", "leaves", "hangs_up"),
        ("destroyed", "destroyed", "leaves"),
        ("leaves",),
    ],
)
async def test_given_a_waiting_caller_when_he_ends_in_any_order_then_abandoned_once(office, order):
    call = office.calls_in("chan")
    await until(lambda: office.controller.dispatcher.floor.call(call) is not None)
    for name in order:
        getattr(office.asterisk, name)("chan")
    kinds, facts = story(office, call)
    assert kinds.count("call.ended") == 1
    assert (facts.outcome, facts.queued) == ("abandoned", True)
    assert office.controller.calls == {}
    assert office.controller.dispatcher.floor.call(call) is None


@pytest.mark.parametrize("first", ["citizen", "operator"])
async def test_given_a_talk_when_either_hangs_up_then_answered_both_released_and_the_bridge_destroyed(
    office, first
):
    login(office)
    call = office.calls_in("chan")
    offer = office.talks("chan", call)
    assert office.seat(1) == "talking"
    leg = f"offer-{offer}"
    one, other = ("chan", leg) if first == "citizen" else (leg, "chan")
    office.asterisk.hangs_up(one)
    assert other in office.asterisk.hung_up()
    for channel in (one, other, one, other):
        office.asterisk.destroyed(channel)
    kinds, facts = story(office, call)
    assert [kinds.count(k) for k in ("call.connected", "call.talk_ended", "call.ended")] == [1, 1, 1]
    assert (facts.outcome, facts.seat) == ("answered", 1)
    assert [r.path for r in office.asterisk.asked("DELETE", "/bridges/")] == [f"/bridges/talk-{offer}"]
    assert office.seat(1) == "wrap_up"


async def test_given_a_ringing_phone_when_the_caller_leaves_then_its_leg_is_hung_up_and_the_seat_is_ready(
    office,
):
    login(office)
    call = office.calls_in("chan")
    offer = office.offer_of(call)
    assert office.seat(1) == "ringing"
    office.asterisk.hangs_up("chan")
    assert f"offer-{offer}" in office.asterisk.hung_up()
    office.asterisk.starts(f"offer-{offer}", "offer", offer)  # picked up in the same moment
    office.asterisk.destroyed("chan")
    office.asterisk.destroyed(f"offer-{offer}")
    assert office.seat(1) == "ready"
    assert story(office, call)[1].outcome == "abandoned"


async def test_given_a_phone_that_says_busy_then_the_next_seat_is_rung_for_the_same_caller(office):
    login(office, 1)
    login(office, 2)
    call = office.calls_in("chan")
    first = office.offer_of(call)
    office.asterisk.destroyed(f"offer-{first}", 17, 486)
    second = office.offer_of(call)
    assert second != first
    assert len(office.asterisk.asked("POST", "/channels/offer-")) == 2


async def test_given_a_full_line_then_the_next_caller_is_blocked_and_those_before_stay(open_whole):
    office = open_whole(line={"max_calls": 2})
    await office.connects()
    stay = [office.calls_in(f"chan-{n}") for n in range(2)]
    over = office.calls_in("over")
    await until(lambda: bool(office.asterisk.asked("POST", "/channels/over/play/")))
    office.asterisk.leaves("over")
    assert story(office, over)[1].outcome == "blocked"
    assert set(office.controller.calls) == set(stay)


async def test_given_an_own_call_of_the_operator_then_the_seat_is_not_rung_until_it_ends(office):
    login(office)
    office.asterisk.tell("EndpointStateChange", endpoint=endpoint_json("phone-1", "online", "own"))
    call = office.calls_in("chan")
    view = office.controller.dispatcher.floor.call(call)
    assert view.offer is None
    office.asterisk.tell("EndpointStateChange", endpoint=endpoint_json("phone-1", "online"))
    assert office.offer_of(call)


async def test_given_a_code_call_then_its_digits_and_its_end_reach_it(office):
    office.asterisk.starts("code-1", "code", "phone-1", "11")
    await until(lambda: bool(office.asterisk.asked("POST", "/channels/code-1/play/")))
    for digit in "1011019":
        office.asterisk.digit("code-1", digit)
        await until(lambda: True)
    played = office.asterisk.asked("POST", "/channels/code-1/play/")[0].path.rpartition("/")[2]
    office.asterisk.played(played, "code-1")
    await until(lambda: office.seat(1) == "ready")
    office.asterisk.leaves("code-1")
    await until(lambda: "code-1" in office.asterisk.hung_up())


async def test_given_a_text_for_a_caller_when_its_playback_ends_then_the_script_goes_on(open_whole):
    office = open_whole(guidance={"greeting": True, "busy": False})
    await office.connects()
    call = office.calls_in("chan")
    await until(lambda: bool(office.asterisk.asked("POST", "/channels/chan/play/")))
    assert office.controller.dispatcher.floor.call(call) is None
    played = office.asterisk.asked("POST", "/channels/chan/play/")[0].path.rpartition("/")[2]
    office.asterisk.played(played, "chan")
    await until(lambda: office.controller.dispatcher.floor.call(call) is not None)


async def test_given_a_lost_connection_then_not_ready_until_reconciled_anew(office):
    office.loses()
    assert not office.controller.ready.is_set()
    await office.connects()
    assert len(office.asterisk.asked("GET", "/asterisk/info")) == 2


def _order(whole):
    """Which of the two came first: the answer to the citizen, or the ring at the seat."""
    posts = [one.path for one in whole.asterisk.requests if one.method == "POST"]
    return [
        "answer" if path == "/channels/chan/answer" else "ring"
        for path in posts
        if path == "/channels/chan/answer" or path.startswith("/channels/offer-")
    ]


async def test_given_nothing_to_say_and_a_ready_seat_when_a_citizen_calls_then_it_rings_before_the_answer(
    open_whole,
):
    whole = open_whole()
    await whole.connects()
    whole.controller.dispatcher.submit(PhoneChanged(1, Phone.REGISTERED))
    whole.controller.dispatcher.submit(LogIn(1, "101"))
    whole.calls_in("chan")
    assert _order(whole) == ["ring", "answer"]


async def test_given_a_greeting_when_a_citizen_calls_then_the_answer_comes_first_of_all(open_whole):
    whole = open_whole(guidance={"greeting": True})
    await whole.connects()
    whole.calls_in("chan")
    await until(lambda: _order(whole) == ["answer"])
