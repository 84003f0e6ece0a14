"""`GET /desk…`: what an operator is shown of his own seat and his own call. Nobody is shown another's."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from aiohttp import web

from controller.contacts import Contact
from controller.office import SeatNow
from controller.operator_desk import AtSeat
from db import call_facts, journal_of_call
from db.ledger_read import Revision, entries_of, newest
from db.personal import earlier_calls
from desk.context import Desk, desk_of
from desk.live import seat_view
from desk.present import Present, caller_view
from desk.problems import ApiProblem, to_json
from desk.who import Who, who_of
from ivr.numbers import shown
from reports.calls import CallLine, local_text
from reports.own_day import own_day

PRESENT = web.AppKey("present", Present)
EARLIER_WHY = "着信の応対（以前の着信）"
DAY_MS = 86_400_000


async def desk(request: web.Request) -> web.Response:
    """`GET /desk`."""
    parts, who, operator = desk_of(request), who_of(request), operator_of(request)
    office = parts.office
    seat = own_seat(parts, operator)
    at = None if seat is None else office.operator.at(seat.seat)
    call = None
    if seat is not None and at is not None and at.contact is not None:
        logged = at.contact.number is None or await request.app[PRESENT].may_show(
            at.contact, who.id, office.now_ms()
        )
        call = _call(parts, seat, at, at.contact, logged)
    now_ms = office.now_ms()
    view = {
        "now": local_text(now_ms),
        "operator": operator,
        "operator_name": office.operators().get(operator, operator),
        "seat": None if seat is None else seat_view(seat, now_ms),
        "break_limit_s": None if at is None or at.break_limit_ms is None else at.break_limit_ms / 1000,
        "call": call,
    }
    return web.json_response(text=to_json(view))


async def earlier(request: web.Request) -> web.Response:
    """`GET /desk/earlier`: the last calls of the present caller's number."""
    parts, who = desk_of(request), who_of(request)
    contact = _contact(parts, operator_of(request))
    rules, now_ms = parts.office.operator.rules, parts.office.now_ms()
    number = contact.number

    def work() -> list[dict[str, Any]]:
        if number is None or not rules.earlier_contacts:
            return []
        found = earlier_calls(
            parts.database,
            number,
            but=contact.asked_in,
            from_ms=now_ms - rules.earlier_days * DAY_MS,
            most=rules.earlier_contacts,
            who=who.id,
            why=EARLIER_WHY,
            at_ms=now_ms,
        )
        with parts.database.read() as connection:
            facts = call_facts(connection, found)
            entries = newest(connection, [e for call in found for e in entries_of(connection, call=call)])
        names = parts.office.operators()
        return [
            {
                "call": call,
                "received": local_text(facts[call].received_ms),
                "outcome": CallLine(facts[call]).outcome,
                "outcome_ja": CallLine(facts[call]).outcome_name,
                "talk_s": None if (talk_ms := facts[call].talk_ms) is None else talk_ms / 1000,
                "operator_name": names.get(facts[call].operator or "", facts[call].operator),
                "entries": [_about(parts, entry) for entry in entries if entry.call == call],
            }
            for call in found
            if call in facts
        ]

    contacts = await parts.save(work)
    answer = {"call": contact.call, "days": rules.earlier_days, "contacts": contacts}
    return web.json_response(text=to_json(answer))


async def day(request: web.Request) -> web.Response:
    """`GET /desk/day`: the operator's own figures of today."""
    parts, operator = desk_of(request), operator_of(request)
    now_ms = parts.office.now_ms()
    found = await parts.read(own_day, parts.database, operator, now_ms)
    return web.json_response(text=to_json({"now": local_text(now_ms), **found.to_json()}))


async def callbacks(request: web.Request) -> web.Response:
    """`GET /desk/callbacks`: the open ones, without numbers; those that this operator has tried first."""
    parts, operator = desk_of(request), operator_of(request)
    open_ = parts.office.supervisor.callbacks()
    names = parts.office.line_names()

    def work() -> set[str]:
        with parts.database.read() as connection:
            return {
                one.ticket
                for one in open_
                for row in journal_of_call(connection, one.call)
                if row.entry.kind == "callback.calling" and row.entry.operator == operator
            }

    mine = await parts.save(work) if open_ else set()
    shown_ = [
        {
            "ticket": one.ticket,
            "line_name": names.get(one.line, one.line),
            "state": one.state,
            "position": one.position,
            "attempts": one.attempts,
            "asked": local_text(one.asked_ms),
            "due": local_text(one.due_ms),
            "mine": one.ticket in mine,
        }
        for one in sorted(open_, key=lambda one: (one.ticket not in mine, one.asked_ms))
    ]
    return web.json_response(text=to_json({"callbacks": shown_}))


def operator_of(request: web.Request) -> str:
    """The operator that the person is; 409 for whoever is none."""
    who: Who = who_of(request)
    if who.operator is None:
        raise ApiProblem(409, "no_operator", "You are no operator: there is no desk of yours.")
    return who.operator


def own_seat(desk: Desk, operator: str) -> SeatNow | None:
    """The seat at which this operator is logged in, by whatever way."""
    number = desk.office.operator.seat_of(operator)
    return next((seat for seat in desk.office.seats() if seat.seat == number), None)


def _contact(desk: Desk, operator: str) -> Contact:
    seat = own_seat(desk, operator)
    contact = None if seat is None else desk.office.operator.at(seat.seat).contact
    if contact is None:
        raise ApiProblem(409, "no_call", "You have no call.")
    return contact


def _call(desk: Desk, seat: SeatNow, at: AtSeat, contact: Contact, logged: bool) -> dict[str, Any]:
    office = desk.office
    stage = seat.state if seat.state in ("ringing", "talking", "hold", "wrap_up") else "ringing"
    until_ms = at.talk_ms if at.talk_ms is not None and stage != "ringing" else office.now_ms()
    return {
        "call": contact.call,
        "asked_in": contact.asked_in,
        "callback": contact.is_callback,
        "stage": stage,
        "caller": caller_view(contact, logged),
        "line": contact.line,
        "line_name": office.line_names().get(contact.line, contact.line),
        "need": list(office.operator.need_words(contact.need)),
        "language": contact.language,
        "menu": [dict(zip(("menu", "key"), step.split(":", 1), strict=True)) for step in contact.path],
        "waited_s": max(0, until_ms - contact.queued_ms) / 1000,
        "talk": None if at.talk_ms is None or stage == "ringing" else local_text(at.talk_ms),
        "hold": None if at.hold_ms is None else local_text(at.hold_ms),
        "reservation_url": _reservation(desk, seat, contact, logged),
    }


def _reservation(desk: Desk, seat: SeatNow, contact: Contact, logged: bool) -> str | None:
    """The link with its placeholders filled in; a number goes into it only where the settings say so."""
    template = desk.office.operator.rules.reservation_url
    if not template:
        return None
    number = shown(contact.number).replace("-", "") if contact.number and logged else ""
    values = {
        "call": contact.asked_in,
        "line": contact.line,
        "operator": seat.operator or "",
        "seat": str(seat.seat),
        "number": number,
    }
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template


def _about(desk: Desk, entry: Revision) -> dict[str, Any]:
    """The entry's category, else its choices: what it is about, of what is not personal."""
    words = next((value for value in entry.plain.values() if isinstance(value, list)), None)
    if words is None:
        words = [value for value in entry.plain.values() if isinstance(value, str)][:1]
    return {"id": entry.entry, "ledger": entry.ledger, "about": " / ".join(words), "state": entry.state}
