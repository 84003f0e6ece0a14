"""`POST /api/v1/calls/{call}/citizen` and `/hold`: a look at who called, and 保全. Both leave their trace."""

from __future__ import annotations

from aiohttp import web

from db import look
from db.holds import Hold, place_hold, release_hold
from db.vault import VaultError
from desk.call_list import CALL_ID
from desk.call_models import HoldBody, LookBody
from desk.context import desk_of
from desk.problems import ApiProblem, bad, body_of, to_json
from desk.who import who_of
from ivr.numbers import shown
from reports import call_story


async def citizen(request: web.Request) -> web.Response:
    """Show who called. A POST, for the reason is no part of an address and the look is an act."""
    desk, call = desk_of(request), await _call(request)
    body = await body_of(request, LookBody)
    now_ms = desk.office.now_ms()
    try:
        seen = await desk.save(lambda: look(desk.database, call, who=body.by, why=body.why, at_ms=now_ms))
    except VaultError:
        raise ApiProblem(503, "no_key", "The key of personal data cannot be used.") from None
    if seen is None:
        raise ApiProblem(404, "nothing_kept", "Nothing is kept of this caller: withheld, or purged.")
    return web.json_response(
        text=to_json(
            {
                "call": call,
                "number": shown(seen.number) if seen.number else None,
                "callback_number": shown(seen.callback_number) if seen.callback_number else None,
                "held": seen.is_held,
            }
        )
    )


async def hold(request: web.Request) -> web.Response:
    """Keep the call's personal data from being purged, or let them go again."""
    desk, call = desk_of(request), await _call(request)
    body = await body_of(request, HoldBody)
    now_ms = desk.office.now_ms()

    def work() -> None:
        if body.release:
            release_hold(desk.database, call, who=body.by, reason=body.reason, at_ms=now_ms)
        else:
            place_hold(desk.database, Hold(call, now_ms, body.by, body.reason))

    try:
        await desk.save(work)
    except ValueError as problem:
        bad("call", str(problem))
    return web.json_response({"call": call, "held": not body.release})


async def _call(request: web.Request) -> str:
    """The path's call, if it is one of the lines that the person may see. Raises ApiProblem 404."""
    desk, who, asked = desk_of(request), who_of(request), request.match_info["call"]
    story = await desk.read(call_story, desk.database, asked) if CALL_ID.fullmatch(asked) else None
    if story is None or not (who.lines is None or who.sees_line(story.line.facts.line)):
        raise ApiProblem(404, "no_such_call", "There is no such call.")
    return story.line.facts.call
