"""`[wallboard]`: from when on a figure of the wallboard is yellow or red, and what a wall may show."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from config.section import Amount, Flag, Int, Section

LOWER_IS_WORSE = frozenset(
    {"answer_rate", "recent_answer_rate", "service_level", "recent_service_level", "staffed_seats"}
)


class Limit(Section):
    """Yellow (注意) and red (警戒) of one figure; a level that is not given never comes.

    `back`: the level ends when the figure is better than it by so much, so that a figure that wavers around
    its limit does not blink.
    """

    yellow: Amount | None = None
    red: Amount | None = None
    back: Amount = Field(default=0, ge=0)


class Thresholds(Section):
    """By figure. Counts, seconds and milliseconds: at or above; rates (0 to 1) and `staffed_seats`: below."""

    waiting: Limit = Limit(yellow=3, red=6, back=1)
    longest_wait_s: Limit = Limit(yellow=60, red=180, back=5)
    next_wait_s: Limit = Limit(yellow=180, red=600, back=30)
    callbacks: Limit = Limit(yellow=5, red=15, back=1)
    answer_rate: Limit = Limit(yellow=0.9, red=0.8, back=0.005)
    recent_answer_rate: Limit = Limit(yellow=0.9, red=0.75, back=0.02)
    service_level: Limit = Limit(yellow=0.8, red=0.6, back=0.005)
    recent_service_level: Limit = Limit(yellow=0.8, red=0.5, back=0.02)
    asa_s: Limit = Limit(yellow=30, red=90, back=2)
    staffed_seats: Limit = Limit()
    """Seats that are logged in, reachable and not on break."""
    talking_s: Limit = Limit(yellow=900, red=1800)
    hold_s: Limit = Limit(yellow=60, red=180)
    wrap_up_s: Limit = Limit(yellow=180, red=300)
    lag_ms: Limit = Limit(yellow=2000, red=10_000, back=500)

    @model_validator(mode="after")
    def _yellow_comes_first(self) -> Self:
        for figure in type(self).model_fields:
            limit: Limit = getattr(self, figure)
            if limit.yellow is None or limit.red is None:
                continue
            lower = figure in LOWER_IS_WORSE
            if (limit.red > limit.yellow) if lower else (limit.red < limit.yellow):
                raise ValueError(
                    f"thresholds.{figure}: red ({limit.red:g}) would come before yellow ({limit.yellow:g})"
                )
        return self


class Wallboard(Section):
    """現在の状況."""

    thresholds: Thresholds = Thresholds()
    least_calls: Int = Field(default=5, ge=1, le=1000)
    """Rates of fewer calls are shown, but are no reason for a colour."""
    usual_weeks: Int = Field(default=8, ge=1, le=52)
    """ふだん: so many last days of the same weekday are what is usual."""
    kiosk_names: Flag = False
    """Whether a wall (掲示) shows the operators' names."""
