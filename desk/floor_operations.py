"""The routes of who watches the floor."""

from __future__ import annotations

from desk import floor_pages, live, usual, watch_models
from desk.operation import Operation
from desk.rights import Right

BASE = "/api/v1"

FLOOR_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        f"{BASE}/watch",
        live.watch,
        "WebSocket: the object of /live on connect and after each change, the newest only, one WatchMessage "
        "a text frame; a beat in each second without a change",
        watch_models.WatchMessage,
        status=101,
        problems=(400, 403, 503),
        right=Right.SEE_FLOOR,
    ),
    Operation(
        "GET",
        f"{BASE}/usual",
        usual.usual,
        "ふだん: what the last days of today's weekday were like, by half hour",
        watch_models.Usual,
        problems=(503,),
        right=Right.SEE_FLOOR,
    ),
    Operation(
        "GET",
        "/floor",
        floor_pages.floor,
        "The floor view",
        types=("text/html",),
        right=Right.SEE_FLOOR,
    ),
    Operation(
        "GET",
        "/kiosk",
        floor_pages.kiosk,
        "The wallboard on a wall",
        types=("text/html",),
        right=Right.SEE_FLOOR,
    ),
)
