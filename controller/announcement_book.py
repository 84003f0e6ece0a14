"""What has become of each announcement, by the journal's rows alone: the same rows make the same book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from typing import Any

from ivr.announcement import Announcement, Place

KINDS = tuple(f"announcement.{what}" for what in ("made", "ready", "published", "withdrawn", "failed"))


@unique
class State(StrEnum):
    """What an announcement is at a moment."""

    RENDERING = "rendering"
    """Its voice is being made."""
    FAILED = "failed"
    """Its voice could not be made."""
    DRAFT = "draft"
    """It can be listened to, and published."""
    SCHEDULED = "scheduled"
    """Published; its time has not come."""
    LIVE = "live"
    """Callers hear it."""
    EXPIRED = "expired"
    """Its time is over, whether it was published or not."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Item:
    """One announcement with its history. Times are ms UTC, None for what has not happened.

    `draft`: it waits for a person to publish it. `kana`: how the voice read it. `failure`: code and sentence.
    """

    announcement: Announcement
    draft: bool
    duration_ms: int | None = None
    kana: str = ""
    failure: tuple[str, str] | None = None
    published_ms: int | None = None
    published_by: str = ""
    withdrawn_ms: int | None = None
    withdrawn_by: str = ""

    def state(self, now_ms: int) -> State:
        """What it is at `now_ms`."""
        if self.withdrawn_ms is not None:
            return State.WITHDRAWN
        if self.failure is not None:
            return State.FAILED
        if now_ms >= self.announcement.until_ms:
            return State.EXPIRED
        if self.duration_ms is None:
            return State.RENDERING
        if self.published_ms is None:
            return State.DRAFT
        return State.LIVE if now_ms >= self.announcement.from_ms else State.SCHEDULED

    @property
    def is_out(self) -> bool:
        """Whether callers may hear it in its time."""
        return self.duration_ms is not None and self.published_ms is not None and self.withdrawn_ms is None

    @property
    def is_to_be_spoken(self) -> bool:
        """Whether its voice is still to be made."""
        return self.duration_ms is None and self.failure is None and self.withdrawn_ms is None


class AnnouncementBook:
    """All announcements, in the order in which they were made."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}

    def take(self, at_ms: int, kind: str, data: Mapping[str, Any]) -> Item | None:
        """Take one row in; the announcement as it is now, None when the row says nothing.

        The first word counts: a row that comes twice changes nothing. What is not understood is passed over,
        for the row may be of a newer version.
        """
        name = str(data.get("id", ""))
        known = self._items.get(name)
        if kind == "announcement.made":
            if known is None and (made := _made(at_ms, data)) is not None:
                self._items[name] = known = made
            return known
        if known is None:
            return None
        self._items[name] = known = _after(known, at_ms, kind, data)
        return known

    def get(self, announcement: str) -> Item | None:
        """The one of this id."""
        return self._items.get(announcement)

    def items(self) -> list[Item]:
        """All of them, oldest first."""
        return list(self._items.values())


def _made(at_ms: int, data: Mapping[str, Any]) -> Item | None:
    line = data.get("line")
    try:
        announcement = Announcement(
            id=str(data["id"]),
            text=str(data["text"]),
            line=None if line is None else str(line),
            place=Place(data["place"]),
            language=str(data["language"]),
            from_ms=int(data["from_ms"]),
            until_ms=int(data["until_ms"]),
            author=str(data["author"]),
            made_ms=at_ms,
        )
    except (KeyError, TypeError, ValueError):
        return None
    return Item(announcement, draft=bool(data.get("draft")))


def _after(item: Item, at_ms: int, kind: str, data: Mapping[str, Any]) -> Item:
    by = str(data.get("by", ""))
    duration_ms = data.get("duration_ms")
    match kind:
        case "announcement.ready" if item.duration_ms is None and isinstance(duration_ms, int):
            return replace(item, duration_ms=duration_ms, kana=str(data.get("kana", "")), failure=None)
        case "announcement.failed" if item.duration_ms is None and item.failure is None:
            return replace(item, failure=(str(data.get("why", "")), str(data.get("message", ""))))
        case "announcement.published" if item.published_ms is None:
            return replace(item, published_ms=at_ms, published_by=by)
        case "announcement.withdrawn" if item.withdrawn_ms is None:
            return replace(item, withdrawn_ms=at_ms, withdrawn_by=by)
    return item
