"""The live page and the log-in page."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from aiohttp import web

from controller.overrides import LONGEST_REASON
from desk import auth
from desk.announcement_words import ANNOUNCEMENT_WORDS, PLACES, PROBLEMS, SUPERVISOR_WORD, VOICES
from desk.calendar_words import FIELDS, KINDS, OVERRIDE_PROBLEMS, OVERRIDE_WORDS
from desk.context import desk_of
from desk.problems import bad
from desk.shell import page, pages_of
from desk.who import SYSTEM, who_of
from desk.words import FIGURES, LINE_WORDS, SEAT_WORDS
from ivr.texts import LONGEST_ENGLISH, LONGEST_TEXT

STATIC = Path(str(resources.files("desk").joinpath("static")))


async def first(request: web.Request) -> web.Response:
    """`GET /`: on to the first page that the person may open."""
    pages = pages_of(who_of(request))
    raise web.HTTPSeeOther(pages[0].path if pages else "/login")


async def live(request: web.Request) -> web.Response:
    """`GET /live`."""
    return page(request, "live.html.j2", figures=FIGURES, seat_words=SEAT_WORDS, line_words=LINE_WORDS)


async def announcements(request: web.Request) -> web.Response:
    """`GET /announcements`."""
    return page(
        request,
        "announcements.html.j2",
        places=PLACES,
        states=ANNOUNCEMENT_WORDS,
        problems=PROBLEMS,
        voices=VOICES,
        longest=LONGEST_TEXT,
        longest_english=LONGEST_ENGLISH,
        author=SUPERVISOR_WORD,
    )


async def calendar(request: web.Request) -> web.Response:
    """`GET /calendar`."""
    return page(
        request,
        "calendar.html.j2",
        kinds=KINDS,
        states=OVERRIDE_WORDS,
        line_words=LINE_WORDS,
        problems=OVERRIDE_PROBLEMS,
        fields=FIELDS,
        longest=LONGEST_REASON,
    )


async def login(request: web.Request) -> web.Response:
    """`GET /login`."""
    return page(request, "login.html.j2", failed="failed" in request.query)


async def log_in(request: web.Request) -> web.StreamResponse:
    """`POST /login`: the token makes a session."""
    auth.same_origin(request)
    if request.content_type != "application/x-www-form-urlencoded":
        bad("body", "is not a urlencoded form")
    try:
        form = await request.post()
    except (ValueError, LookupError):  # an unknown charset, bytes that are not text
        bad("body", "is not text")
    given = form.get("token")
    if not isinstance(given, str) or not auth.is_token(given.strip(), desk_of(request).api_token):
        raise web.HTTPSeeOther("/login?failed=1")
    answer = web.Response(status=303, headers={"Location": "/"})
    auth.keep_session(request, answer, SYSTEM)
    return answer


async def log_out(request: web.Request) -> web.StreamResponse:
    """`POST /logout`."""
    answer = web.Response(status=303, headers={"Location": "/login"})
    auth.drop_session(request, answer)
    return answer
