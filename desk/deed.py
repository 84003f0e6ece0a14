"""What a request does besides its path: noted where it is known, for the audit log."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web
from pydantic import BaseModel

TOLD = (
    "line",
    "kind",
    "from_",
    "until",
    "place",
    "position",
    "priority",
    "seat",
    "operator",
    "days",
    "month",
)
"""Fields of bodies that say what an action is about. None of them can hold anything personal."""
LONGEST = 64
LONGEST_REASON = 200


@dataclass(slots=True)
class Deed:
    """A note of one request."""

    reason: str | None = None
    about: dict[str, str] = field(default_factory=dict)
    is_others: bool = False
    """It was done at somebody else's seat."""


_DEED = web.RequestKey("deed", Deed)


def deed_of(request: web.Request) -> Deed:
    """The note of this request."""
    if _DEED not in request:
        request[_DEED] = Deed()
    return request[_DEED]


def note_body(request: web.Request, body: BaseModel) -> None:
    """Note what the body says of the action."""
    deed = deed_of(request)
    reason = getattr(body, "why", None) or getattr(body, "reason", None)
    if isinstance(reason, str) and reason:
        deed.reason = reason[:LONGEST_REASON]
    for name in TOLD:
        value = getattr(body, name, None)
        if isinstance(value, str | int) and not isinstance(value, bool):
            deed.about[name.rstrip("_")] = str(value)[:LONGEST]
