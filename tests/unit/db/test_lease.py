"""One commands, the others wait: until he lets go, or his process ends. On each database, each way."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from db import Database
from db.lease import Lease, wait_for_lease


@pytest.mark.parametrize("here", [False, True], ids=["anywhere", "here"])
def test_given_a_lease_that_is_held_when_another_waits_then_it_has_it_once_it_is_let_go(
    database: Database, tmp_path: Path, here: bool
) -> None:
    file = tmp_path / "lease" if here else None
    first = wait_for_lease(database, on_this_machine=file, leader=tmp_path / "leader")
    assert int((tmp_path / "leader").read_text()) > 0
    got = threading.Event()
    held: list[Lease] = []

    def wait() -> None:
        held.append(wait_for_lease(database, on_this_machine=file))
        got.set()

    waiter = threading.Thread(target=wait, daemon=True)
    waiter.start()
    assert not got.wait(0.3)
    assert first.holds()
    with database.write() as connection:
        first.fence(connection)
    first.release()
    assert not first.holds()
    assert got.wait(5)
    held[0].release()
    waiter.join(5)
