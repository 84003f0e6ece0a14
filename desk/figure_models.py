"""The figures as the API answers them: the same in `/live` and in the reports."""

from __future__ import annotations

from pydantic import Field

from desk.fields import Strict


class TallyRow(Strict):
    """Counts of an interval; rates 0 to 1, null where there is nothing to divide by."""

    received: int
    received_open: int
    queued: int
    answered: int
    abandoned: int
    abandoned_short: int
    abandoned_in_guidance: int
    overflowed: int
    timed_out: int
    left_no_operator: int
    callback: int
    withdrawn: int
    answer_rate: float | None
    abandon_rate: float | None
    service_level: float | None


class HourRow(TallyRow):
    """An hour of the day."""

    hour: int


class HalfHourRow(TallyRow):
    """A half hour of the day."""

    time: str


class DayRow(TallyRow):
    """A day."""

    date: str


class WeekdayRow(TallyRow):
    """A weekday; 0 is Monday."""

    weekday: int
    name: str


class MonthRow(TallyRow):
    """A month of the period."""

    month: str


class LineRow(TallyRow):
    """A line (回線); "-" is that of calls whose rows name none."""

    line: str


class SeatOffersRow(Strict):
    """席別の呼出: what became of the attempts to ring a seat's phone that ended in the period."""

    seat: int
    offers: int
    answered: int
    missed: int
    no_answer: int
    declined: int
    busy: int
    unreachable: int
    failed: int
    caller_gone: int
    lost_race: int
    withdrawn: int
    answer_rate: float | None = Field(description="answered ÷ offers")
    answer_rate_of_own: float | None = Field(description="answered ÷ (answered + missed)")


class CallbackFigures(Strict):
    """折り返し: requested = merged + reached + unreached + expired + cancelled + open + unexplained."""

    requested: int
    merged: int
    reached: int
    unreached: int
    expired: int
    cancelled: int
    open: int
    unexplained: int
    attempts: int
    average_reach_s: float | None
    median_reach_s: float | None
    average_talk_s: float | None


class PredictionFigures(Strict):
    """予想待ち時間: errors over answered calls with a prediction at entry; bias is predicted − waited."""

    count: int
    median_error_s: float | None
    p90_error_s: float | None
    bias_s: float | None
    told: int
    told_median_error_s: float | None
    told_p90_error_s: float | None


class MenuKey(Strict):
    """How often a key was pressed, and what it did."""

    key: str
    target: str
    count: int


class MenuRow(Strict):
    """A menu: `entered` and `abandoned` count calls, the others how often."""

    menu: str
    entered: int
    keys: list[MenuKey]
    no_key: int
    wrong_key: int
    wrong_keys: dict[str, int]
    gave_up: int
    abandoned: int


class MenuFigures(Strict):
    """音声メニュー: `calls` were in one, each has one of `ends`."""

    calls: int
    ends: dict[str, int]
    by_menu: list[MenuRow]


class ServiceLevel(Strict):
    """The contractual service level, and what others call so."""

    threshold_s: float
    short_s: float
    target: float
    formula: str = Field(description="the contract's, one of `variants`: its value is `value`")
    value: float | None
    variants: dict[str, float | None]


class HalfHours(Strict):
    """Half hours with a decided call, and those that met the service level's target."""

    measured: int
    met: int
    rate: float | None


class IdentityTerms(Strict):
    """Every call received is counted in exactly one term."""

    holds: bool
    terms: dict[str, int]
    before_queue: dict[str, int]
    in_queue: dict[str, int]
    unexplained: list[str]
    sentence: str


class FiguresNow(Strict):
    """Figures over the calls received in a period. Durations in seconds, rates 0 to 1."""

    period: str
    received: int
    received_open: int
    received_closed: int
    queued: int
    answered: int
    abandoned: int
    abandoned_in_guidance: int
    abandoned_short: int
    guidance_completed: int
    blocked: int
    overflowed: int
    timed_out: int
    left_no_operator: int
    callback_requested: int
    callbacks: CallbackFigures
    overflow: dict[str, dict[str, int]] = Field(description="decisions by cause, then destination")
    overflow_stage: dict[str, int]
    overflow_calls: int
    withdrawn: int
    system_failed: int
    fallback: dict[str, int] = Field(description="`received` by the exchange alone, and how they ended")
    cut_off: int = Field(description="answered calls whose talk the exchange's fall ended")
    still_waiting: int
    in_guidance: int
    answer_rate: float | None
    answer_rate_of_queued: float | None
    answer_rate_of_received: float | None
    abandon_rate: float | None
    abandon_rate_without_short: float | None
    service_level: ServiceLevel
    half_hours: HalfHours
    asa_s: float | None
    median_wait_s: float | None
    p90_wait_s: float | None
    longest_wait_s: float | None
    longest_wait_now_s: float | None
    average_abandon_s: float | None
    average_talk_s: float | None
    average_hold_s: float | None
    average_wrap_up_s: float | None
    prediction: PredictionFigures
    menus: MenuFigures
    by_hour: list[HourRow]
    by_half_hour: list[HalfHourRow]
    by_day: list[DayRow]
    by_weekday: list[WeekdayRow]
    by_month: list[MonthRow]
    by_line: list[LineRow]
    by_seat: list[SeatOffersRow]
    identity: IdentityTerms
    definitions_version: str
