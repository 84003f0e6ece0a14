"""The routes of everybody's accounts, of the links for walls, and of the audit log."""

from __future__ import annotations

from aiohttp.typedefs import Handler
from pydantic import BaseModel

from db.audit import KINDS
from desk import audit_log, people
from desk import people_models as models
from desk.operation import API, Operation, page
from desk.rights import Right


def _person(
    action: str, handler: Handler, summary: str, answer: type[BaseModel] = models.PersonEntry
) -> Operation:
    return Operation(
        "POST",
        f"{API}/people/{{person}}/{action}",
        handler,
        f"{summary}. The body may be left out",
        answer,
        body=models.WhyBody,
        problems=(400, 404, 409, 413, 503),
        right=Right.RUN_PEOPLE,
        has_own_rows=True,
    )


PEOPLE_OPERATIONS: tuple[Operation, ...] = (
    page("/people", people.people_page, "The page of accounts and kiosk links", Right.RUN_PEOPLE),
    Operation(
        "GET",
        f"{API}/people",
        people.everybody,
        "Everybody who can have a log-in",
        models.PeopleNow,
        problems=(503,),
        right=Right.RUN_PEOPLE,
    ),
    Operation(
        "POST",
        f"{API}/people",
        people.add,
        "A new account; its password is told this once, and has to be changed at the first log-in",
        models.NewPassword,
        body=models.PersonBody,
        status=201,
        problems=(400, 409, 413, 503),
        right=Right.RUN_PEOPLE,
        has_own_rows=True,
    ),
    Operation(
        "PATCH",
        f"{API}/people/{{person}}",
        people.change,
        "Another name, role, seat's operator, other lines; the person is logged out where rights change",
        models.PersonEntry,
        body=models.PersonChange,
        problems=(400, 404, 409, 413, 503),
        right=Right.RUN_PEOPLE,
        has_own_rows=True,
    ),
    _person("password", people.new_password, "A new password, told this once", models.NewPassword),
    _person("disable", people.disable, "Close the account"),
    _person("enable", people.enable, "Open the account again"),
    _person("unlock", people.unlock, "Forget the failed log-ins"),
    _person("totp-reset", people.reset_totp, "The authenticator is lost: log in without"),
    _person("end-sessions", people.end_sessions, "Log the person out everywhere"),
    Operation(
        "GET",
        f"{API}/kiosks",
        people.kiosks,
        "The links that open the wallboard on a wall",
        models.KioskList,
        problems=(503,),
        right=Right.RUN_PEOPLE,
    ),
    Operation(
        "POST",
        f"{API}/kiosks",
        people.make_kiosk,
        "A new link for a wall, told this once",
        models.NewKiosk,
        body=models.KioskBody,
        status=201,
        problems=(400, 413, 503),
        right=Right.RUN_PEOPLE,
        has_own_rows=True,
    ),
    Operation(
        "POST",
        f"{API}/kiosks/{{link}}/revoke",
        people.revoke_kiosk,
        "The link opens nothing any more. The body may be left out",
        models.KioskEntry,
        body=models.WhyBody,
        problems=(400, 404, 413, 503),
        right=Right.RUN_PEOPLE,
        has_own_rows=True,
    ),
    page("/audit", audit_log.audit_page, "The audit log's page", Right.SEE_AUDIT),
    Operation(
        "GET",
        f"{API}/audit",
        audit_log.audit_list,
        f"Who did, tried and was refused what; at most {audit_log.MOST} rows, newest first",
        models.AuditPage,
        problems=(400, 503),
        query={
            "from": {"description": f"a moment or a day; by default {audit_log.DAYS} days ago"},
            "to": {"description": "end, excluded; a day: its end; by default today"},
            "kind": {"description": "only this kind", "enum": list(KINDS)},
            "who": {"description": "done by, or done to, exactly this id"},
            "text": {"description": "somewhere in the row"},
            "before": {"description": "`older` of the page before"},
        },
        right=Right.SEE_AUDIT,
    ),
)
