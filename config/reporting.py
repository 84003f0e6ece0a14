"""Which settings the figures of a report depend on: they are frozen with a closed month."""

from __future__ import annotations

from typing import Any

from config.settings import Settings

SECTIONS = (
    *("line", "lines", "calendar", "skills", "needs", "queue", "floor", "overflow", "callback"),
    *("guidance", "menus", "report"),
)
"""No operators' names, no trunk's password."""


def reporting_settings(settings: Settings) -> dict[str, Any]:
    """These sections and the number of seats, as plain JSON values."""
    kept = settings.model_dump(mode="json", include=set(SECTIONS) & set(type(settings).model_fields))
    return {**kept, "seats": {"count": settings.seats.count}}
