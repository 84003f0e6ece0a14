"""The languages of the pages: Japanese as it is written, English by a catalogue from the Japanese texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

from aiohttp import web

COOKIE = "madoguchi_language"
LANGUAGES: Mapping[str, str] = {"ja": "日本語", "en": "English"}
JAPANESE = "ja"

Translate = Callable[[str], str]


def language_of(request: web.Request) -> str:
    """`ja` unless the person has chosen otherwise: what a browser prefers says little on a shared machine."""
    chosen = request.cookies.get(COOKIE, JAPANESE)
    return chosen if chosen in LANGUAGES else JAPANESE


def translator(language: str) -> Translate:
    """The words of a language. What its catalogue lacks stays Japanese (a test finds it)."""
    if language == JAPANESE:
        return str
    catalogue = english()
    return lambda text: catalogue.get(text, text)


@cache
def english() -> Mapping[str, str]:
    """English by Japanese: `desk/english/*.json`, a file a page, none contradicting another."""
    found: dict[str, str] = {}
    for file in sorted(resources.files("desk").joinpath("english").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".json"):
            found |= json.loads(file.read_text(encoding="utf-8"))
    return found
