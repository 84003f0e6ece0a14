"""A day in the life of an operator, with a real Asterisk and real telephones, seen on a second browser too;
and a note that outlives the network and the controller.
"""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from config.runfile import RunFile
from tests.asterisk.conftest import WEEKDAY
from tests.asterisk.site import Site
from tests.browser.operator_desk import picture, ready
from tests.rig.phones import Phone
from tests.rig.world import eventually

pytestmark = pytest.mark.asterisk
HOME = """
overflow = []
[line]
menu = "top"
[menus.top]
text = "menu.top"
keys = { 1 = "queue", 2 = "queue" }
[guidance]
greeting = false
busy = false
please_hold_every_s = 30
[floor]
ring_time_s = 30
wrap_up_s = 60
break_limits_min = { "1" = 15 }
[callback]
enabled = true
ring_s = 20
[desk]
hold_target_s = 1
reservation_url = "https://yoyaku.example.lg.jp/new?ref={call}"
"""
NUMBER = "0262261234"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with Site.started(tmp_path_factory.mktemp("day") / "home", HOME, at=WEEKDAY) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def site(running: Site) -> AsyncIterator[Site]:
    yield running
    await running.tidy()


@asynccontextmanager
async def somebody(chromium: Browser, site: Site, path: str, name: str, secret: str) -> AsyncIterator[Page]:
    """A page in a browser of its own, come to through the log-in."""
    context = await chromium.new_context(
        viewport={"width": 1280, "height": 800}, locale="ja-JP", timezone_id="Asia/Tokyo"
    )
    page = await context.new_page()
    await page.goto(f"{site.world.run.desk_url}/login?next={path}")
    if name:
        await page.fill("#id", name)
        await page.fill("#password", secret)
        await page.get_by_role("button", name="ログイン", exact=True).click()
    else:
        await page.get_by_text("アクセスキーでログインする").click()
        await page.fill("#token", secret)
        await page.get_by_role("button", name="アクセスキーでログイン").click()
    await page.wait_for_url(f"**{path}")
    try:
        yield page
    finally:
        await context.close()


@asynccontextmanager
async def operator(chromium: Browser, site: Site) -> AsyncIterator[Page]:
    person = site.world.run.operators[0]
    async with somebody(chromium, site, "/desk", person.id, person.pin) as page:
        yield page


async def sit_down(page: Page) -> None:
    await page.locator("#free-seats button").filter(has_text="席 1").click()
    await expect(page.locator("#state-word")).to_have_text("受付可")
    await ready(page)


async def calls(site: Site, key: str) -> tuple[Phone, str]:
    """A citizen calls and goes through the menu; the telephone, and the call."""
    phone, call = await site.citizen(NUMBER)
    await site.row(call, "call.guidance", id="menu.top", part="started")
    phone.tell("dtmf", digits=key)
    await site.row(call, "call.queued")
    return phone, call


async def entries(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await site.world.api("GET", "/entries?ledger=inquiry"))["entries"]
    return found


async def test_given_a_day_when_an_operator_works_it_on_the_page_then_the_wallboard_shows_each_change(
    chromium: Browser, site: Site
) -> None:
    token = site.world.run.api_token
    async with operator(chromium, site) as page, somebody(chromium, site, "/live", "", token) as wall:
        board = wall.locator("#seats .seat").first

        async def wallboard_shows(state: str) -> None:
            await expect(board).to_contain_text(state, timeout=3000)

        await wallboard_shows("未ログイン")
        await sit_down(page)
        await wallboard_shows("受付可")

        # A call: who, from where, how long he waited; then the talk with a hold.
        seat = site.seats[1]
        citizen, call = await calls(site, "1")
        await expect(page.locator("#caller")).to_have_text("026-226-1234")
        await expect(page.locator("#call-facts")).to_contain_text("top 1")
        await wallboard_shows("着信中")
        await picture(page, "day-ringing")
        await seat.wait_for("incoming", 5)
        seat.tell("answer")
        await expect(page.locator("#stage")).to_have_text("通話中")
        await wallboard_shows("通話中")
        seat.tell("hold")
        await expect(page.locator("#stage")).to_have_text("保留中")
        await wallboard_shows("保留")
        await expect(page.locator("#hold-alarm")).to_contain_text("保留が目標")
        seat.tell("unhold")
        await expect(page.locator("#stage")).to_have_text("通話中")
        await page.fill("#note", "受取りの日を変えたい")
        await page.keyboard.press("Alt+2")
        await page.keyboard.type("22")
        await page.keyboard.press("Enter")
        await page.locator("#note-into").click()
        await page.locator("#f-handling-0").check()
        await page.locator("#to-break").click()
        await page.keyboard.press("1")
        await expect(page.locator("#next")).to_contain_text("離席（休憩）")
        await picture(page, "day-talking")

        # The entry in the wrap-up, then the break that was asked for during the talk.
        citizen.tell("hangup")
        await expect(page.locator("#state-word")).to_have_text("後作業")
        await wallboard_shows("後作業")
        await page.locator("#extend").click()
        await expect(page.locator("#state-clock")).to_have_text(re.compile("1:[45][0-9]"))
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#told")).to_contain_text("を保存しました。")
        assert [(one["call"], one["values"]["category"]) for one in await entries(site)] == [
            (call, ["受取予約", "変更"])
        ]
        await page.locator("#end-wrap-up").click()
        await expect(page.locator("#state-word")).to_have_text("離席")
        await expect(page.locator("#state-note")).to_contain_text("残り 14:5")
        await wallboard_shows("離席")
        await expect(page.locator("#own-figures")).to_contain_text("応答1")

        # A callback, asked for meanwhile; with it the earlier call of this number.
        again, wanted = await calls(site, "2")
        await site.world.api("POST", f"/calls/{wanted}/callback", {})
        await again.wait_for("disconnected", 20)
        await expect(page.locator("#callback-list li")).to_contain_text("いまかけられます")
        await picture(page, "day-break")
        site.outside.behave(answer_after_ms=200)
        await page.locator("#to-ready").click()
        await expect(page.locator("#callback-mark")).to_be_visible()
        await expect(page.locator("#caller")).to_have_text("026-226-1234")
        await expect(page.locator("#earlier-list")).to_contain_text("受取予約 / 変更")
        await seat.wait_for("incoming", 5)
        seat.tell("answer")
        await site.row(wanted, "callback.connected")
        await expect(page.locator("#stage")).to_have_text("通話中")
        await wallboard_shows("通話中")
        await picture(page, "day-callback")
        site.outside.tell("hangup")
        await expect(page.locator("#state-word")).to_have_text("後作業")
        await page.locator("#end-wrap-up").click()
        await expect(page.locator("#state-word")).to_have_text("受付可")
        await wallboard_shows("受付可")

        await page.locator("#leave").click()
        await page.locator("#confirm-do").click()
        await page.locator("#free-seats button").first.wait_for()
        await wallboard_shows("未ログイン")


async def test_given_a_log_in_elsewhere_when_the_page_is_open_then_it_knows_the_seat_and_its_phone(
    chromium: Browser, site: Site
) -> None:
    async with operator(chromium, site) as page:
        await page.locator("#free-seats button").first.wait_for()
        await site.world.log_in(1)  # as *11 does it on the floor
        await expect(page.locator("#seat-name")).to_contain_text("席 1")
        await site.seats[1].unregister()
        await expect(page.locator("#phone-help")).to_be_visible()
        await expect(page.locator("#state-word")).to_have_text("未登録")
        await picture(page, "day-unregistered")
        await site.seats[1].register()
        await expect(page.locator("#phone-help")).to_be_hidden()
        await expect(page.locator("#state-word")).to_have_text("受付可")


async def test_given_a_note_in_a_talk_when_the_network_is_cut_and_the_controller_killed_then_nothing_is_lost(
    chromium: Browser, site: Site, request: pytest.FixtureRequest
) -> None:
    cut_s = 30 if request.config.getoption("--long") else 3
    async with operator(chromium, site) as page:
        await sit_down(page)
        site.seats[1].behave(answer_after_ms=0)
        _, call = await calls(site, "1")
        await expect(page.locator("#stage")).to_have_text("通話中")
        await page.fill("#note", "一")
        await expect(page.locator("#note-kept")).to_contain_text("保存済み")
        await page.context.set_offline(True)
        await page.locator("#note").press_sequentially("二")
        await expect(page.locator("#lost")).to_be_visible(timeout=10_000)
        await asyncio.sleep(cut_s)  # the proof is that long
        await page.locator("#note").press_sequentially("三")
        await page.context.set_offline(False)
        await expect(page.locator("#lost")).to_be_hidden(timeout=15_000)
        await expect(page.locator("#note-kept")).to_contain_text("保存済み", timeout=15_000)

        old = RunFile.read(site.world.home / "run.json").controller_pid
        os.kill(old, signal.SIGKILL)
        await page.locator("#note").press_sequentially("四")
        await expect(page.locator("#note-kept")).to_contain_text("このブラウザーに残し")

        async def restarted() -> bool:
            try:
                run = RunFile.read(site.world.home / "run.json")
                return run.controller_pid != old and bool((await site.world.api("GET", "/readyz"))["ready"])
            except (AssertionError, OSError):
                return False

        await eventually(restarted, 30, "a new controller")
        # By itself: no reload, no log-in; the talk has gone on.
        await expect(page.locator("#lost")).to_be_hidden(timeout=20_000)
        await expect(page.locator("#stage")).to_have_text("通話中", timeout=20_000)
        await expect(page.locator("#note-kept")).to_contain_text("保存済み", timeout=20_000)
        await page.locator("#note").press_sequentially("五")
        await page.reload()
        await expect(page.locator("#note")).to_have_value("一二三四五")
        await expect(page.locator("#note-kept")).to_contain_text(re.compile("保存済み|続き"))

        async def kept() -> bool:
            told = await site.world.api("GET", f"/drafts/{call}?by=system&operator=101&why=試験")
            return any(one["values"].get("text") == "一二三四五" for one in told["drafts"])

        await eventually(kept, 10, "the server has the whole note")
