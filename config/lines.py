"""回線: the numbers that citizens dial, and how the callers of each are served."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from config.calendar import Calendar
from config.queue_rules import StrategyName
from config.section import Amount, Int, Number, Section, Word

MAIN = "main"
"""The line of `[line]`; further ones stand in `[[lines]]`."""
WrapUpEnds = Literal["time", "operator", "entry"]
LONGEST_WRAP_UP_S = 300.0
"""So far a wrap-up can be extended where nothing else is said."""


class WrapUpRules(Section):
    """後処理. `wrap_up_ends`: what ends it, after `wrap_up_s` its time, or the operator or the ledger entry,
    these two at the latest after `wrap_up_most_s`. An operator may end each of them early.
    """

    wrap_up_s: Amount | None = Field(default=None, ge=0, le=3600)
    wrap_up_most_s: Amount | None = Field(default=None, ge=0, le=7200)
    """So long it is at most, extensions included; at least `wrap_up_s`."""
    wrap_up_ends: WrapUpEnds | None = None

    @model_validator(mode="after")
    def _most_is_more(self) -> Self:
        least, most = self.wrap_up_s, self.wrap_up_most_s
        if least is not None and most is not None and most < least:
            raise ValueError(f"wrap_up_most_s ({most:g}) is less than wrap_up_s ({least:g})")
        return self


class LineRules(WrapUpRules):
    """How the callers of a line are served; what is not said is as the queue and the floor have it."""

    priority: Int = Field(default=0, ge=-100, le=100)
    """Higher is served first."""
    weight_s: Amount = Field(default=0, ge=0, le=3600)
    """So much earlier than they did this line's callers count as having come, within a priority."""
    strategy: StrategyName | None = None
    need: str = ""
    """What this line's callers demand of the operator: a name of `[needs]`."""
    menu: str = ""
    """What this line's callers are asked first: a name of `[menus]`."""
    before_answer: tuple[Literal["closed", "full"], ...] = ()
    """Guidance that plays before the answer (183, early media), so that the citizen pays nothing for it.
    Only where the carrier lets it through: many cut it after 30-60 s (docs/guidance.md).
    """


class Line(LineRules):
    """回線: the city number that citizens dial, the line `main`."""

    name: str = "長野市マイナンバーカードコールセンター"
    number: Number = "0260001234"
    aliases: tuple[Number, ...] = ()
    """Further numbers that lead to the same line (番号 of a forwarding contract)."""
    max_calls: Int = Field(default=250, ge=1, le=2000)
    """Calls at once, all lines together; who comes beyond hears so. The media ports may set a lower limit."""

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers that lead here, the main one first."""
        return (self.number, *self.aliases)


class FurtherLine(LineRules):
    """A line beside the main one, on the same seats."""

    id: Word
    name: str = Field(min_length=1, max_length=40)
    numbers: tuple[Number, ...] = Field(min_length=1)
    calendar: Calendar | None = None
    """Its own hours; without them it keeps those of the main line. What it does not say of holidays, year end
    and the contract, it has from `[calendar]`.
    """
