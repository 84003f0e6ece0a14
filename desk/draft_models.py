"""What the API takes and answers about drafts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from desk.entry_models import By
from desk.fields import Moment, Strict

ABOUT = r"^(?:booking|inquiry|note|(?:booking|inquiry)-[0-9]{4}-[0-9]{6,9})$"
About = Annotated[
    str,
    Field(
        pattern=ABOUT,
        description="what it is to become: a new entry of `booking` or `inquiry`, a `note`, or the "
        "correction of the entry of this id",
        examples=["booking"],
    ),
]
Typed = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=64)], Any],
    Field(
        max_length=100,
        description="by the form's keys, as typed: nothing is required, nothing is checked but that no My "
        "Number is in it",
        examples=[{"kind": "新規", "name": "ナガ", "phone": "026-22"}],
    ),
]


class DraftBody(Strict):
    """What is typed so far."""

    about: About
    values: Typed
    seen: int | None = Field(
        default=None, ge=1, description="of a correction: the revision of the entry that it began from"
    )
    revision: int | None = Field(
        default=None,
        ge=0,
        description="the draft's revision that you know, 0: none yet; 409 when it is at another one. "
        "Left out: whatever is there is overwritten",
    )
    seat: int | None = Field(
        default=None, ge=1, le=200, description="where it is typed: `by` is its operator"
    )
    by: By | None = None


class DraftLine(Strict):
    """A draft without what is in it."""

    subject: str = Field(description="the call; an entry that belongs to none; or `none`")
    about: str
    operator: str
    revision: int
    at: Moment = Field(description="when it was saved last")


class DraftView(DraftLine):
    """A draft."""

    seen: int | None
    values: dict[str, Any]


class DraftLines(Strict):
    """An operator's drafts, the newest first."""

    drafts: list[DraftLine]


class DraftViews(Strict):
    """An operator's drafts for one subject."""

    drafts: list[DraftView]


class DraftConflictView(Strict):
    """The draft was saved in another window, or used up by its entry: nothing was saved."""

    error: Literal["conflict"]
    message: str
    current: DraftView | None = Field(description="null: there is none, its entry was written")
