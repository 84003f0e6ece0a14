import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from db import open_database
from desk.app import make_app
from madoguchi.premises import HomePremises
from tests.rig.upgraded import upgraded_file
from tests.unit.desk.desk_rig import TOKEN, Browser, Site, premises_in


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return upgraded_file(tmp_path_factory.mktemp("empty"))


@pytest.fixture
async def site(tmp_path: Path, empty_database: Path) -> AsyncIterator[Site]:
    copy = Path(shutil.copy(empty_database, tmp_path / "madoguchi.db"))
    database = open_database(f"sqlite:///{copy}")
    site = Site.open(database)
    yield site
    await site.close()
    database.close()


@pytest.fixture
def premises(tmp_path: Path) -> HomePremises:
    """A state directory with settings, and the run file of an exchange."""
    return premises_in(tmp_path / "home")


@pytest.fixture
async def browser(site: Site, premises: HomePremises) -> AsyncIterator[Browser]:
    app = make_app(
        office=site.office,
        journal=site.journal,
        database=site.database,
        figures=site.figures,
        api_token=TOKEN,
        premises=premises,
    )
    async with TestClient(TestServer(app)) as client:
        yield Browser(site, app, client)
