"""Who may ask: the bearer of the API token, or a browser with a session.

`POST /login` takes the token itself for now; the log-in of people and their roles come on top of it.
"""

from __future__ import annotations

import hmac

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from desk.context import desk_of
from desk.problems import ApiProblem
from desk.sessions import LONGEST_S

COOKIE = "madoguchi_session"
PUBLIC = frozenset(
    {
        "/login",
        *(f"{base}{path}" for base in ("", "/api/v1") for path in ("/healthz", "/readyz", "/metrics")),
    }
)
PAGES = frozenset({"/", "/announcements", "/calendar"})
SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through who may ask; 401 to others, a browser that wants the page is sent to /login."""
    if request.path in PUBLIC or request.path.startswith("/static/"):
        return await handler(request)
    if not _has_token(request):
        if not _has_session(request):
            if request.path in PAGES and request.method in SAFE:
                raise web.HTTPSeeOther("/login")
            raise ApiProblem(401, "unauthorised", "Log in, or send the API token as a Bearer token.")
        # A cookie goes with whatever another site makes the browser send; SameSite does not cover
        # WebSockets of a sibling host or port.
        if request.method not in SAFE or request.path.endswith("/events"):
            same_origin(request)
    return await handler(request)


def same_origin(request: web.Request) -> None:
    """Refuse (403) what a browser sends for a page of another origin."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and origin.partition("://")[2].lower() != request.host.lower():
        raise ApiProblem(403, "foreign_origin", "The request comes from a page of another site.")


def is_token(given: str, token: str) -> bool:
    """Compare in constant time."""
    return bool(token) and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def keep_session(request: web.Request, response: web.StreamResponse) -> None:
    """Begin a session and hand its cookie over."""
    response.set_cookie(
        COOKIE,
        desk_of(request).sessions.begin(),
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


def _has_token(request: web.Request) -> bool:
    scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return scheme.lower() == "bearer" and is_token(given.strip(), desk_of(request).api_token)


def _has_session(request: web.Request) -> bool:
    cookie = request.cookies.get(COOKIE)
    return cookie is not None and desk_of(request).sessions.is_valid(cookie)
