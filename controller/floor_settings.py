"""The floor's part of the settings: seconds and minutes of `madoguchi.toml` become milliseconds."""

from __future__ import annotations

from acd import FloorSettings
from acd.settings import (
    CallbackSettings,
    Destination,
    LineSettings,
    MissRule,
    NeedStep,
    OperatorSettings,
    OverflowRule,
    WrapUp,
)
from acd.types import OfferOutcome, OverflowCause, Strategy, Toward, WrapUpMode
from config import Settings
from config.lines import LineRules
from config.overflow import OverflowRule as ConfiguredRule
from controller.whisper import LONGEST_S

MISSES = (
    OfferOutcome.NO_ANSWER,
    OfferOutcome.DECLINED,
    OfferOutcome.BUSY,
    OfferOutcome.UNREACHABLE,
)
MODES = {
    "time": WrapUpMode.FIXED,
    "operator": WrapUpMode.UNTIL_ENDED,
    "entry": WrapUpMode.UNTIL_ENTRY,
}
IN_SECONDS = (
    OverflowCause.NO_SEAT,
    OverflowCause.PREDICTED_WAIT,
    OverflowCause.WAITED,
    OverflowCause.CLOSING,
)
"""Causes whose limit is a time; the others count callers."""


def floor_settings(settings: Settings) -> FloorSettings:
    """What the floor has to know of the settings. Every line of the settings is named in it."""
    floor, queue = settings.floor, settings.queue
    return FloorSettings(
        seats=tuple(settings.seats.extensions()),
        ring_time_ms=_ms(floor.ring_time_s),
        wrap_up_ms=_ms(floor.wrap_up_s),
        max_misses=floor.max_misses,
        connect_time_ms=_ms(floor.connect_time_s + (LONGEST_S if settings.guidance.whisper else 0)),
        cool_down_ms=_ms(floor.cool_down_s),
        strategy=Strategy(queue.strategy),
        round_ms=_ms(queue.ring_progressively_every_s),
        lines={name: _line(settings, name, rules) for name, rules in settings.line_rules().items()},
        needs={
            name: tuple(NeedStep(_ms(step.after_s), dict(step.skills)) for step in steps)
            for name, steps in settings.needs.items()
        },
        operators={
            one.id: OperatorSettings(
                skills=dict(one.skills),
                lines=None if one.lines is None else frozenset(one.lines),
                wrap_up_ms=None if one.wrap_up_s is None else _ms(one.wrap_up_s),
            )
            for one in settings.operators
        },
        misses={cause: _miss(settings, cause) for cause in MISSES},
        break_limits_ms={reason: _ms(60 * limit) for reason, limit in floor.limit_of_break_min().items()},
        login_moves=floor.login_elsewhere == "move",
        same_operator_ms=_ms(60 * queue.same_operator_min),
        keep_place_ms=_ms(60 * queue.keep_place_min),
        fair_after_ms=_ms(60 * queue.fair_after_min),
        review_ms=_ms(queue.review_s),
        handling_ms=_ms(queue.handling_s),
        seed=queue.seed,
        callback=CallbackSettings(
            attempts=settings.callback.attempts,
            retry_ms=_ms(60 * settings.callback.retry_min),
            expiry_ms=_ms(3600 * settings.callback.expiry_h),
            callout_ms=_ms(settings.callback.ring_s),
        ),
    )


def _line(settings: Settings, name: str, rules: LineRules) -> LineSettings:
    floor = settings.floor
    wrap_up_s = floor.wrap_up_s if rules.wrap_up_s is None else rules.wrap_up_s
    most_s = floor.longest_wrap_up_s() if rules.wrap_up_most_s is None else rules.wrap_up_most_s
    most_s = max(most_s, wrap_up_s)
    mode = MODES[rules.wrap_up_ends or floor.wrap_up_ends]
    if wrap_up_s and mode is not WrapUpMode.FIXED:
        wrap_up_s = most_s  # the operator, or the entry, ends it: its time is only the last resort
    return LineSettings(
        strategy=None if rules.strategy is None else Strategy(rules.strategy),
        priority=rules.priority,
        weight_ms=_ms(rules.weight_s),
        wrap_up=WrapUp(
            ms=_ms(wrap_up_s),
            most_ms=_ms(most_s),
            mode=mode,
        ),
        overflow=tuple(_overflow(rule) for rule in settings.overflow if rule.line == name),
    )


def _overflow(rule: ConfiguredRule) -> OverflowRule:
    cause = OverflowCause(rule.cause)
    return OverflowRule(
        cause=cause,
        limit=_ms(rule.limit) if cause in IN_SECONDS else rule.limit,
        to=Destination(Toward(rule.toward), rule.target),
        on_entry=rule.on_entry,
        while_waiting=rule.while_waiting,
    )


def _miss(settings: Settings, cause: OfferOutcome) -> MissRule:
    said = getattr(settings.floor.misses, cause.value)
    return MissRule(
        strikes=settings.floor.max_misses if said.strikes is None else said.strikes,
        cool_down_ms=_ms(settings.floor.cool_down_s if said.cool_down_s is None else said.cool_down_s),
    )


def _ms(seconds: float) -> int:
    """Whole milliseconds; a time that is not 0 never becomes 0."""
    return max(1, round(seconds * 1000)) if seconds else 0
