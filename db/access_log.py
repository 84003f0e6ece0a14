"""The access log: who looked at what of a citizen, when and why. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from config.mynumber import REFUSAL, contains_my_number
from db.tables import access_log

LONGEST_WHO, LONGEST_WHY = 64, 500


class Looked(NamedTuple):
    """A row of the access log: ``call`` is None for a search that found nobody. ms UTC."""

    at_ms: int
    who: str
    call: str | None
    what: str
    why: str


def checked(who: str, why: str) -> None:
    """Refuse (ValueError) a look of nobody, or without a reason."""
    for name, value, longest in (("who", who, LONGEST_WHO), ("why", why, LONGEST_WHY)):
        if not value.strip():
            raise ValueError(f"{name} is empty: whoever looks at a citizen's record says who and why")
        if len(value) > longest:
            raise ValueError(f"{name} is longer than {longest} characters")
        if contains_my_number(value):
            raise ValueError(f"{name}: {REFUSAL}")


def note(connection: Connection, rows: Sequence[Looked]) -> None:
    """Write rows of the access log."""
    if not rows:
        return
    connection.execute(insert(access_log), [dict(row._asdict()) for row in rows])


def looks(connection: Connection, call: str | None = None) -> list[Looked]:
    """The access log, or what of it concerns one call, the oldest first."""
    query = select(*(access_log.c[name] for name in Looked._fields)).order_by(access_log.c.id)
    if call is not None:
        query = query.where(access_log.c.call == call)
    return [Looked(*row) for row in connection.execute(query)]
