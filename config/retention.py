"""`[retention]`: how long what was kept of citizens stays; `madoguchi purge` deletes what is older."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.section import Int, Section, Word

Kind = Literal["number", "booking", "inquiry", "draft"]
KINDS: tuple[Kind, ...] = ("number", "booking", "inquiry", "draft")
"""Telephone numbers; 交付予約受付簿; 問合せ記録簿; what was typed and never saved."""
_Days = Annotated[Int, Field(ge=1, le=3650)]


class LineRetention(Section):
    """A line that keeps otherwise than the others; what it does not say is as for them."""

    personal_days: _Days | None = None
    booking_days: _Days | None = None
    inquiry_days: _Days | None = None
    draft_days: _Days | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say at least one of personal_days, booking_days, inquiry_days, draft_days")
        return self


class Retention(Section):
    """保存期間. Counted from the call's reception; a draft from when it was last typed at."""

    personal_days: _Days = 400
    """Numbers of callers and numbers to call back; ledgers, unless they say otherwise. A fiscal year and the
    month after it, so that its last report can still be checked against single calls."""
    booking_days: _Days | None = None
    """交付予約受付簿."""
    inquiry_days: _Days | None = None
    """問合せ記録簿."""
    draft_days: _Days = 14
    """What an operator typed and never saved."""
    lines: dict[Word, LineRetention] = Field(default_factory=dict)
    """By the id of the line that was called."""

    def days(self, kind: Kind, line: str | None = None) -> int:
        """How many days a line (None: those that say nothing of their own) keeps this kind."""
        own = self.lines.get(line or "", LineRetention.model_construct())
        if kind == "draft":
            return own.draft_days or self.draft_days
        if kind == "number":
            return own.personal_days or self.personal_days
        by_kind = own.booking_days if kind == "booking" else own.inquiry_days
        general = self.booking_days if kind == "booking" else self.inquiry_days
        return by_kind or own.personal_days or general or self.personal_days
