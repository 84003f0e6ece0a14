"""The codes on a seat's phone, each confirmed by the right spoken text. Log-in has a file of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio

from tests.asterisk.conftest import WEEKDAY, home_with
from tests.rig.audio import heard
from tests.rig.phones import Phone, Phones
from tests.rig.world import ROOT, Madoguchi

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
NUMBER = "0260001234"
VOICE = ROOT / "prompts" / "voice" / "ja"
TEXTS = (
    "login.ask_operator",
    "login.ask_pin",
    "login.done",
    "login.taken",
    "login.wrong",
    "logout.done",
    "ready.done",
    "break.done",
    "wrap_up.ended",
    "code.unknown",
    "refused.not_logged_in",
    "refused.not_now",
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def line_of_seat_1(running_office, tmp_path_factory) -> Phone:
    """Seat 1's phone as it dials, recorded. It does not register: the office's phone of the seat stays."""
    return await another_line(
        running_office.world, running_office.phones, 1, tmp_path_factory.mktemp("heard")
    )


async def another_line(world: Madoguchi, phones: Phones, seat: int, directory: Path) -> Phone:
    """A line of the seat's phone that only dials, recorded."""
    entry = next(phone for phone in world.run.phones if phone.seat == seat)
    return await phones.add(f"line{seat}", entry.user, entry.password, world.server, record=directory)


@pytest_asyncio.fixture(loop_scope="session")
async def line(line_of_seat_1, office) -> Phone:
    line_of_seat_1.forget()
    return line_of_seat_1


async def dial(phone: Phone, server: str, code: str, digits: str = "") -> str | None:
    """Dial a code, type the digits ahead, wait for the exchange's hang-up: the text that was heard last."""
    phone.tell("call", uri=f"sip:{code}@{server}")
    await phone.wait_for("confirmed", 5)
    if digits:
        phone.tell("dtmf", digits=digits)
    return await last_text(phone)


async def last_text(phone: Phone, timeout_s: float = 30) -> str | None:
    """The text that ends the call's recording, once the exchange has hung up."""
    ended = await phone.wait_for("disconnected", timeout_s)
    assert ended["confirmed"]
    recorded = await phone.wait_for("recorded", 5)
    found = heard(Path(recorded["recording"]), [VOICE / f"{text}.ulaw" for text in TEXTS], part=0.6)
    # texts that begin alike are found at one and the same place: the one heard most of is the right one
    ending = [one for one in found if one.at_s > found[-1].at_s - 0.5]
    best = max(ending, key=lambda one: (one.part, one.score), default=None)
    return best.file.stem if best else None


def seat_1(office):
    return office.world.run.operators[0]


def another_pin(pin: str) -> str:
    return f"{(int(pin) + 1) % 10_000:04d}"


async def seat_now(office, seat: int = 1):
    return next(s for s in (await office.world.api("GET", "/live"))["seats"] if s["seat"] == seat)


async def test_given_a_logged_in_seat_when_12_is_dialled_then_logged_out(office, line):
    await office.staff(1)
    assert await dial(line, office.world.server, "*12") == "logout.done"
    shown = await office.world.until_seat(1, "logged_out", 3)
    assert shown["operator"] is None


@pytest.mark.parametrize("code", ["*12", "*20", "*21"])
async def test_given_nobody_logged_in_when_a_code_is_dialled_then_it_is_refused_in_words(office, line, code):
    assert await dial(line, office.world.server, code) == "refused.not_logged_in"
    assert (await seat_now(office))["state"] == "logged_out"


async def test_given_a_ready_seat_when_21_and_20_are_dialled_then_break_with_its_reason_and_ready_again(
    office, line
):
    await office.staff(1)
    assert await dial(line, office.world.server, "*21") == "break.done"
    assert (await office.world.until_seat(1, "break", 3))["reason"] == "休憩"
    assert await dial(line, office.world.server, "*20") == "ready.done"
    await office.world.until_seat(1, "ready", 3)


async def test_given_no_wrap_up_when_30_is_dialled_then_it_is_refused_in_words(office, line):
    await office.staff(1)
    assert await dial(line, office.world.server, "*30") == "refused.not_now"
    await office.world.until_seat(1, "ready", 3)


async def test_given_a_break_code_without_a_reason_then_unknown_in_words_and_nothing_changes(office, line):
    await office.staff(1)
    assert await dial(line, office.world.server, "*28") == "code.unknown"
    await office.world.until_seat(1, "ready", 3)


@pytest.mark.parametrize("number", ["*99", "*1", "0262269876", "0260001234", "110", "trunk"])
async def test_given_a_number_that_is_neither_code_nor_seat_when_a_seat_dials_it_then_refused_by_the_exchange(
    office, line, number
):
    before = len(await office.outcome())
    line.tell("call", uri=f"sip:{number}@{office.world.server}")
    ended = await line.wait_for("disconnected", 5)
    assert (ended["code"], ended["confirmed"]) == (404, False)
    assert len(await office.outcome()) == before


async def test_given_a_talk_when_the_operator_dials_21_on_a_second_line_then_break_follows_the_talk(
    office, line
):
    (seat,) = await office.staff(1, answer_after_ms=0)
    citizen = await office.phones.citizen("coded", office.world.server)
    citizen.tell("call", uri=f"sip:{NUMBER}@{office.world.server}")
    await seat.wait_for("confirmed", 5)
    talking = await office.world.until_seat(1, "talking", 3)
    assert await dial(line, office.world.server, "*21") == "break.done"
    shown = await seat_now(office)
    assert (shown["state"], shown["call"]) == ("talking", talking["call"])
    citizen.tell("hangup")
    await seat.wait_for("disconnected", 3)
    assert (await office.world.until_seat(1, "break", 5))["reason"] == "休憩"


async def test_given_a_wrap_up_of_thirty_seconds_when_30_is_dialled_then_it_ends_at_once(tmp_path):
    home = home_with(tmp_path / "home", "[guidance]\ngreeting = false\n[floor]\nwrap_up_s = 30\n")
    async with Madoguchi.started(home, at=WEEKDAY) as world, Phones.started() as phones:
        seat = await world.seat_phone(phones, 1)
        seat.behave(answer_after_ms=0)
        line = await another_line(world, phones, 1, tmp_path)
        await world.log_in(1)
        citizen = await phones.citizen("short", world.server)
        citizen.tell("call", uri=f"sip:{world.run.number}@{world.server}")
        await seat.wait_for("confirmed", 10)
        await world.until_seat(1, "talking", 3)
        citizen.tell("hangup")
        begun = await world.until_seat(1, "wrap_up", 3)
        assert await dial(line, world.server, "*30") == "wrap_up.ended"
        ended = await world.until_seat(1, "ready", 3)
        assert ended["operator"] == begun["operator"]
        await world.nothing_left()
