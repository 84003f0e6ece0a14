"""交付予約受付簿, 問合せ記録簿: entries, their corrections, the forms. Every look at one is written down."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn

from aiohttp import web

from config.forms import LEDGERS, Form, Ledger, form_of
from controller.office import Office, RefusedError
from db import Database
from db.categories import categories
from db.ledger import Conflict, PurgedError, UnknownError, Writing, correct, current_of, write
from db.ledger_read import Revision, entries_of, find_entries, forms_of, look_at, newest
from db.slots import SlotFull
from db.vault import VaultError
from desk.context import Desk, desk_of
from desk.entry_models import CorrectionBody, LedgerEntryBody
from desk.entry_values import Checked, checked
from desk.entry_views import entry_line, entry_view, form_view
from desk.lines import must_see_call
from desk.looks import query_of, reason
from desk.problems import ApiProblem, bad, body_of, to_json
from desk.slots import full, place_of
from ivr.numbers import e164
from reports.period import day_period

LARGEST_BODY = 64 * 1024
MOST = 1000
ENTRY_ID = re.compile(r"(?:booking|inquiry)-[0-9]{4}-[0-9]{6,9}")
CALL_ID = re.compile(r"[0-9A-Za-z_.:-]{1,64}")
_FORM = re.compile(r"[0-9a-f]{64}")


async def forms(request: web.Request) -> web.Response:
    """The forms in force."""
    now = desk_of(request).office.forms()
    return _said({"forms": [form_view(ledger, now.of(ledger)) for ledger in LEDGERS]})


async def form(request: web.Request) -> web.Response:
    """A form in force, or one that some entry was written with."""
    desk = desk_of(request)
    asked = request.match_info["form"]
    for ledger in LEDGERS:
        if desk.office.forms().of(ledger).version == asked:
            return _said(form_view(ledger, desk.office.forms().of(ledger)))

    def work() -> dict[str, Any] | None:
        with desk.database.read() as connection:
            found = forms_of(connection, [asked])
        if not found:
            return None
        kept = found[asked]
        return form_view(kept.ledger, form_of(kept.definition))

    view = await desk.save(work) if _FORM.fullmatch(asked) else None
    if view is None:
        raise ApiProblem(404, "no_such_form", "There is no such form.")
    return _said(view)


async def make(request: web.Request) -> web.Response:
    """Save a new entry. A wrap-up that waits for it ends."""
    body = await body_of(request.clone(client_max_size=LARGEST_BODY), LedgerEntryBody)
    desk = desk_of(request)
    by, call = body.by, body.call
    if body.seat is not None:
        seat = next((one for one in desk.office.seats() if one.seat == body.seat), None)
        if seat is None:
            raise ApiProblem(404, "no_such_seat", "There is no such seat.")
        by, call = by or seat.operator, call or seat.call
    if by is None:
        bad("by", "say who writes it, or at which seat somebody is logged in")
    if call is not None and not CALL_ID.fullmatch(call):
        raise ApiProblem(404, "no_such_call", "There is no such call.")
    now_form = desk.office.forms().of(body.ledger)
    now_ms = desk.office.now_ms()

    yours: list[Checked] = []
    rules = desk.office.slots()

    def work() -> Revision:
        must_see_call(request, call)
        values = _checked(desk.database, now_form, body.values)
        yours.append(values)
        writing = _writing(body.ledger, by, now_form, values, call=call, request=body.request)
        place = place_of(rules, now_form, values) if body.ledger == "booking" else None
        return write(desk.database, replace(writing, place=place, replaces=body.replaces), now_ms)

    try:
        made = await desk.save(work)
    except UnknownError as unknown:
        if body.replaces is not None and body.replaces in str(unknown):
            raise ApiProblem(404, "no_such_entry", "There is no such entry to replace.") from None
        raise ApiProblem(404, "no_such_call", "There is no such call.") from None
    except VaultError:
        _no_key()
    except SlotFull as refused:
        return await full(desk, rules, refused, yours[-1])
    except Conflict as conflict:
        return await _both(
            desk, conflict.current, yours[-1], by,
            "This form has been saved already, with other values; nothing was saved.",
        )  # fmt: skip
    _tell_floor(desk.office, made, call)
    return _said(entry_view(desk.office, made), 201)


async def some(request: web.Request) -> web.Response:
    """Entries by ledger, call, day, or exactly one telephone number; without what is personal."""
    desk = desk_of(request)
    query = query_of(request, "ledger", "call", "day", "phone", "by", "why")
    ledger, call, day = query.get("ledger"), query.get("call"), query.get("day")
    if ledger is not None and ledger not in LEDGERS:
        bad("ledger", f"choose from {', '.join(LEDGERS)}")
    if call is not None and not CALL_ID.fullmatch(call):
        raise ApiProblem(404, "no_such_call", "There is no such call.")
    try:
        period = None if day is None else day_period(day)
    except ValueError as error:
        bad("day", str(error))
    number = None
    who, why = query.get("by", ""), query.get("why", "")
    if "phone" in query:
        number = e164(query["phone"])
        if number is None:
            bad("phone", "is no complete telephone number")
        reason(who, why)
    elif query.keys() <= {"by", "why"}:
        bad("ledger", "say which entries: ledger, call, day or phone")
    now_ms = desk.office.now_ms()

    def work() -> list[Revision]:
        found = (
            None
            if number is None
            else set(find_entries(desk.database, number, who=who, why=why, at_ms=now_ms))
        )
        with desk.database.read() as connection:
            fitting = found
            if query.keys() & {"ledger", "call", "day"}:
                listed = entries_of(
                    connection,
                    ledger=ledger,
                    call=call,
                    from_ms=None if period is None else period.from_ms,
                    to_ms=None if period is None else period.to_ms,
                    newest_first=MOST if found is None else None,
                )
                fitting = set(listed) if found is None else found.intersection(listed)
            return newest(connection, fitting or ())

    shown = sorted(await desk.save(work), key=lambda one: (one.made_ms, one.entry))
    lines = [entry_line(desk.office, one) for one in shown]
    return _said({"count": len(lines), "entries": lines})


async def one(request: web.Request) -> web.Response:
    """One entry with all its values. Who looks, and why, is written down."""
    revisions = await _looked(request)
    return _said(entry_view(desk_of(request).office, revisions[-1]))


async def history(request: web.Request) -> web.Response:
    """All revisions of an entry. Who looks, and why, is written down."""
    desk = desk_of(request)
    history = await _looked(request)
    shown = [entry_view(desk.office, revision) for revision in history]
    return _said({"id": history[0].entry, "revisions": shown})


async def change(request: web.Request) -> web.Response:
    """Save a correction; 409 with both versions when somebody else was first."""
    entry = _entry_id(request)
    body = await body_of(request.clone(client_max_size=LARGEST_BODY), CorrectionBody)
    desk = desk_of(request)
    now_ms = desk.office.now_ms()
    yours: list[Checked] = []
    rules = desk.office.slots()

    def work() -> Revision:
        before = current_of(desk.database, entry)
        must_see_call(request, before.call)
        now_form = desk.office.forms().of(_ledger(before.ledger))
        values = _checked(desk.database, now_form, body.values, before)
        yours.append(values)
        writing = _writing(before.ledger, body.by, now_form, values, why=body.why)
        place = place_of(rules, now_form, values) if before.ledger == "booking" else None
        return correct(desk.database, entry, body.revision, replace(writing, place=place), now_ms)

    try:
        made = await desk.save(work)
    except UnknownError:
        _no_entry()
    except VaultError:
        _no_key()
    except PurgedError:
        raise ApiProblem(
            410, "purged", "What was personal in this entry is gone: it can be corrected no more."
        ) from None
    except SlotFull as refused:
        return await full(desk, rules, refused, yours[-1])
    except Conflict as conflict:
        return await _both(
            desk, conflict.current, yours[-1], body.by,
            "Somebody else has corrected this entry since; nothing was saved.",
        )  # fmt: skip
    _tell_floor(desk.office, made)
    return _said(entry_view(desk.office, made))


async def _both(desk: Desk, current: Revision, yours: Checked, who: str, message: str) -> web.Response:
    """409 with both versions. He is shown what the other one wrote: a look like any other."""

    def look() -> dict[str, Any]:
        why, now_ms = "訂正の競合", desk.office.now_ms()
        look_at(desk.database, [current.entry], who=who, why=why, at_ms=now_ms)
        return entry_view(desk.office, current)

    answer = {
        "error": "conflict",
        "message": message,
        "current": await asyncio.to_thread(look),
        "yours": {**yours.plain, **yours.sealed},
    }
    return _said(answer, 409)


async def _looked(request: web.Request) -> list[Revision]:
    entry, desk = _entry_id(request), desk_of(request)
    query = query_of(request, "by", "why")
    who, why = query.get("by", ""), query.get("why", "")
    reason(who, why)
    now_ms = desk.office.now_ms()
    with suppress(UnknownError):  # which the look itself then finds
        before = await asyncio.to_thread(current_of, desk.database, entry)
        await asyncio.to_thread(must_see_call, request, before.call)
    found = await desk.save(lambda: look_at(desk.database, [entry], who=who, why=why, at_ms=now_ms))
    if not found:
        _no_entry()
    return found[0]


def _checked(
    database: Database, form: Form, values: dict[str, Any], before: Revision | None = None
) -> Checked:
    with database.read() as connection:
        now = categories(connection)
    kept = ({}, {}) if before is None else (before.plain, before.sealed)
    return checked(form, values, now.tree if now else [], kept)


def _writing(
    ledger: str,
    by: str,
    form: Form,
    values: Checked,
    *,
    call: str | None = None,
    why: str = "",
    request: str | None = None,
) -> Writing:
    return Writing(
        ledger,
        by,
        form.version,
        form.definition,
        plain=values.plain,
        sealed=values.sealed,
        phones=values.phones,
        call=call,
        why=why,
        request=request,
    )


def _tell_floor(office: Office, entry: Revision, asked: str | None = None) -> None:
    """A wrap-up that ends by the entry ends. `asked`: the call as it was given, which may be a ticket."""
    for seat in office.seats():
        if seat.call is not None and seat.call in (entry.call, asked):
            with suppress(RefusedError):
                office.entry_written(seat.seat, seat.call)


def _ledger(name: str) -> Ledger:
    return "booking" if name == "booking" else "inquiry"


def _entry_id(request: web.Request) -> str:
    asked = request.match_info["entry"]
    if not ENTRY_ID.fullmatch(asked):
        _no_entry()
    return asked


def _no_entry() -> NoReturn:
    raise ApiProblem(404, "no_such_entry", "There is no such entry.") from None


def _no_key() -> NoReturn:
    raise ApiProblem(
        503, "no_key", "The key of personal data cannot be used; nothing was saved. See bin/madoguchi doctor."
    ) from None


def _said(value: object, status: int = 200) -> web.Response:
    return web.json_response(text=to_json(value), status=status)
