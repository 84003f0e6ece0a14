import re

import pytest
from playwright.async_api import Page, expect

from db import journal_rows
from desk.context import DESK
from desk.rights import Role
from tests.browser.axe import assert_no_violations
from tests.browser.pages import Pages
from tests.browser.scene import busy_tuesday


async def choose(page: Page, action: str, why: str | None = None) -> None:
    """In the dialog, by keyboard as far as it goes."""
    dialog = page.get_by_role("dialog")
    radio = dialog.get_by_role("radio", name=action, exact=True)
    if await radio.count():
        await radio.focus()
        await page.keyboard.press("Space")
    if why is not None:
        await dialog.locator("#act-why").fill(why)
    await page.keyboard.press("Enter")


def audited(pages: Pages) -> list[tuple[object, object, object]]:
    pages.site.office.write_out()
    pages.site.journal.flush()
    with pages.site.database.read() as connection:
        rows = [row.entry.data for row in journal_rows(connection, kinds=["audit.done"])]
    return [(row["by"], row["what"], row.get("reason")) for row in rows]


@pytest.mark.parametrize(("language", "theme"), [("ja", "light"), ("en", "dark")])
async def test_given_a_busy_floor_when_it_is_opened_then_seats_and_callers_are_told_and_it_is_accessible(
    pages: Pages, language: str, theme: str
) -> None:
    await busy_tuesday(pages.site)
    page = await pages.open("/floor", language=language, theme=theme)
    await expect(page.locator("#waiting tbody tr")).to_have_count(3)
    await expect(page.locator("#seats tbody tr")).to_have_count(7)
    first = page.locator("#seats tbody tr").first
    await expect(first.locator(".state-chip")).to_have_text("● 通話中" if language == "ja" else "● Talking")
    await expect(first.locator(".notice").first).to_contain_text("苦情")
    if language == "en":  # the site's own words stay as they are
        text = await page.locator("main").inner_text()
        for word in ("オペレーター", "休憩", "平日", "苦情", "長野市マイナンバーカードコールセンター"):
            text = text.replace(word, "")
        assert not re.search(r"[ぁ-んァ-ヶ一-龠]", text), text
    await assert_no_violations(page)
    await first.get_by_role("button").click()
    await assert_no_violations(page)


async def test_given_callers_and_seats_when_the_supervisor_acts_then_it_happens_and_who_and_why_is_kept(
    pages: Pages,
) -> None:
    site = pages.site
    site.seat_up(1, "101")
    site.office.take_break(1, "2")
    first, second = await site.call_in(), await site.call_in("09011112222")
    page = await pages.open("/floor")
    rows = page.locator("#waiting tbody tr")
    await expect(rows).to_have_count(2)

    await rows.nth(1).get_by_role("button").press("Enter")
    await choose(page, "先頭へ")
    await expect(page.get_by_role("dialog")).to_be_visible()  # the reason is missing
    assert not audited(pages)
    await choose(page, "先頭へ", "急を要する用件")
    await expect(page.locator("#told")).to_have_text("「先頭へ」を行いました。")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    assert [one.call for one in site.office.waiting()] == [second, first]

    await page.locator("#seats tbody tr").first.get_by_role("button").click()
    await choose(page, "受付可にする")
    await expect(page.locator("#seats .state-chip").first).to_have_text("♪ 着信中")
    await rows.first.get_by_role("button").click()  # rings
    await choose(page, "列から出す", "間違い電話")
    await expect(rows).to_have_count(1)

    await page.locator("#seats tbody tr").first.get_by_role("button").click()
    await choose(page, "ログアウトにする", "早退")
    await expect(page.locator("#told")).to_have_text("「ログアウトにする」を行いました。")
    assert [(what, why) for by, what, why in audited(pages) if by == "yamada"] == [
        ("POST /api/v1/calls/{call}/move", "急を要する用件"),
        ("POST /api/v1/seats/{seat}/ready", None),
        ("POST /api/v1/calls/{call}/take-out", "間違い電話"),
        ("POST /api/v1/seats/{seat}/logout", "早退"),
    ]


async def test_given_a_refusal_when_the_floor_has_moved_on_then_it_is_told_in_words(pages: Pages) -> None:
    site = pages.site
    call = await site.call_in()
    page = await pages.open("/floor")
    await page.locator("#waiting tbody tr").first.get_by_role("button").click()
    site.caller_gone(call)
    await choose(page, "先頭へ", "至急")
    await expect(page.locator("#act-problem")).to_have_text("その人は、もう待っていません。")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    pages.errors.clear()  # the browser complains of the 409


async def test_given_the_line_when_it_is_closed_opened_longer_and_left_to_the_calendar_then_it_is(
    pages: Pages,
) -> None:
    page = await pages.open("/floor")
    await expect(page.locator("#line-state")).to_have_text("○ 受付中")
    await page.locator('[data-line="open"]').click()
    await page.locator("#act-why").fill("窓口の混雑")
    await page.locator("#act-do").click()
    await expect(page.locator("#line-next")).to_have_text(re.compile("受付終了 .*17:45"))
    await expect(page.locator("#line-said")).to_contain_text("窓口の混雑")
    await page.locator('[data-line="calendar"]').click()
    await page.locator("#act-do").click()
    await expect(page.locator("#line-next")).to_have_text(re.compile("17:15"))
    await page.locator('[data-line="close"]').click()
    await page.locator("#act-why").fill("停電")
    await page.locator("#act-do").click()
    await expect(page.locator("#told")).to_contain_text("別の人が受付カレンダーの画面で確認すると効きます。")
    await expect(page.locator("#line-state")).to_have_text("○ 受付中")


async def test_given_an_auditor_when_he_looks_at_the_floor_then_there_is_nothing_to_press(
    pages: Pages,
) -> None:
    pages.site.seat_up(1, "101")
    await pages.site.call_in()
    page = await pages.open("/floor", Role.AUDITOR)
    await expect(page.locator("#seats tbody tr")).to_have_count(7)
    assert await page.locator("main button").count() == 0


async def test_given_a_walls_link_when_it_is_opened_then_the_wall_shows_no_name_until_it_is_revoked(
    pages: Pages,
) -> None:
    desk, site = pages.app[DESK], pages.site
    site.seat_up(1, "101")
    link, token = desk.kiosks.make("ロビー", 30, "suzuki", desk.accounts.seconds(), site.clock.at_ms)
    page = await pages.open(f"/kiosk/{token}", None, viewport={"width": 1920, "height": 1080}, theme="dark")
    assert page.url == f"{pages.url}/kiosk"
    await expect(page.locator("#seats .seat .word").first).to_have_text("受付可")
    assert "オペレーター1" not in await page.content()
    assert await page.locator("nav").count() == 0
    assert await page.evaluate("document.documentElement.scrollHeight") <= 1080
    await assert_no_violations(page)
    for path in ("/floor", "/api/v1/calls", "/api/v1/reports/day/2026-11-24"):
        answer = await page.request.get(pages.url + path)
        assert answer.status == (200 if path == "/floor" else 403), path
    assert desk.kiosks.revoke(link.link, "suzuki", desk.accounts.seconds(), site.clock.at_ms)
    await desk.sessions.keep(desk.database)
    await expect(page.locator("#lost")).to_have_text(
        "掲示は終わりました。新しいリンクで開いてください。", timeout=15_000
    )
    pages.errors.clear()  # the browser complains of the 401
