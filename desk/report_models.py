"""What the reports have besides the figures that are live, too."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.fields import Strict


class HeatRow(Strict):
    """A half hour of a weekday (0 is Monday), over all such days of the period."""

    weekday: int
    time: str
    received: int
    answered: int
    answer_rate: float | None
    service_level: float | None


class Recalls(Strict):
    """かけ直し: citizens and their chains of attempts."""

    within_h: float
    calls_known: int
    calls_withheld: int
    calls_erased: int = Field(description="calls whose number was purged, or never known")
    citizens: int
    chains: dict[str, int] = Field(description="chains by their number of attempts")
    recalled: int
    failed_first: int
    reached_later: int
    never_reached: int
    reached_later_rate: float | None
    average_until_reached_s: float | None
    median_until_reached_s: float | None


class StaffedSlot(Strict):
    """The open part of a half hour. Times in Japan."""

    from_: str = Field(alias="from")
    open_s: float
    average: float
    least: int
    below_s: float


class MissingSeat(Strict):
    """A seat that was not staffed, why and how long."""

    seat: int
    why: str
    seconds: float


class Below(Strict):
    """A time with fewer seats than the contract's."""

    from_: str = Field(alias="from")
    to: str
    seconds: float
    least: int
    missing: list[MissingSeat]


class Staffed(Strict):
    """席の配置 in open hours."""

    required: int
    open_s: float
    below_s: float
    average: float | None
    full_rate: float | None
    half_hours: list[StaffedSlot]
    below: list[Below]


class Worked(Strict):
    """Time by state; occupancy 占有率, utilisation 稼働率."""

    logged_in_s: float
    states_s: dict[str, float]
    breaks_s: dict[str, float]
    occupancy: float | None
    utilisation: float | None


class WorkedOperator(Worked):
    """An operator's sum."""

    operator: str
    name: str


class Stay(Strict):
    """From log-in to log-out at a seat, cut at midnight. Times in Japan."""

    seat: int
    from_: str = Field(alias="from")
    to: str


class WorkedDay(WorkedOperator):
    """An operator's day."""

    date: str
    stays: list[Stay]


class Work(Strict):
    """勤務実態."""

    operators: list[WorkedOperator]
    days: list[WorkedDay]


class StaffStay(Strict):
    """From coming to going, or to a break."""

    from_: str = Field(alias="from")
    to: str


class StaffDay(Strict):
    """業務責任者の勤務: a day of a person who has no seat, as he said himself."""

    date: str
    person: str
    name: str
    stays: list[StaffStay]
    present_s: float
    breaks_s: dict[str, float]
    no_end: bool = Field(description="退勤 is missing; cut at midnight, or now")


class WrittenCount(Strict):
    """How often a choice, a category or a flag was written."""

    ledger: str
    field: str
    label: str
    value: str
    count: int


class WrittenOperator(Strict):
    """An operator's answered calls and entries."""

    operator: str
    answered: int
    average_talk_s: float | None
    average_hold_s: float | None
    entries: int


class Written(Strict):
    """完結率 (`closed_rate`: closed ÷ answered), and what the ledgers' choices say."""

    answered: int
    recorded: int
    closed: int
    closed_rate: float | None
    entries: dict[str, int]
    counts: list[WrittenCount]
    operators: list[WrittenOperator]


class LevelRule(Strict):
    """How the service level of the year before was computed."""

    threshold_s: float
    short_s: float
    formula: str


class Changed(Strict):
    """Now − then, and that ÷ then; null where there is nothing, and of rates there is no `rate`."""

    difference: float | None
    rate: float | None


class ChangedPair(Changed):
    """With both values."""

    now: float | None
    then: float | None


class MonthBefore(Strict):
    """A month of a fiscal year beside the one a year before."""

    month: str
    received: ChangedPair
    answered: ChangedPair
    answer_rate: ChangedPair


class YearBefore(Strict):
    """前年同月比, 前年度比."""

    period: str
    until: str | None = Field(description="all before this moment is compared; null: the whole period")
    missing: Literal["before_contract", "no_calls"] | None = Field(description="why there is nothing")
    since: str | None = Field(description="the records or the contract begin on this day of the period")
    source: Literal["closed", "records"] | None
    version: int | None = Field(description="of the closed month that it is taken from")
    closed_at: str | None
    service_level_rule: LevelRule | None
    figures: dict[str, float | None]
    change: dict[str, Changed]
    by_month: list[MonthBefore] = Field(description="of a fiscal year")
