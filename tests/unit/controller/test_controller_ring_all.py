"""Several phones ring for one caller: one talks, the others are let go, and music is what it was."""

import pytest

from acd.events import LogIn
from controller.office import Office
from db import journal_rows
from tests.unit.controller.controller_rig import until

RING_ALL = {"queue": {"strategy": "ring_all"}, "overflow": []}


@pytest.fixture
async def ringing(open_whole):
    """Three phones ring for the caller on `chan`; the whole and the call."""
    whole = open_whole(**RING_ALL)
    await whole.connects()
    for seat, operator in ((1, "101"), (2, "102"), (3, "103")):
        whole.controller.dispatcher.submit(LogIn(seat, operator))
    call = whole.calls_in("chan")
    legs = [r.path for r in whole.asterisk.asked("POST", "/channels/offer-") if r.path.count("/") == 2]
    assert legs == [f"/channels/offer-{call}.{n}" for n in (1, 2, 3)]
    return whole, call


def picks_up(whole, offer):
    whole.asterisk.starts(f"offer-{offer}", "offer", offer)


def joins(whole):
    return [r.path for r in whole.asterisk.asked("POST", "/bridges/") if r.path.endswith("addChannel")]


def rows(whole, kind):
    whole.stored()
    with whole.database.read() as connection:
        return [row.entry for row in journal_rows(connection, kinds=[kind])]


def both_in(whole, call, offer):
    whole.asterisk.enters(f"talk-{offer}", "chan")
    whole.asterisk.enters(f"talk-{offer}", f"offer-{offer}")


async def test_given_two_answers_at_once_then_one_bridge_and_the_second_is_hung_up_and_ready_at_once(ringing):
    whole, call = ringing
    picks_up(whole, f"{call}.2")
    picks_up(whole, f"{call}.1")
    assert joins(whole) == [f"/bridges/talk-{call}.2/addChannel"]
    assert whole.asterisk.hung_up() == [f"offer-{call}.1"]
    assert (whole.seat(1), whole.seat(3)) == ("ready", "ringing")
    both_in(whole, call, f"{call}.2")
    assert set(whole.asterisk.hung_up()) == {f"offer-{call}.1", f"offer-{call}.3"}
    assert [whole.seat(n) for n in (1, 2, 3)] == ["ready", "talking", "ready"]
    for leg in (1, 3):
        whole.asterisk.destroyed(f"offer-{call}.{leg}", 26)
    assert [whole.seat(n) for n in (1, 2, 3)] == ["ready", "talking", "ready"]
    assert rows(whole, "seat.miss") == []
    assert len(rows(whole, "call.connected")) == 1
    outcomes = {row.offer: row.data["outcome"] for row in rows(whole, "offer.ended")}
    assert outcomes == {f"{call}.1": "lost_race", f"{call}.2": "answered", f"{call}.3": "lost_race"}


async def test_given_phones_that_lost_then_they_are_told_that_another_answered(ringing):
    whole, call = ringing
    picks_up(whole, f"{call}.3")
    both_in(whole, call, f"{call}.3")
    told = [r for r in whole.asterisk.asked("DELETE", f"/channels/offer-{call}") if "26" in str(r.query)]
    assert [r.path for r in told] == [f"/channels/offer-{call}.{n}" for n in (1, 2)]


async def test_given_music_when_one_answers_then_it_stops_once(ringing):
    whole, call = ringing
    await until(lambda: bool(whole.asterisk.asked("POST", "/channels/chan/moh")), "music plays")
    picks_up(whole, f"{call}.1")
    picks_up(whole, f"{call}.2")
    assert len(whole.asterisk.asked("DELETE", "/channels/chan/moh")) == 1


async def test_given_the_first_who_answers_drops_before_the_bridge_then_the_others_ring_on_and_one_talks(
    ringing,
):
    whole, call = ringing
    picks_up(whole, f"{call}.1")
    whole.asterisk.hangs_up(f"offer-{call}.1")
    assert [whole.seat(n) for n in (2, 3)] == ["ringing", "ringing"]
    picks_up(whole, f"{call}.2")
    both_in(whole, call, f"{call}.2")
    assert whole.seat(2) == "talking"
    assert joins(whole)[-1] == f"/bridges/talk-{call}.2/addChannel"


async def test_given_a_caller_who_hangs_up_then_every_phone_stops_and_nobody_has_missed(ringing):
    whole, call = ringing
    whole.asterisk.hangs_up("chan")
    assert set(whole.asterisk.hung_up()) == {f"offer-{call}.{n}" for n in (1, 2, 3)}
    assert [whole.seat(n) for n in (1, 2, 3)] == ["ready"] * 3
    assert rows(whole, "seat.miss") == []


async def test_given_a_break_with_a_limit_when_it_is_passed_then_the_seat_shows_so(open_whole):
    whole = open_whole(floor={"break_limits_min": {"休憩": 0.0005}})
    await whole.connects()
    office = Office(whole.controller)
    office.log_in(1, "101")
    office.take_break(1, "1")
    assert not office.seats()[0].over
    await until(lambda: office.seats()[0].over, "the limit is passed")
    office.ready(1)
    assert not office.seats()[0].over
