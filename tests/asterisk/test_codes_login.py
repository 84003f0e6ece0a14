"""Log-in by *11: id and PIN as RFC 4733 digits, with and without `#`, asked for, typed ahead, mistyped."""

# ruff: noqa: F811  # fixtures of test_codes.py are asked for by their names

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ivr.guidance import Guidance
from tests.asterisk.test_codes import (
    VOICE,
    another_pin,
    dial,
    line,  # noqa: F401  # a fixture
    line_of_seat_1,  # noqa: F401  # a fixture
    seat_1,
    seat_now,
)
from tests.rig.audio import heard

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("typed", ["{id}{pin}", "{id}#{pin}#"], ids=["without #", "with #"])
async def test_given_id_and_pin_typed_ahead_when_11_is_dialled_then_logged_in_and_told_so(
    office, line, typed
):
    person = seat_1(office)
    digits = typed.format(id=person.id, pin=person.pin)
    assert await dial(line, office.world.server, "*11", digits) == "login.done"
    shown = await office.world.until_seat(1, "ready", 3)
    assert shown["operator"] == person.id


async def test_given_an_operator_who_listens_when_11_is_dialled_then_id_and_pin_are_asked_for_one_by_one(
    office, line
):
    person, guidance = seat_1(office), Guidance()
    line.tell("call", uri=f"sip:*11@{office.world.server}")
    await line.wait_for("confirmed", 5)
    for text, digits in (("login.ask_operator", person.id), ("login.ask_pin", person.pin)):
        await asyncio.sleep(guidance.duration_ms(text) / 1000 + 0.5)  # listening takes its time
        line.tell("dtmf", digits=digits)
    await line.wait_for("disconnected", 20)
    recorded = await line.wait_for("recorded", 5)
    texts = ("login.ask_operator", "login.ask_pin", "login.done")
    found = heard(Path(recorded["recording"]), [VOICE / f"{text}.ulaw" for text in texts], part=0.7)
    assert tuple(one.file.stem for one in found) == texts
    await office.world.until_seat(1, "ready", 3)


async def test_given_a_wrong_pin_three_times_then_told_so_hung_up_and_not_logged_in(office, line):
    person = seat_1(office)
    wrong = person.id + another_pin(person.pin)
    assert await dial(line, office.world.server, "*11", wrong * 3) == "login.wrong"
    assert (await seat_now(office))["state"] == "logged_out"


async def test_given_a_wrong_pin_once_when_the_right_one_follows_then_logged_in(office, line):
    person = seat_1(office)
    digits = person.id + another_pin(person.pin) + person.id + person.pin
    assert await dial(line, office.world.server, "*11", digits) == "login.done"
    await office.world.until_seat(1, "ready", 3)


async def test_given_a_mistyped_id_when_star_clears_it_then_the_id_typed_after_it_counts(office, line):
    person = seat_1(office)
    assert await dial(line, office.world.server, "*11", f"99*{person.id}{person.pin}") == "login.done"
    assert (await office.world.until_seat(1, "ready", 3))["operator"] == person.id


async def test_given_the_operator_at_another_seat_when_11_is_dialled_then_taken_and_not_logged_in(
    office, line
):
    person = seat_1(office)
    await office.world.log_in(2, person.id)
    assert await dial(line, office.world.server, "*11", person.id + person.pin) == "login.taken"
    assert (await seat_now(office, 1))["state"] == "logged_out"
    assert (await seat_now(office, 2))["operator"] == person.id


async def test_given_a_seat_that_is_taken_when_another_operator_dials_11_then_the_first_stays(office, line):
    first, second = office.world.run.operators[:2]
    await office.world.log_in(1, first.id)
    assert await dial(line, office.world.server, "*11", second.id + second.pin) == "login.taken"
    assert (await seat_now(office))["operator"] == first.id


async def test_given_a_hang_up_in_the_middle_of_the_log_in_then_nobody_is_logged_in_and_nothing_is_left(
    office, line
):
    person = seat_1(office)
    line.tell("call", uri=f"sip:*11@{office.world.server}")
    await line.wait_for("confirmed", 5)
    line.tell("dtmf", digits=person.id)
    line.tell("hangup")
    await line.wait_for("disconnected", 5)
    await office.world.nothing_left(5)
    assert (await seat_now(office))["state"] == "logged_out"
