"""The pages of who watches the floor: the wallboard, on a wall too, and the floor view."""

from __future__ import annotations

from aiohttp import web

from desk.context import desk_of
from desk.floor_words import REFUSALS, SCRIPT
from desk.language import language_of, translator
from desk.rights import Right
from desk.shell import page
from desk.who import who_of
from desk.words import HANDLED, LINE_MARKS, LINE_WORDS, Tile, tiles
from reports.service_level import ServiceLevel


async def live(request: web.Request) -> web.Response:
    """`GET /live`: 現在の状況."""
    return page(request, "wallboard.html.j2", **board(request))


async def kiosk(request: web.Request) -> web.Response:
    """`GET /kiosk`: the same on a wall, without a way to anything else."""
    return page(request, "kiosk.html.j2", **board(request))


async def floor(request: web.Request) -> web.Response:
    """`GET /floor`: seats and who waits, and what a supervisor does with them."""
    office, who = desk_of(request).office, who_of(request)
    facts = {
        "may": {right: who.may(Right(right)) for right in ("run_seats", "run_queue", "run_line", "speak")},
        "line_states": _line_states(),
        "lines": office.line_names(),
        "operators": office.operators() if who.may(Right.RUN_SEATS) else {},
        "breaks": office.break_reasons(),
        "refusals": dict(REFUSALS),
    }
    own_words = (*LINE_WORDS.values(), *REFUSALS.values())
    return page(request, "floor.html.j2", facts=facts, script_words=(*SCRIPT, *own_words))


def _line_states() -> dict[str, list[str]]:
    return {state: [LINE_MARKS[state], word] for state, word in LINE_WORDS.items()}


def board(request: web.Request) -> dict[str, object]:
    """What the wallboard's template is given."""
    office = desk_of(request).office
    level = office.report_rules().level
    big, others = tiles(level)
    language = language_of(request)
    return {
        "big": big,
        "lag": office.wallboard().thresholds.lag_ms,
        "others": others,
        "told": lambda tile: told(language, tile, level),
        "handled": told_text(language, "席の成績", HANDLED),
        "line_states": _line_states(),
    }


def told(language: str, tile: Tile, level: ServiceLevel) -> str:
    """A figure's definition, in Japanese as the reports print it."""
    text = told_text(language, tile.id, tile.told)
    return text.replace("{threshold}", f"{level.threshold_s:g}").replace("{short}", f"{level.short_s:g}")


def told_text(language: str, name: str, japanese: str) -> str:
    """The English of a definition stands in the catalogue under 定義: and its name."""
    return japanese if language == "ja" else translator(language)(f"定義:{name}")
