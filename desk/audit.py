"""What people did, tried and were refused, as rows `audit.…` of the journal: who, what, on what, why.

Never a password, a code, a citizen's data, or what somebody typed for an id that there is not.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from db import Entry
from desk.context import Desk
from desk.deed import LONGEST, deed_of
from desk.operation import Operation
from desk.rights import Right
from desk.who import Who

OWN_WORK = frozenset({Right.WORK, Right.WRITE_LEDGER, Right.BE_HERE})
"""What these do to one's own seat, entries and account has rows of its own kind."""


def write(desk: Desk, kind: str, by: str, **data: Any) -> None:
    """One row. `by`: who did it; empty where nobody knows."""
    told = {name: value for name, value in data.items() if value is not None}
    desk.journal.write(Entry(desk.office.now_ms(), f"audit.{kind}", data={"by": by, **told}))


def refused(desk: Desk, request: web.Request, operation: Operation, who: Who, code: str) -> None:
    """Somebody who is known asked for what is not given to him."""
    if desk.refusals.wait_s(f"who {who.id}") > 0:
        return
    data = {"role": who.role.value, "what": _what(operation), "on": _on(request), "code": code}
    write(desk, "refused", who.id, **data, needs=operation.right and operation.right.value)


def slowed(desk: Desk, address: str) -> None:
    """An address fails again and again: told once a while."""
    if desk.refusals.wait_s(f"address {address}") == 0:
        write(desk, "login_slowed", "", address=address)


def done(desk: Desk, request: web.Request, operation: Operation, who: Who) -> None:
    """Something was changed. What one does at one's own seat or to one's own account is not told here, and
    what changes accounts has rows of its own (`audit.person`, `audit.kiosk`).
    """
    deed = deed_of(request)
    if operation.right in OWN_WORK and not deed.is_others:
        return
    if operation.has_own_rows:
        return
    data = {"role": who.role.value, "what": _what(operation), "on": _on(request), "reason": deed.reason}
    write(desk, "done", who.id, **data)


def _what(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def _on(request: web.Request) -> dict[str, str] | None:
    """What the path names, and what of the body tells what it is about."""
    named = {name: value[:LONGEST] for name, value in request.match_info.items()}
    return {**deed_of(request).about, **named} or None
