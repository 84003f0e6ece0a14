"""/healthz, /readyz and /metrics: for machines that watch. Without log-in, for they hold no personal data."""

from __future__ import annotations

from aiohttp import web

from desk.context import desk_of
from desk.health import certificate_warning, holiday_table


async def healthz(_request: web.Request) -> web.Response:
    """Answer as long as the process lives."""
    return web.json_response({"status": "alive"})


async def readyz(request: web.Request) -> web.Response:
    """200 when calls can be taken and recorded; 503, telling what is missing, otherwise.

    `warnings`, in Japanese: what will be missing one day (the holiday table of next year), reports not sent.
    """
    desk = desk_of(request)
    parts = {"asterisk": desk.office.connected, "database": await desk.database_check.answers()}
    missing = [name for name, there in parts.items() if not there]
    _, warnings = holiday_table(desk.office)
    warnings = [*warnings, *certificate_warning(desk.certificate_ends_s), *desk.office.further_warnings()]
    return web.json_response(
        {"ready": not missing, **parts, "missing": missing, "warnings": warnings},
        status=503 if missing else 200,
    )


async def metrics(request: web.Request) -> web.Response:
    """The Prometheus text format."""
    return web.Response(
        body=desk_of(request).measures.text(),
        headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
    )


async def events(request: web.Request) -> web.StreamResponse:
    """`GET /events`: a WebSocket that gets every journal event as it is written."""
    return await desk_of(request).push.serve(request)
