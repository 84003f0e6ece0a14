"""The pages of who watches the floor: the wallboard."""

from __future__ import annotations

from aiohttp import web

from desk.context import desk_of
from desk.language import language_of, translator
from desk.shell import page
from desk.words import HANDLED, LINE_MARKS, LINE_WORDS, Tile, tiles
from reports.service_level import ServiceLevel


async def live(request: web.Request) -> web.Response:
    """`GET /live`: 現在の状況."""
    return page(request, "wallboard.html.j2", **board(request))


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
        "line_states": {state: [LINE_MARKS[state], word] for state, word in LINE_WORDS.items()},
    }


def told(language: str, tile: Tile, level: ServiceLevel) -> str:
    """A figure's definition, in Japanese as the reports print it."""
    text = told_text(language, tile.id, tile.told)
    return text.replace("{threshold}", f"{level.threshold_s:g}").replace("{short}", f"{level.short_s:g}")


def told_text(language: str, name: str, japanese: str) -> str:
    """The English of a definition stands in the catalogue under 定義: and its name."""
    return japanese if language == "ja" else translator(language)(f"定義:{name}")
