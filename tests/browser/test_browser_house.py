"""Every page of the navigation, as a manager sees it, with a day's calls behind it."""

import os
from pathlib import Path

import pytest

from desk.rights import Role
from desk.shell import PAGES
from tests.browser.axe import assert_no_violations
from tests.browser.pages import Pages
from tests.unit.desk.desk_rig import until

SCREENS = os.environ.get("MADOGUCHI_SCREENS")
"""A folder to leave pictures of every page in: `MADOGUCHI_SCREENS=docs/screens pytest tests/browser`."""


async def a_day(pages: Pages) -> str:
    """Some calls that were answered, some that were given up; returns one that was answered."""
    site = pages.site
    site.seat_up(1, "101")
    site.seat_up(2, "102")
    answered = ""
    for number in ("0262260001", "0262260002", "09011112222"):
        site.clock.at_ms += 61_000
        answered = await site.call_in(number)
        site.clock.at_ms += 7_000
        site.pick_up(answered)
        site.clock.at_ms += 143_000
        site.operator_hangs_up(answered)
        site.office.end_wrap_up(1) if site.office.seats()[0].state == "wrap_up" else site.office.end_wrap_up(
            2
        )
    site.office.log_out(1)
    site.office.log_out(2)
    for number in ("09033334444", "09033334444", "anonymous"):
        given_up = await site.call_in(number)
        site.clock.at_ms += 42_000
        site.caller_gone(given_up)
    await until(lambda: not site.controller.calls)
    return answered


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", [page.path for page in PAGES if page.path != "/live"] + ["/calls/{call}"])
async def test_given_a_day_when_a_page_is_opened_then_it_is_accessible_and_holds_nothing_of_others(
    pages: Pages, path: str, theme: str
) -> None:
    call = await a_day(pages)
    page = await pages.open(path.format(call=call), Role.MANAGER, theme=theme)
    await page.locator("main").wait_for()
    if SCREENS:
        name = path.strip("/").replace("/", "-").replace("{call}", "one")
        await page.screenshot(path=Path(SCREENS) / f"{name}-{theme}.png", full_page=True)
    await assert_no_violations(page)
    if path == "/announcements":
        pages.errors.clear()  # this rig makes none, which the browser notes as a failed request


async def test_given_english_when_calendar_and_announcements_are_opened_then_their_words_are_english(
    pages: Pages,
) -> None:
    for path, said in (("/calendar", "One-off changes"), ("/announcements", "New announcement")):
        page = await pages.open(path, Role.MANAGER, language="en")
        assert said in await page.locator("main").inner_text()
        if SCREENS:
            await page.screenshot(path=Path(SCREENS) / f"{path[1:]}-english.png", full_page=True)
    pages.errors.clear()  # this rig makes no announcements


async def test_given_a_narrow_screen_at_twice_the_size_when_read_then_nothing_runs_out_of_it(
    pages: Pages,
) -> None:
    call = await a_day(pages)
    for path in ("/calls", f"/calls/{call}", "/abandoned", "/reports", "/guidance", "/health"):
        page = await pages.open(path, Role.MANAGER, viewport={"width": 640, "height": 400})
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, (path, wide)


async def test_given_who_gave_up_when_dealt_with_by_keyboard_then_the_row_says_so(pages: Pages) -> None:
    await a_day(pages)
    page = await pages.open("/abandoned", Role.SUPERVISOR)
    button = page.locator("button[data-result=reached]").first
    await button.focus()
    await page.keyboard.press("Enter")
    await page.locator("tr.is-done .state").first.wait_for()
    assert "連絡済み" in await page.locator("tr.is-done .state").first.inner_text()


async def test_given_a_reason_when_the_number_is_shown_then_it_is_on_the_page_and_gone_after_a_reload(
    pages: Pages,
) -> None:
    call = await a_day(pages)
    page = await pages.open(f"/calls/{call}", Role.SUPERVISOR)
    await page.get_by_label("番号を見る理由").fill("申出により確認")
    await page.get_by_role("button", name="番号を見る").click()
    await page.locator("#number", has_text="090-1111-2222").wait_for()
    await page.reload()
    assert "1111" not in await page.content()


async def test_given_a_mistake_in_the_settings_when_checked_then_it_is_named_and_nothing_typed_is_lost(
    pages: Pages,
) -> None:
    page = await pages.open("/settings", Role.MANAGER)
    await page.locator("#text").fill("[seats]\ncount = 0\n")
    await page.get_by_role("button", name="確かめる").click()
    await page.locator("#said .bad").wait_for()
    assert "[seats] count" in await page.locator("#said").inner_text()
    assert await page.locator("#text").input_value() == "[seats]\ncount = 0\n"


async def test_given_a_phone_when_its_set_up_is_closed_then_no_password_stays_on_the_page(
    pages: Pages,
) -> None:
    page = await pages.open("/phones", Role.MANAGER)
    await page.locator("button[data-seat='2']").click()
    await page.locator("#setup[open] #qr img").wait_for()
    assert await page.locator("#password").inner_text() == "secret-2"
    await assert_no_violations(page)
    await page.keyboard.press("Escape")
    await page.wait_for_function("!document.getElementById('setup').open")
    assert "secret-2" not in await page.content()
