"""What goes with asking the database: the keys of a connection of ours, and long lists in portions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import Connection

from db.vault import Vault

AT_ONCE = 500
"""SQLite takes at most some thousand parameters in a statement."""


def vault_of(connection: Connection) -> Vault:
    """The keys that go with a connection of ours."""
    vault: Vault = connection.get_execution_options()["vault"]
    return vault


def portions(wanted: Iterable[str]) -> Iterator[list[str]]:
    """What is wanted, in lists that fit into one statement each."""
    rest = iter(wanted)
    while some := list(islice(rest, AT_ONCE)):
        yield some
