"""Who looks at a citizen's record, and why: asked of everybody, written down."""

from __future__ import annotations

import re

from aiohttp import web

from config.mynumber import REFUSAL, contains_my_number
from desk.problems import ApiProblem, bad
from desk.who import who_of


def reason(who: str, why: str) -> None:
    """Refuse (400) a look of nobody, or without a reason."""
    for name, value, longest in (("by", who, 40), ("why", why, 500)):
        if not value.strip():
            bad(name, "say who looks at a citizen's record, and why; both are written down")
        if len(value) > longest or any(ord(sign) < 32 for sign in value):
            bad(name, f"at most {longest} characters, and no control characters")


def query_of(request: web.Request, *names: str) -> dict[str, str]:
    """The arguments of a query, all of them known, none a My Number. `by` is who is logged in."""
    for name, value in request.query.items():
        if contains_my_number(value) or contains_my_number(name):
            raise ApiProblem(400, "my_number", REFUSAL)
        if name not in names:
            bad(re.sub(r"[^\w-]", "?", name)[:40], f"there is no such argument; there are {', '.join(names)}")
    who = who_of(request)
    signed = {"by": who.id} if who.is_person and "by" in names else {}
    return {**request.query, **signed}
