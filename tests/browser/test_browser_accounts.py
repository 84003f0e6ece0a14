"""Logging in, one's own account, everybody's accounts, the audit log: by hand, in a real browser."""

import os
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Page

from db.people import Account
from desk.account_book import Book
from desk.context import DESK
from desk.rights import Role
from desk.who import Who
from tests.browser.axe import assert_no_violations
from tests.browser.pages import WHO, Pages

PASSWORD = "three birds on a wire"
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>"


async def shot(page: Page, name: str) -> None:
    """Into the folder MADOGUCHI_SCREENS, where one is named."""
    if folder := os.environ.get("MADOGUCHI_SCREENS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


def add(pages: Pages, person: str, role: Role, name: str = "山田 花子", *, must_change: bool = False) -> None:
    book = Book(pages.site.database, "test", pages.site.clock.now_ms())
    book.add(Account(person, name, role.value), None)
    one = pages.app[DESK].accounts.one(person)
    assert one is not None
    book.set_password(one, PASSWORD, must_change=must_change)


async def type_in(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        await page.fill(f"#{name}", value)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ja", "en"])
async def test_given_the_pages_of_accounts_when_looked_at_then_they_are_accessible(
    pages: Pages, language: str, theme: str
) -> None:
    add(pages, "suzuki", Role.MANAGER, "鈴木 一郎")
    add(pages, "yamada", Role.SUPERVISOR, must_change=True)
    desk = pages.app[DESK]
    desk.kiosks.make("執務室の大画面", 90, "suzuki", desk.accounts.seconds(), desk.office.now_ms())
    desk.accounts.failed("101")
    page = await pages.open("/login?failed=id", None, language=language, theme=theme)
    await assert_no_violations(page)
    for path, role in (("/account", Role.MANAGER), ("/people", Role.MANAGER), ("/audit", Role.AUDITOR)):
        page = await pages.open(path, WHO[role], language=language, theme=theme)
        await assert_no_violations(page)
        if language == "ja":
            await shot(page, f"{path[1:]}{'-dark' if theme == 'dark' else ''}")
    page = await pages.open("/people", WHO[Role.MANAGER], language=language, theme=theme)
    await page.click('[data-open="yamada"]')
    await page.wait_for_selector("#one[open]")
    await assert_no_violations(page)
    if (language, theme) == ("ja", "light"):
        await shot(page, "people-one")


async def test_given_a_new_supervisor_when_the_first_day_begins_then_password_and_second_step_are_set_by_hand(
    pages: Pages,
) -> None:
    add(pages, "yamada", Role.SUPERVISOR, must_change=True)
    page = await pages.open("/calls", None)
    assert page.url.endswith("/login?next=/calls")
    await shot(page, "login")
    await type_in(page, id="yamada", password=PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/account")
    await type_in(page, old=PASSWORD, new="seven cats in the rain", again="seven cats in the ruin")
    await page.click("#password button")
    await page.wait_for_selector("#problem:visible")
    await type_in(page, again="seven cats in the rain")
    await page.click("#password button")
    await page.wait_for_selector("#done:visible")
    await type_in(page, confirm="seven cats in the rain")
    await page.click("#totp button")
    await page.wait_for_selector("#offer:visible")
    await page.wait_for_function("document.getElementById('qr').naturalWidth > 0")
    secret = (await page.inner_text("#secret")).replace(" ", "")
    await assert_no_violations(page)
    await shot(page, "account-totp")
    await type_in(page, digits=pyotp.TOTP(secret).now())
    await page.click("#code button")
    await page.wait_for_selector("#done:has-text('登録しました')")
    assert "登録済み" in await page.inner_text("main")
    await page.click("summary:has-text('山田')")
    await page.click("text=ログアウト >> nth=0")
    await page.wait_for_url("**/login")
    await type_in(page, id="yamada", password="seven cats in the rain")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/login/code")
    await assert_no_violations(page)
    await shot(page, "login-code")
    # The code that set it up is used; the next step's is taken, for clocks may differ by one.
    totp = pyotp.TOTP(secret)
    await type_in(page, code=totp.at(int(pages.app[DESK].accounts.seconds()) + 30))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/live")


async def test_given_a_manager_when_somebody_is_added_by_hand_then_the_password_is_shown_once(
    pages: Pages,
) -> None:
    add(pages, "suzuki", Role.MANAGER, "鈴木 一郎")
    page = await pages.open("/people", WHO[Role.MANAGER])
    await page.fill("#add-id", "tanaka")
    await page.fill("#add-name", EVIL[:70])
    await page.click("#add button")
    await page.wait_for_selector("#once[open]")
    password = await page.inner_text("#once-text")
    assert len(password) == 19
    await page.click("#once button:has-text('閉じる')")
    await page.wait_for_selector('tr[data-person="tanaka"]')
    assert EVIL[:70] in await page.inner_text('tr[data-person="tanaka"]'), "shown as text"
    assert password not in await page.content()


async def test_given_scripts_for_names_notes_and_reasons_when_any_page_shows_them_then_they_are_text(
    pages: Pages,
) -> None:
    add(pages, "evil", Role.SUPERVISOR, EVIL)
    site = pages.site
    who = Who("evil", EVIL, Role.MANAGER)
    site.seat_up(1, "101")
    talking = await site.call_in()
    site.pick_up(talking)
    desk = pages.app[DESK]
    desk.office.supervisor.open_line(site.clock.now_ms() + 3_600_000, EVIL, EVIL[:40], line="main")
    desk.kiosks.make(EVIL, 9, EVIL, desk.accounts.seconds(), desk.office.now_ms())
    from desk import audit

    audit.write(desk, "done", EVIL, what=EVIL, on={EVIL: EVIL}, reason=EVIL)
    from desk.shell import PAGES

    for one in PAGES:
        page = await (await pages.profile(who)).new_page()
        fired: list[str] = []
        page.on("dialog", lambda dialog, fired=fired: fired.append(dialog.message))
        await pages.go(page, one.path)
        await page.wait_for_load_state("load")
        assert fired == [], one.path
        assert await page.locator("img[src=x]").count() == 0, one.path
        await page.close()
    pages.errors = [one for one in pages.errors if "/announcements" not in one]  # this rig makes none
    page = await pages.open("/audit", who)
    assert EVIL in await page.inner_text("main")
