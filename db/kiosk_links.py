"""Links that open the wallboard on a wall, as rows. Nothing here opens anything: see desk/kiosks.py."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from db.append import append
from db.database import Database
from db.desk_sessions import end_sessions_of
from db.entry import Entry
from db.tables import kiosk_links


class KioskLink(NamedTuple):
    """One link. `until_ms` and the others: ms UTC; `label`: where the wall is."""

    link: str
    label: str
    made_ms: int
    made_by: str
    until_ms: int
    revoked_ms: int | None = None
    revoked_by: str | None = None


def kiosk_link(connection: Connection, link: str) -> KioskLink | None:
    """The link of this id."""
    found = connection.execute(select(kiosk_links).where(kiosk_links.c.link == link)).first()
    return None if found is None else KioskLink(*found)


def all_kiosk_links(connection: Connection) -> list[KioskLink]:
    """All, newest first."""
    query = select(kiosk_links).order_by(kiosk_links.c.made_ms.desc(), kiosk_links.c.link)
    return [KioskLink(*row) for row in connection.execute(query)]


def add_kiosk_link(database: Database, link: KioskLink, entry: Entry) -> None:
    """A new link, with its row of the journal."""
    append(database, [entry], lambda connection: _insert(connection, link))


def revoke_kiosk_link(database: Database, link: str, by: str, now_ms: int, person: str, entry: Entry) -> None:
    """It opens nothing any more, and its sessions (`person`) end. With its row of the journal."""

    def also(connection: Connection) -> None:
        connection.execute(
            update(kiosk_links)
            .where(kiosk_links.c.link == link, kiosk_links.c.revoked_ms.is_(None))
            .values(revoked_ms=now_ms, revoked_by=by)
        )
        end_sessions_of(connection, person)

    append(database, [entry], also)


def _insert(connection: Connection, link: KioskLink) -> None:
    connection.execute(insert(kiosk_links).values(link._asdict()))
