import pytest

from desk.rights import Role
from tests.browser.axe import assert_no_violations
from tests.browser.pages import Pages


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("language", "title"), [("ja", "現在の状況"), ("en", "Live")])
async def test_given_a_floor_when_live_is_opened_then_it_is_drawn_and_accessible(
    pages: Pages, language: str, title: str, theme: str
) -> None:
    pages.site.seat_up(1, "101")
    pages.site.pick_up(await pages.site.call_in())
    page = await pages.open("/live", Role.SUPERVISOR, language=language, theme=theme)
    seat = page.locator("#seats .seat.talking")
    await seat.wait_for()
    assert "オペレーター1" in await seat.inner_text()
    assert await page.locator("html").get_attribute("lang") == language
    assert title in await page.title()
    await assert_no_violations(page)
