"""The lease: of several controllers on one database, one commands Asterisk; the others stand by.

It is a lock that ends with its holder's process: on SQLite of a file beside the database, on PostgreSQL an
advisory lock of a connection of its own. So nobody judges whether the other is dead, and no two hold it.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from sqlalchemy import Connection

from db.database import Database

KEY = 0x6D61646F67756368
"""Of PostgreSQL's advisory lock: "madoguch"."""


class Lease:
    """Held until `release`, or until the process ends."""

    def __init__(self, descriptor: int | None, connection: Connection | None) -> None:
        self._descriptor = descriptor
        self._connection = connection

    @classmethod
    def wait(cls, database: Database, *, leader: Path | None = None) -> Self:
        """Wait, however long, until nobody else holds it. `leader`: a file to name our process in.

        Raises:
            OSError: the file cannot be locked.
            DBAPIError: the database is away.
        """
        if database.file is not None:
            path = database.file.with_name(database.file.name + ".lease")
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            lease = cls(descriptor, None)
        else:
            connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({KEY})")
            lease = cls(None, connection)
        if leader is not None:
            draft = leader.with_suffix(".new")
            draft.write_text(f"{os.getpid()}\n", encoding="utf-8")
            draft.replace(leader)
        return lease

    def release(self) -> None:
        """Let another have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self._connection is not None:
            self._connection.invalidate()  # not back into the pool: the lock is its session's
            self._connection.close()
            self._connection = None
