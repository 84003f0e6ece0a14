"""`GET /callbacks`: 折り返し, those open now, with their numbers for who may see them."""

from __future__ import annotations

from aiohttp import web

from desk.callbacks_seen import callbacks_shown
from desk.context import desk_of
from desk.queue import callback_view
from desk.shell import page

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
    desk = desk_of(request)
    shown = [callback_view(one) for one in await callbacks_shown(request)]
    return page(request, "callbacks.html.j2", callbacks=shown, states=STATES, lines=desk.office.line_names())
