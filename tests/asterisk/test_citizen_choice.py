"""A citizen who waits long is asked, by a real telephone: keys are heard, places kept, and no text holds up
anybody for whom an operator is there.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.asterisk.conftest import WEEKDAY, home_with, phone_known
from tests.rig.audio import heard
from tests.rig.phones import Phone, Phones
from tests.rig.world import ROOT, Madoguchi, eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
VOICE = ROOT / "prompts" / "voice" / "ja"
ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'
ASKED_AFTER_S = 1
HOME = f"""
overflow = [{{ cause = "waited", limit = {ASKED_AFTER_S}, to = "choice" }}]
[guidance]
greeting = false
busy = false
please_hold_every_s = 5
say_position = true
say_wait_every_s = 15
[queue]
review_s = 0.5
[floor]
ring_time_s = 3
wrap_up_s = 1
[callback]
enabled = true
"""


class Line:
    """A line on which every caller is asked after a second, and one seat."""

    def __init__(self, world: Madoguchi, phones: Phones, seat: Phone, directory: Path) -> None:
        self.world = world
        self.phones = phones
        self.seat = seat
        self.directory = directory
        self.callers: list[Phone] = []

    async def caller(self, name: str, identity: str = "") -> tuple[Phone, str]:
        """A citizen who waits in the queue; the telephone and the call."""
        known = {call["call"] for call in await self.waiting()}
        phone = await self.phones.citizen(name, self.world.server, self.directory, identity)
        self.callers.append(phone)
        phone.tell("call", uri=f"sip:{self.world.run.number}@{self.world.server}")
        await phone.wait_for("confirmed", 5)

        async def look() -> str:
            return next((c["call"] for c in await self.waiting() if c["call"] not in known), "")

        return phone, await eventually(look, 5, f"{name} waits")

    async def waiting(self) -> list[dict[str, Any]]:
        """Who waits, in the order of dispatch."""
        found: list[dict[str, Any]] = (await self.world.api("GET", "/live"))["waiting"]
        return found

    async def rows(self, call: str, kind: str) -> list[dict[str, Any]]:
        """A call's journal rows of a kind."""
        story = await self.world.api("GET", f"/calls/{call}")
        return [row for row in story["journal"] if row["kind"] == kind]

    async def says(self, call: str, text: str, part: str = "started", times: int = 1) -> dict[str, Any]:
        """Wait until this text is said to the call (for the `times`-th time)."""

        async def look() -> dict[str, Any] | None:
            rows = [r["data"] | {"at_ms": r["at_ms"]} for r in await self.rows(call, "call.guidance")]
            found = [row for row in rows if (row["id"], row["part"]) == (text, part)]
            return found[times - 1] if len(found) >= times else None

        return await eventually(look, 30, f"{text} {part}") or {}

    async def ended(self, phone: Phone, call: str) -> tuple[dict[str, Any], list[str]]:
        """Wait until the exchange has hung up: the call, and the texts that were heard, in their order."""
        await phone.wait_for("disconnected", 40)
        recorded = await phone.wait_for("recorded", 5)

        async def look() -> dict[str, Any] | None:
            story: dict[str, Any] = await self.world.api("GET", f"/calls/{call}")
            return story if story["outcome"] else None

        kinds = ("overflow", "choice", "callback")
        files = [path for path in VOICE.glob("*.ulaw") if path.name.split(".")[0] in kinds]
        texts = heard(Path(recorded["recording"]), files, part=0.6)
        return await eventually(look, 5, "the outcome") or {}, [one.file.stem for one in texts]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def line(tmp_path_factory):
    home = home_with(tmp_path_factory.mktemp("choice") / "home", HOME)
    async with Madoguchi.started(home, at=WEEKDAY) as world, Phones.started() as phones:
        seat = await world.seat_phone(phones, 1)
        await phone_known(world, 1)
        yield Line(world, phones, seat, tmp_path_factory.mktemp("heard"))


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def tidy(line):
    line.seat.forget()
    line.seat.behave()
    yield
    for phone in line.callers:
        if len(phone.seen("disconnected")) < len(phone.seen("calling")):
            phone.tell("hangup")
    line.callers.clear()
    live = await line.world.api("GET", "/live")
    if live["seats"][0]["state"] != "logged_out":
        await line.world.api("POST", "/seats/1/logout")
    await line.world.nothing_left(10)


async def test_given_no_key_then_the_caller_waits_on_in_the_same_place_and_is_told_it(line):
    line.seat.behave(answer_after_ms=0)
    first, call = await line.caller("first", '"a" <sip:0262261111@127.0.0.2>')
    second, other = await line.caller("second", '"b" <sip:0262262222@127.0.0.2>')
    await line.says(call, "overflow.wait_on", "finished")
    assert [one["call"] for one in await line.waiting()] == [call, other]
    assert [row["data"]["choice"] for row in await line.rows(call, "call.chose")] == ["no_key"]
    await line.says(call, "please_hold", "finished")
    assert [row["data"]["position"] for row in await line.rows(call, "call.wait_told")] == [1]
    await line.world.log_in(1)
    shown = await line.world.until_seat(1, "talking")
    assert shown["call"] == call
    first.tell("hangup")
    await line.world.until_seat(1, "wrap_up", 5)
    second.tell("hangup")
    await second.wait_for("disconnected", 5)
    recorded = await first.wait_for("recorded", 5)
    texts = heard(Path(recorded["recording"]), [VOICE / "please_hold.ulaw", VOICE / "wait.position.1.ulaw"])
    assert [one.file.stem for one in texts] == ["please_hold", "wait.position.1"]


LONG = pytest.mark.long  # half a minute of listening each


@pytest.mark.parametrize("keys", ["", pytest.param("2", marks=LONG), pytest.param("22", marks=LONG), "220"])
async def test_given_any_point_of_the_dialogue_when_a_seat_frees_then_it_rings_at_once_and_they_talk(
    line, keys
):
    line.seat.behave(answer_after_ms=0)
    phone, call = await line.caller(f"cut{len(keys)}", '"c" <sip:0262263333@127.0.0.2>')
    await line.says(call, "overflow.waited")
    for key, text in zip(keys, ("callback.shown", "callback.ask_number", ""), strict=False):
        phone.tell("dtmf", digits=key)
        if text:
            await line.says(call, text)
    asked_ns = time.monotonic_ns()
    await line.world.log_in(1)
    await line.world.until_seat(1, "talking")
    rung = await line.seat.wait_for("incoming", 3)
    answered = await line.seat.wait_for("confirmed", 3)
    (offer,) = await line.rows(call, "offer.started")
    (connected,) = await line.rows(call, "call.connected")
    assert (rung["t"] - asked_ns) / 1e6 < 100
    assert connected["at_ms"] - offer["at_ms"] < 100 + (answered["t"] - rung["t"]) / 1e6
    assert (await line.rows(call, "call.guidance"))[-1]["data"]["part"] == "stopped"
    phone.tell("hangup")
    await line.seat.wait_for("disconnected", 5)
    assert not await line.rows(call, "callback.asked")


# The callbacks come last: their tickets stay in the queue.


async def test_given_a_shown_number_when_2_and_1_are_pressed_then_read_back_taken_and_hung_up(line):
    phone, call = await line.caller("shown")
    await line.says(call, "overflow.waited")
    phone.tell("dtmf", digits="2")
    await line.says(call, "callback.shown")
    cut = (await line.rows(call, "call.guidance"))[-2]["data"]
    assert cut == {"id": "overflow.waited", "part": "stopped"}
    phone.tell("dtmf", digits="1")
    story, texts = await line.ended(phone, call)
    assert story["outcome"] == "callback"
    assert "callback.done" in texts
    (asked,) = await line.rows(call, "callback.asked")
    assert asked["data"] == {"ticket": f"{call}-cb", "merged": False}
    assert "0262261234" not in str(story)
    assert "+81262261234" not in str(story)


async def test_given_a_withheld_number_then_a_premium_one_is_refused_in_words_and_a_mobile_one_is_taken(line):
    phone, call = await line.caller("withheld", ANONYMOUS)
    await line.says(call, "overflow.waited")
    phone.tell("dtmf", digits="2")
    await line.says(call, "callback.ask_number")
    phone.tell("dtmf", digits="0990123456")
    await line.says(call, "callback.unfit.paid", "finished")
    await line.says(call, "callback.ask_number", times=2)
    phone.tell("dtmf", digits="09012345678")
    await line.says(call, "callback.typed")
    phone.tell("dtmf", digits="1")
    story, texts = await line.ended(phone, call)
    assert story["outcome"] == "callback"
    assert [text for text in texts if text.startswith("callback.unfit")] == ["callback.unfit.paid"]
    assert texts[-1] == "callback.done"
    assert "9012345678" not in str(story)


@LONG
async def test_given_a_trunk_of_tones_only_when_chosen_and_typed_in_tones_then_the_number_is_called_back(
    tmp_path,
):
    """ひかり電話: no telephone-event, every digit is a sound in the voice."""
    home = home_with(tmp_path / "home", HOME + '[trunk]\ndtmf = "inband"\n')
    async with Madoguchi.started(home, at=WEEKDAY) as world, Phones.started() as phones:
        seat = await world.seat_phone(phones, 1)
        await phone_known(world, 1)
        toned = Line(world, phones, seat, tmp_path)
        phone, call = await toned.caller("tones", ANONYMOUS)
        await toned.says(call, "overflow.waited")
        phone.tell("dtmf", digits="2", how="inband")
        await toned.says(call, "callback.ask_number")
        phone.tell("dtmf", digits="09012345678", how="inband")
        await toned.says(call, "callback.typed")
        phone.tell("dtmf", digits="1", how="inband")
        story, texts = await toned.ended(phone, call)
        assert story["outcome"] == "callback"
        assert texts[-1] == "callback.done"
        assert [row["data"]["choice"] for row in await toned.rows(call, "call.chose")] == ["callback"]
