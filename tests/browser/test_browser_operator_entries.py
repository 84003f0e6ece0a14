"""The ledgers at the operator's desk: refused in words, saved once, two operators and one entry."""

from playwright.async_api import expect

from config.slots import Slots
from desk.rights import Role
from desk.who import Who
from tests.browser.axe import assert_no_violations
from tests.browser.operator_desk import desk, fill_inquiry, picture, talk, written
from tests.browser.pages import Pages

TARO = Who("102", "オペレーター2", Role.OPERATOR, operator="102")


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
