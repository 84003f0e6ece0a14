"""The operator's desk: a day by the keyboard alone; nothing typed is lost; two operators, one entry."""

import asyncio
import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from config.slots import Slots
from db.ledger_read import entries_of, newest
from desk.context import DESK
from desk.rights import Role
from desk.who import Who
from tests.browser.axe import assert_no_violations
from tests.browser.pages import WHO, Pages
from tests.unit.desk.test_desk_own import with_desk

SCREENS = os.environ.get("MADOGUCHI_SCREENS")
"""A folder to leave pictures in, as of `test_browser_house.py`."""
HANAKO = WHO[Role.OPERATOR]
TARO = Who("102", "オペレーター2", Role.OPERATOR, operator="102")
NUMBER = "0262261234"
NOTE = "娘さんの代理。来週の午前を希望"


async def picture(page: Page, name: str) -> None:
    if SCREENS:
        await page.screenshot(path=Path(SCREENS) / f"desk-{name}.png")


async def desk(
    pages: Pages, who: Who = HANAKO, *, seat: int = 1, theme: str = "light", language: str = "ja"
) -> Page:
    """The page of an operator who sits at a seat."""
    if pages.site.controller.dispatcher.floor.operators.get(who.id) is None:
        pages.site.seat_up(seat, who.id)
    page = await pages.open("/desk", who, theme=theme, language=language)
    await ready(page)
    return page


async def ready(page: Page) -> None:
    await page.locator('body[data-ready="yes"]').wait_for()


async def talk(pages: Pages, number: str = NUMBER) -> str:
    """A citizen talks with whoever was free."""
    call = await pages.site.call_in(number)
    pages.site.pick_up(call)
    return call


async def draft(pages: Pages, call: str) -> str | None:
    """The note as the server has kept it."""
    cookie = pages.app[DESK].sessions.begin(HANAKO)
    profile = await pages.chromium.new_context()
    try:
        await profile.add_cookies([{"name": "madoguchi_session", "value": cookie, "url": pages.url}])
        answer = await profile.request.get(f"{pages.url}/api/v1/drafts/{call}?by=101")
        kept = (await answer.json())["drafts"]
        return next((one["values"].get("text") for one in kept if one["about"] == "note"), None)
    finally:
        await profile.close()


async def on_server(pages: Pages, call: str, text: str | None) -> None:
    """Wait until the server has kept this note of the call; None: until it has none."""
    for _ in range(100):
        if await draft(pages, call) == text:
            return
        await asyncio.sleep(0.1)
    assert await draft(pages, call) == text


def written(pages: Pages) -> list[dict[str, object]]:
    with pages.site.database.read() as connection:
        return [one.values for one in newest(connection, entries_of(connection))]


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
    from db.holds import all_holds

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


# --- nothing typed is lost ----------------------------------------------------------------------------------


async def test_given_a_note_when_the_network_is_cut_and_the_page_reloaded_then_nothing_is_lost(
    pages: Pages,
) -> None:
    page = await desk(pages)
    call = await talk(pages)
    await page.locator("#call-card").wait_for()
    await page.fill("#note", "切れる前")
    await expect(page.locator("#note-kept")).to_contain_text("保存済み")
    await page.context.set_offline(True)
    await page.locator("#note").press_sequentially("、切れた後")
    await expect(page.locator("#note-kept")).to_contain_text("このブラウザーに残し")
    await expect(page.locator("#lost")).to_be_visible()
    await picture(page, "lost")
    await page.context.set_offline(False)
    # The tab crashes before the browser has sent what it kept.
    await page.route("**/api/v1/drafts/**", lambda route: route.abort())
    await page.locator("#note").press_sequentially("、まだ")
    await expect(page.locator("#note-kept")).to_contain_text("このブラウザーに残し")
    await page.unroute_all()
    await page.reload()
    await expect(page.locator("#note")).to_have_value("切れる前、切れた後、まだ")
    await on_server(pages, call, "切れる前、切れた後、まだ")
    await expect(page.locator("#lost")).to_be_hidden()
    pages.errors.clear()  # what the browser notes of the requests that the network did not carry


async def test_given_a_tab_that_crashes_when_another_is_opened_then_the_note_goes_on(pages: Pages) -> None:
    page = await desk(pages)
    call = await talk(pages)
    await page.locator("#call-card").wait_for()
    await page.route("**/api/v1/drafts/**", lambda route: route.abort())
    await page.fill("#note", NOTE)
    await expect(page.locator("#note-kept")).to_contain_text("このブラウザーに残し")
    crashing = asyncio.ensure_future(page.goto("chrome://crash"))
    await asyncio.wait([crashing], timeout=3)
    crashing.cancel()
    again = await page.context.new_page()
    await pages.go(again, "/desk")
    await expect(again.locator("#note")).to_have_value(NOTE)
    await on_server(pages, call, NOTE)
    pages.errors.clear()


async def test_given_a_session_that_ends_in_the_middle_of_a_note_when_logged_in_again_then_it_goes_on(
    pages: Pages,
) -> None:
    page = await desk(pages)
    call = await talk(pages)
    await page.locator("#call-card").wait_for()
    await page.fill("#note", "前")
    await expect(page.locator("#note-kept")).to_contain_text("保存済み")
    pages.app[DESK].sessions.end_all_of("101")
    await page.locator("#note").press_sequentially("と後")
    await page.locator("dialog#again[open]").wait_for()
    await picture(page, "session-ended")
    await assert_no_violations(page)
    assert await page.locator("#note").input_value() == "前と後"
    # Logged in again in another window of this browser: this one goes on by itself.
    cookie = pages.app[DESK].sessions.begin(HANAKO)
    await page.context.add_cookies([{"name": "madoguchi_session", "value": cookie, "url": pages.url}])
    await expect(page.locator("dialog#again")).to_be_hidden()
    await ready(page)
    await expect(page.locator("#note")).to_have_value("前と後")
    await on_server(pages, call, "前と後")
    pages.errors.clear()


async def test_given_a_note_of_a_megabyte_when_it_is_pasted_then_it_is_refused_in_words_and_stays(
    pages: Pages,
) -> None:
    page = await desk(pages)
    await talk(pages)
    await page.locator("#call-card").wait_for()
    huge = "あ" * 350_000
    await page.fill("#note", huge)
    await expect(page.locator("#note-kept")).to_contain_text("長すぎて保存できません")
    assert await page.locator("#note").input_value() == huge
    await page.reload()
    await expect(page.locator("#note")).to_have_value(huge)
    await page.fill("#note", "短く")
    await expect(page.locator("#note-kept")).to_contain_text("保存済み")
    pages.errors.clear()


async def test_given_two_windows_of_one_operator_when_both_write_then_both_texts_stand(pages: Pages) -> None:
    first = await desk(pages)
    call = await talk(pages)
    await first.locator("#call-card").wait_for()
    second = await first.context.new_page()
    await pages.go(second, "/desk")
    await ready(second)
    await first.fill("#note", "一つ目")
    await expect(first.locator("#note-kept")).to_contain_text("保存済み")
    await second.fill("#note", "二つ目")
    await expect(second.locator("#note")).to_have_value("一つ目\n二つ目")
    await on_server(pages, call, "一つ目\n二つ目")
    pages.errors.clear()  # the 409


async def test_given_a_call_that_comes_while_another_is_written_up_then_no_key_falls_into_the_wrong_note(
    pages: Pages,
) -> None:
    page = await desk(pages)
    first = await talk(pages)
    await page.locator("#call-card").wait_for()
    pages.site.operator_hangs_up(first)
    pages.site.office.end_wrap_up(1)
    await page.locator("#no-call").wait_for()
    await page.locator("#note").press_sequentially("一人目のこと")
    second = await pages.site.call_in("0262260002")
    await expect(page.locator("#caller")).to_have_text("026-226-0002")
    await page.locator("#note").press_sequentially("、続き")
    await expect(page.locator("#note")).to_have_value("一人目のこと、続き")
    pages.site.pick_up(second)
    await expect(page.locator("#stage")).to_have_text("通話中")
    await expect(page.locator("#note")).to_have_value("")
    await expect(page.locator("#call-title")).to_be_focused()
    await page.keyboard.type("lost keys")
    await expect(page.locator("#note")).to_have_value("")
    await on_server(pages, first, "一人目のこと、続き")
    assert await draft(pages, second) is None
    await page.locator("#written button").first.click()
    await expect(page.locator("#note")).to_have_value("一人目のこと、続き")


async def test_given_a_my_number_when_it_is_typed_then_it_is_refused_and_kept_nowhere(pages: Pages) -> None:
    page = await desk(pages)
    call = await talk(pages)
    await page.locator("#call-card").wait_for()
    await page.fill("#note", "番号は 1234 5678 901")
    await expect(page.locator("#note-kept")).to_contain_text("保存済み")
    await page.locator("#note").press_sequentially("8")
    await expect(page.locator("#note-kept")).to_contain_text("番号法")
    await on_server(pages, call, None)  # what had been kept before the last digit is gone, too
    await page.reload()
    await ready(page)
    assert await page.locator("#note").input_value() == ""
    pages.errors.clear()


# --- the ledgers --------------------------------------------------------------------------------------------


async def fill_inquiry(page: Page, content: str) -> None:
    await page.locator("#tab-inquiry").click()
    await page.fill("#f-category", "紛失")
    await page.keyboard.press("Enter")
    await page.fill("#f-content", content)
    await page.locator("#f-handling-0").check()


async def test_given_an_answer_that_is_lost_when_saved_again_after_a_reload_then_there_is_one_entry(
    pages: Pages,
) -> None:
    page = await desk(pages)
    await talk(pages)
    await page.locator("#call-card").wait_for()
    await fill_inquiry(page, "カードをなくした")
    await expect(page.locator("#entry-kept")).to_contain_text("保存済み")

    async def lose(route):
        if route.request.method == "POST":
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/api/v1/entries", lose)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#problem")).to_contain_text("二重にはなりません")
    await page.unroute_all()
    assert len(written(pages)) == 1
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#told")).to_contain_text("を保存しました。")
    assert [one["content"] for one in written(pages)] == ["カードをなくした"]
    await expect(page.locator("#f-content")).to_have_value("")
    pages.errors.clear()


async def test_given_what_the_form_refuses_when_typed_then_the_servers_sentence_stands_at_the_field(
    pages: Pages,
) -> None:
    page = await desk(pages)
    await talk(pages)
    await page.locator("#call-card").wait_for()
    await page.locator("#tab-booking").click()
    await page.fill("#f-name", "ながの はなこ")
    await page.locator("#f-phone").focus()
    await expect(page.locator("#f-name")).to_have_value("ナガノ　ハナコ")
    await page.fill("#f-phone", "0262")
    await expect(page.locator("#e-phone")).to_have_text(
        "連絡先電話は、電話番号を市外局番から書いてください。"
    )
    await expect(page.locator("#f-phone")).to_have_attribute("aria-invalid", "true")
    await page.locator(".phone .with button").click()
    await expect(page.locator("#f-phone")).to_have_value("026-226-1234")
    await expect(page.locator("#e-phone")).to_be_hidden()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#problem")).to_have_text("区分は、必ず書いてください。")
    await expect(page.locator("#f-kind-0")).to_be_focused()
    await picture(page, "refused")
    pages.errors.clear()


async def test_given_a_time_that_is_full_when_it_is_booked_then_a_free_one_is_a_key_away(
    pages: Pages,
) -> None:
    settings = pages.site.controller.settings
    pages.site.controller.settings = settings.model_copy(
        update={"slots": Slots.model_validate({"capacity": 1})}
    )
    page = await desk(pages)
    values = {"kind": "新規", "name": "マツモト", "fixed": "2026-11-25T10:00"}
    taken = await page.request.post(
        f"{pages.url}/api/v1/entries", data={"ledger": "booking", "values": values, "by": "101"}
    )
    assert taken.status == 201, await taken.text()
    await talk(pages)
    await page.locator("#call-card").wait_for()
    await page.locator("#tab-booking").click()
    await page.locator("#f-kind-0").check()
    await page.fill("#f-name", "ナガノ")
    await page.fill("#f-fixed", "2026-11-25T10:00")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#e-fixed")).to_contain_text("埋まりました")
    await expect(page.locator("#e-fixed button").first).to_be_focused()
    await picture(page, "slot-full")
    await page.keyboard.press("Enter")
    await expect(page.locator("#save")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#told")).to_contain_text("を保存しました。")
    booked = sorted(str(one["fixed"]) for one in written(pages))
    assert booked == ["2026-11-25T10:00", "2026-11-25T10:30"]
    pages.errors.clear()  # the 409


async def test_given_two_operators_who_correct_one_entry_when_the_second_saves_then_both_versions_are_shown(
    pages: Pages,
) -> None:
    first = await desk(pages)
    await talk(pages)
    await first.locator("#call-card").wait_for()
    await fill_inquiry(first, "はじめの内容")
    await first.keyboard.press("Control+Enter")
    await expect(first.locator("#told")).to_contain_text("を保存しました。")
    await first.locator("#written button").first.click()
    await expect(first.locator("#f-content")).to_have_value("はじめの内容")
    second = await desk(pages, TARO, seat=2)
    answer = await second.request.get(f"{pages.url}/api/v1/entries?ledger=inquiry")
    entry = (await answer.json())["entries"][0]["id"]
    body = {"category": ["紛失"], "content": "二人目の内容", "reply": "一時停止を案内", "handling": "完結"}
    saved = await second.request.put(
        f"{pages.url}/api/v1/entries/{entry}",
        data={"revision": 1, "values": body, "why": "聞き違い", "by": "102"},
    )
    assert saved.status == 200
    await first.fill("#f-content", "一人目の訂正")
    await first.fill("#why", "書き誤り")
    await first.keyboard.press("Control+Enter")
    await first.locator("dialog#conflict[open]").wait_for()
    rows = first.locator("#conflict-rows tr")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("二人目の内容")
    await expect(rows.first).to_contain_text("一人目の訂正")
    await picture(first, "conflict")
    await assert_no_violations(first)
    await expect(rows.nth(1).locator("input").first).to_be_checked()  # what the first has not touched
    await first.locator("#conflict-do").click()
    await first.keyboard.press("Control+Enter")
    await expect(first.locator("#told")).to_contain_text("を訂正しました。")
    assert [(one["content"], one["reply"]) for one in written(pages)] == [("一人目の訂正", "一時停止を案内")]
    pages.errors.clear()  # the 409


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
