"""Each kind of closed, by real calls: the reason and the next opening, as they were really heard.

What should be heard stands here by hand, from the specification and the calendar on the wall. Several lines
with calendars of their own make one instance serve several kinds at once.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.rig.audio import spelled
from tests.rig.phones import Phones
from tests.rig.world import ROOT, Madoguchi

pytestmark = [pytest.mark.asterisk, pytest.mark.long]
VOICE = ROOT / "prompts" / "voice" / "ja"
LINE = """
[[lines]]
id = "{id}"
name = "{id}"
numbers = ["{number}"]
[lines.calendar]
{calendar}
"""


def said(why: str, *opening: str) -> tuple[str, ...]:
    """The closed guidance as far as the next opening."""
    return ("office", why, "next.first" if why == "closed.before" else "next.lead", *opening)


def on(month: int, day: int, weekday: str, *at: str) -> tuple[str, ...]:
    """A date and a time; without one 8:30."""
    number = ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(weekday)
    named = (f"date.on.{month}.{day}", f"date.weekday.{number}")
    return (*named, *(at or ("time.hour.8", "next.minute.30")))


SCENES = {
    # Friday, closing time, before the three days of 海の日; a contract that ends today, one to come
    "2022-07-15 17:15:00": (
        {
            "after": ("0260001235", "contract_to = 2022-07-15"),
            "before": ("0260001236", "contract_from = 2022-08-01"),
            "pause": ("0260001237", 'hours = { fri = ["08:30-12:00", "17:45-19:00"] }'),
        },
        {
            "main": said("closed.night", *on(7, 19, "tue")),
            "after": ("office", "closed.after"),
            "before": said("closed.before", *on(8, 1, "mon")),
            "pause": said("closed.pause", "date.today", "time.hour.17", "next.minute.45"),
        },
    ),
    # Saturday before the 2nd Sunday; and a line that opens on Saturday afternoons
    "2022-05-07 10:00:00": (
        {"late": ("0260001235", 'hours = { sat = ["13:00-17:00"] }')},
        {
            "main": said("closed.weekend", *on(5, 8, "sun")),
            "late": said("closed.early", "date.today", "next.hour.13"),
        },
    ),
    # the evening of the year's last day of work; and a line whose year ends a day earlier
    "2022-12-28 17:20:00": (
        {"holidays": ("0260001235", "year_end_from = { month = 12, day = 28 }")},
        {
            "main": said("closed.night", *on(1, 4, "wed")),
            "holidays": said("closed.year_end", *on(1, 4, "wed")),
        },
    ),
    # a public holiday, by name
    "2022-05-03 10:00:00": ({}, {"main": said("closed.holiday.constitution", *on(5, 6, "fri"))}),
}
HEARD_S = 21
"""By then the next opening has been said; the usual hours and the number for lost cards follow."""


def home_for(path: Path, lines: dict[str, tuple[str, str]]) -> Path:
    path.mkdir(parents=True)
    further = "".join(LINE.format(id=name, number=n, calendar=text) for name, (n, text) in lines.items())
    (path / "madoguchi.toml").write_text(further, encoding="utf-8")
    return path


def rivals_of(part: str) -> list[Path]:
    """The others that could have been said in its place; of a date those of its month or its day."""
    if part.startswith("date.on."):
        _, _, month, day = part.split(".")
        return [*VOICE.glob(f"date.on.{month}.*.ulaw"), *VOICE.glob(f"date.on.*.{day}.ulaw")]
    series = part.rpartition(".")[0]
    return [*VOICE.glob(f"{series}.*.ulaw")] if series else []


async def call(world: Madoguchi, phones: Phones, name: str, number: str, directory: Path) -> Path:
    """Call, listen as long as it takes, hang up; the recording."""
    citizen = await phones.citizen(name, world.server, record=directory)
    citizen.tell("call", uri=f"sip:{number}@{world.server}")
    await citizen.wait_for("confirmed", 5)
    await asyncio.sleep(HEARD_S)  # listening takes its time
    citizen.tell("hangup")
    return Path((await citizen.wait_for("recorded", 10))["recording"])


@pytest.mark.parametrize("at", SCENES)
async def test_given_a_kind_of_closed_then_its_reason_and_the_right_next_opening_are_heard(tmp_path, at):
    lines, expected = SCENES[at]
    async with (
        Madoguchi.started(home_for(tmp_path / "home", lines), at=at) as world,
        Phones.started() as phones,
    ):
        numbers = {"main": world.run.number, **{name: number for name, (number, _) in lines.items()}}
        recordings = await asyncio.gather(
            *(call(world, phones, name, numbers[name], tmp_path) for name in expected)
        )
        for (name, texts), recording in zip(expected.items(), recordings, strict=True):
            files = [VOICE / f"{text}.ulaw" for text in texts]
            rivals = {file: rivals_of(text) for file, text in zip(files, texts, strict=True)}
            heard = await asyncio.to_thread(spelled, recording, files, rivals)
            assert heard == list(texts), name
        calls = (await world.api("GET", "/calls"))["calls"]
        assert {one["outcome"] for one in calls} == {"closed"}
        month = await world.api("GET", f"/reports/month/{at[:7]}?format=json")
        assert (month["received"], month["received_closed"], month["received_open"]) == (
            len(expected),
            len(expected),
            0,
        )
        await world.nothing_left()
