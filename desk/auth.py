"""Who may ask: the bearer of the API token, or a browser with a session; and what for (`desk.rights`)."""

from __future__ import annotations

import asyncio
import hmac
import math
from urllib.parse import quote

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from desk import audit
from desk.accounts import Must
from desk.context import Desk, desk_of
from desk.operation import Operation
from desk.problems import ApiProblem
from desk.rights import Right, Role
from desk.sessions import Session
from desk.who import SYSTEM, Who, put_who

log = structlog.get_logger()

COOKIE = "madoguchi_session"
KIOSK_COOKIE = "madoguchi_kiosk"
"""A kiosk's session: apart, so that who opens its link in a browser of his own stays logged in."""
SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
SWITCHING = 101
OWN_SITES = frozenset({"same-origin", "none"})
"""What `Sec-Fetch-Site` says of our own pages, and of an address that somebody typed."""
FIRST = {
    Must.CHANGE_PASSWORD: ("change_your_password", "Change your password first: /account"),
    Must.ENROL: ("set_up_second_step", "Set up the second step of your log-in first: /account"),
}

_SESSION = web.RequestKey("session", Session)


def guarded(operation: Operation) -> Handler:
    """The operation's handler, for those only who have the right that it needs.

    401 to whom nobody knows (a browser that wants a page is sent to /login), 403 to whom it is not given, 429
    to whom asks too often.
    """
    right = operation.right

    async def public(request: web.Request) -> web.StreamResponse:
        _not_too_often(request, None)
        return await operation.handler(request)

    async def checked(request: web.Request) -> web.StreamResponse:
        assert right is not None  # noqa: S101  # of `public` below
        desk = desk_of(request)
        who, session = _known(request)
        _not_too_often(request, who)
        if who is None:
            if operation.is_page:
                raise web.HTTPSeeOther(_log_in_for(request))
            raise _unknown()
        if session is not None:
            # A cookie goes with whatever another site makes the browser send; SameSite does not cover
            # WebSockets of a sibling host or port.
            if request.method not in SAFE or operation.status == SWITCHING:
                same_origin(request)
            if session.must is not None and not operation.always:
                if operation.is_page:
                    raise web.HTTPSeeOther("/account")
                raise ApiProblem(403, *FIRST[session.must])
            request[_SESSION] = session
        put_who(request, who)
        try:
            _must_have(who, right)
            answer = await _served(request, operation, session)
        except ApiProblem as problem:
            if problem.status == web.HTTPForbidden.status_code:
                log.warning("desk.forbidden", who=who.id, operation=operation.path, code=problem.code)
                audit.refused(desk, request, operation, who, problem.code)
                if who.role is Role.KIOSK and operation.is_page:
                    # Somebody in front of a browser that has opened a wall's link, whose own session is over.
                    raise web.HTTPSeeOther(_log_in_for(request)) from None
            raise
        if request.method not in SAFE and answer.status < web.HTTPBadRequest.status_code:
            audit.done(desk, request, operation, who)
        return answer

    return public if right is None else checked


@web.middleware
async def nobody_else(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What is no operation of ours: 401 to whom nobody knows, so that nobody learns what there is."""
    is_none = request.match_info.http_exception is not None
    if is_none:
        who, _ = _known(request)
        _not_too_often(request, who)
        if who is None:
            raise _unknown()
    return await handler(request)


def same_origin(request: web.Request) -> None:
    """Refuse (403) what a browser sends for a page of another origin."""
    origin = request.headers.get(hdrs.ORIGIN)
    site = request.headers.get("Sec-Fetch-Site", "none").lower()
    is_foreign = origin is not None and origin.partition("://")[2].lower() != request.host.lower()
    if is_foreign or site not in OWN_SITES:
        raise ApiProblem(403, "foreign_origin", "The request comes from a page of another site.")


def is_token(given: str, token: str) -> bool:
    """Compare in constant time."""
    return bool(token) and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def session_of(request: web.Request) -> Session | None:
    """The browser's session; None: the API token was sent."""
    return request.get(_SESSION)


def cookie_name(request: web.Request, name: str = COOKIE) -> str:
    """Over TLS with the prefix by which a browser takes the cookie from this very host only."""
    return f"__Host-{name}" if request.secure else name


async def begin_session(
    request: web.Request,
    response: web.StreamResponse,
    who: Who,
    *,
    must: Must | None = None,
    name: str = COOKIE,
    until_s: float | None = None,
) -> None:
    """Begin a session with a new id, hand its cookie over, and end the one that this browser had."""
    desk = desk_of(request)
    desk.sessions.end(request.cookies.get(cookie_name(request, name), ""))
    cookie = desk.sessions.begin(
        who,
        address=address_of(request),
        agent=request.headers.get(hdrs.USER_AGENT, ""),
        must=must,
        until_s=until_s,
    )
    hand_over(request, response, cookie, name)
    await desk.sessions.keep(desk.database)


def hand_over(request: web.Request, response: web.StreamResponse, cookie: str, name: str = COOKIE) -> None:
    """The cookie of a session. It ends with the browser; how long the session lives, the server knows."""
    response.set_cookie(
        cookie_name(request, name),
        cookie,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=request.secure,
    )


async def drop_session(request: web.Request, response: web.StreamResponse) -> None:
    """End the session, if there is one."""
    desk, name = desk_of(request), cookie_name(request)
    desk.sessions.end(request.cookies.get(name, ""))
    response.del_cookie(name, path="/", httponly=True, samesite="Strict", secure=request.secure)
    await desk.sessions.keep(desk.database)


def address_of(request: web.Request) -> str:
    """Where the request comes from; a proxy in front of the desk would be all that it sees."""
    return request.remote or ""


def _must_have(who: Who, right: Right) -> None:
    if not who.may(right):
        raise ApiProblem(403, "not_your_right", "This is not among the rights of your role.")


async def _served(request: web.Request, operation: Operation, session: Session | None) -> web.StreamResponse:
    """The handler's answer. A WebSocket ends with the session that opened it."""
    task = asyncio.current_task()
    if session is None or operation.status != SWITCHING or task is None:
        return await operation.handler(request)
    session.tasks.add(task)
    try:
        return await operation.handler(request)
    finally:
        session.tasks.discard(task)


def _known(request: web.Request) -> tuple[Who | None, Session | None]:
    if _bearer(request):
        return SYSTEM, None
    desk = desk_of(request)
    for name in (COOKIE, KIOSK_COOKIE):
        cookie = request.cookies.get(cookie_name(request, name))
        session = None if cookie is None else desk.sessions.session(cookie)
        if session is not None:
            return session.who, session
    return None, None


def _bearer(request: web.Request) -> bool:
    scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return scheme.lower() == "bearer" and is_token(given.strip(), desk_of(request).api_token)


def _not_too_often(request: web.Request, who: Who | None) -> None:
    """429 with the seconds to wait. A program with the token may ask more often than a person."""
    desk: Desk = desk_of(request)
    if who is not None and not who.is_person and who.id == SYSTEM.id:
        wait_s = desk.program_requests.wait_s(who.id)
    else:
        wait_s = desk.requests.wait_s(f"address {address_of(request)}" if who is None else f"who {who.id}")
    if wait_s > 0:
        raise too_many(wait_s)


def too_many(wait_s: float) -> ApiProblem:
    """The refusal of who asks too often."""
    seconds = math.ceil(wait_s)
    return ApiProblem(429, "too_many", f"Too many requests; try again in {seconds} s.", retry_s=seconds)


def _unknown() -> ApiProblem:
    return ApiProblem(401, "unauthorised", "Log in, or send the API token as a Bearer token.")


def _log_in_for(request: web.Request) -> str:
    return "/login" if request.path == "/" else f"/login?next={quote(request.path_qs, safe='')}"
