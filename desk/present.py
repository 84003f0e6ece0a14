"""Who is on the line, shown to the operator who has him there, to nobody else, and written down."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

from sqlalchemy.exc import DBAPIError

from controller.contacts import Contact
from db import Database, DatabaseError
from db.personal import shown

WHY = "着信の応対"
"""The purpose for which an operator is shown the number of the present caller."""
MOST = 2000


class Present:
    """Writes each look once: reading a page again that shows the same caller is no further look."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[tuple[str, str], asyncio.Task[bool]] = OrderedDict()

    async def may_show(self, contact: Contact, who: str, at_ms: int) -> bool:
        """Whether the look stands in the access log: without that nothing personal is shown."""
        key = who, contact.call
        task = self._known.get(key)
        if task is None or (task.done() and not task.result()):
            task = asyncio.create_task(self._write(contact.asked_in, who, at_ms), name="a look at a caller")
            self._known[key] = task
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return await asyncio.shield(task)

    async def _write(self, call: str, who: str, at_ms: int) -> bool:
        try:
            await asyncio.to_thread(shown, self._database, call, who=who, why=WHY, at_ms=at_ms)
        except (DBAPIError, DatabaseError):
            return False
        return True


def caller_view(contact: Contact, logged: bool) -> dict[str, Any]:
    """The caller for the eye. Only a number that is shown has to stand in the access log first."""
    is_number = contact.number is not None
    return {
        "display": contact.display if logged or not is_number else None,
        "withheld": None if is_number else contact.withheld.value,
    }
