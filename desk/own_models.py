"""What the API answers and takes of an operator's own desk."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from config.forms import Ledger
from desk.fields import Moment, Strict, Words
from desk.models import SeatEntry


class MenuStep(Strict):
    """A key by which a menu was gone through."""

    menu: str
    key: str


class Caller(Strict):
    """Who is on the line, as the rules allow."""

    display: str | None = Field(
        description="the number, formatted, or in words why there is none; null while the look at it cannot "
        "be written down",
        examples=["026-226-1234", "非通知"],
    )
    withheld: str | None = Field(
        description="why there is no number; null: there is one", examples=["payphone"]
    )


class PresentCall(Strict):
    """The call that this operator is offered, talks in, or writes up."""

    call: str = Field(description="as the seat names it: of a callback its ticket")
    asked_in: str = Field(description="the call that an entry belongs to")
    callback: bool
    stage: Literal["ringing", "talking", "hold", "wrap_up"]
    caller: Caller
    line: str
    line_name: str
    need: list[str] = Field(description="the skills that were asked for, by name")
    language: Literal["ja", "en", "easy"]
    menu: list[MenuStep]
    waited_s: float = Field(ge=0, description="from the entry into the queue to the talk, or to now")
    talk: Moment | None = Field(description="since when they talk, or talked")
    hold: Moment | None = Field(description="since when the caller is on hold")
    reservation_url: str | None


class OwnDesk(Strict):
    """An operator's desk, now."""

    now: Moment
    operator: str
    operator_name: str
    seat: SeatEntry | None = Field(description="null: logged in nowhere")
    break_limit_s: float | None = Field(description="how long the present break may last")
    call: PresentCall | None


class EarlierEntry(Strict):
    """A ledger entry of an earlier call: what it is about, nothing personal."""

    id: str
    ledger: Ledger
    about: str
    state: str


class EarlierContact(Strict):
    """An earlier call of the same number."""

    call: str
    received: Moment
    outcome: str
    outcome_ja: str
    talk_s: float | None
    operator_name: str | None
    entries: list[EarlierEntry]


class EarlierContacts(Strict):
    """The last calls of the present caller's number, the newest first; each is a look in the access log."""

    call: str
    days: int
    contacts: list[EarlierContact]


class OwnFigures(Strict):
    """本日の自分の実績. Seconds; averages are null of nothing."""

    now: Moment
    answered: int
    callbacks: int
    average_talk_s: float | None
    average_wrap_up_s: float | None
    logged_in_s: float
    states_s: dict[str, float]
    breaks_s: dict[str, float]
    occupancy: float | None
    utilisation: float | None


class OwnCallback(Strict):
    """折り返し, without a number: whoever calls it sees it then."""

    ticket: str
    line_name: str
    state: Literal["waiting", "retry", "calling"]
    position: int | None
    attempts: int
    asked: Moment
    due: Moment
    mine: bool = Field(description="whether this operator has tried it")


class OwnCallbacks(Strict):
    """The open callbacks, this operator's own first."""

    callbacks: list[OwnCallback]


class HandBody(Strict):
    """Why the supervisor is asked for."""

    reason: Words


class IncidentBody(Strict):
    """What is reported."""

    kind: Words


class IncidentAnswer(Strict):
    """カスハラ: reported. `held`: the call's personal data are on hold; else `hold_problem` says why not."""

    id: str
    kind: str
    call: str | None
    held: bool
    hold_problem: str | None


class CallBackBody(Strict):
    """Which callback."""

    ticket: Annotated[Words, Field(max_length=80)]


class CheckBody(Strict):
    """Values as they are typed, all of a form's or some."""

    ledger: Ledger
    values: dict[str, Any] = Field(max_length=100)


class CheckAnswer(Strict):
    """What would be refused, a sentence a field; and the others as they would be stored."""

    problems: dict[str, str]
    values: dict[str, Any]
