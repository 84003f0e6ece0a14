"""Journal rows of a command, beside an instance that may run: in one transaction with what they say."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from db.database import Database, DatabaseError
from db.entry import Entry
from db.journal import as_item
from db.read import newest_seq
from db.store import Batch, store

_TRIES = 20
_AT_ONCE = 2000
"""Rows of one statement; all of them are one transaction."""


def append(
    database: Database, entries: Sequence[Entry], also: Callable[[Connection], None] | None = None
) -> int:
    """Write the entries behind the journal's last row, after ``also`` in the same transaction.

    Returns the last row's place. An instance that writes at the same moment makes us try again, or is
    itself moved behind us; its `Journal` sees to that.

    Raises:
        DatabaseError: others wrote all the time.
        Whatever ``also`` raises: then nothing has happened.
    """
    writer = uuid.uuid4().hex
    for _ in range(_TRIES):
        try:
            with database.write() as connection:
                if also is not None:
                    also(connection)
                first = newest_seq(connection) + 1
                batch = Batch()
                for begin in range(0, len(entries), _AT_ONCE):
                    some = entries[begin : begin + _AT_ONCE]
                    items = [as_item(first + begin + n, entry) for n, entry in enumerate(some)]
                    store(connection, items, writer, batch)
                return first + len(entries) - 1
        except IntegrityError:
            time.sleep(0.05)
    raise DatabaseError(f"{database.name}: the journal is written to all the time; try again")
