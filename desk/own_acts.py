"""What an operator does at his seat beside its states: 手上げ, カスハラ, 折り返し; forms checked as typed."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from controller.office import RefusedError
from db.categories import categories
from db.holds import Hold, place_hold
from desk.context import desk_of
from desk.entry_values import checked_apart
from desk.own_models import CallBackBody, CheckBody, HandBody, IncidentBody
from desk.problems import ApiProblem, bad, body_of, to_json
from desk.seats import done, seat_of
from desk.who import who_of

LARGEST_BODY = 64 * 1024
HELD_BECAUSE = "カスハラ"


async def raise_hand(request: web.Request) -> web.Response:
    """手上げ."""
    seat = seat_of(request)
    body = await body_of(request, HandBody)
    rules = desk_of(request).office.operator.rules
    if body.reason not in rules.hand_reasons:
        bad("reason", f"choose from {', '.join(rules.hand_reasons)}")
    return done(request, seat, lambda desk: desk.office.operator.raise_hand(seat, body.reason))


async def lower_hand(request: web.Request) -> web.Response:
    """Lower it: the operator himself, or the supervisor who has come."""
    seat, who = seat_of(request), who_of(request).id
    return done(request, seat, lambda desk: desk.office.operator.lower_hand(seat, who))


async def report_incident(request: web.Request) -> web.Response:
    """カスハラ: the supervisor is alerted at once, then what is kept of the call is put on hold."""
    seat, who = seat_of(request), who_of(request).id
    body = await body_of(request, IncidentBody)
    desk = desk_of(request)
    rules = desk.office.operator.rules
    if body.kind not in rules.incident_kinds:
        bad("kind", f"choose from {', '.join(rules.incident_kinds)}")
    try:
        incident = desk.office.operator.report_incident(seat, body.kind)
    except RefusedError as refused:
        raise ApiProblem(409, refused.code, str(refused)) from None
    desk.office.write_out()
    call, problem = incident.call, None
    if call is None:
        problem = "there is no call"
    else:
        hold = Hold(call, desk.office.now_ms(), who, f"{HELD_BECAUSE}: {incident.kind} ({incident.id})")
        try:
            await desk.save(lambda: place_hold(desk.database, hold))
        except ValueError as error:
            # Held already is as good; a call that the journal has not told of yet is not.
            problem = None if "held already" in str(error) else str(error)
    answer = {
        "id": incident.id, "kind": incident.kind, "call": call,
        "held": problem is None, "hold_problem": problem,
    }  # fmt: skip
    return web.json_response(text=to_json(answer), status=201)


async def close_incident(request: web.Request) -> web.Response:
    """It is dealt with; its record and the hold stay."""
    seat, who = seat_of(request), who_of(request).id
    return done(request, seat, lambda desk: desk.office.operator.close_incident(seat, who))


async def call_back(request: web.Request) -> web.Response:
    """折り返し: let the seat's phone ring for an open callback that is due; then the citizen is called."""
    seat = seat_of(request)
    body = await body_of(request, CallBackBody)
    return done(request, seat, lambda desk: desk.office.operator.call_back(seat, body.ticket))


async def check(request: web.Request) -> web.Response:
    """Values as they are typed: what would be refused, in the words of the refusal. Nothing is kept."""
    body = await body_of(request.clone(client_max_size=LARGEST_BODY), CheckBody, guarded={"ledger"})
    desk = desk_of(request)
    form = desk.office.forms().of(body.ledger)

    def work() -> dict[str, Any]:
        with desk.database.read() as connection:
            now = categories(connection)
        return checked_apart(form, body.values, now.tree if now else [])

    return web.json_response(text=to_json(await asyncio.to_thread(work)))
