"""`GET /callbacks`: 折り返し, those open now, with their numbers for who may see them."""

from __future__ import annotations

from aiohttp import web

from desk.context import desk_of
from desk.queue import callback_view
from desk.shell import page
from desk.who import who_of

STATES = {
    "waiting": "順番待ち",
    "ringing": "席を呼出中",
    "calling": "市民へ発信中",
    "connecting": "接続中",
    "talking": "通話中",
    "hold": "保留",
    "parked": "次の時刻まで待機",
}


async def callbacks(request: web.Request) -> web.Response:
    """`GET /callbacks`."""
    desk, who = desk_of(request), who_of(request)
    shown = [callback_view(one) for one in desk.office.supervisor.callbacks() if who.sees_line(one.line)]
    return page(request, "callbacks.html.j2", callbacks=shown, states=STATES, lines=desk.office.line_names())
