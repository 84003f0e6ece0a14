"""Who is logged in at the desk, as rows: a restart logs nobody out, and a command can end a session."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from db.database import Database
from db.tables import desk_sessions


class SessionRow(NamedTuple):
    """A session by the hash of its cookie. Times: ms UTC of the machine's clock."""

    session: str
    person: str
    began_ms: int
    used_ms: int
    until_ms: int
    address: str
    agent: str


def session_rows(connection: Connection) -> list[SessionRow]:
    """All, oldest use first."""
    query = select(desk_sessions).order_by(desk_sessions.c.used_ms)
    return [SessionRow(*row) for row in connection.execute(query)]


def keep_sessions(
    database: Database, new: Sequence[SessionRow], used: Sequence[SessionRow], ended: Collection[str]
) -> set[str]:
    """Write what has changed; returns the sessions that still stand, which others may have ended."""
    standing = select(desk_sessions.c.session)
    if not (new or used or ended):
        with database.read() as connection:
            return set(connection.scalars(standing))
    with database.write() as connection:
        if ended:
            connection.execute(delete(desk_sessions).where(desk_sessions.c.session.in_(list(ended))))
        if new:
            connection.execute(insert(desk_sessions), [row._asdict() for row in new])
        for row in used:
            connection.execute(
                update(desk_sessions)
                .where(desk_sessions.c.session == row.session)
                .values(used_ms=row.used_ms)
            )
        return set(connection.scalars(standing))


def end_sessions_of(connection: Connection, person: str) -> None:
    """Log a person out everywhere."""
    connection.execute(delete(desk_sessions).where(desk_sessions.c.person == person))
