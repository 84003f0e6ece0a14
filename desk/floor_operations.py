"""The routes of who watches the floor."""

from __future__ import annotations

from desk import floor_pages, live, models, status, usual, watch_models
from desk.operation import API, Operation, page
from desk.rights import Right

FLOOR_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET", f"{API}/live", live.live, "The floor and the day, now", models.Live, right=Right.SEE_FLOOR
    ),
    Operation(
        "GET",
        f"{API}/events",
        status.events,
        "WebSocket: every journal event as it is written, one EventMessage a text frame; "
        "closed with 1013 when the client cannot follow",
        models.EventMessage,
        status=101,
        problems=(400, 403),
        right=Right.SEE_FLOOR,
    ),
    page("/live", floor_pages.live, "The live page", Right.SEE_FLOOR),
    Operation(
        "GET",
        f"{API}/watch",
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
        f"{API}/usual",
        usual.usual,
        "ふだん: what the last days of today's weekday were like, by half hour",
        watch_models.Usual,
        problems=(503,),
        right=Right.SEE_FLOOR,
    ),
    page("/floor", floor_pages.floor, "The floor view", Right.SEE_FLOOR),
    page("/kiosk", floor_pages.kiosk, "The wallboard on a wall", Right.SEE_FLOOR),
)
