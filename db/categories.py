"""The tree of categories, by version. A version is never changed; entries keep the words themselves."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from config.categories import DEFAULT_TREE
from db.append import append
from db.database import Database
from db.entry import Entry
from db.tables import ledger_categories


class Categories(NamedTuple):
    """A version of the tree; version 0 is the one that is shipped, of nobody and of no time."""

    version: int
    at_ms: int | None
    who: str | None
    tree: list[dict[str, Any]]


class TreeChanged(Exception):  # noqa: N818 -- no error of ours: somebody else was first
    """Somebody else has saved another tree since."""


def categories(connection: Connection, version: int | None = None) -> Categories | None:
    """A version of the tree, or the newest. None: there is no such version."""
    if version == 0:
        return Categories(0, None, None, DEFAULT_TREE)
    query = select(ledger_categories).order_by(ledger_categories.c.version.desc()).limit(1)
    if version is not None:
        query = query.where(ledger_categories.c.version == version)
    row = connection.execute(query).first()
    if row is None:
        return Categories(0, None, None, DEFAULT_TREE) if version is None else None
    return Categories(row.version, row.at_ms, row.who, json.loads(row.tree))


def save_categories(
    database: Database, tree: list[dict[str, Any]], *, seen: int, who: str, at_ms: int
) -> Categories:
    """Save a new version of the tree after the one that its writer saw; the journal says so.

    Raises:
        TreeChanged: the newest is another one than ``seen``.
    """
    made = Categories(seen + 1, at_ms, who, tree)

    def put(connection: Connection) -> None:
        now = categories(connection)
        if now is None or now.version != seen:
            raise TreeChanged(f"the categories have been changed since version {seen}")
        row = {**made._asdict(), "tree": json.dumps(tree, ensure_ascii=False)}
        connection.execute(insert(ledger_categories).values(row))

    append(database, [Entry(at_ms, "categories.changed", data={"by": who, "version": seen + 1})], put)
    return made
