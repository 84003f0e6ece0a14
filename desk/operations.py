"""Every route of the desk, once: the application's table and the OpenAPI document are both made of it."""

from __future__ import annotations

from desk import display, openapi, pages
from desk.account_operations import ACCOUNT_OPERATIONS
from desk.announcement_operations import ANNOUNCEMENT_OPERATIONS
from desk.call_operations import CALL_OPERATIONS
from desk.floor_operations import FLOOR_OPERATIONS
from desk.house_operations import HOUSE_OPERATIONS
from desk.ledger_operations import LEDGER_OPERATIONS
from desk.line_operations import LINE_OPERATIONS
from desk.operation import API, Operation, page
from desk.own_operations import OWN_OPERATIONS
from desk.people_operations import PEOPLE_OPERATIONS
from desk.queue_operations import QUEUE_OPERATIONS
from desk.report_operations import REPORT_OPERATIONS
from desk.rights import Right
from desk.seat_operations import SEAT_OPERATIONS
from desk.status_operations import STATUS_OPERATIONS

OPERATIONS: tuple[Operation, ...] = (
    *FLOOR_OPERATIONS,
    *SEAT_OPERATIONS,
    *QUEUE_OPERATIONS,
    *LINE_OPERATIONS,
    *ANNOUNCEMENT_OPERATIONS,
    *CALL_OPERATIONS,
    *OWN_OPERATIONS,
    *LEDGER_OPERATIONS,
    *REPORT_OPERATIONS,
    *HOUSE_OPERATIONS,
    *PEOPLE_OPERATIONS,
    *ACCOUNT_OPERATIONS,
    *STATUS_OPERATIONS,
    Operation(
        "GET",
        f"{API}/openapi.json",
        openapi.serve,
        "This document",
        types=("application/json",),
        right=Right.BE_HERE,
    ),
    page("/", pages.first, "On to the person's first page", Right.BE_HERE),
    Operation(
        "POST",
        "/display",
        display.display,
        "Language and colours of the pages",
        form=("language", "theme", "next"),
        may_miss=("language", "theme", "next"),
        status=303,
        problems=(400, 403, 413),
        public=True,
    ),
)
