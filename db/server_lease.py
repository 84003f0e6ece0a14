"""The lease on PostgreSQL, for controllers on several machines: an advisory lock that must be kept alive.

Its holder sends a beat every 0.5 s on the connection that has the lock, and believes in it for 2 s from the
moment in which the last answered beat was sent, by his own clock, whatever happens. PostgreSQL lets the lock
go 3 s after the last beat (`idle_session_timeout`; a dead network is found as soon by the `tcp_*` settings of
that session), or at once when the holder's process ends. So whoever is cut off, frozen or too slow has
stopped by himself a second before another can have it; no clock is compared with another machine's.

What a lock does not show: a server that was started again, or fell, has forgotten it while its holder may go
on for these seconds. Who gets the lock without having seen, on one unbroken connection, another one hold it
waits them out first.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Self

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from db.database import Database

log = structlog.get_logger("db.lease")

BEAT_EVERY_S = 0.5
HOLDS_FOR_S = 2.0
FREE_AFTER_S = 3.0
LOOK_EVERY_S = 0.2
"""How often who stands by asks for the lock."""
AGAIN_AFTER_S = 0.5
KEY = 0x6D61646F67756368
"""Of the lock that all ask for: "madoguch"."""
BARRIER = KEY + 1
"""Shared by every transaction of the journal: the new holder waits for those that are under way."""
SPACE = 0x6D616467
"""Of the locks, by a random number, of each single lease: "madg"."""

_SESSION = {
    "application_name": "madoguchi lease",
    "idle_session_timeout": round(FREE_AFTER_S * 1000),  # PostgreSQL 14
    "tcp_user_timeout": round(FREE_AFTER_S * 1000),
    "tcp_keepalives_idle": 1,
    "tcp_keepalives_interval": 1,
    "tcp_keepalives_count": 2,
}
_VALUES = ", ".join(f"('{name}', '{value}')" for name, value in _SESSION.items())
_PREPARE = (
    "SELECT set_config(s.name, v.value, false)"  # noqa: S608  # made of the constants above
    f" FROM (VALUES {_VALUES}) AS v (name, value) JOIN pg_settings AS s USING (name)"
)
"""What a server does not know is left out: before 14 a frozen holder keeps it, a cut one does not."""


class LeaseOverError(Exception):
    """The lease is gone: another controller may command, or will in a moment."""


def now_s() -> float:
    """The time that a lease is reckoned in, s: also what the machine slept counts."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class ServerLease:
    """Held until `release`, until the process ends, or for 2 s after the last beat that was answered."""

    def __init__(self, connection: Connection, *, clock: Callable[[], float] = now_s) -> None:
        """`connection` has the lock, and begins to beat."""
        self._connection = connection
        self._clock = clock
        self._number = secrets.randbelow(2**31)
        self._until = 0.0
        self._over = False
        self._let_go = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    @classmethod
    def wait(cls, database: Database, *, clock: Callable[[], float] = now_s) -> Self:
        """Wait, however long, until nobody else holds it, also while the database is away."""
        told = False
        while True:
            connection: Connection | None = None
            try:
                connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                lease = cls(connection, clock=clock)
                lease._take()
            except DBAPIError as problem:
                if not told:
                    log.warning("lease.database_away", why=str(problem)[:300])
                    told = True
                _drop(connection)
                time.sleep(AGAIN_AFTER_S)
            else:
                return lease

    def _take(self) -> None:
        """Wait for the lock, and for whoever may still believe that he has it.

        Raises:
            DBAPIError: the connection broke; nothing is held.
        """
        self._ask(_PREPARE)
        seen = False
        while not self._ask(f"SELECT pg_try_advisory_lock({KEY})"):
            seen = True
            time.sleep(LOOK_EVERY_S)
        if not seen:
            until = self._clock() + FREE_AFTER_S
            while (left_s := until - self._clock()) > 0:
                time.sleep(min(left_s, BEAT_EVERY_S))
                self._ask("SELECT 1")
        self._ask(f"SELECT pg_try_advisory_lock({SPACE}, {self._number})")
        self._ask(f"SELECT pg_advisory_lock({BARRIER})")
        self._ask(f"SELECT pg_advisory_unlock({BARRIER})")
        # The answers so far may have been long on their way. Only what is asked now shows that it is ours.
        self._beat()
        self._thread.start()

    def holds(self) -> bool:
        """See `db.lease.Lease`."""
        if not self._over and self._clock() >= self._until:
            self._over = True
            log.error("lease.over", why=f"no beat was answered for {HOLDS_FOR_S:g} s")
        return not self._over

    def fence(self, connection: Connection) -> None:
        """See `db.lease.Lease`.

        Who takes the lease waits for the transactions that have passed here (`BARRIER`), and none passes
        later: the lock of this one lease is its session's.

        Raises:
            LeaseOverError: the lease is gone.
            DBAPIError: the connection broke.
        """
        free_ms = round(FREE_AFTER_S * 1000)  # one whose machine is cut off in the middle holds nobody up
        connection.exec_driver_sql(
            f"SELECT set_config('idle_in_transaction_session_timeout', '{free_ms}', true)"
        )
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock_shared({BARRIER})")
        ask = f"SELECT pg_try_advisory_xact_lock_shared({SPACE}, {self._number})"
        nobodys = connection.exec_driver_sql(ask).scalar()
        if nobodys or not self.holds():
            raise LeaseOverError("another controller may have the lease")

    def release(self) -> None:
        """See `db.lease.Lease`."""
        self._over = True
        self._let_go.set()
        if self._thread.is_alive():
            self._thread.join(BEAT_EVERY_S)
        _drop(self._connection)

    def _run(self) -> None:
        while not self._let_go.wait(BEAT_EVERY_S):
            try:
                self._beat()
            except DBAPIError as problem:
                if not self._let_go.is_set():
                    self._over = True
                    log.error("lease.over", why=str(problem)[:300])  # noqa: TRY400  # the text says it all
                return

    def _beat(self) -> None:
        asked_s = self._clock()
        self._ask("SELECT 1")
        self._until = asked_s + HOLDS_FOR_S

    def _ask(self, query: str) -> bool:
        return bool(self._connection.exec_driver_sql(query).scalar())


def _drop(connection: Connection | None) -> None:
    """Close it for good: what it has locked is its session's, so it must not go back into the pool."""
    if connection is not None:
        try:
            connection.invalidate()
            connection.close()
        except DBAPIError as problem:
            log.debug("lease.connection_broken", why=str(problem)[:300])
