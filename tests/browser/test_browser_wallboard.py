import re

import pytest
from playwright.async_api import Page, expect

from desk.context import DESK
from desk.rights import Role
from tests.browser.axe import assert_no_violations
from tests.browser.heap import KEEP, heap_of, play
from tests.browser.pages import Pages
from tests.browser.scene import busy_tuesday

WALL = {"width": 1920, "height": 1080}


async def shown(page: Page, figure: str) -> str:
    return await page.locator(f'[data-figure="{figure}"]').inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("language", "title"), [("ja", "現在の状況"), ("en", "Live")])
async def test_given_a_busy_floor_when_the_wallboard_is_opened_then_it_tells_what_live_tells(
    pages: Pages, language: str, title: str, theme: str
) -> None:
    await busy_tuesday(pages.site)
    page = await pages.open("/live", Role.SUPERVISOR, language=language, theme=theme)
    await expect(page.locator("#seats .seat")).to_have_count(7)
    live = await page.evaluate("fetch('/api/v1/live').then(answer => answer.json())")
    assert await shown(page, "waiting") == "3"
    assert await shown(page, "longest_wait_s") == "1:14"
    assert await shown(page, "today.received_open") == str(live["today"]["received_open"])
    assert await shown(page, "today.answer_rate") == f"{live['today']['answer_rate'] * 100:.2f}%"
    waiting = page.locator("#tile-waiting")
    await expect(waiting).to_have_class(re.compile("is-yellow"))
    assert await waiting.locator(".level").inner_text() == ("▲ 注意" if language == "ja" else "▲ Caution")
    seat = page.locator("#seats .seat").nth(1)
    assert await seat.locator(".word").inner_text() == ("保留" if language == "ja" else "Hold")
    assert await seat.locator(".time").inner_text() == "1:24"
    assert title in await page.title()
    if language == "en":  # the site's own words (reasons of breaks, names, why it is open) stay as they are
        own = await page.locator("main").inner_text()
        for word in ("オペレーター", "休憩", "平日"):
            own = own.replace(word, "")
        assert not re.search(r"[ぁ-んァ-ヶ一-龠]", own), own
    await page.locator(".trend summary").click()
    await expect(page.locator("#trend-table tbody tr")).to_have_count(18)
    await expect(page.locator("#trend canvas")).to_be_visible()
    await assert_no_violations(page)


async def test_given_a_figure_when_it_is_pointed_at_or_focused_then_its_definition_is_shown(
    pages: Pages,
) -> None:
    page = await pages.open("/live")
    told = page.locator("#def-answer-rate")
    await expect(told).to_be_hidden()
    await page.locator("#tile-answer-rate").hover()
    await expect(told).to_be_visible()
    assert "応答 ÷ 時間内着信" in await told.inner_text()
    await page.keyboard.press("Escape")
    await expect(told).to_be_hidden()
    await page.mouse.move(0, 0)
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == "tile-service-level":
            break
    await expect(page.locator("#def-service-level")).to_be_visible()
    assert "20 秒以内の応答" in await page.locator("#def-service-level").inner_text()


async def test_given_a_change_when_it_happens_then_the_wallboard_shows_it_without_being_asked(
    pages: Pages,
) -> None:
    page = await pages.open("/live")
    pages.site.seat_up(2, "102")
    seat = page.locator("#seats .seat").nth(1)
    await expect(seat.locator(".word")).to_have_text("受付可")
    call = await pages.site.call_in()
    await expect(seat.locator(".word")).to_have_text("着信中")
    await expect(page.locator('[data-figure="today.received_open"]')).to_have_text("1")
    pages.site.pick_up(call)
    await expect(seat.locator(".word")).to_have_text("通話中")
    await expect(page.locator('[data-figure="today.answer_rate"]')).to_have_text("100.00%")


async def test_given_the_connection_is_lost_when_it_comes_back_then_the_page_greys_out_and_recovers_by_itself(
    pages: Pages,
) -> None:
    page = await pages.open("/live")
    await expect(page.locator("#seats .seat")).to_have_count(7)
    lost = page.locator("#lost")
    await expect(lost).to_be_hidden()
    context = page.context
    await context.set_offline(True)  # holds what is new; sockets that stand are cut from the server's side
    for viewer in list(pages.app[DESK].watch._viewers):
        await viewer.socket.close()
    await expect(lost).to_be_visible()
    assert "サーバーとの接続が切れています。表示は" in await lost.inner_text()
    await expect(page.locator("main")).to_have_css("opacity", "0.4")
    clock = await page.locator("#clock").inner_text()
    pages.site.seat_up(1, "101")
    pages.site.clock.at_ms += 60_000
    assert await page.locator("#clock").inner_text() == clock
    await context.set_offline(False)
    await expect(lost).to_be_hidden(timeout=15_000)
    await expect(page.locator("#seats .seat .word").first).to_have_text("受付可")
    pages.errors.clear()  # the browser complains of the connections that it could not make


async def test_given_a_server_that_says_nothing_more_when_seconds_pass_then_old_figures_are_not_shown_as_new(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await pages.open("/live")
    await expect(page.locator("#seats .seat")).to_have_count(7)
    watching = pages.app[DESK].watch
    with monkeypatch.context() as silent:
        silent.setattr(watching, "_look", lambda: 1 / 0)
        await expect(page.locator("#lost")).to_be_visible(timeout=8_000)
    await expect(page.locator("#lost")).to_be_hidden(timeout=15_000)


async def test_given_a_session_that_has_ended_when_the_page_reconnects_then_it_asks_to_log_in(
    pages: Pages,
) -> None:
    page = await pages.open("/live")
    await expect(page.locator("#seats .seat")).to_have_count(7)
    desk = pages.app[DESK]
    desk.sessions.end_all_of("yamada")
    for viewer in list(desk.watch._viewers):
        await viewer.socket.close()
    await page.wait_for_url(re.compile(r"/login\?next=%2Flive"), timeout=15_000)
    pages.errors.clear()  # the browser complains of the 401


async def test_given_a_wall_when_the_page_fills_it_then_all_fits_and_can_be_read_from_far(
    pages: Pages,
) -> None:
    await busy_tuesday(pages.site)
    page = await pages.open("/live", viewport=WALL)
    await expect(page.locator("#seats .seat")).to_have_count(7)
    await page.evaluate("document.documentElement.requestFullscreen = () => Promise.resolve()")
    await page.locator("#full").click()
    await expect(page.locator(".shell")).to_be_hidden()
    sizes = await page.evaluate(
        """() => ({
          height: document.documentElement.scrollHeight, width: document.documentElement.scrollWidth,
          figure: parseFloat(getComputedStyle(document.querySelector('.hero .value')).fontSize),
          state: parseFloat(getComputedStyle(document.querySelector('.seat .state')).fontSize),
          cut: [...document.querySelectorAll('.tile .value, .seat .state')]
            .filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText),
        })"""
    )
    assert sizes["height"] <= 1080
    assert sizes["width"] <= 1920
    assert sizes["figure"] >= 100
    assert sizes["state"] >= 32
    assert sizes["cut"] == []


async def test_given_twice_the_size_when_the_page_is_zoomed_then_nothing_runs_out_of_it(pages: Pages) -> None:
    await busy_tuesday(pages.site)
    page = await pages.open("/live", viewport={"width": 640, "height": 400})
    await expect(page.locator("#seats .seat")).to_have_count(7)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 640


async def test_given_scripts_in_names_when_shown_then_they_are_text(pages: Pages) -> None:
    name = "<img src=x onerror=alert(1)>"
    pages.site.controller.people.names["101"] = name
    pages.site.seat_up(1, "101")
    page = await pages.open("/live")
    await expect(page.locator("#seats .who").first).to_have_text(name)


async def test_given_the_sound_when_it_is_wanted_then_it_is_on_and_can_be_silenced(pages: Pages) -> None:
    page = await pages.open("/live")
    sound, silence = page.locator("#sound"), page.locator("#silence")
    await expect(sound).to_have_text("音: 切")
    await expect(silence).to_be_hidden()
    await sound.click()
    await expect(sound).to_have_attribute("aria-pressed", "true")
    await silence.click()
    await expect(silence).to_have_text(re.compile(r"消音中 あと (30:00|29:5\d)"))
    await page.reload()
    await expect(page.locator("#sound")).to_have_text("音: 入")


@pytest.mark.parametrize("path", ["/live", "/floor"])
async def test_given_many_snapshots_when_the_page_stays_open_then_it_does_not_grow(
    pages: Pages, path: str
) -> None:
    context = await pages.profile(Role.SUPERVISOR)
    await context.add_init_script(KEEP)
    page = await context.new_page()
    await pages.go(page, path)
    await expect(page.locator("#seats .state-chip, #seats .state")).to_have_count(7)
    await play(page, 300)
    before = await heap_of(page)
    await play(page, 1500)
    after = await heap_of(page)
    assert after["nodes"] <= before["nodes"] + 60, (before, after)  # the queue's length differs
    assert after["listeners"] <= before["listeners"] + 15, (before, after)
    assert after["heap_kb"] <= before["heap_kb"] * 1.1 + 300, (before, after)
