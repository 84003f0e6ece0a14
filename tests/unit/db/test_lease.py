"""One commands, the others wait: until he lets go, or his process ends."""

from __future__ import annotations

import threading
from pathlib import Path

from db import Database
from db.lease import Lease


def test_given_a_lease_that_is_held_when_another_waits_then_it_has_it_once_it_is_let_go(
    database: Database, tmp_path: Path
) -> None:
    first = Lease.wait(database, leader=tmp_path / "leader")
    assert int((tmp_path / "leader").read_text()) > 0
    got = threading.Event()
    held: list[Lease] = []

    def wait() -> None:
        held.append(Lease.wait(database))
        got.set()

    waiter = threading.Thread(target=wait, daemon=True)
    waiter.start()
    assert not got.wait(0.3)
    first.release()
    assert got.wait(5)
    held[0].release()
    waiter.join(5)
