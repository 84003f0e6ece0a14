"""The calendar changed by a supervisor, on a real Asterisk; and a line with hours of its own."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from tests.asterisk.conftest import QUICK
from tests.asterisk.site import Site
from tests.rig.audio import heard
from tests.rig.world import ROOT, eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
VOICE = ROOT / "prompts" / "voice" / "ja"
TAX = "0260009999"
HOME = f"""
[[lines]]
id = "tax"
name = "税の相談"
numbers = ["{TAX}"]
[lines.calendar]
open = "13:00:00"
close = "19:00:00"
{QUICK}"""
OVERRIDES = "/calendar/overrides"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory):
    home = tmp_path_factory.mktemp("changes") / "home"
    async with Site.started(home, HOME, at="2026-11-24 10:00:00", seats=1) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def site(running):
    yield running
    for one in (await running.world.api("GET", OVERRIDES))["overrides"]:
        if one["state"] in ("pending", "planned", "in_force"):
            body = {"by": "テスト", "reason": "終わり"}
            await running.world.api("POST", f"{OVERRIDES}/{one['id']}/withdraw", body)
    await running.tidy()


async def received(site, call):
    """What the calendar was when the call came."""
    row = await site.row(call, "call.received")
    return row["data"]["open"], row["data"]["calendar"], row["data"]["line"]


async def is_told(site, call):
    """Wait until the caller hears the closed guidance, which begins with the office's name."""
    await site.row(call, "call.guidance", id="office", part="started")


OWN_TEXT = """
[[text]]
id = "please_hold"
ja = "おそれいります。もうしばらくお待ちください。"
where = "この市の言い方"
"""
MENU = """
[menus.top]
text = "menu.top"
keys = { 1 = "queue", 2 = "operator" }
"""


async def test_given_twenty_calls_in_progress_when_calendar_texts_and_menu_change_then_none_is_disturbed(
    site,
):
    """First in this file: behind a call that it recorded, the phones' library sends no sound for one call,
    and Asterisk would end the talk for that.
    """
    await site.staff(1)
    run = await site.carrier.call(site.world.run.number, calls=20, rate=20, hold_ms=35_000)

    async def in_progress():
        live = await site.live()
        return len(live["waiting"]) == 19 and live["seats"][0]["state"] == "talking"

    await eventually(in_progress, 15, "one talks, nineteen wait")
    closing = {"kind": "closed", "reason": "訓練", "by": "山田", "confirmed_by": "佐藤", "replace": True}
    closing["until"] = "2026-11-24T15:00:00"
    opening = {"kind": "open", "reason": "訓練", "until": "2026-11-24T20:00:00", "replace": True}
    for body in (closing, opening, {**closing, "line": "main"}, {**opening, "line": "tax"}):
        made = await site.world.api("POST", OVERRIDES, body, status=201)
        withdrawn = {"by": "佐藤", "reason": "終わり"}
        await site.world.api("POST", f"{OVERRIDES}/{made['id']}/withdraw", withdrawn)
        assert await in_progress()

    own = site.world.home / "prompts"
    (own / "texts.toml").write_text(OWN_TEXT, encoding="utf-8")
    await site.settings('[line]\nmenu = "top"\n' + HOME + MENU)
    assert await in_progress()
    announced = {"text": "訓練のお知らせです。", "place": "waiting", "until": "2026-11-24T15:00:00"}
    await site.world.api("POST", "/announcements", announced, status=201)
    assert await in_progress()
    await site.settings(HOME)
    (own / "texts.toml").unlink()
    result = await run.result(60)
    assert (result.successful, result.failed) == (20, 0)
    assert {call.ended_by for call in result.calls} == {"caller"}


async def test_given_open_hours_when_closed_by_two_people_then_the_next_caller_hears_it_and_not_before(
    site, tmp_path
):
    body = {"kind": "closed", "reason": "設備の点検", "by": "山田", "until": "2026-11-24T15:00:00"}
    pending = await site.world.api("POST", OVERRIDES, body, status=202)
    waiting, first = await site.citizen("0262260001")
    await site.waits(first)  # one person alone closes nothing
    url = f"{OVERRIDES}/{pending['id']}/confirm"
    assert (await site.world.api("POST", url, {"by": "山田"}, status=409))["error"] == "same_person"
    told = await site.world.api("POST", url, {"by": "佐藤"})
    assert told["state"] == "in_force"
    late, second = await site.citizen("0262260002", record=tmp_path)
    assert await received(site, second) == (False, "臨時休止: 設備の点検", "main")
    await is_told(site, second)
    await asyncio.sleep(12)  # listening takes its time
    late.tell("hangup")
    await site.outcome(second, "closed")
    recording = Path((await late.wait_for("recorded", 5))["recording"])
    texts = [VOICE / f"{text}.ulaw" for text in ("office", "closed.by_hand", "closed.night")]
    assert [one.file.stem for one in heard(recording, texts, part=0.8)] == ["office", "closed.by_hand"]
    assert [one["call"] for one in (await site.live())["waiting"]] == [first]  # who waits is not disturbed
    body = {"by": "佐藤", "reason": "復旧"}
    await site.world.api("POST", f"{OVERRIDES}/{pending['id']}/withdraw", body)
    again, third = await site.citizen("0262260003")
    await site.waits(third)
    for phone in (waiting, again):
        phone.tell("hangup")


async def test_given_a_line_with_hours_of_its_own_then_it_is_closed_while_the_main_line_is_open(site):
    main, first = await site.citizen("0262260001")
    await site.waits(first)
    tax, second = await site.citizen("0262260002", called=TAX)
    open_now, why, line = await received(site, second)
    assert (open_now, line) == (False, "tax")
    assert why.startswith("時間外")
    await is_told(site, second)
    tax.tell("hangup")
    await site.outcome(second, "closed")
    body = {"kind": "open", "line": "tax", "reason": "申告期間", "until": "2026-11-24T12:00:00"}
    assert (await site.world.api("POST", OVERRIDES, body, status=201))["state"] == "in_force"
    tax, third = await site.citizen("0262260003", called=TAX)
    assert await received(site, third) == (True, "臨時受付: 申告期間", "tax")
    await site.waits(third)
    for phone in (main, tax):
        phone.tell("hangup")


async def test_given_a_planned_closing_when_its_moment_comes_then_it_begins_and_ends_by_itself(site):
    now = datetime.fromisoformat((await site.live())["now"])
    begins, ends = now + timedelta(seconds=6), now + timedelta(seconds=14)
    body = {"kind": "closed", "reason": "訓練", "by": "山田", "confirmed_by": "佐藤"}
    body |= {"from": begins.isoformat(), "until": ends.isoformat()}
    planned = await site.world.api("POST", OVERRIDES, body, status=201)
    assert planned["state"] == "planned"
    assert (await site.live())["line"]["state"] == "open"

    async def state(wanted):
        return (await site.live())["line"]["state"] == wanted

    await eventually(lambda: state("closed"), 10, "the closing begins")
    phone, call = await site.citizen()
    assert await received(site, call) == (False, "臨時休止: 訓練", "main")
    await eventually(lambda: state("open"), 15, "the closing ends")
    phone.tell("hangup")
    await site.outcome(call, "closed")
