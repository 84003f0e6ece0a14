"""`/audit` and `GET /api/v1/audit`: who did, tried and was refused what; and who looked at whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from config import JST, from_ms, to_ms
from db import JournalRow
from db.audit import KINDS, audit_rows, looks_between
from desk.audit_words import AUDIT_WORDS, WHAT_WORDS, WHY_WORDS
from desk.context import Desk, desk_of
from desk.problems import bad, to_json
from desk.shell import page
from desk.times import moment_of
from reports.calls import local_text

MOST = 100
DAYS = 31
"""How far back the page looks by itself."""
LONGEST = 64


@dataclass(frozen=True, slots=True)
class Search:
    """What was asked for. Times: ms UTC."""

    from_ms: int
    to_ms: int
    kind: str
    who: str
    text: str
    before: tuple[int, int] | None


async def audit_page(request: web.Request) -> web.Response:
    """`GET /audit`."""
    desk = desk_of(request)
    asked = _search(desk, request.query)
    rows, older = await _found(desk, asked)
    kept = {name: value for name, value in request.query.items() if name != "before" and value}
    return page(
        request,
        "audit.html.j2",
        rows=rows,
        kinds=AUDIT_WORDS,
        whats=WHAT_WORDS,
        whys=WHY_WORDS,
        asked=asked,
        from_day=f"{from_ms(asked.from_ms).astimezone(JST):%Y-%m-%d}",
        to_day=f"{from_ms(asked.to_ms - 1).astimezone(JST):%Y-%m-%d}",
        older=None if older is None else f"/audit?{urlencode({**kept, 'before': older})}",
        looks=await desk.read(_looks, desk, asked) if not asked.kind else [],
    )


async def audit_list(request: web.Request) -> web.Response:
    """`GET /api/v1/audit`."""
    desk = desk_of(request)
    rows, older = await _found(desk, _search(desk, request.query))
    return web.json_response(text=to_json({"count": len(rows), "rows": rows, "older": older}))


def _search(desk: Desk, query: Mapping[str, str]) -> Search:
    now = from_ms(desk.office.now_ms()).astimezone(JST)
    kind = query.get("kind", "")
    if kind and kind not in KINDS:
        bad("kind", f"is none of {', '.join(KINDS)}")
    return Search(
        from_ms=_moment("from", query.get("from") or f"{now - timedelta(days=DAYS):%Y-%m-%d}"),
        to_ms=_moment("to", query.get("to") or f"{now:%Y-%m-%d}", end=True),
        kind=kind,
        who=query.get("who", "").strip()[:LONGEST],
        text=query.get("text", "").strip()[:LONGEST],
        before=_before(query.get("before", "")),
    )


def _moment(argument: str, text: str, *, end: bool = False) -> int:
    """A moment, or a day: its begin, or its end."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return to_ms(moment_of(argument, text))
    if not 1900 <= day.year < 2200:
        bad(argument, "is out of range")
    return to_ms(moment_of(argument, f"{day + timedelta(days=int(end))}T00:00:00"))


def _before(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    at_ms, _, seq = text.partition("-")
    if not (at_ms.isascii() and at_ms.isdigit() and seq.isascii() and seq.isdigit()) or len(text) > 40:
        bad("before", "is not what `older` said")
    if int(at_ms) >= 2**63 or int(seq) >= 2**63:
        bad("before", "is not what `older` said")
    return int(at_ms), int(seq)


async def _found(desk: Desk, asked: Search) -> tuple[list[dict[str, Any]], str | None]:
    def read() -> list[JournalRow]:
        with desk.database.read() as connection:
            return audit_rows(
                connection,
                from_ms=asked.from_ms,
                to_ms=asked.to_ms,
                kinds=(asked.kind,) if asked.kind else KINDS,
                who=asked.who,
                text=asked.text,
                before=asked.before,
                most=MOST + 1,
            )

    rows = await desk.read(read)
    shown = rows[:MOST]
    older = f"{shown[-1].entry.at_ms}-{shown[-1].seq}" if len(rows) > MOST else None
    return [_view(row) for row in shown], older


def _view(row: JournalRow) -> dict[str, Any]:
    entry, data = row.entry, row.entry.data
    on = data.get("on")
    about = [str(data["person"])] if data.get("person") else []
    if isinstance(on, Mapping):
        about += [f"{name} {value}" for name, value in on.items()]
    if entry.call:
        about.append(f"call {entry.call}")
    if data.get("label"):
        about.append(str(data["label"]))
    return {
        "seq": row.seq,
        "at": local_text(entry.at_ms),
        "kind": entry.kind,
        "by": str(data.get("by", "")),
        "what": str(data.get("what", data.get("why", ""))),
        "about": ", ".join(about),
        "reason": str(data.get("reason", "")),
        "data": dict(data),
    }


def _looks(desk: Desk, asked: Search) -> list[dict[str, str]]:
    """The newest looks at citizens' records, by whom and why. Numbers are never in them."""
    with desk.database.read() as connection:
        found = looks_between(
            connection, asked.from_ms, asked.to_ms, who=asked.who, text=asked.text, most=MOST
        )
    return [
        {"at": local_text(one.at_ms), "by": one.who, "what": one.what, "call": one.call or "", "why": one.why}
        for one in found
    ]
