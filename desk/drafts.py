"""What operators are typing, kept until it is saved as an entry: a closed window loses nothing."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from config.mynumber import REFUSAL, contains_my_number
from db.drafts import (
    NO_CALL,
    Draft,
    DraftConflict,
    drafts_of,
    drop_drafts,
    empty_draft,
    keep_draft,
    look_at_drafts,
)
from db.ledger import UnknownError, call_of, current_of
from db.vault import VaultError
from desk.context import Desk, desk_of
from desk.draft_models import ABOUT, DraftBody
from desk.entries import CALL_ID, ENTRY_ID, LARGEST_BODY
from desk.entry_values import texts_in
from desk.looks import query_of, reason
from desk.problems import ApiProblem, bad, body_of, to_json
from desk.rights import Right
from desk.who import who_of
from ivr.numbers import e164
from reports.calls import local_text

GOES_ON = "下書きの続き"
"""Why an operator looks at his own draft, unless he says otherwise."""


async def keep(request: web.Request) -> web.Response:
    """Keep what is typed so far. A My Number is refused, and takes what was kept before with it."""
    body = await body_of(request.clone(client_max_size=LARGEST_BODY), DraftBody, guarded={"about", "by"})
    desk = desk_of(request)
    by = body.by
    if body.seat is not None:
        seat = next((one for one in desk.office.seats() if one.seat == body.seat), None)
        if seat is None:
            raise ApiProblem(404, "no_such_seat", "There is no such seat.")
        by = by or seat.operator
    if by is None:
        bad("by", "say who types it, or at which seat somebody is logged in")
    subject, now_ms = request.match_info["subject"], desk.office.now_ms()
    phones = [number for value in body.values.values() if (number := _phone(value)) is not None]
    has_my_number = any(contains_my_number(text) for text in texts_in(body.values))

    def work() -> Draft:
        known = _subject(desk, subject, body.about)
        draft = Draft(known, by, body.about, 0, now_ms, body.values, body.seen)
        if has_my_number:
            # Its first digits may have been kept a moment ago, and they tell the last one.
            empty_draft(desk.database, draft)
            raise ApiProblem(400, "my_number", f"values: {REFUSAL}")
        revision = keep_draft(desk.database, draft, phones, now_ms, expected=body.revision)
        return Draft(known, by, body.about, revision, now_ms, None)

    try:
        kept = await desk.save(work)
    except VaultError:
        raise ApiProblem(
            503,
            "no_key",
            "The key of personal data cannot be used; nothing was kept. See the doctor.",
        ) from None
    except DraftConflict as conflict:
        answer = {
            "error": "conflict",
            "message": "The draft has been saved in another window, or became an entry; nothing was saved.",
            "current": None if conflict.current is None else _view(conflict.current),
        }
        return web.json_response(text=to_json(answer), status=409)
    return web.json_response(text=to_json(_line(kept)))


async def of_operator(request: web.Request) -> web.Response:
    """An operator's drafts, without what is in them."""
    desk = desk_of(request)
    by = query_of(request, "by").get("by", "")
    reason(by, GOES_ON)

    def work() -> list[Draft]:
        with desk.database.read() as connection:
            return drafts_of(connection, by)

    found = await desk.save(work)
    return web.json_response(text=to_json({"drafts": [_line(one) for one in found]}))


async def of_subject(request: web.Request) -> web.Response:
    """An operator's drafts for a call, whole. The look is written down."""
    desk = desk_of(request)
    query = query_of(request, "by", "operator", "why")
    by = query.get("by", "")
    operator = query.get("operator", by)
    if operator != by and not who_of(request).may(Right.SEE_PEOPLE_OF_CALLS):
        raise ApiProblem(403, "forbidden", "Another operator's drafts are not shown to you.")
    why = query.get("why", GOES_ON if operator == by else "")
    reason(by, why)
    subject, now_ms = request.match_info["subject"], desk.office.now_ms()

    def work() -> list[Draft]:
        known = _subject(desk, subject, None)
        return look_at_drafts(desk.database, known, operator, who=by, why=why, at_ms=now_ms)

    found = await desk.save(work)
    return web.json_response(text=to_json({"drafts": [_view(one) for one in found]}))


async def drop(request: web.Request) -> web.Response:
    """Drop a draft: it is gone for ever."""
    desk = desk_of(request)
    query = query_of(request, "by", "about")
    by, about = query.get("by", ""), query.get("about", "")
    reason(by, GOES_ON)
    if not re.fullmatch(ABOUT, about):
        bad("about", "say which: booking, inquiry, note, or an entry's id")
    subject = request.match_info["subject"]

    def work() -> None:
        known = _subject(desk, subject, None)
        with desk.database.write() as connection:
            drop_drafts(connection, subject=known, operator=by, about=about)

    await desk.save(work)
    return web.Response(status=204)


def _subject(desk: Desk, asked_for: str, about: str | None) -> str:
    """What a draft belongs to: the call (also by a callback's ticket), an entry without a call, or none.

    Raises:
        ApiProblem: 404, 400 where the entry to be corrected does not belong to it.
    """
    if about is not None and ENTRY_ID.fullmatch(about):
        try:
            entry = current_of(desk.database, about)
        except UnknownError:
            raise ApiProblem(404, "no_such_entry", "There is no such entry.") from None
        if asked_for not in (entry.call, about):
            bad("about", "the entry does not belong to this call")
        return entry.call or about
    if asked_for == NO_CALL:
        return NO_CALL
    if about is None and ENTRY_ID.fullmatch(asked_for):
        try:
            return current_of(desk.database, asked_for).call or asked_for
        except UnknownError:
            raise ApiProblem(404, "no_such_entry", "There is no such entry.") from None
    try:
        return call_of(desk.database, asked_for if CALL_ID.fullmatch(asked_for) else "")
    except UnknownError:
        raise ApiProblem(404, "no_such_call", "There is no such call.") from None


def _phone(value: object) -> str | None:
    return e164(value) if isinstance(value, str) and len(value) <= 40 else None


def _line(one: Draft) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "about": one.about,
        "operator": one.operator,
        "revision": one.revision,
        "at": local_text(one.at_ms),
    }


def _view(one: Draft) -> dict[str, Any]:
    return {**_line(one), "seen": one.seen, "values": dict(one.values or {})}
