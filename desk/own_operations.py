"""The routes of the operator's own desk."""

from __future__ import annotations

from desk import own, own_acts, own_models, own_page
from desk.operation import API, Operation, page
from desk.rights import Right
from desk.seat_operations import at_seat

OWN_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        f"{API}/desk",
        own.desk,
        "The operator's own seat and call. That the caller's number was shown is written down, once a call",
        own_models.OwnDesk,
        problems=(409,),
        right=Right.WORK,
    ),
    Operation(
        "GET",
        f"{API}/desk/earlier",
        own.earlier,
        "The last calls of the present caller's number: the operator who has him on the line alone; each one "
        "found is a look in the access log",
        own_models.EarlierContacts,
        problems=(409, 503),
        right=Right.WORK,
    ),
    Operation(
        "GET",
        f"{API}/desk/day",
        own.day,
        "The operator's own figures of today",
        own_models.OwnFigures,
        problems=(409, 503),
        right=Right.WORK,
    ),
    Operation(
        "GET",
        f"{API}/desk/callbacks",
        own.callbacks,
        "折り返し: the open callbacks, without numbers, the operator's own first",
        own_models.OwnCallbacks,
        problems=(409, 503),
        right=Right.WORK,
    ),
    at_seat("raise-hand", own_acts.raise_hand, "手上げ: ask for the supervisor", own_models.HandBody),
    at_seat("lower-hand", own_acts.lower_hand, "Lower the hand: the operator, or who has come"),
    Operation(
        "POST",
        f"{API}/seats/{{seat}}/incident",
        own_acts.report_incident,
        "カスハラ: alert the supervisor, begin the incident's record, put the call's personal data on hold",
        own_models.IncidentAnswer,
        body=own_models.IncidentBody,
        status=201,
        problems=(400, 404, 409, 413, 503),
        right=Right.WORK,
    ),
    at_seat(
        "close-incident", own_acts.close_incident, "The incident is dealt with; its record and hold stay"
    ),
    at_seat(
        "call-back",
        own_acts.call_back,
        "折り返し: ring this ready seat for an open callback that is due; then the citizen is called",
        own_models.CallBackBody,
    ),
    Operation(
        "POST",
        f"{API}/entries/check",
        own_acts.check,
        "Values of an entry as they are typed: what would be refused, and how they would be stored",
        own_models.CheckAnswer,
        body=own_models.CheckBody,
        problems=(400, 413, 503),
        right=Right.WRITE_LEDGER,
    ),
    page("/desk", own_page.page_of_desk, "The operator's desk", Right.WORK),
)
