"""Browser sessions: a random cookie, of which only the hash is kept, in memory."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from desk.who import Who

LONGEST_S = 12 * 3600
"""A session ends after a working day, used or not."""
IDLE_S = 3600
MOST = 500
"""The one least lately used gives way."""


@dataclass(slots=True)
class _Session:
    who: Who
    began_s: float
    used_s: float


class Sessions:
    """Who is logged in by the web. A restart ends all sessions."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._known: OrderedDict[bytes, _Session] = OrderedDict()

    def begin(self, who: Who) -> str:
        """A new session's cookie."""
        cookie = secrets.token_urlsafe(32)
        now_s = self._monotonic()
        self._known[_hash(cookie)] = _Session(who, now_s, now_s)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return cookie

    def who(self, cookie: str) -> Who | None:
        """Whose session it is, if it lives; this use keeps it from idling out."""
        key = _hash(cookie)
        session = self._known.get(key)
        if session is None:
            return None
        now_s = self._monotonic()
        if now_s - session.began_s >= LONGEST_S or now_s - session.used_s >= IDLE_S:
            del self._known[key]
            return None
        session.used_s = now_s
        self._known.move_to_end(key)
        return session.who

    def end(self, cookie: str) -> None:
        """Log out."""
        self._known.pop(_hash(cookie), None)

    def end_all_of(self, person: str) -> None:
        """Log a person out wherever he is: the account, the password or the role has changed."""
        for key in [key for key, session in self._known.items() if session.who.id == person]:
            del self._known[key]


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).digest()
