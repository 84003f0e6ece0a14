"""Menus on real calls: keys by RFC 4733 and as tones, typed over the text; speech is no key; the ways out."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from tests.asterisk.conftest import WEEKDAY
from tests.asterisk.site import Site
from tests.rig.audio import RATE, Sound, heard, load
from tests.rig.ears import Ears
from tests.rig.phones import Phone, Phones
from tests.rig.tones import at_dbm0, mixed, silence, to_ulaw, tone, typed
from tests.rig.world import ROOT, eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
VOICE = ROOT / "prompts" / "voice"
COUNTED = "0260001299"
"""A line whose menu asks again after each key: so each is seen to be understood."""
SHORT = "0260001298"
"""A line whose questions are short."""
MENUS = (
    f"""
[line]
menu = "top"
[[lines]]
id = "counted"
name = "数"
numbers = ["{COUNTED}"]
menu = "counted"
[[lines]]
id = "short"
name = "短"
numbers = ["{SHORT}"]
menu = "short"
[guidance]
greeting = true
busy = true
please_hold_every_s = 5
[floor]
ring_time_s = 3
wrap_up_s = 1
[skills]
english = "英語"
[needs]
english = [{{ skills = {{ english = 1 }} }}]
[[operators]]
id = "101"
name = "日本語"
[[operators]]
id = "102"
name = "English"
skills = {{ english = 2 }}
[menus.top]
text = "menu.top, menu.english@en"
wait_s = 1
[menus.top.keys]
1 = "menu.more"
2 = "queue"
9 = "language:en, need:english"
[menus.short]
text = "menu.repeat"
wait_s = 1
[menus.short.keys]
1 = "menu.more"
[menus.more]
text = "menu.repeat"
wait_s = 1
[menus.more.keys]
1 = "queue"
4 = "say:greeting, hang_up"
[menus.counted]
text = "menu.top"
wait_s = 2
[menus.counted.keys]
"#" = "queue"
""".replace('"menu.more"', '"menu:more"')
    + "\n".join(f'"{key}" = "repeat"' for key in "1234567890*")
)
EACH = 20
"""So many keys a call; after them an operator comes (`ivr.menu.MOST_KEYS`)."""
LINES = ((70, 70, -10, -8), (70, 70, -22, -20), (100, 70, -8, -13), (70, 100, -13, -8), (70, 70, -5, -3))
"""Telephones and lines: ms on and off, dBm0 of low and high tone (NTT: -3 to -24, at most 5 dB apart)."""


def some_keys(seed: int) -> str:
    return "".join(random.Random(seed).choices("1234567890*", k=EACH))


def room(sound: Sound, seed: int) -> Sound:
    """With a quiet room, and what the telephone's own microphone gets of the guidance."""
    hiss = at_dbm0(np.random.default_rng(seed).normal(0, 1, 4 * RATE), -55)
    return mixed(sound, hiss, at_dbm0(load(VOICE / "ja" / "menu.top.ulaw"), -40))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(tmp_path_factory):
    home = tmp_path_factory.mktemp("menu")
    async with Site.started(home / "home", MENUS, at=WEEKDAY) as made:
        made.heard = home
        yield made


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def tidy(site):
    yield
    await site.tidy()


async def new_calls(site: Site, before: list[str], number: int, timeout_s: float = 10) -> list[str]:
    async def look() -> list[str]:
        found = [call["call"] for call in (await site.world.api("GET", "/calls"))["calls"]]
        fresh = [call for call in found if call not in before]
        return fresh if len(fresh) >= number else []

    return await eventually(look, timeout_s, f"{number} calls are journalled")


async def rings(site: Site, name: str, number: str = "", record: Path | None = None) -> Phone:
    """A citizen's telephone whose call to one of our numbers has been answered."""
    phone = await site.phones.citizen(name, site.world.server, record)
    site.citizens.append(phone)
    phone.tell("call", uri=f"sip:{number or site.world.run.number}@{site.world.server}")
    await phone.wait_for("confirmed", 5)
    await asyncio.sleep(0.5)  # nobody presses a key in the very moment of the answer
    return phone


async def calls_now(site: Site) -> list[str]:
    return [call["call"] for call in (await site.world.api("GET", "/calls"))["calls"]]


async def way(site: Site, call: str) -> list[tuple[str, str, str]]:
    return [
        tuple(row["data"][k] for k in ("menu", "key", "target")) for row in await site.rows(call, "call.menu")
    ]


async def understood(site: Site, call: str) -> str:
    return "".join(key for _, key, target in await way(site, call) if target == "repeat")


async def test_given_a_hundred_keys_by_rfc_4733_typed_over_the_text_then_each_is_understood_once(site):
    wanted = [some_keys(n) for n in range(5)]
    before = await calls_now(site)
    async with Phones.started() as others:  # a process of the telephones' library holds four calls
        phones = [await rings(site, f"rfc{n}", COUNTED) for n in range(2)]
        site.phones, own = others, site.phones
        phones += [await rings(site, f"rfc{n}", COUNTED) for n in range(2, 5)]
        site.phones = own
        for phone, keys in zip(phones, wanted, strict=True):
            phone.tell("dtmf", digits=keys)
        calls = await new_calls(site, before, 5)
        for call in calls:
            await site.row(call, "call.menu", 20, target="gave_up")
            await site.waits(call)
        assert sorted([await understood(site, call) for call in calls]) == sorted(wanted)
        for phone in phones:
            phone.tell("hangup")
            await phone.wait_for("disconnected", 5)
        site.citizens.clear()


async def test_given_a_hundred_keys_as_tones_typed_over_the_text_then_each_is_understood_once(site):
    wanted = [some_keys(10 + n) for n in range(len(LINES))]
    before = await calls_now(site)
    runs = []
    for n, (on_ms, off_ms, low, high) in enumerate(LINES):
        keys = typed(wanted[n], on_ms=on_ms, off_ms=off_ms, low_dbm0=low, high_dbm0=high)
        sound = room(np.concatenate([silence(1000), keys, silence(1500)]), n)
        runs.append(await site.carrier.call(COUNTED, sound=to_ulaw(sound), events=False, hold_ms=8000))
    calls = await new_calls(site, before, len(LINES))
    for call in calls:
        await site.row(call, "call.menu", 20, target="gave_up")
    assert sorted([await understood(site, call) for call in calls]) == sorted(wanted)
    for run in runs:
        assert (await run.result()).successful == 1


@pytest.mark.parametrize(("parts", "of"), [(4, 160), pytest.param(10, 10, marks=pytest.mark.long)])
async def test_given_speech_at_the_menu_then_it_is_no_key(site, parts, of):
    """The voice of the guidance itself, as it is and 9 dB louder (some of it clipped)."""
    files = [path for path in sorted(VOICE.glob("*/*.ulaw")) if load(path).size > 0]
    some = [files[n::of] for n in range(parts)]
    sounds = [np.concatenate([load(path) for path in part]) for part in some]
    before = await calls_now(site)
    async with Ears.of(site.world) as ears:
        runs = [
            await site.carrier.call(
                COUNTED, sound=to_ulaw(sound * 10 ** (louder_db / 20)), events=False,
                hold_ms=sound.size * 1000 // RATE + 500,
            )
            for sound in sounds for louder_db in (0, 9)
        ]  # fmt: skip
        for run in runs:
            assert (await run.result(600)).successful == 1
        assert ears.keys == {}
    for call in await calls_now(site):
        if call not in before:
            assert {key for _, key, _ in await way(site, call)} == {""}


async def test_given_a_carrier_that_sends_events_and_tones_too_then_a_key_counts_once(site):
    before = await calls_now(site)
    phone = await rings(site, "both", COUNTED)
    (call,) = await new_calls(site, before, 1)
    for key in "1358":
        phone.tell("dtmf", digits=key)
        phone.tell("dtmf", digits=key, how="inband")
        await site.row(call, "call.menu", 5, key=key)
    phone.tell("dtmf", digits="#")
    await site.waits(call)
    assert [key for _, key, _ in await way(site, call)] == ["", *"1358#"]
    phone.tell("hangup")


async def test_given_keys_faster_than_40_ms_and_all_keys_at_once_then_the_call_goes_on_to_an_operator(site):
    hurry = typed("1234567890*#" * 3, on_ms=30, off_ms=30)
    chord = sum((tone(key, 400, -16, -16) for key in "1234567890*#"), np.zeros(RATE * 400 // 1000))
    before = await calls_now(site)
    runs = [
        await site.carrier.call(
            SHORT, sound=to_ulaw(np.concatenate([silence(1000), sound, silence(3000)])),
            events=False, hold_ms=27_000,
        )
        for sound in (hurry, chord)
    ]  # fmt: skip
    for call in await new_calls(site, before, 2):
        await site.row(call, "call.queued", 26)
    for run in runs:
        assert (await run.result()).successful == 1


async def test_given_keys_typed_ahead_through_two_menus_then_the_queue_and_no_question_is_heard_out(site):
    before = await calls_now(site)
    phone = await rings(site, "ahead")
    phone.tell("dtmf", digits="11")
    (call,) = await new_calls(site, before, 1)
    await site.row(call, "call.queued")
    rows = await site.rows(call, "call.guidance")
    ends = {row["data"]["part"] for row in rows if row["data"]["id"].startswith("menu.")}
    assert "finished" not in ends
    assert [target for _, key, target in await way(site, call) if key] == ["menu:more", "queue"]
    phone.tell("hangup")


async def test_given_a_key_that_says_and_hangs_up_then_the_call_is_completed_in_guidance(site):
    before = await calls_now(site)
    phone = await rings(site, "told")
    phone.tell("dtmf", digits="14")
    (call,) = await new_calls(site, before, 1)
    await site.row(call, "call.menu", key="4")
    await phone.wait_for("disconnected", 20)
    await site.outcome(call, "guidance_completed")


async def test_given_a_telephone_without_tones_then_waiting_reaches_a_person_and_the_report_tells_it(site):
    before = await calls_now(site)
    phone = await rings(site, "silent", SHORT)
    (call,) = await new_calls(site, before, 1)
    await site.row(call, "call.menu", 30, target="gave_up")
    await site.row(call, "call.queued", 15)
    phone.tell("hangup")
    menus = (await site.day())["menus"]
    assert menus["calls"] == sum(menus["ends"].values())
    assert menus["ends"]["gave_up"] >= 1
    assert "short" in {row["menu"] for row in menus["by_menu"]}


# This one comes last: behind a call that it recorded the telephones' library was seen to send no sound.


async def test_given_9_typed_over_the_greeting_then_english_is_spoken_and_the_operator_who_knows_it_rings(
    site,
):
    before = await calls_now(site)
    phone = await rings(site, "english", record=site.heard)
    phone.tell("dtmf", digits="9")
    (call,) = await new_calls(site, before, 1)
    queued = await site.row(call, "call.queued")
    assert queued["data"]["need"] == "english"
    assert await way(site, call) == [("top", "", "entered"), ("top", "9", "language:en, need:english")]
    await site.row(call, "call.guidance", 15, id="busy", part="finished")
    await site.staff(1)
    await site.waits(call)  # the first operator knows no English
    await site.staff(2)
    assert (await site.world.until_seat(2, "talking"))["call"] == call
    phone.tell("hangup")
    recorded = await phone.wait_for("recorded", 10)
    busy = [VOICE / language / "busy.ulaw" for language in ("ja", "en")]
    assert [one.file for one in heard(Path(recorded["recording"]), busy)] == [VOICE / "en" / "busy.ulaw"]
