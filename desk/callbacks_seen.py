"""The open callbacks as somebody is shown them: with their numbers, so each look stands in the access log."""

from __future__ import annotations

from aiohttp import web

from controller.supervisor import CallbackNow
from db import Looked
from db.access_log import note
from desk.context import desk_of
from desk.who import who_of

WHAT, WHY = "callback", "折り返しの一覧"
AGAIN_AFTER_MS = 3_600_000
"""A list that renews itself every few seconds is one look an hour, by viewer and call."""
SEEN = web.AppKey("callbacks_seen", dict[tuple[str, str], int])
"""When a viewer's look at a call was written down last (ms UTC)."""


async def callbacks_shown(request: web.Request) -> list[CallbackNow]:
    """The open callbacks of the lines that this person sees. That he sees them is written down."""
    desk, who, seen = desk_of(request), who_of(request), request.app[SEEN]
    found = [one for one in desk.office.supervisor.callbacks() if who.sees_line(one.line)]
    now_ms = desk.office.now_ms()
    fresh = [
        one for one in found if one.number and now_ms - seen.get((who.id, one.call), 0) >= AGAIN_AFTER_MS
    ]
    if fresh:
        rows = [Looked(now_ms, who.id, one.call, WHAT, WHY) for one in fresh]

        def work() -> None:
            with desk.database.write() as connection:
                note(connection, rows)

        await desk.save(work)
        for key in [key for key, at_ms in seen.items() if now_ms - at_ms >= AGAIN_AFTER_MS]:
            del seen[key]
        seen.update({(who.id, one.call): now_ms for one in fresh})
    return found
