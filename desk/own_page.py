"""`GET /desk`: the page at which an operator works."""

from __future__ import annotations

import re
from functools import cache

from aiohttp import web

from config.lines import MAIN
from desk.context import desk_of
from desk.pages import STATIC
from desk.shell import page
from desk.who import who_of
from desk.words import LINE_WORDS, SEAT_WORDS

_WORDS = re.compile(r'\bwords\("([^"]+)"')


async def page_of_desk(request: web.Request) -> web.Response:
    """The page; what it shows it asks for itself."""
    office, who = desk_of(request).office, who_of(request)
    rules = office.operator.rules
    names = office.operators()
    return page(
        request,
        "operator.html.j2",
        operator=None if who.operator is None else names.get(who.operator, who.operator),
        script_words=script_words(),
        facts={
            "id": who.id,
            "operator": who.operator,
            "lineName": office.line_names()[MAIN],
            "name": names.get(who.operator or "", who.name),
            "states": dict(SEAT_WORDS),
            "lineStates": dict(LINE_WORDS),
            "breaks": office.break_reasons(),
            "breakLimits": {name: ms / 1000 for name, ms in office.operator.break_limits_ms().items()},
            "slotField": office.slots().field,
            "holdTarget": rules.hold_target_s,
            "earlier": rules.earlier_contacts,
            "handReasons": rules.hand_reasons,
            "incidentKinds": rules.incident_kinds,
            "scripts": [script.model_dump(mode="json") for script in rules.scripts],
        },
    )


@cache
def script_words() -> tuple[str, ...]:
    """Every text that the page's modules ask for by `words("…")`."""
    files = [*sorted(STATIC.glob("operator*.js")), STATIC / "common.js", STATIC / "watch.js"]
    found = (one for file in files if file.exists() for one in _WORDS.findall(file.read_text("utf-8")))
    return tuple(sorted({*found, *SEAT_WORDS.values(), *LINE_WORDS.values()}))
