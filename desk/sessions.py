"""Browser sessions: a random cookie, of which only the hash is kept.

They live in memory and are written to the database (`db.desk_sessions`), so that a restart logs nobody out.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import DBAPIError

from db import Database, DatabaseError
from db.desk_sessions import SessionRow, keep_sessions, session_rows
from desk.accounts import Must
from desk.rights import Role
from desk.who import Who

log = structlog.get_logger()

LONGEST_S = 12 * 3600.0
"""A session ends after a working day, used or not."""
IDLE_S = 3600.0
MOST = 500
"""The one least lately used gives way."""
KEEP_EVERY_S = 5.0
USED_EVERY_S = 60.0
"""How exactly the database knows when a session was used last."""
AGENT_LONGEST = 120


@dataclass(slots=True, eq=False)
class Session:
    """One log-in at one browser. Times: seconds of the machine's clock."""

    key: str
    """The hash of its cookie; names it."""
    who: Who
    began_s: float
    used_s: float
    until_s: float
    address: str = ""
    agent: str = ""
    must: Must | None = None
    """What this person has to do before anything else."""
    enrolling: str | None = field(default=None, repr=False)
    """The secret that an authenticator is learning."""
    kept_s: float = 0.0
    """The last use that the database knows of."""
    tasks: set[asyncio.Task[object]] = field(default_factory=set)
    """Its open WebSockets: they end with it, and keep it from idling out."""

    @property
    def is_kiosk(self) -> bool:
        """A wallboard on a wall: nobody touches it, so it does not idle out."""
        return self.who.role is Role.KIOSK


class Sessions:
    """Who is logged in by the web."""

    def __init__(self, seconds: Callable[[], float] = time.time) -> None:
        self._seconds = seconds
        self.idle_s = IDLE_S
        self.longest_s = LONGEST_S
        self._known: OrderedDict[str, Session] = OrderedDict()
        self._new: set[str] = set()
        """Not in the database yet."""
        self._ended: set[str] = set()
        """Still in the database."""
        self._keeping = asyncio.Lock()

    def begin(
        self,
        who: Who,
        *,
        address: str = "",
        agent: str = "",
        must: Must | None = None,
        until_s: float | None = None,
    ) -> str:
        """A new session's cookie."""
        cookie = secrets.token_urlsafe(32)
        now_s = self._seconds()
        end_s = now_s + self.longest_s if until_s is None else until_s
        session = Session(_hash(cookie), who, now_s, now_s, end_s, address, agent[:AGENT_LONGEST], must)
        self._known[session.key] = session
        self._new.add(session.key)
        while len(self._known) > MOST:
            self._end(next(iter(self._known)))
        return cookie

    def session(self, cookie: str) -> Session | None:
        """The session of this cookie, if it lives; this use keeps it from idling out."""
        session = self._known.get(_hash(cookie))
        if session is None:
            return None
        now_s = self._seconds()
        if self._is_over(session, now_s):
            self._end(session.key)
            return None
        session.used_s = now_s
        self._known.move_to_end(session.key)
        return session

    def who(self, cookie: str) -> Who | None:
        """Whose session it is, if it lives."""
        session = self.session(cookie)
        return None if session is None else session.who

    def of(self, person: str) -> list[Session]:
        """The sessions of a person, the one used last first."""
        now_s = self._seconds()
        mine = [one for one in self._known.values() if one.who.id == person and not self._is_over(one, now_s)]
        return sorted(mine, key=lambda one: one.used_s, reverse=True)

    def end(self, cookie: str) -> None:
        """Log out."""
        self._end(_hash(cookie))

    def end_one(self, person: str, key: str) -> bool:
        """Log a person out at one browser. False: there is no such session of this person."""
        session = self._known.get(key)
        if session is None or session.who.id != person:
            return False
        self._end(key)
        return True

    def end_all_of(self, person: str, but: str | None = None) -> int:
        """Log a person out wherever he is: the account, the password or the role has changed."""
        keys = [one.key for one in self._known.values() if one.who.id == person and one.key != but]
        for key in keys:
            self._end(key)
        return len(keys)

    async def restore(
        self, database: Database, find: Callable[[str], tuple[Who, Must | None] | None]
    ) -> None:
        """The sessions of before the restart. `find`, in a thread: who has this id, if he may log in now."""
        try:
            rows, people = await asyncio.to_thread(_stored, database, find)
        except (DBAPIError, DatabaseError) as error:  # they log in anew
            log.warning("desk.sessions_not_restored", error=type(error).__name__)
            return
        for row in rows:
            found = people.get(row.person)
            times = (row.began_ms / 1000, row.used_ms / 1000, row.until_ms / 1000)
            if found is None:
                self._ended.add(row.session)
                continue
            session = Session(row.session, found[0], *times, row.address, row.agent, found[1])
            if self._is_over(session, self._seconds()):
                self._ended.add(row.session)
            else:
                self._known[row.session] = session

    async def keep(self, database: Database) -> None:
        """Once: end what is over, write down what has changed, and end what others have ended."""
        async with self._keeping:
            await self._keep(database)

    async def keep_on(self, database: Database) -> None:
        """`keep`, every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(KEEP_EVERY_S)
            await self.keep(database)

    async def _keep(self, database: Database) -> None:
        now_s = self._seconds()
        for session in [one for one in self._known.values() if self._is_over(one, now_s)]:
            self._end(session.key)
        for session in self._known.values():
            if session.tasks:
                session.used_s = now_s
        # What begins while the database is asked is not in its answer.
        new = [_row(self._known[key]) for key in self._new]
        kept = [one for one in self._known.values() if one.key not in self._new]
        used = [_row(one) for one in kept if one.used_s - one.kept_s >= USED_EVERY_S]
        for one in self._known.values():
            if one.key in self._new or one.used_s - one.kept_s >= USED_EVERY_S:
                one.kept_s = one.used_s
        ended = set(self._ended)
        self._new, before = set(), self._new
        try:
            standing = await asyncio.to_thread(keep_sessions, database, new, used, ended)
        except (DBAPIError, DatabaseError) as error:
            self._new |= before & self._known.keys()
            log.warning("desk.sessions_not_kept", error=type(error).__name__)
            return
        self._ended -= ended
        for key in (*before, *(one.key for one in kept)):
            if key not in standing:
                self._end(key)
                self._ended.discard(key)

    def _is_over(self, session: Session, now_s: float) -> bool:
        if now_s >= session.until_s:
            return True
        return not session.is_kiosk and not session.tasks and now_s - session.used_s >= self.idle_s

    def _end(self, key: str) -> None:
        session = self._known.pop(key, None)
        if session is None:
            return
        if key in self._new:
            self._new.discard(key)
        self._ended.add(key)
        for task in session.tasks:
            task.cancel()


def _stored(
    database: Database, find: Callable[[str], tuple[Who, Must | None] | None]
) -> tuple[list[SessionRow], dict[str, tuple[Who, Must | None]]]:
    with database.read() as connection:
        rows = session_rows(connection)
    known = {person: find(person) for person in {row.person for row in rows}}
    return rows, {person: found for person, found in known.items() if found is not None}


def _row(session: Session) -> SessionRow:
    began, used, until = (round(1000 * at_s) for at_s in (session.began_s, session.used_s, session.until_s))
    return SessionRow(session.key, session.who.id, began, used, until, session.address, session.agent)


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()
