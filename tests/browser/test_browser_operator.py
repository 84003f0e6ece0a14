"""The operator's desk: a day by the keyboard alone, for every eye, whatever the clocks and the names say."""

import re

import pytest
from playwright.async_api import expect

from db.holds import all_holds
from tests.browser.axe import assert_no_violations
from tests.browser.operator_desk import HANAKO, NUMBER, desk, fill_inquiry, picture, ready, talk, written
from tests.browser.pages import Pages
from tests.unit.desk.own_rig import with_desk

NOTE = "娘さんの代理。来週の午前を希望"


async def test_given_a_day_when_it_is_worked_by_the_keyboard_alone_then_all_of_it_can_be_done(
    pages: Pages,
) -> None:
    site = pages.site
    with_desk(pages, reservation_url="https://yoyaku.example/new?ref={call}", hold_target_s=30)
    site.seat_up(1)
    site.seat_up(3)
    page = await pages.open("/desk", HANAKO)
    keyboard = page.keyboard
    await page.locator("#free-seats button").first.wait_for()
    await picture(page, "seats")
    await assert_no_violations(page)
    while not await page.locator("#free-seats button:focus").count():
        await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(page.locator("#state-word")).to_have_text("受付可")
    await ready(page)
    await picture(page, "ready")
    await assert_no_violations(page)

    call = await site.call_in(NUMBER)
    await expect(page.locator("#caller")).to_have_text("026-226-1234")
    await expect(page.locator("#state-word")).to_have_text("着信中")
    assert await page.title() == "♪ 着信中"
    await picture(page, "ringing")
    site.pick_up(call)
    await expect(page.locator("#stage")).to_have_text("通話中")
    await keyboard.press("Alt+n")
    await keyboard.type(NOTE)
    await keyboard.press("Alt+2")
    await expect(page.locator("#f-category")).to_be_focused()
    await keyboard.type("22")  # 受取予約 / 変更
    await keyboard.press("Enter")
    await expect(page.locator("#f-category")).to_have_value("受取予約 / 変更")
    await expect(page.locator("#scripts details[open] summary")).to_have_text("受取りのご予約")
    await keyboard.press("Tab")
    await keyboard.type("受取りの日の変更")
    await keyboard.press("Tab")
    await keyboard.press("Tab")
    await keyboard.press("Space")
    await expect(page.locator("#f-handling-0")).to_be_checked()
    await picture(page, "talking")
    await assert_no_violations(page)
    await keyboard.press("Alt+h")
    await expect(page.locator("#hand-reasons button").first).to_be_focused()
    await keyboard.press("1")
    await expect(page.locator("#hand")).to_have_attribute("aria-pressed", "true")
    await keyboard.press("Alt+h")
    await expect(page.locator("#hand")).to_have_attribute("aria-pressed", "false")
    await keyboard.press("Alt+b")
    await keyboard.press("2")
    await expect(page.locator("#next")).to_contain_text("離席（昼食）")

    site.operator_hangs_up(call)
    await expect(page.locator("#state-word")).to_have_text("後作業")
    await expect(page.locator("#state-clock")).to_have_text("0:30")
    await keyboard.press("Alt+e")
    await expect(page.locator("#state-clock")).to_have_text("1:30")
    await picture(page, "wrap-up")
    await assert_no_violations(page)
    await keyboard.press("Control+Enter")
    await expect(page.locator("#told")).to_contain_text("を保存しました。")
    assert written(pages) == [
        {"category": ["受取予約", "変更"], "content": "受取りの日の変更", "handling": "完結"}
    ]
    await keyboard.press("Alt+w")
    await expect(page.locator("#state-word")).to_have_text("離席")
    await expect(page.locator("#state-note")).to_contain_text("昼食")
    await picture(page, "break")
    await keyboard.press("Alt+r")
    await expect(page.locator("#state-word")).to_have_text("受付可")
    await keyboard.press("Alt+q")
    await expect(page.locator("#confirm-do")).to_be_focused()
    await keyboard.press("Enter")
    await page.locator("#free-seats button").first.wait_for()
    assert site.office.seats()[0].state == "logged_out"


@pytest.mark.parametrize(("language", "theme"), [("ja", "light"), ("en", "dark")])
async def test_given_a_call_when_the_page_is_seen_in_each_language_and_colour_then_it_is_accessible(
    pages: Pages, language: str, theme: str
) -> None:
    page = await desk(pages, theme=theme, language=language)
    call = await talk(pages, "anonymous")
    await page.locator("#caller.withheld").wait_for()
    await page.fill("#note", NOTE)
    await page.locator("#tab-booking").click()
    await page.fill("#f-phone", "026")
    await page.locator("#e-phone").filter(has_text="連絡先電話は").wait_for()
    await page.locator("#incident").click()
    await page.locator("#incident-kinds button").first.wait_for()
    await assert_no_violations(page)
    await page.locator("#incident-kinds button").first.click()
    await page.locator("#incident.is-on").wait_for()
    await picture(page, f"incident-{language}-{theme}")
    await assert_no_violations(page)
    if language == "en":
        japanese = re.compile(r"[ぁ-んァ-ヶ]")
        for part in ("#state .where", "#next", "#call-title", "#note-title", "#own", "#told"):
            text = await page.locator(part).first.inner_text()
            assert not japanese.search(text.replace("オペレーター1", "")), text
    assert site_hold(pages) == [call]


def site_hold(pages: Pages) -> list[str]:
    with pages.site.database.read() as connection:
        return [hold.call for hold in all_holds(connection)]


async def test_given_a_narrow_or_enlarged_page_then_nothing_is_cut_off(pages: Pages) -> None:
    pages.site.seat_up(1, "101")
    # 200 % of 1280x800
    page = await pages.open("/desk", HANAKO, viewport={"width": 640, "height": 400})
    await ready(page)
    await talk(pages)
    await page.locator("#call-card").wait_for()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 640
    await assert_no_violations(page)


async def test_given_scripts_in_all_that_is_written_when_shown_then_they_are_text(pages: Pages) -> None:
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    names = dict(pages.site.controller.people.names) | {"101": evil}
    pages.site.controller.people = type(pages.site.controller.people)(
        names, pages.site.controller.people.pins
    )
    page = await desk(pages)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await talk(pages, f'"{evil}" <sip:x@127.0.0.2>')
    await page.locator("#call-card").wait_for()
    await page.fill("#note", evil)
    await fill_inquiry(page, evil)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#told")).to_contain_text("を保存しました。")
    await page.locator("#written button").first.click()
    await expect(page.locator("#f-content")).to_have_value(evil)
    assert "<img" in await page.locator("#seat-name").inner_text()
    assert await page.locator("main img, main script:not([type])").count() == 0
    assert dialogs == []


async def test_given_a_seat_that_somebody_takes_at_the_same_moment_then_it_is_said_and_another_can_be_chosen(
    pages: Pages,
) -> None:
    pages.site.seat_up(1)
    pages.site.seat_up(2)
    page = await pages.open("/desk", HANAKO)
    await page.locator("#free-seats button").nth(1).wait_for()

    async def taken(route):
        pages.site.seat_up(1, "102")
        await route.continue_()

    await page.route("**/seats/1/login", taken)
    await page.locator("#free-seats button").first.click()
    await expect(page.locator("#problem")).to_contain_text("ほかの人が座っています")
    await expect(page.locator("#free-seats button").first).to_contain_text("席 2")
    await page.locator("#free-seats button").first.click()
    await expect(page.locator("#seat-name")).to_contain_text("席 2")
    pages.errors.clear()


async def test_given_a_browser_whose_clock_is_wrong_when_clocks_run_then_they_run_by_the_servers(
    pages: Pages,
) -> None:
    pages.site.seat_up(1, "101")
    profile = await pages.profile(HANAKO)
    await profile.add_init_script("const real = Date.now; Date.now = () => real() + 3 * 3600 * 1000;")
    page = await profile.new_page()
    await pages.go(page, "/desk")
    await ready(page)
    pages.site.office.take_break(1, "1")
    await expect(page.locator("#state-word")).to_have_text("離席")
    await expect(page.locator("#state-clock")).to_have_text(re.compile("^0:0[0-9]$"))
    await expect(page.locator("#clock")).to_have_text(re.compile("^10:00:"))
