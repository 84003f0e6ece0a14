"""Moments that people write into the API."""

from __future__ import annotations

from datetime import datetime

from config.clock import JST
from desk.problems import bad


def moment_of(argument: str, text: str) -> datetime:
    """ISO 8601; Japan's time unless it carries an offset. Refuses (400) what is none, naming `argument`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        bad(argument, "is no time; write it as 2026-11-24T18:00:00")
    if len(text) <= len("2026-11-24"):
        bad(argument, "is a date without a time; write it as 2026-11-24T18:00:00")
    if not 1900 <= moment.year < 2200:
        bad(argument, "is out of range")
    return moment if moment.tzinfo else moment.replace(tzinfo=JST)
