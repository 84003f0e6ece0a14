"""Keys are taken down while somebody asks, once each, in their order."""

from datetime import UTC, datetime, timedelta

import pytest

from controller.caller_key import CallerKeys
from controller.keypad import Keypad

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
