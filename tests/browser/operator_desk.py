"""What the tests of the operator's desk do in its page, and look for behind it."""

import os
from pathlib import Path

from playwright.async_api import Page

from db.ledger_read import entries_of, newest
from desk.rights import Role
from desk.who import Who
from tests.browser.pages import WHO, Pages

SCREENS = os.environ.get("MADOGUCHI_SCREENS")
"""A folder to leave pictures in, as of `test_browser_house.py`."""
HANAKO = WHO[Role.OPERATOR]
NUMBER = "0262261234"


async def picture(page: Page, name: str) -> None:
    """Leave a picture, where pictures are wanted."""
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
    """Wait until the page's script has begun."""
    await page.locator('body[data-ready="yes"]').wait_for()


async def talk(pages: Pages, number: str = NUMBER) -> str:
    """A citizen talks with whoever was free."""
    call = await pages.site.call_in(number)
    pages.site.pick_up(call)
    return call


def written(pages: Pages) -> list[dict[str, object]]:
    """The values of every ledger entry, as it stands now."""
    with pages.site.database.read() as connection:
        return [one.values for one in newest(connection, entries_of(connection))]


async def fill_inquiry(page: Page, content: str) -> None:
    """Fill in what an entry of 問合せ記録簿 must have."""
    await page.locator("#tab-inquiry").click()
    await page.fill("#f-category", "紛失")
    await page.keyboard.press("Enter")
    await page.fill("#f-content", content)
    await page.locator("#f-handling-0").check()
