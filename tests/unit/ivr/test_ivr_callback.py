"""The callback dialogue: a number is read back and confirmed, or typed, or given up."""

import pytest

from ivr.callback import callback
from ivr.texts import default_folder, load_texts
from tests.unit.ivr.fake_caller import FakeCaller

OURS = ("0260001234",)
TEXTS = load_texts(default_folder())
MOBILE = "09012345678"
GIVEN_UP = "callback.given_up"


async def test_given_a_shown_number_when_confirmed_then_it_is_read_back_digit_by_digit_and_asked_for():
    caller = FakeCaller(keys="1")
    assert await callback(caller, OURS) is True
    digits = [f"digit.{digit}" if digit != "-" else "digit.dash" for digit in "026-226-1234"]
    assert caller.heard == [
        "callback.shown", *digits, "callback.shown_or_other",
        "CALLBACK +81262261234", "callback.done", "HANG UP",
    ]  # fmt: skip
    assert all(text in TEXTS for text in caller.heard if text.islower())


async def test_given_a_shown_number_and_2_then_another_is_typed_and_confirmed():
    caller = FakeCaller(keys="21", typed=(MOBILE,))
    assert await callback(caller, OURS) is True
    assert caller.said == [
        "callback.shown", "callback.shown_or_other", "callback.ask_number", "callback.typed",
        "callback.typed_or_again", "callback.done",
    ]  # fmt: skip
    assert "CALLBACK +819012345678" in caller.heard


@pytest.mark.parametrize("shown", [None, "+81120123456", "+14155550100", "+81260001234"])
async def test_given_no_shown_number_that_can_be_called_then_one_is_asked_for_at_once(shown):
    caller = FakeCaller(keys="1", typed=(MOBILE,), number=shown)
    assert await callback(caller, OURS) is True
    assert caller.said[0] == "callback.ask_number"
    assert "CALLBACK +819012345678" in caller.heard


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "incomplete"),
        ("026", "incomplete"),
        ("119", "special"),
        ("0990123456", "paid"),
        ("0570123456", "paid"),
        ("0120123456", "free"),
        ("0101415555", "abroad"),
        ("0260001234", "own"),
        ("02041234567", "other"),
    ],
)
async def test_given_a_number_that_is_not_called_then_the_reason_is_spoken_and_asked_again(typed, reason):
    caller = FakeCaller(keys="1", typed=(typed, MOBILE), number=None)
    assert await callback(caller, OURS) is True
    assert caller.said[:3] == ["callback.ask_number", f"callback.unfit.{reason}", "callback.ask_number"]
    assert set(caller.said) <= TEXTS.keys()


async def test_given_three_numbers_that_are_not_called_then_given_up_and_nothing_asked_of_the_floor():
    caller = FakeCaller(typed=("110", "0990123456", "0260001234", MOBILE), number=None)
    assert await callback(caller, OURS) is False
    assert caller.said == [
        "callback.ask_number", "callback.unfit.special", "callback.ask_number", "callback.unfit.paid",
        "callback.ask_number", "callback.unfit.own", GIVEN_UP,
    ]  # fmt: skip
    assert caller.choices == ["callback_given_up"]
    assert not any(text.startswith("CALLBACK") for text in caller.heard)


async def test_given_a_mistyped_number_and_2_then_it_is_typed_again():
    caller = FakeCaller(keys="21", typed=("0312345678", MOBILE), number=None)
    assert await callback(caller, OURS) is True
    assert "CALLBACK +819012345678" in caller.heard
    assert "CALLBACK +81312345678" not in caller.heard


async def test_given_three_numbers_none_of_which_is_confirmed_then_given_up():
    caller = FakeCaller(keys="222", typed=(MOBILE,) * 4, number=None)
    assert await callback(caller, OURS) is False
    assert caller.said.count("callback.ask_number") == 3
    assert caller.said[-1] == GIVEN_UP


@pytest.mark.parametrize(("keys", "asked"), [("-1", 2), ("91", 2), ("1", 1)])
async def test_given_no_answer_or_a_wrong_one_then_the_number_is_read_once_more(keys, asked):
    caller = FakeCaller(keys=keys)
    assert await callback(caller, OURS) is True
    assert caller.said.count("callback.shown") == asked


@pytest.mark.parametrize("number", [None, "+81262261234"])
async def test_given_no_answer_twice_then_given_up_and_nobody_is_called_unasked(number):
    caller = FakeCaller(keys="--", typed=(MOBILE,), number=number)
    assert await callback(caller, OURS) is False
    assert caller.said[-1] == GIVEN_UP
    assert not any(text.startswith("CALLBACK") for text in caller.heard)


async def test_given_a_floor_that_has_let_go_of_the_call_then_nothing_is_promised():
    caller = FakeCaller(keys="1")
    caller.too_late = True
    assert await callback(caller, OURS) is False
    assert "callback.done" not in caller.heard
    assert "HANG UP" not in caller.heard
