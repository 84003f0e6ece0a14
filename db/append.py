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
                items = [as_item(first + n, entry) for n, entry in enumerate(entries)]
                store(connection, items, writer, Batch())
                return items[-1].seq
        except IntegrityError:
            time.sleep(0.05)
    raise DatabaseError(f"{database.name}: the journal is written to all the time; try again")
