import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from db import Database, open_database, upgrade
from tests.unit.controller.controller_rig import Whole


@pytest.fixture(scope="session")
def upgraded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("upgraded") / "madoguchi.db"
    database = open_database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    return file


@pytest.fixture
async def open_whole(tmp_path: Path, upgraded_file: Path) -> AsyncIterator[Callable[..., Whole]]:
    """Makes controllers on one and the same database: one after the other, as after a fall."""
    file = Path(shutil.copy(upgraded_file, tmp_path / "madoguchi.db"))
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
