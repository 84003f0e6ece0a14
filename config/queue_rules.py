"""待ち行列: in which order callers are served, and by whom."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.section import Amount, Int, Section, Word

StrategyName = Literal[
    "longest_idle",
    "round_robin",
    "fewest_calls",
    "least_talk",
    "random",
    "linear",
    "ring_all",
    "ring_progressively",
]
"""How one of the free seats is chosen; the words of `acd.types.Strategy`."""


class QueueRules(Section):
    """The order of service, for all lines."""

    strategy: StrategyName = "longest_idle"
    ring_progressively_every_s: Amount = Field(default=5, ge=1, le=120)
    same_operator_min: Amount = Field(default=0, ge=0, le=1440)
    """Who rings again so soon is given to the same operator, if free; 0 is off."""
    keep_place_min: Amount = Field(default=0, ge=0, le=120)
    """Who hung up while waiting and rings again so soon has the old place; 0 is off."""
    fair_after_min: Amount = Field(default=0, ge=0, le=240)
    """Who has waited so long comes before every priority; 0 is never."""
    review_s: Amount = Field(default=5, ge=0.5, le=60)
    """How often those who wait are held against the overflow rules."""
    handling_s: Amount = Field(default=90, ge=1, le=3600)
    """Taken as the time of a call (talk and wrap-up) until the calls of the last hour tell."""
    seed: Int = Field(default=0, ge=0)
    """Of `random`: the same seed and the same calls give the same choices."""


class NeedStep(Section):
    """From `after_s` of waiting on, the lowest level of each skill that will do."""

    after_s: Amount = Field(default=0, ge=0, le=3600)
    skills: dict[Word, Int] = Field(default_factory=dict)
