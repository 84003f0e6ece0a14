"""The routes of the seats: who sits there, and whether calls come."""

from __future__ import annotations

from aiohttp.typedefs import Handler
from pydantic import BaseModel

from desk import models, seats
from desk.operation import API, Operation
from desk.rights import Right
from desk.supervisor_models import BecauseBody, EntryBody, ExtendBody


def at_seat(action: str, handler: Handler, summary: str, body: type[BaseModel] | None = None) -> Operation:
    """What is done at a seat; its answer is the seat as it then is."""
    return Operation(
        "POST",
        f"{API}/seats/{{seat}}/{action}",
        handler,
        summary,
        answer=models.SeatEntry,
        body=body,
        problems=(400, 404, 409, 413) if body else (404, 409),
        right=Right.WORK,
    )


SEAT_OPERATIONS: tuple[Operation, ...] = (
    at_seat("login", seats.log_in, "Log an operator in at a seat, ready at once", models.LogInBody),
    at_seat("logout", seats.log_out, "Log out, after the talk if there is one", BecauseBody),
    at_seat("ready", seats.ready, "Take calls", BecauseBody),
    at_seat("break", seats.take_break, "Take no calls, for a reason", models.BreakBody),
    at_seat("end-wrap-up", seats.end_wrap_up, "Finish the after-call work", BecauseBody),
    at_seat(
        "extend-wrap-up",
        seats.extend_wrap_up,
        "Take longer for the after-call work",
        ExtendBody,
    ),
    at_seat(
        "entry-written",
        seats.entry_written,
        "The ledger entry of a call is saved: ends the after-call work where the line says so",
        EntryBody,
    ),
)
