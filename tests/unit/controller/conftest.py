import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from db import Database, open_database
from tests.rig.upgraded import upgraded_file
from tests.unit.controller.controller_rig import Whole


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return upgraded_file(tmp_path_factory.mktemp("upgraded"))


@pytest.fixture
async def open_whole(tmp_path: Path, empty_database: Path) -> AsyncIterator[Callable[..., Whole]]:
    """Makes controllers on one and the same database: one after the other, as after a fall."""
    file = Path(shutil.copy(empty_database, tmp_path / "madoguchi.db"))
    opened: list[tuple[Whole, Database]] = []

    def make(**how: Any) -> Whole:
        database = open_database(f"sqlite:///{file}")
        opened.append((Whole(database, **how), database))
        return opened[-1][0]

    yield make
    for whole, database in opened:
        await whole.close()
        database.close()


@pytest.fixture
def whole(open_whole: Callable[..., Whole]) -> Whole:
    return open_whole()
