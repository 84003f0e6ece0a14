"""What people did, tried and were refused, as rows `audit.…` of the journal: who, what, on what, why.

Never a password, a code, a citizen's data, or what somebody typed for an id that there is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from db import Entry
from desk.context import Desk
from desk.operation import Operation
from desk.rights import Right
from desk.who import Who

OWN_WORK = frozenset({Right.WORK, Right.WRITE_LEDGER, Right.BE_HERE})
"""What these do to one's own seat, entries and account has rows of its own kind."""
LONGEST_REASON = 200


@dataclass(slots=True)
class Deed:
    """What a handler knows of an action besides its path."""

    reason: str | None = None
    is_others: bool = False
    """It was done to somebody else's seat."""


_DEED = web.RequestKey("deed", Deed)


def deed_of(request: web.Request) -> Deed:
    """The note of this request, for its handler to complete."""
    if _DEED not in request:
        request[_DEED] = Deed()
    return request[_DEED]


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
    """Something was changed. What one does at one's own seat or to one's own account is not told here."""
    deed = request.get(_DEED) or Deed()
    if operation.right in OWN_WORK and not deed.is_others:
        return
    reason = deed.reason and deed.reason[:LONGEST_REASON]
    data = {"role": who.role.value, "what": _what(operation), "on": _on(request), "reason": reason}
    write(desk, "done", who.id, **data)


def _what(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def _on(request: web.Request) -> dict[str, str] | None:
    """What the path names: ids of ours only, and never longer than one."""
    return {name: value[:64] for name, value in request.match_info.items()} or None
