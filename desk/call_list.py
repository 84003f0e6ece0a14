"""`GET /calls` and `GET /calls/{call}`, the pages: calls found by day, outcome, seat, line or the last digits
of the number; one call's whole story with its why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from config.clock import JST, from_ms, parse_local, to_ms
from db import CallFacts
from db.personal import TAIL, tails_of
from desk.context import Desk, desk_of
from desk.lines import sees_call
from desk.problems import ApiProblem
from desk.rights import Right
from desk.shell import page
from desk.who import who_of
from reports import call_story, list_calls
from reports.calls import CallLine
from reports.definitions import TERM_NAMES

MOST_DAYS = 31
MOST_ROWS = 500
CALL_ID = re.compile(r"[0-9A-Za-z_.:-]{1,64}")
WITHHELD_WORDS = {
    "anonymous": "非通知",
    "payphone": "公衆電話",
    "unavailable": "表示圏外",
    "interaction": "通知不可",
    "unknown": "番号なし",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, as the form has it; days are Japan's, the last one included."""

    first: date
    last: date
    outcome: str = ""
    seat: str = ""
    line: str = ""
    tail: str = ""

    @classmethod
    def of(cls, request: web.Request, now_ms: int) -> tuple[Wanted, list[str]]:
        """The form's fields, and sentences (Japanese) about those that cannot be meant."""
        today = from_ms(now_ms).astimezone(JST).date()
        said = {name: value.strip() for name, value in request.query.items()}
        mistakes: list[str] = []
        first = _day(said.get("from", ""), today, "開始日", mistakes)
        last = _day(
            said.get("to", ""), max(first, today) if not said.get("from") else first, "終了日", mistakes
        )
        if last < first:
            mistakes.append("終了日が開始日より前です。")
            last = first
        if (last - first).days >= MOST_DAYS:
            mistakes.append(f"一度に探せるのは{MOST_DAYS}日までです。")
            last = first + timedelta(days=MOST_DAYS - 1)
        outcome, seat, tail = said.get("outcome", ""), said.get("seat", ""), said.get("tail", "")
        if outcome and outcome not in TERM_NAMES:
            mistakes.append("終了区分を選び直してください。")
            outcome = ""
        if seat and not re.fullmatch(r"[0-9]{1,3}", seat):
            mistakes.append("席は番号で入れてください。")
            seat = ""
        if tail and not re.fullmatch(rf"[0-9]{{{TAIL}}}", tail):
            mistakes.append(f"番号の下{TAIL}桁を数字で入れてください。")
            tail = ""
        return cls(first, last, outcome, seat, said.get("line", ""), tail), mistakes

    @property
    def from_ms(self) -> int:
        """The first moment, ms UTC."""
        return to_ms(parse_local(f"{self.first.isoformat()} 00:00:00"))

    @property
    def to_ms(self) -> int:
        """The end, excluded, ms UTC."""
        return to_ms(parse_local(f"{(self.last + timedelta(days=1)).isoformat()} 00:00:00"))

    def fits(self, line: CallLine, tail: str) -> bool:
        """Whether a call of these days is one of those."""
        facts = line.facts
        return (
            (not self.outcome or line.outcome == self.outcome)
            and (not self.seat or facts.seat == int(self.seat))
            and (not self.line or self.line in (facts.line, facts.queue_line))
            and (not self.tail or self.tail == tail)
        )


async def calls(request: web.Request) -> web.Response:
    """`GET /calls`."""
    desk, who = desk_of(request), who_of(request)
    wanted, mistakes = Wanted.of(request, desk.office.now_ms())
    sees_numbers = who.may(Right.SEE_PEOPLE_OF_CALLS)
    if wanted.tail and not sees_numbers:
        mistakes.append("番号では探せません。")

    def work() -> tuple[list[dict[str, Any]], int]:
        lines = [
            one
            for one in list_calls(desk.database, wanted.from_ms, wanted.to_ms)
            if sees_call(who, one.facts)
        ]
        tails: dict[str, str] = {}
        if sees_numbers:
            with desk.database.read() as connection:
                tails = tails_of(connection, [one.facts.call for one in lines])
        found = [one for one in lines if wanted.fits(one, tails.get(one.facts.call, ""))]
        names = desk.office.operators()
        shown = found[::-1][:MOST_ROWS]
        return [row_of(one, tails.get(one.facts.call, ""), names) for one in shown], len(found)

    rows, count = await desk.read(work)
    return page(
        request,
        "calls.html.j2",
        wanted=wanted,
        mistakes=mistakes,
        rows=rows,
        count=count,
        most=MOST_ROWS,
        outcomes=TERM_NAMES,
        lines={line: name for line, name in desk.office.line_names().items() if who.sees_line(line)},
        seats=[seat.seat for seat in desk.office.seats()],
        sees_numbers=sees_numbers,
        tail_digits=TAIL,
    )


async def call(request: web.Request) -> web.Response:
    """`GET /calls/{call}`."""
    desk, who = desk_of(request), who_of(request)
    asked = request.match_info["call"]

    def work() -> tuple[dict[str, Any], Any] | None:
        story = call_story(desk.database, asked)
        if story is None or not sees_call(who, story.line.facts):
            return None
        tail = ""
        if who.may(Right.SEE_PEOPLE_OF_CALLS):
            with desk.database.read() as connection:
                tail = tails_of(connection, [story.line.facts.call]).get(story.line.facts.call, "")
        return row_of(story.line, tail, desk.office.operators()), story.to_json()

    found = await desk.read(work) if CALL_ID.fullmatch(asked) else None
    if found is None:
        raise ApiProblem(404, "no_such_call", "There is no such call.")
    row, story = found
    return page(
        request,
        "call.html.j2",
        row=row,
        story=story,
        steps=_steps(story),
        may_look=who.may(Right.SEE_PEOPLE_OF_CALLS),
    )


def row_of(line: CallLine, tail: str, names: dict[str, str]) -> dict[str, Any]:
    """A call as the pages show it: moments in Japan's time, waits in seconds."""
    facts = line.facts
    received = from_ms(facts.received_ms).astimezone(JST)
    return {
        "call": facts.call,
        "date": f"{received:%Y-%m-%d}",
        "time": f"{received:%H:%M:%S}",
        "line": facts.line or "",
        "outcome": line.outcome,
        "outcome_name": line.outcome_name,
        "open": facts.open,
        "caller": number_told(facts, tail),
        "seat": facts.seat,
        "operator": names.get(facts.operator or "", facts.operator or ""),
        "wait": _clock(facts.wait_ms),
        "talk": _clock(facts.talk_ms),
        "hold": _clock(facts.held_ms or None),
        "offers": facts.offers,
    }


def number_told(facts: CallFacts, tail: str) -> str:
    """Who called, without saying it: ･･･1234, the reason of a withheld number in words, or nothing."""
    if tail:
        return f"･･･{tail}"
    return WITHHELD_WORDS.get(facts.withheld or "", "")


def _day(text: str, otherwise: date, name: str, mistakes: list[str]) -> date:
    if not text:
        return otherwise
    try:
        found = date.fromisoformat(text)
    except ValueError:
        mistakes.append(f"{name}は 2026-11-24 のように入れてください。")
        return otherwise
    if not 1970 <= found.year <= 9000:
        mistakes.append(f"{name}が範囲の外です。")
        return otherwise
    return found


def _clock(ms: int | None) -> str:
    """1:07, or nothing."""
    if ms is None:
        return ""
    seconds = ms // 1000
    return (
        f"{seconds // 60}:{seconds % 60:02d}"
        if seconds < 3600
        else f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    )


def _steps(story: dict[str, Any]) -> list[tuple[str, str]]:
    """The stations of the call, in order: what, and when (Japan's time to the tenth of a second)."""
    stations = (
        ("received_ms", "着信"),
        ("answered_ms", "システム応答"),
        ("queued_ms", "待ち行列へ"),
        ("first_offer_ms", "最初の呼出"),
        ("connected_ms", "オペレーターと通話"),
        ("talk_ended_ms", "通話終了"),
        ("ended_ms", "終了"),
    )
    passed = sorted(
        ((story[key], name) for key, name in stations if story[key] is not None), key=lambda one: one[0]
    )
    moments = [(name, from_ms(at_ms).astimezone(JST)) for at_ms, name in passed]
    return [(name, f"{at:%H:%M:%S}.{at.microsecond // 100_000}") for name, at in moments]


def default_period(desk: Desk, days: int) -> tuple[int, int]:
    """The last so many days with today, as ms UTC, the end excluded."""
    today = from_ms(desk.office.now_ms()).astimezone(JST).date()
    one = Wanted(today - timedelta(days=days - 1), today)
    return one.from_ms, one.to_ms
