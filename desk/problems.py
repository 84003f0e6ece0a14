"""Everything that goes wrong comes back as {"error": code for machines, "message": a sentence}."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import NoReturn, TypeVar

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import DBAPIError

from config.mynumber import REFUSAL, contains_my_number, masked
from db import DatabaseError
from desk.deed import note_body
from desk.who import who_or_none

log = structlog.get_logger()

Body = TypeVar("Body", bound=BaseModel)

SIGNATURES = ("by", "author")
"""The fields of bodies that say who does it."""
SECONDED = ("confirmed_by",)
"""Those by which somebody would speak for a second person, who has a log-in of his own to agree by."""

CODES = {
    400: "bad_request",
    401: "unauthorised",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
}


class ApiProblem(Exception):  # noqa: N818 -- what the client did wrong, not an error of ours
    """A refusal, with its HTTP status."""

    def __init__(self, status: int, code: str, message: str, *, retry_s: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_s = retry_s
        """In how many seconds it may be tried again."""


def bad(argument: str, message: str) -> NoReturn:
    """Refuse a request for one argument or field, which the sentence names."""
    raise ApiProblem(400, "bad_argument", f"{argument}: {message}")


def answer(status: int, code: str, message: str) -> web.Response:
    """The JSON answer. A My Number in what was asked is not said back."""
    return web.json_response({"error": code, "message": masked(message)}, status=status)


async def body_of(request: web.Request, model: type[Body], *, guarded: Collection[str] | None = None) -> Body:
    """The request's JSON body. 413 by aiohttp for a large one.

    ``guarded``: the only fields that are searched for a My Number here; whoever says so searches the others.

    Raises:
        ApiProblem: 400, naming the field; `my_number` where one stands in any text (番号法), which then has
            been neither stored nor logged.
    """
    raw = await request.read()
    try:
        body = model.model_validate_json(raw)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        # A field's name may be the client's own invention: shown, but never as more than plain text.
        field = ".".join(re.sub(r"\W", "?", str(part))[:40] for part in detail["loc"]) or "body"
        if detail["type"] == "json_invalid":
            bad("body", "is not JSON")
        if detail["type"] == "extra_forbidden":
            bad(field, "there is no such field")
        bad(field, detail["msg"][:1].lower() + detail["msg"][1:])
    searched = None if guarded is None else {*guarded}
    for field, text in _texts("", body.model_dump(mode="python", include=searched)):
        if contains_my_number(text):
            raise ApiProblem(400, "my_number", f"{field}: {REFUSAL}")
    note_body(request, body)
    return _signed(body, request)


def _signed(body: Body, request: web.Request) -> Body:
    """Who is logged in did it, whatever the body says of `by`; only a program may speak for others."""
    who = who_or_none(request)
    fields = type(body).model_fields
    if who is None or not who.is_person:
        return body
    signed = {name: who.id for name in SIGNATURES if name in fields}
    return body.model_copy(update=signed | {name: None for name in SECONDED if name in fields})


def _texts(field: str, value: object) -> Iterator[tuple[str, str]]:
    """Every text in a body, with the name of its field."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(f"{field}.{name}" if field else str(name), inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(field, inner)


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception into its answer, and log what is our own fault (never with personal data)."""
    route = request.match_info.route.resource
    shown = route.canonical if route else "(no route)"
    try:
        return await handler(request)
    except ApiProblem as problem:
        said = answer(problem.status, problem.code, str(problem))
        if problem.retry_s is not None:
            said.headers["Retry-After"] = str(problem.retry_s)
        return said
    except web.HTTPException as problem:
        if problem.status < 400:
            raise
        code = CODES.get(problem.status, "refused")
        said = answer(problem.status, code, f"{problem.reason}.")
        if "Allow" in problem.headers:
            said.headers["Allow"] = problem.headers["Allow"]
        return said
    except web.RequestPayloadError:
        return answer(400, "bad_argument", "body: cannot be read as its headers say")
    except (DBAPIError, DatabaseError) as error:
        log.warning("desk.database_away", route=shown, error=type(error).__name__)
        return answer(503, "database_away", "The database does not answer; try again.")
    except Exception:
        log.exception("desk.failed", method=request.method, route=shown)
        return answer(500, "internal", "This is a fault of Madoguchi; the log has more.")


def to_json(value: object) -> str:
    """JSON in ASCII: halves of characters out of a SIP header cannot break the answer's encoding."""
    return json.dumps(value, separators=(",", ":"), default=str)
