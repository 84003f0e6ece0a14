"""Reading the audit log: the rows of the journal that say who did, tried or was refused what."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, or_, select

from db.access_log import Looked
from db.entry import Entry, JournalRow
from db.tables import access_log, journal

KINDS = (
    *("audit.login", "audit.login_failed", "audit.login_slowed", "audit.logout", "audit.session_ended"),
    *("audit.refused", "audit.done", "audit.person", "audit.kiosk"),
    *("records.purged", "hold.placed", "hold.released", "report.closed", "calls.imported"),
    *("categories.changed", "phone.shown", "system.started", "system.stopped", "system.reloaded"),
)
"""The second half: what commands and the system itself do, too."""


def audit_rows(
    connection: Connection,
    *,
    from_ms: int,
    to_ms: int,
    kinds: Sequence[str] = KINDS,
    text: str = "",
    who: str = "",
    before: tuple[int, int] | None = None,
    most: int = 100,
) -> list[JournalRow]:
    """The newest rows with from_ms <= at_ms < to_ms (UTC), older than ``before`` (at_ms, seq), newest first.

    ``who``: done by, or done to, exactly this one. ``text``: somewhere in the row's data.
    """
    found: list[JournalRow] = []
    for kind in kinds:
        if kind not in KINDS:
            continue
        # One kind a query: each is one stretch of the index of kind and time.
        query = select(journal).where(
            journal.c.kind == kind, journal.c.at_ms >= from_ms, journal.c.at_ms < to_ms
        )
        if before is not None:
            at_ms, seq = before
            older = (journal.c.at_ms == at_ms) & (journal.c.seq < seq)
            query = query.where(or_(journal.c.at_ms < at_ms, older))
        if who:
            named = [f'"{name}":{json.dumps(who, ensure_ascii=False)}' for name in ("by", "person")]
            query = query.where(or_(*(journal.c.data.contains(one, autoescape=True) for one in named)))
        if text:
            query = query.where(journal.c.data.contains(text, autoescape=True))
        query = query.order_by(journal.c.at_ms.desc(), journal.c.seq.desc()).limit(most)
        found += [
            _row(row["seq"], row["at_ms"], row["kind"], row["call"], row["data"])
            for row in connection.execute(query).mappings()
        ]
    found.sort(key=lambda row: (row.entry.at_ms, row.seq), reverse=True)
    return found[:most]


def looks_between(
    connection: Connection, from_ms: int, to_ms: int, *, who: str = "", text: str = "", most: int = 100
) -> list[Looked]:
    """The newest looks at citizens' records with from_ms <= at_ms < to_ms (UTC), newest first.

    ``who``: exactly this one's. ``text``: somewhere in the reason.
    """
    query = select(*(access_log.c[name] for name in Looked._fields)).where(
        access_log.c.at_ms >= from_ms, access_log.c.at_ms < to_ms
    )
    if who:
        query = query.where(access_log.c.who == who)
    if text:
        query = query.where(access_log.c.why.contains(text, autoescape=True))
    newest = query.order_by(access_log.c.at_ms.desc(), access_log.c.id.desc()).limit(most)
    return [Looked(*row) for row in connection.execute(newest)]


def _row(seq: int, at_ms: int, kind: str, call: str | None, data: str) -> JournalRow:
    made = json.loads(data)
    return JournalRow(seq, Entry(at_ms, kind, call=call, data=made if isinstance(made, dict) else {}))
