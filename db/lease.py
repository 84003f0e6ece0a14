"""The lease: of several controllers on one database, one commands Asterisk; the others stand by.

On one machine it is the lock of a file, which ends with its holder's process; on several (PostgreSQL) see
`db.server_lease`. Nobody judges whether the other is dead, and no two hold it.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Protocol, Self

from sqlalchemy import Connection

from db.database import Database
from db.server_lease import ServerLease


class Lease(Protocol):
    """Held until `release`, until the process ends, or until `holds` says no."""

    def holds(self) -> bool:
        """Whether we may command, in this very moment; once it is no, it stays no. From any thread."""

    def fence(self, connection: Connection) -> None:
        """Let a transaction go on only if no other controller commands before it is committed.

        Raises:
            LeaseOverError: the lease is gone; roll back.
        """

    def release(self) -> None:
        """Let another have it."""


class FileLease:
    """The lock of a file: the kernel gives it to the next when the process ends, and not before."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def wait(cls, path: Path) -> Self:
        """Wait, however long, until nobody else holds it.

        Raises:
            OSError: the file cannot be locked.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return cls(descriptor)

    def holds(self) -> bool:
        """See `Lease`."""
        return self._descriptor is not None

    def fence(self, connection: Connection) -> None:
        """See `Lease`: as long as this process lives nobody else has it."""

    def release(self) -> None:
        """See `Lease`."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def wait_for_lease(
    database: Database, *, on_this_machine: Path | None = None, leader: Path | None = None
) -> Lease:
    """Wait, however long, until nobody else holds it.

    Args:
        database: That of all controllers that there are.
        on_this_machine: A file for them to lock, when all of them are on this machine: then they command on
            when a PostgreSQL is away.
        leader: A file to name our process in.

    Raises:
        OSError: a file cannot be locked.
    """
    lease: Lease
    if database.file is not None:
        lease = FileLease.wait(database.file.with_name(database.file.name + ".lease"))
    elif on_this_machine is not None:
        lease = FileLease.wait(on_this_machine)
    else:
        lease = ServerLease.wait(database)
    if leader is not None:
        draft = leader.with_suffix(".new")
        draft.write_text(f"{os.getpid()}\n", encoding="utf-8")
        draft.replace(leader)
    return lease
