"""Pictures of the pages for who watches, to docs/screens: `pytest --long` on this file."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from desk.context import DESK
from desk.rights import Role
from tests.browser.pages import Pages
from tests.browser.scene import busy_tuesday

SCREENS = Path(__file__).parents[2] / "docs" / "screens"
WALL = {"width": 1920, "height": 1080}
DESK_SIZE = {"width": 1280, "height": 800}


@pytest.mark.long
async def test_given_a_busy_floor_when_it_is_looked_at_then_pictures_are_kept(pages: Pages) -> None:
    Image = pytest.importorskip("PIL.Image")  # noqa: N806  # WeasyPrint brings it
    SCREENS.mkdir(exist_ok=True)
    await busy_tuesday(pages.site)
    desk = pages.app[DESK]
    _, token = desk.kiosks.make("ロビー", 30, "suzuki", desk.accounts.seconds(), pages.site.clock.at_ms)
    for name, path, who, viewport, theme, language in (
        ("live", "/live", "supervisor", DESK_SIZE, "light", "ja"),
        ("live-en", "/live", "supervisor", DESK_SIZE, "light", "en"),
        ("wall", f"/kiosk/{token}", None, WALL, "dark", "ja"),
        ("floor", "/floor", "supervisor", DESK_SIZE, "light", "ja"),
    ):
        role = None if who is None else Role(who)
        page = await pages.open(path, role, viewport=viewport, theme=theme, language=language)
        await expect(page.locator("#seats .state-chip, #seats .state")).to_have_count(7)
        if path == "/floor":
            await page.screenshot(path=SCREENS / "floor.png")
            await page.locator("#waiting tbody tr").nth(1).get_by_role("button").click()
            await page.screenshot(path=SCREENS / "floor-act.png")
            continue
        await expect(page.locator("#trend canvas")).to_be_visible()
        await page.screenshot(path=SCREENS / f"{name}.png")
    for file in ("live", "live-en", "wall", "floor", "floor-act"):
        picture = SCREENS / f"{file}.png"
        Image.open(picture).quantize(128).save(picture, optimize=True)
