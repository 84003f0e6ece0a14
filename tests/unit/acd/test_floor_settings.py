"""Settings that cannot be: each is one ValueError that names the field."""

from dataclasses import FrozenInstanceError

import pytest

from acd import Floor, FloorSettings
from acd.settings import (
    NOTHING,
    CallbackSettings,
    Destination,
    LineSettings,
    MissRule,
    NeedStep,
    OperatorSettings,
    OverflowRule,
    WrapUp,
)
from acd.types import OverflowCause, Strategy, Toward

ANNOUNCE = Destination(Toward.ANNOUNCE)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"seats": (1, 1)}, "seats: a number occurs twice"),
        ({"seats": (0,)}, "seats: numbers begin at 1"),
        ({"seats": (2, -1)}, "seats: numbers begin at 1"),
        *(
            ({name: bad}, f"{name}: must be at least 1, got {bad}")
            for name in (
                "ring_time_ms",
                "max_misses",
                "connect_time_ms",
                "cool_down_ms",
                "round_ms",
                "review_ms",
                "handling_ms",
            )
            for bad in (0, -1)
        ),
        *(
            ({name: -1}, f"{name}: must not be negative, got -1")
            for name in ("wrap_up_ms", "same_operator_ms", "keep_place_ms", "fair_after_ms")
        ),
        ({"needs": {"tax": ()}}, "needs: tax must begin at 0"),
        ({"needs": {"tax": (NeedStep(1),)}}, "needs: tax must begin at 0"),
        ({"needs": {"tax": (NeedStep(0), NeedStep(5), NeedStep(5))}}, "rising"),
        ({"needs": {"tax": (NeedStep(0), NeedStep(9), NeedStep(5))}}, r"got \[0, 9, 5\]"),
        (
            {
                "lines": {
                    "main": LineSettings(
                        overflow=(OverflowRule(OverflowCause.WAITED, 1, Destination(Toward.LINE, "x")),)
                    )
                }
            },
            "lines: main overflows to x, which is no line",
        ),
    ],
)
def test_given_wrong_settings_when_made_then_the_field_is_named(wrong, says):
    with pytest.raises(ValueError, match=says):
        FloorSettings(**{"seats": (1,), **wrong})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Destination(Toward.LINE), "target: line needs one"),
        (lambda: Destination(Toward.NUMBER), "target: number needs one"),
        (lambda: Destination(Toward.ANNOUNCE, "x"), "target: announce takes none"),
        (lambda: Destination(Toward.CHOICE, "x"), "target: choice takes none"),
        (lambda: Destination(Toward.HANG_UP, "x"), "target: hang_up takes none"),
        (lambda: OverflowRule(OverflowCause.WAITED, -1, ANNOUNCE), "limit: must .* got -1"),
        (lambda: OverflowRule(OverflowCause.WAITED, float("nan"), ANNOUNCE), "limit: .* got nan"),
        (lambda: OverflowRule(OverflowCause.WAITED, float("inf"), ANNOUNCE), "limit: .* got inf"),
        (
            lambda: OverflowRule(OverflowCause.WAITED, 0, ANNOUNCE, on_entry=False, while_waiting=False),
            "^on_entry, while_waiting: one of them must be true$",
        ),
        (lambda: WrapUp(-1), "ms: must not be negative, got -1"),
        (lambda: WrapUp(10, 9), r"most_ms: 9 is less than ms \(10\)"),
        (lambda: WrapUp(10, -1), "most_ms: -1 is less than ms"),
        (lambda: MissRule(strikes=0), "strikes: must be at least 1, got 0"),
        (lambda: MissRule(cool_down_ms=0), "cool_down_ms: must be at least 1, got 0"),
        *(
            (lambda name=name: CallbackSettings(**{name: 0}), f"{name}: must be at least 1, got 0")
            for name in ("attempts", "retry_ms", "expiry_ms", "callout_ms")
        ),
    ],
)
def test_given_a_wrong_part_when_made_then_the_field_is_named(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_given_the_least_that_is_allowed_when_made_then_it_is():
    least = FloorSettings(
        seats=(1,),
        ring_time_ms=1,
        wrap_up_ms=0,
        max_misses=1,
        connect_time_ms=1,
        cool_down_ms=1,
        round_ms=1,
        same_operator_ms=0,
        keep_place_ms=0,
        fair_after_ms=0,
        review_ms=1,
        handling_ms=1,
        needs={"a": (NeedStep(0),), "b": (NeedStep(0), NeedStep(1))},
        lines={"m": LineSettings(overflow=(OverflowRule(OverflowCause.WAITED, 0, ANNOUNCE),))},
        callback=CallbackSettings(1, 1, 1, 1),
    )
    assert least.line("m").overflow[0].limit == 0
    assert (MissRule(1, 1).strikes, WrapUp(0).ms, WrapUp(10, 10).most_ms) == (1, 0, 10)
    assert OverflowRule(OverflowCause.WAITED, 0, ANNOUNCE, on_entry=False).while_waiting
    assert OverflowRule(OverflowCause.WAITED, 0, ANNOUNCE, while_waiting=False).on_entry


def test_given_no_settings_when_made_then_these_are_the_defaults():
    made = FloorSettings(seats=(1,))
    assert made == FloorSettings(
        seats=(1,),
        ring_time_ms=20_000,
        wrap_up_ms=30_000,
        max_misses=2,
        connect_time_ms=2_000,
        cool_down_ms=10_000,
        strategy=Strategy.LONGEST_IDLE,
        round_ms=5_000,
        same_operator_ms=0,
        keep_place_ms=0,
        fair_after_ms=0,
        review_ms=5_000,
        handling_ms=90_000,
        login_moves=False,
        seed=0,
        callback=CallbackSettings(3, 900_000, 28_800_000, 45_000),
    )
    assert MissRule() == MissRule(2, 10_000)
    assert made.line("any") == LineSettings(None, 0, 0, None, ())
    assert made.operator("any") == made.operator(None) == OperatorSettings({}, None, None)


@pytest.mark.parametrize("toward", Toward)
def test_given_a_destination_when_asked_then_final_is_who_leaves_the_floor(toward):
    target = "x" if toward in (Toward.LINE, Toward.NUMBER) else ""
    assert Destination(toward, target).final is (toward in (Toward.HANG_UP, Toward.NUMBER))


def test_given_settings_when_written_to_then_they_refuse():
    made = FloorSettings(seats=(1,))
    with pytest.raises(FrozenInstanceError):
        made.seats = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        NOTHING["x"] = 1  # type: ignore[index]


def test_given_no_seats_when_opened_then_callers_wait():
    floor = Floor.open(FloorSettings(seats=()), 5)
    assert floor.seat(1) is None
    assert floor.call("c1") is None
    assert floor.waiting() == ()
    assert floor.open_tickets() == ()
    assert floor.unmanned_ms == floor.now_ms == 5


def test_given_a_floor_opened_when_nothing_is_said_of_time_then_it_is_0():
    assert Floor.open(FloorSettings(seats=(1,))).seat(1).since_ms == 0
