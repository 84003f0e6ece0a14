"""A database that goes away at the worst moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from db import Database


class GoneError(Exception):
    pass


def away() -> OperationalError:
    return OperationalError("COMMIT", None, GoneError("server closed the connection unexpectedly"))


@dataclass(frozen=True, slots=True)
class FlakyDatabase(Database):
    """``plan`` for the n-th write: "ok", "before" (nothing stored) or "after" (stored, answer lost)."""

    plan: Callable[[int], str] = field(default=lambda _: "ok")
    writes: list[str] = field(default_factory=list)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        now = self.plan(len(self.writes))
        self.writes.append(now)
        if now == "before":
            raise away()
        with Database.write(self) as connection:
            yield connection
        if now == "after":
            raise away()


def flaky(database: Database, plan: Callable[[int], str]) -> FlakyDatabase:
    return FlakyDatabase(database.engine, database.name, plan=plan)
