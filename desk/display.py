"""`POST /display`: the language and the colours that a person wants, kept in the browser."""

from __future__ import annotations

from aiohttp import web

from desk.auth import same_origin
from desk.language import COOKIE, LANGUAGES
from desk.own_path import own_path
from desk.problems import bad
from desk.shell import THEME_COOKIE, THEMES

YEAR_S = 365 * 24 * 3600


async def display(request: web.Request) -> web.Response:
    """Keep the choice and go back to the page."""
    same_origin(request)
    form = await request.post()
    back = form.get("next", "/")
    if own_path(back) is None:
        bad("next", "is no page of this site")
    answer = web.Response(status=303, headers={"Location": str(back)})
    for name, cookie, known in (("language", COOKIE, LANGUAGES), ("theme", THEME_COOKIE, THEMES)):
        value = form.get(name)
        if value is None:
            continue
        if value not in known:
            bad(name, f"is none of {', '.join(known)}")
        answer.set_cookie(
            cookie,
            str(value),
            max_age=YEAR_S,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=request.secure,
        )
    return answer
