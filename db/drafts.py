"""Drafts: what an operator is typing and has not saved yet, so that no crash and no closed window loses it.

There is one draft for each operator, subject (a call, or an entry without one) and purpose: a new entry of a
ledger, a note, or the correction of an entry. It is kept as it was typed. Everything in it is sealed with a
key of its own among those of the ledgers (`db.entry_keys`), so that a rotation, a purge and a search treat it
like an entry; unlike an entry it is overwritten, and goes when the entry is written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db.access_log import Looked, checked, note
from db.database import Database
from db.entry_keys import DRAFT, drop_keys, key_of, make_key, put_phones
from db.personal import hold_keys
from db.tables import drafts
from db.vault import VaultError

NO_CALL = "none"
"""The subject of what belongs to no call."""
_PART = "draft"


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it is kept. ``about``: booking, inquiry, note, or the entry that is being corrected.

    ``seen``: the revision of that entry from which the correction began. ``values`` is None where no key
    opens it any more.
    """

    subject: str
    operator: str
    about: str
    revision: int
    at_ms: int
    values: Mapping[str, Any] | None = field(repr=False)
    seen: int | None = None


class DraftConflict(Exception):  # noqa: N818 -- no error of ours: another window was first
    """The draft is at another revision; ``current`` is what it is now, None when there is none."""

    def __init__(self, current: Draft | None) -> None:
        super().__init__("the draft has been saved, or used up, elsewhere since")
        self.current = current


def keep_draft(
    database: Database, draft: Draft, phones: Iterable[str], at_ms: int, *, expected: int | None
) -> int:
    """Keep what was typed; returns the draft's new revision (its own is not looked at).

    ``phones``: the complete numbers (E.164) in it, by which a search and a purge find it. ``expected``: the
    revision that the writer knows, 0 for none; None: whatever is there is overwritten.

    Raises:
        DraftConflict: it is at another revision.
        VaultError: there is no usable key; nothing was kept.
    """
    name = _name(draft)
    with database.write() as connection:
        hold_keys(connection)
        # Two windows that begin at once: the second waits for the first one's row.
        new = _insert(connection).values(
            draft=name, subject=draft.subject, operator=draft.operator, about=draft.about,
            at_ms=at_ms, revision=0, sealed=b"",
        )  # fmt: skip
        connection.execute(new.on_conflict_do_nothing())
        locked = select(drafts.c.revision).where(drafts.c.draft == name).with_for_update()
        revision: int = connection.execute(locked).scalar_one()
        if expected is not None and expected != revision:
            found = _read(connection, [name])
            raise DraftConflict(found[0] if found and found[0].revision else None)
        try:
            key = key_of(connection, name)
        except VaultError:
            drop_keys(connection, [name])  # what it sealed is lost anyway; what is typed now is not
            key = None
        if key is None:
            subject = name if draft.subject == NO_CALL else draft.subject
            key = make_key(connection, name, subject, at_ms)
        numbers = sorted(set(phones))
        part = {"values": dict(draft.values or {}), "seen": draft.seen, "phones": numbers}
        sealed = key.seal(json.dumps(part, ensure_ascii=False), _PART)
        changed = {"at_ms": at_ms, "revision": revision + 1, "sealed": sealed}
        connection.execute(update(drafts).where(drafts.c.draft == name).values(changed))
        put_phones(connection, name, numbers)
    return revision + 1


def empty_draft(database: Database, draft: Draft) -> None:
    """Destroy what a draft holds, and its key; its revision stays, so that its writer can go on."""
    name = _name(draft)
    with database.write() as connection:
        drop_keys(connection, [name])
        connection.execute(update(drafts).where(drafts.c.draft == name).values(sealed=b""))


def drop_drafts(connection: Connection, *, subject: str, operator: str, about: str) -> int:
    """Drop an operator's draft, for it has become an entry, or is not wanted. Returns 1, or 0 for none."""
    name = _name(Draft(subject, operator, about, 0, 0, None))
    drop_keys(connection, [name])
    return connection.execute(delete(drafts).where(drafts.c.draft == name)).rowcount


def drafts_of(connection: Connection, operator: str) -> list[Draft]:
    """An operator's drafts, the newest first, without what is in them."""
    query = (
        select(drafts).where(drafts.c.operator == operator).order_by(drafts.c.at_ms.desc(), drafts.c.draft)
    )
    return [
        Draft(row.subject, row.operator, row.about, row.revision, row.at_ms, None)
        for row in connection.execute(query)
        if row.sealed
    ]


def look_at_drafts(
    database: Database, subject: str, operator: str, *, who: str, why: str, at_ms: int
) -> list[Draft]:
    """Show a person an operator's drafts for a subject, and write down who looked, and why.

    Raises:
        ValueError: ``who`` or ``why`` is empty or too long.
    """
    checked(who, why)
    with database.write() as connection:
        query = select(drafts.c.draft).where(drafts.c.subject == subject, drafts.c.operator == operator)
        found = [one for one in _read(connection, connection.scalars(query)) if one.values is not None]
        call = None if subject == NO_CALL else subject
        note(connection, [Looked(at_ms, who, call, f"draft {one.about}", why) for one in found])
    return found


def all_drafts(connection: Connection) -> list[Draft]:
    """For handing everything over: every draft that can be read."""
    names = list(connection.scalars(select(drafts.c.draft)))
    found = [one for n in range(0, len(names), 500) for one in _read(connection, names[n : n + 500])]
    return [one for one in found if one.values is not None]


def _read(connection: Connection, names: Iterable[str]) -> list[Draft]:
    wanted = sorted(set(names))
    found = []
    for row in connection.execute(select(drafts).where(drafts.c.draft.in_(wanted)).order_by(drafts.c.about)):
        part: dict[str, Any] = {}
        if row.sealed:
            try:
                key = key_of(connection, row.draft)
                part = {} if key is None else json.loads(key.open(row.sealed, _PART))
            except VaultError:
                part = {}
        found.append(
            Draft(
                row.subject, row.operator, row.about, row.revision, row.at_ms,
                part.get("values"), part.get("seen"),
            )
        )  # fmt: skip
    return found


def _name(draft: Draft) -> str:
    """The same for the same operator, subject and purpose: the table's key sees to it that there is one."""
    whole = json.dumps([draft.subject, draft.operator, draft.about], ensure_ascii=False)
    return DRAFT + hashlib.sha256(whole.encode()).hexdigest()[:32]


def _insert(connection: Connection) -> Any:
    # The two dialects spell it alike but have no common class.
    return sqlite.insert(drafts) if connection.dialect.name == "sqlite" else postgresql.insert(drafts)
