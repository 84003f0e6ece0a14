"""Every setting of the floor comes from its key, in milliseconds."""

from dataclasses import fields

import pytest

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
from controller.floor_settings import floor_settings

ANNOUNCE = Destination(Toward.ANNOUNCE)
CITYS = (
    OverflowRule(OverflowCause.NO_SEAT, 60_000, ANNOUNCE),
    OverflowRule(OverflowCause.WAITED, 600_000, Destination(Toward.CHOICE)),
)


def of(**sections):
    return floor_settings(Settings.model_validate(sections))


def test_given_nothing_said_then_the_floors_own_defaults_and_the_citys_overflow():
    made, plain = of(), FloorSettings(seats=(1, 2, 3, 4, 5, 6, 7))
    named = {"lines", "misses", "operators"}
    for field in fields(FloorSettings):
        if field.name not in named:
            assert getattr(made, field.name) == getattr(plain, field.name), field.name
    assert made.lines == {"main": LineSettings(wrap_up=WrapUp(30_000, 300_000), overflow=CITYS)}
    assert all(made.miss(cause) == plain.miss(cause) for cause in made.misses)
    assert made.operators == {str(n): OperatorSettings() for n in range(101, 108)}


@pytest.mark.parametrize(
    ("section", "key", "said", "field", "value"),
    [
        ("floor", "ring_time_s", 12.5, "ring_time_ms", 12_500),
        ("floor", "wrap_up_s", 45, "wrap_up_ms", 45_000),
        ("floor", "wrap_up_s", 0, "wrap_up_ms", 0),
        ("floor", "max_misses", 5, "max_misses", 5),
        ("floor", "connect_time_s", 3, "connect_time_ms", 3_000),
        ("floor", "cool_down_s", 0.0001, "cool_down_ms", 1),
        ("floor", "login_elsewhere", "move", "login_moves", True),
        ("floor", "break_limits_min", {"1": 15}, "break_limits_ms", {"休憩": 900_000}),
        ("queue", "ring_progressively_every_s", 7, "round_ms", 7_000),
        ("queue", "same_operator_min", 30, "same_operator_ms", 1_800_000),
        ("queue", "keep_place_min", 2, "keep_place_ms", 120_000),
        ("queue", "fair_after_min", 10, "fair_after_ms", 600_000),
        ("queue", "review_s", 2.5, "review_ms", 2_500),
        ("queue", "handling_s", 240, "handling_ms", 240_000),
        ("queue", "seed", 9, "seed", 9),
        ("seats", "count", 3, "seats", (1, 2, 3)),
    ],
)  # fmt: skip
def test_given_a_key_then_its_field_and_no_other_of_the_plain_ones(section, key, said, field, value):
    made, plain = of(**{section: {key: said}}), of()
    assert getattr(made, field) == value
    others = {f.name for f in fields(FloorSettings) if f.init} - {field, "lines", "misses"}
    assert all(getattr(made, name) == getattr(plain, name) for name in others)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_given_a_strategy_then_the_floor_has_it(strategy):
    assert of(queue={"strategy": strategy.value}).strategy is strategy
    assert of(line={"strategy": strategy.value}).line("main").strategy is strategy


def test_given_misses_by_cause_then_what_is_not_said_is_the_floors():
    made = of(
        floor={
            "max_misses": 4,
            "cool_down_s": 20,
            "misses": {"busy": {"strikes": 9}, "declined": {"cool_down_s": 1}},
        }
    )
    assert made.misses == {
        OfferOutcome.NO_ANSWER: MissRule(4, 20_000),
        OfferOutcome.DECLINED: MissRule(4, 1_000),
        OfferOutcome.BUSY: MissRule(9, 20_000),
        OfferOutcome.UNREACHABLE: MissRule(4, 20_000),
    }


def test_given_needs_and_skilled_operators_then_steps_levels_and_lines():
    made = of(
        skills={"english": "英語"},
        needs={"english": [{"skills": {"english": 2}}, {"after_s": 60, "skills": {}}]},
        operators=[{"id": "1", "name": "a", "skills": {"english": 3}, "lines": ["main"], "wrap_up_s": 5}],
    )
    assert made.needs == {"english": (NeedStep(0, {"english": 2}), NeedStep(60_000, {}))}
    assert made.operators == {"1": OperatorSettings({"english": 3}, frozenset({"main"}), 5_000)}


def test_given_further_lines_then_each_has_its_rules_and_its_overflow_in_order():
    made = of(
        floor={"wrap_up_s": 20, "wrap_up_ends": "operator"},
        lines=[
            {
                "id": "night", "name": "夜", "numbers": ["0260001235"], "priority": 2, "weight_s": 90,
                "strategy": "linear", "wrap_up_s": 400, "wrap_up_ends": "entry",
            }
        ],
        overflow=[
            {"line": "night", "cause": "queue_full", "limit": 5, "to": "line:main", "while_waiting": False},
            {"cause": "calls_per_seat", "limit": 1.5, "to": "hang_up"},
            {"line": "night", "cause": "closing", "limit": 900, "to": "number:0262265000"},
            {"line": "night", "cause": "predicted_wait", "limit": 300, "to": "choice", "on_entry": False},
        ],
    )  # fmt: skip
    assert made.lines == {
        "main": LineSettings(
            wrap_up=WrapUp(300_000, 300_000, WrapUpMode.UNTIL_ENDED),
            overflow=(OverflowRule(OverflowCause.CALLS_PER_SEAT, 1.5, Destination(Toward.HANG_UP)),),
        ),
        "night": LineSettings(
            strategy=Strategy.LINEAR,
            priority=2,
            weight_ms=90_000,
            wrap_up=WrapUp(400_000, 400_000, WrapUpMode.UNTIL_ENTRY),
            overflow=(
                OverflowRule(
                    OverflowCause.QUEUE_FULL, 5, Destination(Toward.LINE, "main"), while_waiting=False
                ),
                OverflowRule(
                    OverflowCause.CLOSING, 900_000, Destination(Toward.NUMBER, "0262265000")
                ),
                OverflowRule(
                    OverflowCause.PREDICTED_WAIT, 300_000, Destination(Toward.CHOICE), on_entry=False
                ),
            ),
        ),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("ends", "mode"),
    [("time", WrapUpMode.FIXED), ("operator", WrapUpMode.UNTIL_ENDED), ("entry", WrapUpMode.UNTIL_ENTRY)],
)
def test_given_what_ends_a_wrap_up_then_its_mode_and_its_time_is_the_last_resort_of_the_two(ends, mode):
    def wrap_up(seconds):
        said = {"wrap_up_s": seconds, "wrap_up_most_s": 100, "wrap_up_ends": ends}
        return of(line=said).line("main").wrap_up

    assert wrap_up(0) == WrapUp(0, 100_000, mode)
    assert wrap_up(20) == WrapUp(20_000 if ends == "time" else 100_000, 100_000, mode)


def test_given_callback_rules_then_the_floors_in_milliseconds():
    made = of(callback={"attempts": 5, "retry_min": 0.5, "expiry_h": 2, "ring_s": 30})
    assert made.callback == CallbackSettings(5, 30_000, 7_200_000, 30_000)
