"""The process that serves leaves when its lease is gone, and says by its exit status what may follow."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection

from config import Home, load_secrets, load_settings
from madoguchi import serve
from madoguchi.supervise import REPLACED


class HeldFor:
    """A lease that is there the first so many times that somebody asks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self.released = False

    def holds(self) -> bool:
        self.looks -= 1
        return self.looks >= 0

    def fence(self, connection: Connection) -> None:
        """Nothing is stored here."""

    def release(self) -> None:
        self.released = True


class NoLog:
    """The log of a process would stay that of all tests after it."""

    def close(self) -> None:
        """Nothing was opened."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(serve, "log_to", lambda _path: NoLog())
    monkeypatch.setattr("os.umask", lambda _mask: 0)
    home = Home(tmp_path / "home")
    home.prepare()
    load_secrets(home, load_settings(home))
    return home


def test_given_a_lease_when_it_is_gone_then_the_process_leaves(home: Home) -> None:
    left: list[int] = []
    lease = HeldFor(3)

    async def watch() -> None:
        async with asyncio.timeout(10):
            await serve._leave_without(lease, lambda: left.append(lease.looks))

    asyncio.run(watch())
    assert left == [-1]


@pytest.mark.parametrize(
    ("looks", "status"), [(100, REPLACED), (0, serve.LEASE_OVER)], ids=["holds", "has lost it"]
)
def test_given_one_who_was_replaced_when_he_ends_then_only_who_lost_the_lease_may_be_started_again(
    home: Home, monkeypatch: pytest.MonkeyPatch, looks: int, status: int
) -> None:
    lease = HeldFor(looks)
    asked: list[Path | None] = []

    def wait(_database: object, *, on_this_machine: Path | None, leader: Path) -> HeldFor:
        asked.append(on_this_machine)
        return lease

    async def served(*_: object) -> int:
        return serve.REPLACED

    monkeypatch.setattr(serve, "wait_for_lease", wait)
    monkeypatch.setattr(serve, "serve", served)
    monkeypatch.setattr("sys.argv", ["serve", "--home", str(home), "--standby"])
    assert serve.main() == status
    assert lease.released
    assert asked == [None]


def test_given_controllers_of_one_machine_when_one_stands_by_then_it_locks_a_file_of_the_home(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path | None] = []

    def wait(_database: object, *, on_this_machine: Path | None, leader: Path) -> HeldFor:
        asked.append(on_this_machine)
        return HeldFor(100)

    async def served(*_: object) -> int:
        return 0

    monkeypatch.setattr(serve, "wait_for_lease", wait)
    monkeypatch.setattr(serve, "serve", served)
    monkeypatch.setattr("sys.argv", ["serve", "--home", str(home), "--standby", "here"])
    assert serve.main() == 0
    assert asked == [home.lease]
