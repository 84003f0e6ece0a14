"""`POST /seats/{seat}/…`: what an operator does, done for them by the API."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from controller.office import RefusedError, SeatNow
from desk.context import Desk, desk_of
from desk.deed import deed_of
from desk.live import seat_view
from desk.models import BreakBody, LogInBody
from desk.problems import ApiProblem, body_of, to_json
from desk.rights import Right
from desk.supervisor_models import BecauseBody, EntryBody, ExtendBody
from desk.who import who_of


async def log_in(request: web.Request) -> web.Response:
    """Log an operator in, ready at once."""
    body = await body_of(request, LogInBody)
    seat = _free_seat(request, body.operator)
    return done(request, seat, lambda desk: desk.office.log_in(seat, body.operator))


async def log_out(request: web.Request) -> web.Response:
    """Log the operator out, after the talk if there is one."""
    seat = seat_of(request)
    await _why(request)
    return done(request, seat, lambda desk: desk.office.log_out(seat))


async def ready(request: web.Request) -> web.Response:
    """Take calls."""
    seat = seat_of(request)
    await _why(request)
    return done(request, seat, lambda desk: desk.office.ready(seat))


async def take_break(request: web.Request) -> web.Response:
    """離席."""
    seat = seat_of(request)
    body = await body_of(request, BreakBody)
    return done(request, seat, lambda desk: desk.office.take_break(seat, body.reason))


async def end_wrap_up(request: web.Request) -> web.Response:
    """Finish the after-call work."""
    seat = seat_of(request)
    await _why(request)
    return done(request, seat, lambda desk: desk.office.end_wrap_up(seat))


async def extend_wrap_up(request: web.Request) -> web.Response:
    """Take longer for the after-call work."""
    seat = seat_of(request)
    body = await body_of(request, ExtendBody)
    return done(request, seat, lambda desk: desk.office.extend_wrap_up(seat, body.seconds * 1000))


async def entry_written(request: web.Request) -> web.Response:
    """The ledger entry of a call has been saved."""
    seat = seat_of(request)
    body = await body_of(request, EntryBody)
    return done(request, seat, lambda desk: desk.office.entry_written(seat, body.call))


async def _why(request: web.Request) -> None:
    """The reason of what needs no body, if there is one."""
    if request.can_read_body:
        await body_of(request, BecauseBody)


def seat_of(request: web.Request) -> int:
    """The path's seat, at which one's own operator sits, or anybody's for who may run them.

    Raises:
        ApiProblem: 404 for a seat that there is not, 403 for one that is another's.
    """
    asked = request.match_info["seat"]
    who = who_of(request)
    for seat in desk_of(request).office.seats():
        if asked == str(seat.seat):
            if not who.may(Right.RUN_SEATS) and (seat.operator is None or seat.operator != who.operator):
                raise ApiProblem(403, "not_your_seat", "You are not logged in at this seat.")
            deed_of(request).is_others = who.is_person and seat.operator != who.operator
            return seat.seat
    raise ApiProblem(404, "no_such_seat", "There is no such seat.")


def _free_seat(request: web.Request, operator: str) -> int:
    """The path's seat, for an operator to log in at: oneself, or anybody for who may run the seats.

    Raises:
        ApiProblem: 404 for a seat that there is not, 403 where somebody else is to be logged in.
    """
    asked = request.match_info["seat"]
    who = who_of(request)
    if not who.may(Right.RUN_SEATS) and operator != who.operator:
        raise ApiProblem(403, "not_yourself", "You may log in yourself only.")
    deed_of(request).is_others = who.is_person and operator != who.operator
    for seat in desk_of(request).office.seats():
        if asked == str(seat.seat):
            return seat.seat
    raise ApiProblem(404, "no_such_seat", "There is no such seat.")


def done(request: web.Request, seat: int, act: Callable[[Desk], None]) -> web.Response:
    """Let it be done, and answer with the seat; 409 where it is refused."""
    desk = desk_of(request)
    try:
        act(desk)
    except RefusedError as refused:
        raise ApiProblem(409, refused.code, str(refused)) from None
    return web.json_response(text=to_json(seat_view(_now(desk, seat), desk.office.now_ms())))


def _now(desk: Desk, number: int) -> SeatNow:
    return next(seat for seat in desk.office.seats() if seat.seat == number)
