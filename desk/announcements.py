"""`/announcements…`: a supervisor has citizens told something for a time, after having listened to it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn

from aiohttp import web

from config import parse_local, to_ms
from controller.announcement_book import Item, State
from controller.announcements import Announcements
from controller.office import Office, RefusedError
from desk.announcement_models import AnnouncementBody, ByBody
from desk.context import FLUSH_S, Desk, desk_of
from desk.lines import must_see
from desk.problems import ApiProblem, bad, body_of, to_json
from desk.who import who_of
from ivr.announcement import Unfit
from reports.calls import local_text

LARGEST_BODY = 256 * 1024
"""A text that is far too long is still told so in a sentence about the text."""
MOST = 200
"""Of those that are over."""
STATUS = {"no_such_announcement": 404, "not_possible": 503, "busy": 503}
FAILED = {"voice_missing": 503, "too_slow": 503}
OVER = (State.EXPIRED, State.WITHDRAWN, State.FAILED)


async def make(request: web.Request) -> web.Response:
    """Speak an announcement, and publish it unless it is a draft. Answers when it can be heard."""
    body = await body_of(request.clone(client_max_size=LARGEST_BODY), AnnouncementBody)
    must_see(request, body.line)
    desk = desk_of(request)
    office = desk.office
    from_ms = None if body.from_ is None else _moment_ms("from", body.from_)
    until_ms = None if body.until is None else _moment_ms("until", body.until, is_end=True)
    try:
        made = office.announcements.make(
            body.text,
            place=body.place,
            author=body.author,
            line=body.line,
            language=body.language,
            from_ms=from_ms,
            until_ms=until_ms,
            draft=body.draft,
        )
        item = await office.announcements.spoken(made.announcement.id)
    except Unfit as unfit:
        raise ApiProblem(400, _code(unfit), f"{unfit.field}: {unfit}") from None
    except RefusedError as refused:
        _refuse(refused)
    await _stored(desk)
    if item.failure is not None:
        code, why = item.failure
        raise ApiProblem(FAILED.get(code, 400), code, f"text: {why}" if code == "not_spoken" else why)
    return _answer(office, item, 201)


async def all_of_them(request: web.Request) -> web.Response:
    """All that are not over, and those that are, newest first."""
    office, who = desk_of(request).office, who_of(request)
    announcements = _announcements(office)
    now_ms = office.now_ms()
    shown: list[Item] = []
    over = 0
    for item in announcements.items():
        if item.announcement.line is not None and not who.sees_line(item.announcement.line):
            continue
        if item.state(now_ms) in OVER:
            over += 1
            if over > MOST:
                continue
        shown.append(item)
    return web.json_response(
        text=to_json(
            {
                "now": local_text(now_ms),
                "lines": dict(announcements.lines()),
                "count": len(shown),
                "announcements": [announcement_view(office, item) for item in shown],
            }
        )
    )


async def one(request: web.Request) -> web.Response:
    """One announcement."""
    office = desk_of(request).office
    try:
        return _answer(office, office.announcements.item(request.match_info["announcement"]))
    except RefusedError as refused:
        _refuse(refused)


async def audio(request: web.Request) -> web.StreamResponse:
    """What callers hear, as WAV."""
    name = request.match_info["announcement"]
    try:
        announcements = desk_of(request).office.announcements
        announcements.item(name)
    except RefusedError as refused:
        _refuse(refused)
    sound = announcements.sound(name)
    if sound is None:
        raise ApiProblem(404, "no_sound", "There is no sound of this announcement, or none any more.")
    return web.FileResponse(sound, headers={"Content-Type": "audio/wav"})


async def publish(request: web.Request) -> web.Response:
    """Let callers hear a draft in its time."""
    return await _act(request, lambda announcements, name, by: announcements.publish(name, by))


async def withdraw(request: web.Request) -> web.Response:
    """Let nobody hear it any more."""
    return await _act(request, lambda announcements, name, by: announcements.withdraw(name, by))


def announcement_view(office: Office, item: Item) -> dict[str, Any]:
    """One announcement, as the API shows it."""
    told = item.announcement
    return {
        "id": told.id,
        "text": told.text,
        "place": told.place.value,
        "line": told.line,
        "language": told.language,
        "from": local_text(told.from_ms),
        "until": local_text(told.until_ms),
        "state": item.state(office.now_ms()).value,
        "author": told.author,
        "made": local_text(told.made_ms),
        "duration_s": None if item.duration_ms is None else round(item.duration_ms / 1000, 3),
        "kana": item.kana,
        "has_audio": office.announcements.sound(told.id) is not None,
        "published": None if item.published_ms is None else local_text(item.published_ms),
        "published_by": item.published_by or None,
        "withdrawn": None if item.withdrawn_ms is None else local_text(item.withdrawn_ms),
        "withdrawn_by": item.withdrawn_by or None,
        "failure": item.failure and {"error": item.failure[0], "message": item.failure[1]},
    }


async def _act(request: web.Request, act: Callable[[Announcements, str, str], Item]) -> web.Response:
    body = await body_of(request, ByBody) if request.can_read_body else ByBody()
    desk = desk_of(request)
    try:
        must_see(
            request, desk.office.announcements.item(request.match_info["announcement"]).announcement.line
        )
        item = act(desk.office.announcements, request.match_info["announcement"], body.author)
    except RefusedError as refused:
        _refuse(refused)
    await _stored(desk)
    return _answer(desk.office, item)


async def _stored(desk: Desk) -> None:
    """What is answered stands in the database, unless that is away: a fall right behind it undoes nothing."""
    desk.office.write_out()
    await asyncio.to_thread(desk.journal.flush, FLUSH_S)


def _announcements(office: Office) -> Announcements:
    try:
        return office.announcements
    except RefusedError as refused:
        _refuse(refused)


def _answer(office: Office, item: Item, status: int = 200) -> web.Response:
    return web.json_response(text=to_json(announcement_view(office, item)), status=status)


def _refuse(refused: RefusedError) -> NoReturn:
    raise ApiProblem(STATUS.get(refused.code, 409), refused.code, str(refused)) from None


def _code(unfit: Unfit) -> str:
    """For machines, and for the page, which says it in Japanese: text_my_number, until_past, …."""
    return f"{unfit.field}_{unfit.code}"


def _moment_ms(field: str, text: str, *, is_end: bool = False) -> int:
    """ISO 8601; in Japan unless it carries an offset; a date alone is the whole day. Refuses (400) others."""
    try:
        moment = parse_local(text)
        if is_end and re.fullmatch(r"\d{4}-\d\d-\d\d", text.strip()):
            moment += timedelta(days=1)
    except (ValueError, OverflowError):
        bad(field, "is no time; write it as 2026-11-24T18:00:00")
    if not 2000 <= moment.year < 2200:
        bad(field, "is out of range")
    return to_ms(moment)
