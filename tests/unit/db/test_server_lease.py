"""The lease on a real PostgreSQL: who is cut off, frozen or ended has stopped before another begins."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from db import Database, Entry, Journal, newest_seq, open_database, server_lease, upgrade
from db.server_lease import LeaseOverError, ServerLease, now_s
from tests.unit.db.postgres import Server

_numbers = itertools.count(1)
Start = Callable[[], "Waiter"]


@pytest.fixture
def database(postgres_server: Server, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(postgres_server.create(f"lease_{next(_numbers)}"), home=tmp_path)
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one need not wait for a holder whom the server may have forgotten."""
    monkeypatch.setattr(server_lease, "FREE_AFTER_S", 0.0)


class Waiter:
    """Another controller that stands by."""

    def __init__(self, database: Database) -> None:
        self.lease: ServerLease | None = None
        self.got_s = 0.0
        self.got = threading.Event()
        self._database = database
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self.lease = ServerLease.wait(self._database)
        self.got_s = now_s()
        self.got.set()


@pytest.fixture
def stands_by(database: Database) -> Iterator[Start]:
    """Starts one that stands by, and has looked."""
    started: list[Waiter] = []

    def start() -> Waiter:
        started.append(Waiter(database))
        deadline = time.monotonic() + 10
        while sessions(database) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert not started[-1].got.wait(2 * server_lease.LOOK_EVERY_S)
        return started[-1]

    yield start
    for one in started:
        if one.lease is not None:
            one.lease.release()


def sessions(database: Database) -> int:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'madoguchi lease'"
    with database.read() as connection:
        return int(connection.scalar(text(f"{asked} AND datname = current_database()")) or 0)


def end_sessions_of_holders(database: Database, *, but: int = 0) -> None:
    """As an administrator may, or PostgreSQL itself. `but`: a server process that is left alone."""
    with database.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                " AND pid <> :but"
            ),
            {"but": but},
        )


def process(connection: Connection) -> int:
    """The server's process behind a connection."""
    return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def until_over(lease: ServerLease) -> float:
    """When it is seen to be over."""
    deadline = time.monotonic() + 10
    while lease.holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return now_s()


def test_given_a_holder_who_is_frozen_when_another_stands_by_then_the_first_has_stopped_before(
    database: Database, stands_by: Start, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_lease, "BEAT_EVERY_S", 60.0)  # no beat comes any more
    lease = ServerLease.wait(database)
    other = stands_by()
    assert lease.holds()
    over_s = until_over(lease)
    assert other.got.wait(10)
    assert over_s < other.got_s
    assert not lease.holds()
    assert other.lease is not None
    assert other.lease.holds()
    lease.release()
    assert other.lease.holds()


def test_given_a_holder_whose_session_is_ended_when_he_looks_then_it_is_over_and_another_has_it(
    database: Database, stands_by: Start, at_once: None
) -> None:
    lease = ServerLease.wait(database)
    other = stands_by()
    end_sessions_of_holders(database)
    until_over(lease)
    assert other.got.wait(10)
    lease.release()


def test_given_a_holder_who_lives_when_time_goes_on_then_he_keeps_it(
    database: Database, stands_by: Start, at_once: None
) -> None:
    lease = ServerLease.wait(database)
    other = stands_by()
    assert not other.got.wait(server_lease.HOLDS_FOR_S + 1.5)  # longer than either side would wait for a beat
    assert lease.holds()
    lease.release()
    assert not lease.holds()
    assert other.got.wait(10)


def test_given_nobody_seen_to_hold_it_when_it_is_taken_then_a_forgotten_holder_is_waited_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_lease, "FREE_AFTER_S", 0.6)
    before = now_s()
    lease = ServerLease.wait(database)
    assert now_s() - before >= 0.6
    lease.release()


def test_given_a_lease_that_was_over_for_a_moment_when_the_clock_goes_back_then_it_stays_over(
    database: Database, at_once: None
) -> None:
    slept = [0.0]
    lease = ServerLease.wait(database, clock=lambda: now_s() + slept[0])
    assert lease.holds()
    slept[0] = server_lease.HOLDS_FOR_S + 1
    assert not lease.holds()
    slept[0] = 0.0
    assert not lease.holds()
    lease.release()


def test_given_a_transaction_that_passed_the_fence_when_another_takes_the_lease_then_he_waits_for_it(
    database: Database, stands_by: Start, at_once: None
) -> None:
    lease = ServerLease.wait(database)
    other = stands_by()
    with database.write() as connection:
        lease.fence(connection)
        end_sessions_of_holders(database, but=process(connection))
        until_over(lease)
        assert not other.got.wait(1)
    assert other.got.wait(10)
    with pytest.raises(LeaseOverError), database.write() as connection:
        lease.fence(connection)
    assert other.lease is not None
    with database.write() as connection:
        other.lease.fence(connection)
    lease.release()


def test_given_a_machine_cut_off_in_the_middle_of_a_transaction_then_it_holds_nobody_up_for_long(
    database: Database, stands_by: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_lease, "FREE_AFTER_S", 1.0)
    lease = ServerLease.wait(database)
    other = stands_by()
    with database.engine.connect() as connection:
        lease.fence(connection)  # and nothing more is heard of it
        end_sessions_of_holders(database, but=process(connection))
        assert other.got.wait(10)
        connection.invalidate()
    lease.release()


def test_given_a_journal_when_its_lease_is_over_then_nothing_more_is_stored(
    database: Database, at_once: None
) -> None:
    lease = ServerLease.wait(database)
    journal = Journal(database, fence=lease.fence)
    journal.start()
    journal.write(Entry(1, "system.started"))
    assert journal.flush(10)
    end_sessions_of_holders(database)
    until_over(lease)
    journal.write(Entry(2, "system.stopped"))
    assert not journal.close(10)
    with database.read() as connection:
        assert newest_seq(connection) == 1
    lease.release()
