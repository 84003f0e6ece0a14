"""`GET /health`: Asterisk, trunk, database, disk, clock, holiday table, certificate: well or not."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from desk.context import Desk, desk_of
from desk.problems import to_json
from desk.shell import page

LEVELS = ("ok", "warn", "fail")


async def health(request: web.Request) -> web.Response:
    """`GET /health`."""
    return page(request, "health.html.j2", now=await _look(desk_of(request)))


async def looked(request: web.Request) -> web.Response:
    """`GET /api/v1/health`."""
    return web.json_response(text=to_json(await _look(desk_of(request))))


async def _look(desk: Desk) -> dict[str, Any]:
    found = await desk.read(desk.premises.health)
    own = [
        {
            "name": "controller.asterisk",
            "level": "ok" if desk.office.connected else "fail",
            "what": "電話交換機とつながっています"
            if desk.office.connected
            else "電話交換機とつながっていません",
            "remedy": "" if desk.office.connected else "電話交換機の記録 asterisk/log を見てください",
        },
        {
            "name": "journal.writing",
            "level": "ok" if desk.journal.lag_ms < LAG_MS else "warn",
            "what": f"記録の遅れ {desk.journal.lag_ms} ms",
            "remedy": "" if desk.journal.lag_ms < LAG_MS else "データベースが遅いか、止まっています",
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
