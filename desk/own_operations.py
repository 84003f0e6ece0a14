"""The routes of the operator's own desk."""

from __future__ import annotations

from aiohttp.typedefs import Handler
from pydantic import BaseModel

from desk import models, own, own_acts, own_models, own_page
from desk.operation import Operation
from desk.rights import Right

_BASE = "/api/v1"


def _at_seat(action: str, handler: Handler, summary: str, body: type[BaseModel] | None = None) -> Operation:
    return Operation(
        "POST",
        f"{_BASE}/seats/{{seat}}/{action}",
        handler,
        summary,
        answer=models.SeatEntry,
        body=body,
        problems=(400, 404, 409, 413) if body else (404, 409),
        right=Right.WORK,
    )


OWN_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        f"{_BASE}/desk",
        own.desk,
        "The operator's own seat and call. That the caller's number was shown is written down, once a call",
        own_models.OwnDesk,
        problems=(409,),
        right=Right.WORK,
    ),
    Operation(
        "GET",
        f"{_BASE}/desk/earlier",
        own.earlier,
        "The last calls of the present caller's number: the operator who has him on the line alone; each one "
        "found is a look in the access log",
        own_models.EarlierContacts,
        problems=(409, 503),
        right=Right.WORK,
    ),
    Operation(
        "GET",
        f"{_BASE}/desk/day",
        own.day,
        "The operator's own figures of today",
        own_models.OwnFigures,
        problems=(409, 503),
        right=Right.WORK,
    ),
    Operation(
        "GET",
        f"{_BASE}/desk/callbacks",
        own.callbacks,
        "折り返し: the open callbacks, without numbers, the operator's own first",
        own_models.OwnCallbacks,
        problems=(409, 503),
        right=Right.WORK,
    ),
    _at_seat("raise-hand", own_acts.raise_hand, "手上げ: ask for the supervisor", own_models.HandBody),
    _at_seat("lower-hand", own_acts.lower_hand, "Lower the hand: the operator, or who has come"),
    Operation(
        "POST",
        f"{_BASE}/seats/{{seat}}/incident",
        own_acts.report_incident,
        "カスハラ: alert the supervisor, begin the incident's record, put the call's personal data on hold",
        own_models.IncidentAnswer,
        body=own_models.IncidentBody,
        status=201,
        problems=(400, 404, 409, 413, 503),
        right=Right.WORK,
    ),
    _at_seat(
        "close-incident", own_acts.close_incident, "The incident is dealt with; its record and hold stay"
    ),
    _at_seat(
        "call-back",
        own_acts.call_back,
        "折り返し: ring this ready seat for an open callback that is due; then the citizen is called",
        own_models.CallBackBody,
    ),
    Operation(
        "POST",
        f"{_BASE}/entries/check",
        own_acts.check,
        "Values of an entry as they are typed: what would be refused, and how they would be stored",
        own_models.CheckAnswer,
        body=own_models.CheckBody,
        problems=(400, 413, 503),
        right=Right.WRITE_LEDGER,
    ),
    Operation(
        "GET",
        "/desk",
        own_page.page_of_desk,
        "The operator's desk",
        types=("text/html",),
        right=Right.WORK,
    ),
)
