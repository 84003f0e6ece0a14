"""The operator's note of a call: nothing typed is lost, nothing falls into the wrong one."""

import asyncio

from playwright.async_api import expect

from desk.context import DESK
from tests.browser.axe import assert_no_violations
from tests.browser.operator_desk import HANAKO, desk, picture, ready, talk
from tests.browser.pages import Pages

NOTE = "娘さんの代理。来週の午前を希望"


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
