"""フロア: the times and limits of the seats."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.lines import LONGEST_WRAP_UP_S, WrapUpEnds
from config.section import Amount, Int, Section

Digit = Annotated[str, Field(pattern=r"^[1-9]$")]
Reason = Annotated[str, Field(min_length=1, max_length=40)]
Minutes = Annotated[Amount, Field(gt=0, le=720)]
BREAKS = {"1": "休憩", "2": "昼食", "3": "会議", "4": "研修", "5": "事務", "9": "その他"}


class MissRule(Section):
    """What missed calls of one cause cost; what is not said is the floor's."""

    strikes: Int | None = Field(default=None, ge=1, le=100)
    """So many in a row, and the seat is put on break."""
    cool_down_s: Amount | None = Field(default=None, gt=0, le=3600)
    """So long the seat is not offered the same call again."""


class Misses(Section):
    """The causes for which a seat can miss a call."""

    no_answer: MissRule = MissRule()
    declined: MissRule = MissRule()
    busy: MissRule = MissRule()
    unreachable: MissRule = MissRule()


class FloorRules(Section):
    """The times and limits of distribution."""

    ring_time_s: float = Field(default=20, gt=0, le=120)
    wrap_up_s: float = Field(default=30, ge=0, le=3600)
    wrap_up_most_s: Amount = Field(default=LONGEST_WRAP_UP_S, ge=0, le=7200)
    """So long a wrap-up is at most, extensions included; never below `wrap_up_s`."""
    wrap_up_ends: WrapUpEnds = "time"
    max_misses: Int = Field(default=2, ge=1, le=100)
    """Missed calls in a row, of one cause, that put a seat on break."""
    cool_down_s: Amount = Field(default=10, gt=0, le=3600)
    """So long a seat that missed a call is not offered the same call again."""
    misses: Misses = Misses()
    connect_time_s: Amount = Field(default=2, ge=0.5, le=10)
    """Both parties must be in talk so soon after the answer; else the caller waits on."""
    login_elsewhere: Literal["refuse", "move"] = "refuse"
    """An operator who logs in at a second seat."""
    breaks: dict[Digit, Reason] = Field(default_factory=lambda: dict(BREAKS))
    """離席理由 by the last digit of its telephone code (`*21` is 1)."""
    break_limits_min: dict[Reason, Minutes] = Field(default_factory=dict)
    """How long a break may last before the supervisor is told, by digit or words of its reason."""

    @model_validator(mode="after")
    def _without_contradiction(self) -> Self:
        if "wrap_up_most_s" in self.model_fields_set and self.wrap_up_most_s < self.wrap_up_s:
            raise ValueError(
                f"wrap_up_most_s ({self.wrap_up_most_s:g}) is less than wrap_up_s ({self.wrap_up_s:g})"
            )
        for reason in self.break_limits_min:
            if reason not in self.breaks and reason not in self.breaks.values():
                raise ValueError(f"break_limits_min.{reason}: there is no such reason in [floor.breaks]")
        twice = {self.breaks.get(reason, reason) for reason in self.break_limits_min}
        if len(twice) < len(self.break_limits_min):
            raise ValueError("break_limits_min: a reason is named twice, by its digit and by its words")
        return self

    def longest_wrap_up_s(self) -> float:
        """`wrap_up_most_s`, never below the wrap-up itself."""
        return max(self.wrap_up_most_s, self.wrap_up_s)

    def limit_of_break_min(self) -> dict[str, float]:
        """Limits by the reason's words, as the floor knows them."""
        return {self.breaks.get(reason, reason): limit for reason, limit in self.break_limits_min.items()}
