"""Opening a kiosk's link.

The token stands in the link only until the browser has exchanged it for a cookie: `GET /kiosk/{token}` begins
a session of `Role.KIOSK` and sends the browser on to `/kiosk`. No log, no page and no referrer has it.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from desk import audit, auth
from desk.context import desk_of
from desk.problems import ApiProblem
from desk.rights import Role
from desk.who import Who, who_of


async def open_link(request: web.Request) -> web.StreamResponse:
    """`GET /kiosk/{token}`: the token for a cookie, and on to /kiosk."""
    desk = desk_of(request)
    address = auth.address_of(request)
    if (wait_s := desk.log_ins.wait_s(address)) > 0:
        raise auth.too_many(wait_s)
    found = await asyncio.to_thread(desk.kiosks.opened, request.match_info["token"], desk.accounts.seconds())
    if found is None:
        desk.log_ins.failed(address)
        audit.write(desk, "login_failed", "", why="kiosk", address=address)
        raise ApiProblem(404, "no_such_link", "This link opens nothing, or nothing any more.")
    who, until_s = found
    answer = web.Response(status=303, headers={"Location": "/kiosk"})
    await auth.begin_session(request, answer, who, name=auth.KIOSK_COOKIE, until_s=until_s)
    audit.write(desk, "login", who.id, role=who.role.value, how="kiosk", address=address)
    return answer


def kiosk_who(request: web.Request) -> Who | None:
    """The wall that asks; None: it is a person."""
    who = who_of(request)
    return who if who.role is Role.KIOSK else None
