"""The choice: what is offered depends on what there is; no key and every other key is to wait on."""

import pytest

from ivr.choice import choice
from ivr.texts import default_folder, load_texts
from tests.unit.ivr.fake_caller import FakeCaller

OURS = ("0260001234",)
QUIETER = ("quieter.at.17", "quieter.at.28")
TEXTS = load_texts(default_folder())


@pytest.mark.parametrize(
    ("calls_back", "quieter", "question"),
    [
        (True, (), "choice.callback"),
        (True, QUIETER, "choice.callback_quieter"),
        (False, QUIETER, "choice.quieter"),
        (False, (), None),
    ],
)
async def test_given_what_there_is_then_only_that_is_offered(calls_back, quieter, question):
    caller = FakeCaller(keys="1")
    caller.calls_back, caller.quieter = calls_back, quieter
    assert await choice(caller, "overflow.waited", OURS) is False
    assert caller.said == ["overflow.waited", *([question] if question else []), "overflow.wait_on"]
    assert set(caller.said) <= TEXTS.keys()


@pytest.mark.parametrize(
    ("key", "noted"),
    [("1", "wait_on"), ("-", "no_key"), ("9", "wrong_key"), ("0", "wrong_key"), ("#", "wrong_key"),
     ("3", "wrong_key")],
)  # fmt: skip
async def test_given_a_key_that_chooses_nothing_else_then_the_caller_waits_on(key, noted):
    caller = FakeCaller(keys=key)
    assert await choice(caller, "overflow.waited", OURS) is False
    assert caller.said == ["overflow.waited", "choice.callback", "overflow.wait_on"]
    assert caller.choices == [noted]


async def test_given_2_when_no_callbacks_are_offered_then_the_caller_waits_on():
    caller = FakeCaller(keys="2")
    caller.calls_back, caller.quieter = False, QUIETER
    assert await choice(caller, "overflow.waited", OURS) is False
    assert caller.choices == ["wrong_key"]


async def test_given_3_then_the_quieter_hours_are_named_and_the_caller_waits_on():
    caller = FakeCaller(keys="3")
    caller.quieter = QUIETER
    assert await choice(caller, "overflow.queue_full", OURS) is False
    assert caller.said == [
        "overflow.queue_full", "choice.callback_quieter", "quieter.intro", *QUIETER, "overflow.wait_on",
    ]  # fmt: skip
    assert caller.choices == ["quieter_hours"]
    assert set(caller.said) <= TEXTS.keys()


async def test_given_2_and_a_confirmed_number_then_the_call_ends_in_a_callback():
    caller = FakeCaller(keys="21")
    assert await choice(caller, "overflow.waited", OURS) is True
    assert caller.choices == ["callback"]
    assert caller.heard[-3:] == ["CALLBACK +81262261234", "callback.done", "HANG UP"]
