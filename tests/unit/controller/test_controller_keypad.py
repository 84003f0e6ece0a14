"""Keys are taken down while somebody asks, once each, in their order."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from controller.caller_key import CallerKeys
from controller.keypad import MOST_UNREAD, Keypad

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(ms: int) -> datetime:
    return NOON + timedelta(milliseconds=ms)


async def test_given_an_open_keypad_then_keys_come_in_their_order_and_then_none():
    keypad = Keypad()
    keypad.open()
    assert [keypad.press(key, at(100 * n)) for n, key in enumerate("12")] == [True, True]
    assert [await keypad.next(0.01) for _ in range(3)] == ["1", "2", ""]


async def test_given_a_closed_keypad_then_keys_say_nothing_and_what_was_unread_is_forgotten():
    keypad = Keypad()
    assert keypad.press("1", at(0)) is False
    keypad.open()
    keypad.press("2", at(100))
    keypad.close()
    keypad.open()
    assert keypad.empty


@pytest.mark.parametrize(
    ("apart_ms", "counts"), [(0, False), (20, False), (49, False), (50, True), (90, True)]
)
async def test_given_the_same_key_twice_then_it_counts_twice_only_if_a_finger_could_do_it(apart_ms, counts):
    keypad = Keypad()
    keypad.open()
    keypad.press("5", at(0))
    assert keypad.press("5", at(apart_ms)) is counts
    assert keypad.press("6", at(apart_ms)) is True


async def test_given_a_clock_that_is_set_back_then_the_same_key_still_counts():
    keypad = Keypad()
    keypad.open()
    keypad.press("5", at(3_600_000))
    assert keypad.press("5", at(0)) is True


async def test_given_keys_that_differ_and_come_faster_than_a_finger_then_all_count_in_their_order():
    keypad = Keypad()
    keypad.open()
    assert all(keypad.press(key, at(5 * n)) for n, key in enumerate("1234567890*#"))
    assert [await keypad.next(0.01) for _ in range(13)] == [*"1234567890*#", ""]


async def test_given_more_keys_than_anybody_types_ahead_then_the_first_stay_and_it_takes_more_when_read():
    keypad = Keypad()
    keypad.open()
    counted = [keypad.press(str(n % 10), at(100 * n)) for n in range(10_000)]
    assert counted == [True] * MOST_UNREAD + [False] * (10_000 - MOST_UNREAD)
    assert await keypad.next(0.01) == "0"
    assert keypad.press("7", at(2_000_000)) is True
    rest = [await keypad.next(0.01) for _ in range(MOST_UNREAD + 1)]
    assert "".join(rest) == "".join(str(n % 10) for n in range(1, MOST_UNREAD)) + "7"


async def test_given_a_question_that_waits_then_a_key_answers_it_at_once_and_an_earlier_one_without_waiting():
    keypad = Keypad()
    keypad.open()
    asyncio.get_running_loop().call_later(0.02, keypad.press, "4", at(0))
    assert await keypad.next(5) == "4"
    keypad.press("6", at(100))
    assert await keypad.next(0) == "6"


async def test_given_a_needless_key_then_only_the_very_next_is_forgiven():
    keypad = Keypad()
    keypad.open()
    keypad.forgive("#")
    assert [keypad.press(key, at(100 * n)) for n, key in enumerate("##")] == [False, True]
    keypad.forgive("#")
    assert [keypad.press(key, at(1000 + 100 * n)) for n, key in enumerate("1#")] == [True, True]


def test_given_a_number_then_its_key_is_always_the_same_tells_nothing_and_depends_on_the_secret():
    keys = CallerKeys("one secret")
    assert keys.caller_key("+81262261234") == keys.caller_key("+81262261234")
    assert keys.caller_key("+81262261234") != keys.caller_key("+81262261235")
    assert keys.caller_key("+81262261234") != CallerKeys("another").caller_key("+81262261234")
    assert len(keys.caller_key("+81262261234")) == 32
    assert "26226" not in keys.caller_key("+81262261234")


def test_given_no_secret_then_there_are_no_keys():
    with pytest.raises(ValueError, match="empty"):
        CallerKeys("")
