"""The calendar's page and the announcements'."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from aiohttp import web

from controller.overrides import LONGEST_REASON
from desk.announcement_words import ANNOUNCEMENT_WORDS, PLACES, PROBLEMS, SUPERVISOR_WORD, VOICES
from desk.calendar_words import FIELDS, KINDS, OVERRIDE_PROBLEMS, OVERRIDE_WORDS
from desk.shell import page, pages_of
from desk.who import who_of
from desk.words import LINE_WORDS
from ivr.texts import LONGEST_ENGLISH, LONGEST_TEXT

STATIC = Path(str(resources.files("desk").joinpath("static")))


async def first(request: web.Request) -> web.Response:
    """`GET /`: on to the first page that the person may open."""
    pages = pages_of(who_of(request))
    raise web.HTTPSeeOther(pages[0].path if pages else "/account")


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
