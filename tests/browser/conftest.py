"""One Chromium for all tests here, and one event loop, in which both the site and its remote control live."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, async_playwright

from db import open_database
from desk.app import make_app
from tests.browser.pages import Pages, launch
from tests.rig.upgraded import upgraded_file
from tests.unit.desk.desk_rig import TOKEN, Site, premises_in

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            if pytest_asyncio.is_async_test(item):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return upgraded_file(tmp_path_factory.mktemp("empty"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path, empty_database: Path) -> AsyncIterator[Site]:
    copy = Path(shutil.copy(empty_database, tmp_path / "madoguchi.db"))
    database = open_database(f"sqlite:///{copy}")
    site = Site.open(database)
    yield site
    await site.close()
    database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def pages(chromium: Browser, site: Site, tmp_path: Path) -> AsyncIterator[Pages]:
    """The site's pages in the browser; no error of theirs may be left at the end."""
    app = make_app(
        office=site.office,
        journal=site.journal,
        database=site.database,
        figures=site.figures,
        api_token=TOKEN,
        premises=premises_in(tmp_path / "home"),
    )
    server = TestServer(app)
    await server.start_server(access_log=None)
    pages = Pages(chromium, site, app, str(server.make_url("")).rstrip("/"))
    yield pages
    await pages.close()
    await server.close()
    assert pages.errors == []
