"""The routes of calls and of those who made them."""

from __future__ import annotations

from desk import abandoned, call_list, citizens, records
from desk import call_models as models
from desk.models import CallList, CallStory
from desk.operation import API, Operation, page
from desk.rights import Right

_MOMENT = "2026-11-24 or 2026-11-24T08:30:00 (Japan, unless it carries an offset)"

CALL_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        f"{API}/calls",
        records.calls,
        f"Calls received in from <= t0 < to, by time; today's by default; at most {records.MOST_DAYS} days",
        CallList,
        problems=(400, 503),
        query={
            "from": {"description": f"first moment: {_MOMENT}"},
            "to": {"description": f"end, excluded: {_MOMENT}; a date alone: the end of that day"},
            "outcome": {"description": "終了区分", "enum": list(records.ENDINGS)},
        },
        right=Right.SEE_CALLS,
    ),
    Operation(
        "GET",
        f"{API}/calls/{{call}}",
        records.call,
        "One call with every journal row that names it",
        CallStory,
        problems=(404, 503),
        right=Right.SEE_CALLS,
    ),
    Operation(
        "POST",
        f"{API}/calls/{{call}}/citizen",
        citizens.citizen,
        "Look at who called; the look is written to the access log",
        models.CitizenOfCall,
        body=models.LookBody,
        problems=(400, 404, 413, 503),
        right=Right.SEE_PEOPLE_OF_CALLS,
    ),
    Operation(
        "POST",
        f"{API}/calls/{{call}}/hold",
        citizens.hold,
        "保全: keep the call's personal data from being purged, or let them go again",
        models.HoldAnswer,
        body=models.HoldBody,
        problems=(400, 404, 413, 503),
        right=Right.SEE_PEOPLE_OF_CALLS,
    ),
    Operation(
        "GET",
        f"{API}/abandoned",
        abandoned.listed,
        "Citizens who hung up before the answer and have reached nobody since, the newest first",
        models.AbandonedList,
        problems=(400, 503),
        query={"days": {"description": f"so many days back, up to {call_list.MOST_DAYS}", "default": "7"}},
        right=Right.SEE_PEOPLE_OF_CALLS,
    ),
    Operation(
        "POST",
        f"{API}/abandoned/{{call}}",
        abandoned.handled,
        "Somebody has dealt with such a citizen",
        models.AbandonedEntry,
        body=models.HandledBody,
        problems=(400, 404, 409, 413, 503),
        right=Right.SEE_PEOPLE_OF_CALLS,
    ),
    page("/calls", call_list.calls, "着信, the page", Right.SEE_CALLS),
    page("/calls/{call}", call_list.call, "One call's story, the page", Right.SEE_CALLS, problems=(404,)),
    page(
        "/abandoned",
        abandoned.page_of_them,
        "放棄呼への対応, the page",
        Right.SEE_PEOPLE_OF_CALLS,
        problems=(400,),
    ),
)
