"""What the API takes and answers about the calendar: days, a moment, and what has been said over them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from controller.overrides import LONGEST_REASON, MOST_PERIODS
from desk.fields import Moment, Strict, Words

SUPERVISOR = "supervisor"
"""Who acts when nobody is named, until people have their own log-in."""

Reason = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_REASON, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Person = Annotated[Words, Field(description="who does it, by name", examples=["山田"])]
SecondPerson = Annotated[
    Words | None,
    Field(description="a second person who agrees at once, where closing needs one; another one than `by`"),
]
LineId = Annotated[str | None, Field(max_length=40, description="a line's id; null: every line")]
Second = Annotated[
    str,
    Field(description="ISO 8601 with Japan's offset", examples=["2026-11-24T08:30:00+09:00"]),
]
Clock = Annotated[str, Field(description="HH:MM or HH:MM:SS; an end may be 24:00", examples=["08:30"])]
Kind = Literal["closed", "open", "hours"]


class OverrideBody(Strict):
    """一回限りの変更: another state than the calendar's, once."""

    kind: Kind = Field(description="臨時休止, 臨時受付, 時間変更")
    line: LineId = None
    from_: Annotated[
        str | None, Field(alias="from", max_length=40, description="ISO 8601; by default now")
    ] = None
    until: Annotated[
        str | None, Field(max_length=40, description="ISO 8601; null: until withdrawn, of a closing only")
    ] = None
    periods: list[tuple[Clock, Clock]] = Field(
        default=[], max_length=MOST_PERIODS, description="of `hours` only: the open hours of each date"
    )
    reason: Annotated[Reason, Field(examples=["台風のため"])]
    by: Person = SUPERVISOR
    confirmed_by: SecondPerson = None
    replace: bool = Field(default=False, description="it may contradict others, and wins over them")


class ConfirmBody(Strict):
    """The second person."""

    by: Person = SUPERVISOR


class WithdrawBody(Strict):
    """Who takes it back, and why."""

    by: Person = SUPERVISOR
    reason: Reason


class OverrideStep(Strict):
    """Who did what to an override."""

    at: Moment
    what: Literal["made", "confirmed", "withdrawn"]
    by: str
    reason: str = Field(description="of a withdrawal")


class OverrideEntry(Strict):
    """一回限りの変更, and all that became of it."""

    id: str
    kind: Kind
    line: str | None = Field(description="null: every line")
    from_: Moment = Field(alias="from")
    until: Moment | None = Field(description="excluded; null: until withdrawn")
    periods: list[tuple[Clock, Clock]] = Field(description="of `hours` only")
    reason: str
    author: str
    made: Moment
    state: Literal["pending", "planned", "in_force", "ended", "withdrawn", "lapsed"] = Field(
        description="pending: a second person has to confirm it, it has no effect; "
        "lapsed: nobody confirmed it in its time"
    )
    needs_second: bool
    confirmed_by: str | None
    history: list[OverrideStep]


class OverrideList(Strict):
    """Newest first."""

    count: int
    second_person: bool = Field(description="whether closing in open hours needs a second person")
    overrides: list[OverrideEntry]


class CalendarDay(Strict):
    """One date of a line."""

    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")
    open: list[tuple[Clock, Clock]] = Field(description="half-open hours")
    reason: str = Field(description="why, in Japanese")
    kind: str
    holiday: str | None
    overrides: list[str] = Field(description="ids of those that touch the date")
    warning: str | None


class CalendarMonth(Strict):
    """A month of a line."""

    month: str
    line: str
    today: str
    open_days: int
    warning: str | None = Field(description="the holiday table does not reach so far")
    lines: dict[str, str] = Field(description="the names of all lines, by id")
    days: list[CalendarDay]


class MomentTold(Strict):
    """What a line is at a moment; `next_change` and `next_opening` null: never."""

    time: Second
    line: str
    state: Literal["open", "closed", "before", "after"]
    kind: str
    reason: str
    next_change: Second | None
    next_opening: Second | None
    holiday: str | None
    override: str | None = Field(description="the id of the one that decides")
    warning: str | None
