"""Who may ask: the bearer of the API token, or a browser with a session; and what for (`desk.rights`)."""

from __future__ import annotations

import hmac

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from desk.context import desk_of
from desk.operation import Operation
from desk.problems import ApiProblem
from desk.sessions import LONGEST_S
from desk.who import SYSTEM, Who, put_who

log = structlog.get_logger()

COOKIE = "madoguchi_session"
SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
SWITCHING = 101


def guarded(operation: Operation) -> Handler:
    """The operation's handler, for those only who have the right that it needs.

    401 to whom nobody knows (a browser that wants a page is sent to /login), 403 to whom it is not given.
    """
    right = operation.right
    if right is None:
        return operation.handler

    async def checked(request: web.Request) -> web.StreamResponse:
        who = _bearer(request)
        if who is None:
            who = _session(request)
            if who is None:
                if operation.is_page:
                    raise web.HTTPSeeOther("/login")
                raise _unknown()
            # A cookie goes with whatever another site makes the browser send; SameSite does not cover
            # WebSockets of a sibling host or port.
            if request.method not in SAFE or operation.status == SWITCHING:
                same_origin(request)
        put_who(request, who)
        if not who.may(right):
            log.warning(
                "desk.forbidden", who=who.id, role=who.role.value, operation=operation.path, needs=right.value
            )
            raise ApiProblem(403, "not_your_right", "This is not among the rights of your role.")
        return await operation.handler(request)

    return checked


@web.middleware
async def nobody_else(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What is no operation of ours: 401 to whom nobody knows, so that nobody learns what there is."""
    is_none = request.match_info.http_exception is not None
    if is_none and _bearer(request) is None and _session(request) is None:
        raise _unknown()
    return await handler(request)


def same_origin(request: web.Request) -> None:
    """Refuse (403) what a browser sends for a page of another origin."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and origin.partition("://")[2].lower() != request.host.lower():
        raise ApiProblem(403, "foreign_origin", "The request comes from a page of another site.")


def is_token(given: str, token: str) -> bool:
    """Compare in constant time."""
    return bool(token) and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def keep_session(request: web.Request, response: web.StreamResponse, who: Who) -> None:
    """Begin a session and hand its cookie over."""
    response.set_cookie(
        COOKIE,
        desk_of(request).sessions.begin(who),
        max_age=LONGEST_S,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=request.secure,
    )


def drop_session(request: web.Request, response: web.StreamResponse) -> None:
    """End the session, if there is one."""
    desk_of(request).sessions.end(request.cookies.get(COOKIE, ""))
    response.del_cookie(COOKIE, path="/")


def _unknown() -> ApiProblem:
    return ApiProblem(401, "unauthorised", "Log in, or send the API token as a Bearer token.")


def _bearer(request: web.Request) -> Who | None:
    scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    is_ours = scheme.lower() == "bearer" and is_token(given.strip(), desk_of(request).api_token)
    return SYSTEM if is_ours else None


def _session(request: web.Request) -> Who | None:
    cookie = request.cookies.get(COOKIE)
    return None if cookie is None else desk_of(request).sessions.who(cookie)
