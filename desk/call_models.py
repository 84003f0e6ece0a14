"""Bodies and answers about calls and those who made them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from desk.fields import Moment, Strict, Words

Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]


class LookBody(Strict):
    """Who looks at a citizen's number, and why; both go into the access log."""

    by: Words
    why: Reason


class CitizenOfCall(Strict):
    """What is kept of the citizen; null: withheld, not given, or purged."""

    call: str
    number: str | None
    callback_number: str | None
    held: bool = Field(description="保全: no purge touches it")


class HoldBody(Strict):
    """保全 of a call's personal data, or its end."""

    by: Words
    reason: Reason
    release: bool = False


class HoldAnswer(Strict):
    """What has been done."""

    call: str
    held: bool


class HandledBody(Strict):
    """What came of dealing with an abandoned call."""

    by: Words = "system"
    result: Literal["reached", "not_reached", "not_needed"]


class HandledNow(Strict):
    """Who has dealt with it."""

    at: Moment
    by: str
    result: str


class AbandonedEntry(Strict):
    """A citizen whose calls reached nobody."""

    call: str = Field(description="the newest call")
    line: str | None
    tail: str = Field(description="the number's last four digits; empty when it was withheld or purged")
    withheld: str | None
    attempts: int
    first: Moment
    last: Moment
    longest_wait_s: float | None
    reached: Moment | None = Field(description="when the citizen got through after all")
    open: bool
    handled: HandledNow | None


class AbandonedList(Strict):
    """放棄呼の一覧, the newest first."""

    count: int
    entries: list[AbandonedEntry]
