"""`GET /health`: Asterisk, trunk, database, disk, clock, holiday table, certificate: well or not."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from desk.context import Desk, desk_of
from desk.health_words import HEALTH_WORDS
from desk.problems import to_json
from desk.shell import page

LEVELS = ("ok", "warn", "fail")


async def health(request: web.Request) -> web.Response:
    """`GET /health`."""
    now = await _look(desk_of(request))
    now["checks"].sort(key=lambda one: -LEVELS.index(one["level"]))
    return page(request, "health.html.j2", now=now, words_of_checks=HEALTH_WORDS)


async def looked(request: web.Request) -> web.Response:
    """`GET /api/v1/health`."""
    return web.json_response(text=to_json(await _look(desk_of(request))))


async def _look(desk: Desk) -> dict[str, Any]:
    found = await desk.read(desk.premises.health)
    own = [
        {
            "name": "controller.asterisk",
            "level": "ok" if desk.office.connected else "fail",
            "what": "connected" if desk.office.connected else "not connected",
            "remedy": "" if desk.office.connected else "look at asterisk/log",
        },
        {
            "name": "journal.writing",
            "level": "ok" if desk.journal.lag_ms < LAG_MS else "warn",
            "what": f"{desk.journal.lag_ms} ms behind",
            "remedy": "" if desk.journal.lag_ms < LAG_MS else "the database is slow, or away",
        },
    ]
    checks = [
        *own,
        *({"name": one.name, "level": one.level, "what": one.what, "remedy": one.remedy} for one in found),
    ]
    worst = max((LEVELS.index(str(one["level"])) for one in checks), default=0)
    return {"level": LEVELS[worst], "checks": checks}


LAG_MS = 2000
"""Rows that are older than this and not stored yet are worth a warning."""
