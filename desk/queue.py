"""`POST /calls/{call}/…` and `/callbacks…`: what a supervisor does with those who wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from controller.office import RefusedError
from controller.supervisor import CallbackNow
from desk.callbacks_seen import callbacks_shown
from desk.context import Desk, desk_of
from desk.lines import must_see_waiting
from desk.live import waiting_view
from desk.problems import ApiProblem, body_of, to_json
from desk.supervisor_models import AskCallbackBody, BecauseBody, MoveBody, OfferBody, RaiseBody, TakeOutBody
from reports.calls import local_text


async def move(request: web.Request) -> web.Response:
    """Put a waiting caller to another place."""
    body = await body_of(request, MoveBody)
    return _done(request, lambda desk, call: desk.office.supervisor.move(call, body.position))


async def prioritise(request: web.Request) -> web.Response:
    """Give a waiting caller another priority."""
    body = await body_of(request, RaiseBody)
    return _done(request, lambda desk, call: desk.office.supervisor.prioritise(call, body.priority))


async def offer(request: web.Request) -> web.Response:
    """Let a chosen seat's phone ring for a waiting caller."""
    body = await body_of(request, OfferBody)
    return _done(request, lambda desk, call: desk.office.supervisor.offer(call, body.seat))


async def take_out(request: web.Request) -> web.Response:
    """Take a waiting caller out of the queue."""
    body = await body_of(request, TakeOutBody)
    return _done(request, lambda desk, call: desk.office.supervisor.take_out(call, body.reason))


async def call_back(request: web.Request) -> web.Response:
    """Let a waiting caller go and call him back."""
    body = await body_of(request, AskCallbackBody)
    return _done(request, lambda desk, call: desk.office.supervisor.call_back(call, body.number))


async def callbacks(request: web.Request) -> web.Response:
    """The open callbacks. The numbers stand here only: not in `/live`, not in the journal."""
    shown = [callback_view(one) for one in await callbacks_shown(request)]
    return web.json_response(text=to_json({"count": len(shown), "callbacks": shown}))


async def cancel_callback(request: web.Request) -> web.Response:
    """Cancel an open callback."""
    ticket = request.match_info["ticket"]
    if request.can_read_body:
        await body_of(request, BecauseBody)
    must_see_waiting(request, ticket)
    desk = desk_of(request)
    try:
        desk.office.supervisor.cancel_callback(ticket)
    except RefusedError as refused:
        raise ApiProblem(409, refused.code, str(refused)) from None
    return web.json_response({"ticket": ticket, "state": "cancelled"})


def callback_view(callback: CallbackNow) -> dict[str, Any]:
    """One callback."""
    return {
        "ticket": callback.ticket,
        "call": callback.call,
        "line": callback.line,
        "number": callback.number,
        "state": callback.state,
        "position": callback.position,
        "attempts": callback.attempts,
        "asked": local_text(callback.asked_ms),
        "due": local_text(callback.due_ms),
    }


def _done(request: web.Request, act: Callable[[Desk, str], None]) -> web.Response:
    desk, call = desk_of(request), request.match_info["call"]
    must_see_waiting(request, call)
    try:
        act(desk, call)
    except RefusedError as refused:
        raise ApiProblem(409, refused.code, str(refused)) from None
    found = next((one for one in desk.office.waiting() if one.call == call), None)
    waiting = None if found is None else waiting_view(found, desk.office.now_ms())
    return web.json_response(text=to_json({"call": call, "waiting": waiting}))
