"""What the API takes and answers about announcements (お知らせ)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from desk.fields import Moment, Strict, Words

SUPERVISOR = "supervisor"
Author = Annotated[Words, Field(description="who says so", examples=["業務責任者"])]


class AnnouncementBody(Strict):
    """An announcement to be made."""

    model_config = ConfigDict(extra="forbid", strict=True, validate_by_name=True, validate_by_alias=True)

    text: str = Field(
        description="at most 300 characters; no placeholders, emoji or control characters; no 12 digits in a "
        "row, which may be a My Number",
        examples=["台風の接近のため、本日の窓口は午後3時で終了いたします。"],
    )
    place: str = Field(
        default="greeting",
        description="emergency: in front of everything; instead: only this, then the call ends; "
        "greeting: after the greeting; waiting: while waiting, in turn with the request to hold",
        examples=["greeting"],
    )
    line: str | None = Field(default=None, description="a line's id; null: every line")
    language: str = Field(default="ja", description="of the voice: ja, easy (slower) or en")
    from_: str | None = Field(
        default=None, alias="from", max_length=40,
        description="ISO 8601, Japan unless it carries an offset; by default now",
    )  # fmt: skip
    until: str | None = Field(
        default=None, max_length=40,
        description="excluded; a date alone: the end of that day; by default the end of the day of from",
    )  # fmt: skip
    draft: bool = Field(default=False, description="only speak it; it waits to be published")
    author: Author = SUPERVISOR


class ByBody(Strict):
    """Who does it."""

    author: Author = SUPERVISOR


class AnnouncementFailure(Strict):
    """Why its voice could not be made."""

    error: str = Field(description="for machines", examples=["voice_missing"])
    message: str


class AnnouncementEntry(Strict):
    """An announcement and what has become of it."""

    id: str
    text: str
    place: Literal["emergency", "instead", "greeting", "waiting"]
    line: str | None = Field(description="null: every line")
    language: str
    from_: Moment = Field(alias="from")
    until: Moment = Field(description="excluded")
    state: Literal["rendering", "failed", "draft", "scheduled", "live", "expired", "withdrawn"] = Field(
        description="rendering: its voice is being made; draft: waits to be published; live: callers hear it"
    )
    author: str
    made: Moment
    duration_s: float | None = Field(description="of the sound; null while there is none")
    kana: str = Field(description="how the voice reads it; English: IPA")
    has_audio: bool = Field(description="whether it can be listened to")
    published: Moment | None
    published_by: str | None
    withdrawn: Moment | None
    withdrawn_by: str | None
    failure: AnnouncementFailure | None


class AnnouncementList(Strict):
    """Newest first: all that are not over, and of the others as many as were asked for."""

    now: Moment
    lines: dict[str, str] = Field(description="the lines' names by id")
    count: int
    announcements: list[AnnouncementEntry]
