"""Roles x lines: a person whose lines are limited sees and changes what is of those lines only."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from config.lines import MAIN
from db import CallFacts, call_facts
from desk.context import Desk, desk_of
from desk.problems import ApiProblem
from desk.who import Who, who_of

View = dict[str, Any]


def must_see(request: web.Request, line: str | None) -> None:
    """Refuse (403) what is of a line that the person does not see; None: of all lines at once."""
    if not who_of(request).sees_line(line):
        raise ApiProblem(403, "not_your_line", "This is not one of the lines that you see.")


def sees_call(who: Who, facts: CallFacts) -> bool:
    """Whether the call came in on, or waited on, a line that the person sees."""
    return who.lines is None or who.sees_line(facts.line or MAIN) or who.sees_line(facts.queue_line)


def must_see_waiting(request: web.Request, call: str) -> None:
    """Refuse (403) a caller, or a callback, who waits on a line that the person does not see."""
    desk, who = desk_of(request), who_of(request)
    if who.lines is None:
        return
    lines = [one.line for one in desk.office.waiting() if one.call == call]
    lines += [one.line for one in desk.office.supervisor.callbacks() if call in (one.call, one.ticket)]
    for line in lines:
        must_see(request, line)


def narrowed(desk: Desk, live: View, lines: frozenset[str] | None) -> View:
    """The object of `GET /live` as one sees it who sees these lines; None: as it is.

    Seats are shared by the lines and are all shown, but what another line's call is doing there is not.
    """
    if lines is None:
        return live
    waiting = [one for one in live["waiting"] if one["line"] in lines]
    seats = [
        one if one["line"] is None or one["line"] in lines else {**one, "call": None, "line": None}
        for one in live["seats"]
    ]
    return {
        **live,
        "waiting": waiting,
        "longest_wait_s": max((one["wait_s"] for one in waiting if not one["callback"]), default=None),
        "next_wait_s": live["next_wait_s"] if MAIN in lines else None,
        "callbacks": sum(one.line in lines for one in desk.office.supervisor.callbacks()),
        "seats": seats,
        **desk.today.view_of(lines),
    }


def must_see_call(request: web.Request, call: str | None) -> None:
    """Refuse (403) what belongs to a call of another line. Waits for the database: in a thread."""
    desk, who = desk_of(request), who_of(request)
    if who.lines is None or call is None:
        return
    with desk.database.read() as connection:
        facts = call_facts(connection, [call]).get(call)
    if facts is not None and not sees_call(who, facts):
        raise ApiProblem(403, "not_your_line", "This is not one of the lines that you see.")
