"""What the API takes and answers where a supervisor acts: those who wait, callbacks, the line."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from desk.calendar_models import SUPERVISOR, LineId, Person, Reason, SecondPerson
from desk.fields import Moment, Strict, Why, Words
from desk.models import WaitingCaller


class BecauseBody(Strict):
    """Why it is done to somebody else's seat or callback. The body may be left out."""

    why: Why = None


class MoveBody(Strict):
    """Where to."""

    position: int = Field(ge=1, le=100_000, description="1 is the head; beyond the last, the end")
    why: Why = None


class RaiseBody(Strict):
    """How urgent."""

    priority: int = Field(ge=-1000, le=1000, description="higher is served first; a line's is 0 by default")
    why: Why = None


class OfferBody(Strict):
    """To whom."""

    seat: int = Field(ge=1, le=200)
    why: Why = None


class TakeOutBody(Strict):
    """Why."""

    reason: Annotated[Words, Field(examples=["間違い電話"])]


class AskCallbackBody(Strict):
    """Whom to call back."""

    number: Annotated[
        str | None,
        Field(
            max_length=20,
            description="as dialled in Japan; the caller's own by default",
            examples=["0262261234"],
        ),
    ] = None
    why: Why = None


class ExtendBody(Strict):
    """How much longer."""

    seconds: int = Field(ge=1, le=7200)


class EntryBody(Strict):
    """Of which call."""

    call: Annotated[Words, Field(description="the call's id")]


class CloseLineBody(Strict):
    """臨時休止, from now on."""

    reason: Annotated[Reason, Field(examples=["設備の点検"])]
    until: Annotated[
        str | None, Field(max_length=40, description="ISO 8601; by default the calendar's next opening")
    ] = None
    line: LineId = None
    by: Person = SUPERVISOR
    confirmed_by: SecondPerson = None


class OpenLineBody(Strict):
    """臨時受付, from now on."""

    until: Annotated[str, Field(max_length=40, description="ISO 8601; Japan, unless it carries an offset")]
    reason: Annotated[Reason, Field(examples=["休日臨時窓口"])]
    line: LineId = None
    by: Person = SUPERVISOR


class ByCalendarBody(Strict):
    """受付時間のとおり, from now on. The body may be left out."""

    reason: Reason | None = None
    line: LineId = None
    by: Person = SUPERVISOR


class CallerAnswer(Strict):
    """What became of a waiting caller; `waiting` null: not in the queue any more."""

    call: str
    waiting: WaitingCaller | None


class CallbackEntry(Strict):
    """折り返し."""

    ticket: str
    call: str = Field(description="the call in which it was asked for")
    line: str
    number: str = Field(description="whom to call, for the eye; empty when it has been purged")
    state: Literal["waiting", "retry", "calling"]
    position: int | None = Field(ge=1, description="in the queue; null while it is not due or under way")
    attempts: int
    asked: Moment
    due: Moment = Field(description="not before")


class CallbackList(Strict):
    """The open callbacks, oldest first."""

    count: int
    callbacks: list[CallbackEntry]


class CallbackEnd(Strict):
    """A callback that was cancelled."""

    ticket: str
    state: Literal["cancelled"]
