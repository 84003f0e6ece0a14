"""Kiosk links: signed, with an end, revocable. Each opens the wallboard on a wall, and nothing else.

The token is told once and kept nowhere; a row of `db.kiosk_links` says that it still opens something.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

from db import Database, Entry
from db.kiosk_links import KioskLink, add_kiosk_link, all_kiosk_links, kiosk_link, revoke_kiosk_link
from desk.rights import Role
from desk.who import Who

PREFIX = "kiosk:"
TOKEN = re.compile(r"([a-z2-7]{16})\.(\d{1,12})\.([A-Za-z0-9_-]{43})")
LONGEST_DAYS = 400


class Kiosks:
    """The links of one site. `key` signs them; they go by the machine's own clock (`now_s`)."""

    def __init__(self, database: Database, key: str) -> None:
        self._database = database
        self._key = hmac.digest(key.encode(), b"madoguchi kiosk links", hashlib.sha256)

    def all(self) -> list[KioskLink]:
        """All links, newest first."""
        with self._database.read() as connection:
            return all_kiosk_links(connection)

    def make(self, label: str, days: int, by: str, now_s: float, journal_ms: int) -> tuple[KioskLink, str]:
        """A new link for so many days, and its token, which is told now and never again."""
        name = base64.b32encode(secrets.token_bytes(10)).decode().lower()
        until_s = int(now_s) + days * 86400
        link = KioskLink(name, label, int(now_s * 1000), by, until_s * 1000)
        data = {"by": by, "link": name, "what": "made", "label": label, "days": days}
        add_kiosk_link(self._database, link, Entry(journal_ms, "audit.kiosk", data=data))
        return link, f"{name}.{until_s}.{self._signature(name, until_s)}"

    def revoke(self, link: str, by: str, now_s: float, journal_ms: int) -> bool:
        """The link opens nothing any more. False: there is no such link that still opens something."""
        with self._database.read() as connection:
            known = kiosk_link(connection, link)
        if known is None or known.revoked_ms is not None:
            return False
        entry = Entry(journal_ms, "audit.kiosk", data={"by": by, "link": link, "what": "revoked"})
        revoke_kiosk_link(self._database, link, by, int(now_s * 1000), PREFIX + link, entry)
        return True

    def opened(self, token: str, now_s: float) -> tuple[Who, float] | None:
        """Who the bearer of this token is, and until when (s); None: it opens nothing."""
        parts = TOKEN.fullmatch(token)
        if parts is None:
            return None
        name, until_s, signature = parts[1], int(parts[2]), parts[3]
        if not hmac.compare_digest(signature, self._signature(name, until_s)) or now_s >= until_s:
            return None
        who = self.who(PREFIX + name, now_s)
        return None if who is None else (who, float(until_s))

    def who(self, person: str, now_s: float) -> Who | None:
        """Who the link of a kiosk's session is, while it opens anything."""
        with self._database.read() as connection:
            link = kiosk_link(connection, person.removeprefix(PREFIX))
        if link is None or link.revoked_ms is not None or now_s * 1000 >= link.until_ms:
            return None
        return Who(PREFIX + link.link, link.label, Role.KIOSK)

    def _signature(self, link: str, until_s: int) -> str:
        signed = hmac.digest(self._key, f"{link}.{until_s}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(signed).decode().rstrip("=")
