"""A new controller finds who was logged in, and which phones are there."""

from acd.events import Break, LogIn, LogOut
from tests.unit.controller.controller_rig import TUESDAY, SetClock, endpoint_json
from tests.unit.controller.recovery_rig import fallen, risen


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


async def test_given_phones_found_on_connecting_then_the_floor_knows_which_can_be_rung(open_whole):
    new = open_whole()
    new.asterisk.answers["/endpoints/PJSIP"] = [endpoint_json("phone-1"), endpoint_json("phone-2", "offline")]
    await new.connects()
    seats = new.controller.dispatcher.floor.seats
    assert [seats[n].phone.value for n in (1, 2)] == ["registered", "unregistered"]
