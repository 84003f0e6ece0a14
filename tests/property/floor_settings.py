"""Floors of every kind, made by choosing: `pick` takes one of a sequence (hypothesis or a seeded Random)."""

from collections.abc import Callable, Sequence
from typing import Any

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

Pick = Callable[[Sequence[Any]], Any]
LINES = ("main", "tax", "night")
OPERATORS = tuple(f"op-{n}" for n in range(1, 7))
MOST_SEATS = 6
LIMITS = {
    OverflowCause.NO_SEAT: (0, 30_000),
    OverflowCause.QUEUE_FULL: (0, 2, 5),
    OverflowCause.CALLS_PER_SEAT: (0.5, 1, 3),
    OverflowCause.PREDICTED_WAIT: (1_000, 100_000),
    OverflowCause.WAITED: (0, 10_000, 60_000),
    OverflowCause.CLOSING: (0, 60_000),
}
MODES = (WrapUpMode.FIXED, WrapUpMode.UNTIL_ENDED, WrapUpMode.UNTIL_ENTRY)


def any_settings(pick: Pick, seats: tuple[int, ...] | None = None) -> FloorSettings:
    """1 to 6 seats, up to three lines, skills, relaxing needs, and each thing that can be switched on."""
    if seats is None:
        seats = tuple(range(1, pick(range(1, MOST_SEATS + 1)) + 1))
    names = LINES[: pick((0, 0, 1, 2, 3))]
    return FloorSettings(
        seats=seats[::-1] if pick((False, False, True)) else seats,
        wrap_up_ms=pick((0, 30_000, 30_000)),
        max_misses=pick((1, 2, 3, 4)),
        strategy=pick((*Strategy, Strategy.LONGEST_IDLE)),
        round_ms=pick((5_000, 30_000)),
        lines={name: _line(pick, names) for name in names},
        needs=_needs(pick),
        operators=_people(pick),
        misses=pick(
            ({}, {OfferOutcome.BUSY: MissRule(1, 3_000), OfferOutcome.NO_ANSWER: MissRule(3, 25_000)})
        ),
        break_limits_ms=pick(({}, {"lunch": 60_000, "busy": 5_000})),
        login_moves=pick((False, True)),
        same_operator_ms=pick((0, 600_000)),
        keep_place_ms=pick((0, 600_000)),
        fair_after_ms=pick((0, 0, 40_000)),
        seed=pick((0, 7)),
        callback=CallbackSettings(pick((1, 2)), 60_000, pick((100_000, 600_000, 600_000)), 20_000),
    )


def _line(pick: Pick, names: tuple[str, ...]) -> LineSettings:
    rules = tuple(_rule(pick, names) for _ in range(pick((0, 0, 1, 3))))
    wrap_up = pick((None, WrapUp(0), WrapUp(20_000, 50_000, pick(MODES)), WrapUp(20_000, 0, pick(MODES))))
    return LineSettings(pick((None, *Strategy)), pick((0, 0, 1)), pick((0, 0, 5_000)), wrap_up, rules)


def _rule(pick: Pick, names: tuple[str, ...]) -> OverflowRule:
    cause = pick(tuple(OverflowCause))
    toward = pick((Toward.ANNOUNCE, Toward.CHOICE, Toward.LINE, Toward.LINE, Toward.HANG_UP, Toward.NUMBER))
    target = {Toward.LINE: pick(names), Toward.NUMBER: "0312345678"}.get(toward, "")
    entry, waiting = pick(((True, True), (True, False), (False, True)))
    return OverflowRule(cause, pick(LIMITS[cause]), Destination(toward, target), entry, waiting)


def _needs(pick: Pick) -> dict[str, tuple[NeedStep, ...]]:
    steps = (NeedStep(0, {"en": 2}), NeedStep(20_000, {"en": 1}), NeedStep(50_000))
    needs = {
        "english": steps[: pick((1, 2, 3))],
        "deeds": (NeedStep(0, {"en": 1, "law": 1}), NeedStep(9_000)),
    }
    return {name: needs[name] for name in pick(((), ("english",), ("english", "deeds")))}


def _people(pick: Pick) -> dict[str, OperatorSettings]:
    if pick((True, False)):
        return {}
    return {
        name: OperatorSettings(
            skills=pick(({}, {"en": 1}, {"en": 2, "law": 1})),
            lines=pick((None, None, frozenset({"main"}), frozenset({"tax", "night"}))),
            wrap_up_ms=pick((None, None, 0, 40_000)),
        )
        for name in OPERATORS[::2]
    }
