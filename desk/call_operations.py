"""The routes of calls and of those who made them, beside the lists of `desk.records`."""

from __future__ import annotations

from desk import abandoned, call_list, citizens
from desk import call_models as models
from desk.operation import Operation
from desk.rights import Right

_BASE = "/api/v1"
_PAGE = ("text/html",)

CALL_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        f"{_BASE}/calls/{{call}}/citizen",
        citizens.citizen,
        "Look at who called; the look is written to the access log",
        models.CitizenOfCall,
        body=models.LookBody,
        problems=(400, 404, 413, 503),
        right=Right.SEE_PEOPLE_OF_CALLS,
    ),
    Operation(
        "POST",
        f"{_BASE}/calls/{{call}}/hold",
        citizens.hold,
        "保全: keep the call's personal data from being purged, or let them go again",
        models.HoldAnswer,
        body=models.HoldBody,
        problems=(400, 404, 413, 503),
        right=Right.SEE_PEOPLE_OF_CALLS,
    ),
    Operation(
        "GET",
        f"{_BASE}/abandoned",
        abandoned.listed,
        "Citizens who hung up before the answer and have reached nobody since, the newest first",
        models.AbandonedList,
        problems=(400, 503),
        query={"days": {"description": f"so many days back, up to {call_list.MOST_DAYS}", "default": "7"}},
        right=Right.SEE_PEOPLE_OF_CALLS,
    ),
    Operation(
        "POST",
        f"{_BASE}/abandoned/{{call}}",
        abandoned.handled,
        "Somebody has dealt with such a citizen",
        models.AbandonedEntry,
        body=models.HandledBody,
        problems=(400, 404, 409, 413, 503),
        right=Right.SEE_PEOPLE_OF_CALLS,
    ),
    Operation("GET", "/calls", call_list.calls, "着信, the page", types=_PAGE, right=Right.SEE_CALLS),
    Operation(
        "GET",
        "/calls/{call}",
        call_list.call,
        "One call's story, the page",
        types=_PAGE,
        problems=(404,),
        right=Right.SEE_CALLS,
    ),
    Operation(
        "GET",
        "/abandoned",
        abandoned.page_of_them,
        "放棄呼への対応, the page",
        types=_PAGE,
        problems=(400,),
        right=Right.SEE_PEOPLE_OF_CALLS,
    ),
)
