"""What the API takes and answers. The OpenAPI document is made of these; tests hold the answers to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from desk import report_models
from desk.fields import Moment, Strict, Why, Words
from desk.figure_models import FiguresNow

Line = Literal["open", "closed", "before", "after", "emergency"]
State = Literal["logged_out", "ready", "ringing", "talking", "hold", "wrap_up", "break", "unreachable"]
Phone = Literal["registered", "unreachable", "unregistered"]


class LogInBody(Strict):
    """Who logs in."""

    operator: Annotated[Words, Field(description="the operator's id", examples=["101"])]
    why: Why = None


class BreakBody(Strict):
    """Why the seat takes no calls."""

    reason: Annotated[
        Words, Field(description="a reason's code digit (*21 is 1) or its words", examples=["1", "休憩"])
    ]
    why: Why = None


class Problem(Strict):
    """Every answer of 400 and above."""

    error: str = Field(description="for machines", examples=["seat_taken"])
    message: str = Field(description="one sentence for people")


class OverrideNow(Strict):
    """What a supervisor has said over the calendar; until null: for ever."""

    id: str = Field(description="as /calendar/overrides names it")
    state: Literal["open", "closed", "hours"]
    reason: str
    since: Moment
    until: Moment | None
    by: str


class LineNow(Strict):
    """回線: the line by the calendar, and by what a supervisor has said over it."""

    state: Line
    reason: str = Field(description="why, in Japanese")
    next_change: Moment | None
    next_opening: Moment | None
    override: OverrideNow | None


class WaitingCaller(Strict):
    """A caller who is not connected yet, in the order of dispatch; or a callback at its place among them."""

    call: str = Field(description="the call's id; of a callback its ticket")
    since: Moment
    position: int = Field(ge=1)
    wait_s: float = Field(ge=0)
    rings: bool = Field(description="whether a phone rings for this caller")
    line: str
    priority: int = Field(description="higher is served first; 1000000000: has waited too long to be passed")
    need: str | None
    predicted_wait_s: float | None = Field(description="how much longer, probably; null when nobody can say")
    callback: bool = Field(description="a callback: nobody is on the line")


class NextState(Strict):
    """What a seat becomes when its present call, and the work after it, are over."""

    state: Literal["logged_out", "ready", "break"]
    reason: str | None


class HandNow(Strict):
    """手上げ: the operator asks for the supervisor."""

    reason: str
    since: Moment
    for_s: float = Field(ge=0)


class IncidentNow(Strict):
    """カスハラ: reported, and not closed yet."""

    id: str
    kind: str
    call: str | None
    since: Moment
    for_s: float = Field(ge=0)


class SeatEntry(Strict):
    """席."""

    seat: int
    extension: str
    operator: str | None
    operator_name: str | None
    state: State
    since: Moment
    state_s: float = Field(ge=0, description="seconds in this state")
    reason: str | None
    call: str | None
    phone: Phone
    line: str | None = Field(description="of the present call")
    wrap_up_until: Moment | None = Field(description="when the present wrap-up ends by itself")
    break_over: bool = Field(description="whether the present break lasts longer than allowed")
    next: NextState | None = Field(description="after the present activity; null: there is none")
    hand: HandNow | None
    incident: IncidentNow | None


class Recent(Strict):
    """The calls received in the last 30 minutes."""

    received_open: int
    queued: int
    answered: int
    abandoned: int
    answer_rate: float | None
    service_level: float | None
    asa_s: float | None


class SeatToday(Strict):
    """What a seat has done today, as the day's report has it."""

    seat: int
    answered: int = Field(description="offers answered, callbacks included")
    missed: int = Field(description="offers that the seat itself did not take (RONA)")
    handled: int = Field(description="calls received today whose talk is over")
    handling_s: float | None = Field(description="(talk, hold included, + wrap-up) ÷ handled")


class AlarmNow(Strict):
    """A figure beyond its threshold (`[wallboard.thresholds]`), or a break beyond its limit."""

    figure: str = Field(examples=["waiting", "recent_service_level", "hold_s", "break"])
    seat: int | None = Field(description="of which seat; null: of the whole floor")
    level: Literal["yellow", "red"]
    since: Moment


class Live(Strict):
    """The floor and the day, now."""

    now: Moment
    line: LineNow
    connected: bool = Field(description="whether the controller is connected to Asterisk")
    waiting: list[WaitingCaller]
    longest_wait_s: float | None = Field(description="of those waiting on the line now")
    next_wait_s: float | None = Field(
        description="how long who calls now will probably wait; 0 while a seat is free; null without a seat"
    )
    callbacks: int = Field(description="open callbacks, those not due yet included")
    seats: list[SeatEntry]
    today: FiguresNow
    last_30_min: Recent
    seats_today: list[SeatToday]
    alarms: list[AlarmNow]
    lag_ms: int = Field(description="how much older than `now` the figures, here or in the database, may be")


class Closed(Strict):
    """締め: when and by whom the month was closed."""

    at: Moment
    by: str
    reason: str = Field(description="of a correction; empty for most first versions")
    head: str = Field(description="the journal's head then, SEQ:HASH (`doctor --head`)")


class Closing(Closed):
    """One version of a closed month."""

    month: str
    version: int
    definitions_version: str
    sha256: str = Field(description="of the figures as canonical JSON; in the journal's row, too")
    settings: dict[str, Any]


class ClosingList(Strict):
    """Every version of a month, the first first."""

    month: str
    count: int
    versions: list[Closing]


class CloseBody(Strict):
    """Who closes the month, and for a correction why."""

    by: Words
    reason: str = Field(default="", max_length=1000)


class Report(FiguresNow):
    """日次報告 and 月次報告."""

    provisional: bool = Field(description="whether the period is not over yet (速報)")
    status: str = Field(description="速報 until the month is closed, then 確定 第n版; empty for a past day")
    version: int | None = Field(default=None, description="only of a closed month")
    closed: Closed | None = Field(default=None, description="only of a closed month")
    as_of: Moment | None = Field(default=None, description="only while the period is not over")
    heat: list[report_models.HeatRow]
    recalls: report_models.Recalls
    staffed: report_models.Staffed | None
    work: report_models.Work
    written: report_models.Written
    staff: list[report_models.StaffDay]
    year_before: report_models.YearBefore | None = Field(
        default=None, description="only of a month and a fiscal year"
    )


class OverflowEvent(Strict):
    """あふれ: one overflow decision about a call."""

    cause: str
    toward: str
    stage: str
    at_ms: int


class CallEntry(Strict):
    """着信: one call, without personal data. Times in ms UTC."""

    call: str
    line: str | None
    received: str
    outcome: str
    outcome_ja: str
    open: bool | None
    withheld: str | None
    called: str | None
    queued: bool
    seat: int | None
    operator: str | None
    offers: int
    wait_s: float | None
    talk_s: float | None
    hold_s: float | None
    received_ms: int
    answered_ms: int | None
    queued_ms: int | None
    first_offer_ms: int | None
    connected_ms: int | None
    talk_ended_ms: int | None
    ended_ms: int | None
    cause: str | None
    priority: int
    need: str | None
    queue_line: str | None = Field(description="the line in whose queue it was last")
    predicted_s: float | None = Field(description="predicted wait when it entered the queue")
    told: int = Field(description="how often a wait was spoken")
    moved: int = Field(description="how often its place was changed")
    overflows: list[OverflowEvent]
    ticket: str | None = Field(description="the callback asked for")
    merged: bool = Field(description="whether that callback was an older one")
    fallback: bool = Field(description="whether the exchange served it while no controller was there")


class CallList(Strict):
    """Calls received in from <= t0 < to."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    from_: Moment = Field(alias="from")
    to: Moment
    outcome: str | None
    count: int
    calls: list[CallEntry]


class JournalEntry(Strict):
    """A row of the journal; `at_ms` is ms UTC. Fields that do not apply are absent."""

    seq: int
    at_ms: int
    kind: str
    call: str | None = None
    seat: int | None = None
    operator: str | None = None
    offer: str | None = None
    line: str | None = None
    data: dict[str, Any]


class SeatReason(Strict):
    """Why a seat was not offered the call."""

    seat: int
    code: str = Field(examples=["wrap_up", "break", "talking", "cool_down", "not_first", "not_eligible"])
    text: str = Field(examples=["席3: 後作業 残り12秒"])


class Decision(Strict):
    """One decision about a call; `seats` are those not offered, empty where that is no question."""

    at: Moment
    what: str = Field(examples=["queued", "offer_started", "offer_ended", "overflowed"])
    text: str
    seats: list[SeatReason]


class CallStory(CallEntry):
    """One call: the decisions about it, and every journal row that names it."""

    why: list[Decision]
    journal: list[JournalEntry]


class EventMessage(Strict):
    """One message of `GET /events`: a journal row as it is written."""

    seq: int
    at: Moment
    kind: str
    call: str | None
    seat: int | None
    operator: str | None
    offer: str | None
    data: dict[str, Any]


class SettingChange(Strict):
    """One key of the settings, dotted; null where it was, or is, not there."""

    key: str = Field(examples=["seats.count", "operators.101.name"])
    old: Any
    new: Any


class Reloaded(Strict):
    """What reading the settings anew has changed."""

    changed: list[SettingChange] = Field(description="in force from now on")
    restart: list[SettingChange] = Field(description="in the file, but in force only after a restart")


class Alive(Strict):
    """The process answers."""

    status: Literal["alive"]


class Readiness(Strict):
    """Whether calls can be taken, and what is missing."""

    ready: bool
    asterisk: bool
    database: bool
    missing: list[Literal["asterisk", "database"]]
    warnings: list[str] = Field(description="in Japanese: what will be missing, such as a holiday table")
