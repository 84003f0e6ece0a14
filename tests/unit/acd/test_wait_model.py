"""予想待ち時間: what is predicted, when it is believed, how it is said; time alone never makes it grow."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.commands import Record
from acd.events import Break, CallerGone, CallQueued, EndWrapUp, Joined, LogOut, OfferAnswered, Ready
from acd.settings import LineSettings, NeedStep, OperatorSettings
from acd.types import Strategy
from acd.wait import HOUR_MS, WaitModel, minutes_to_say
from tests.unit.acd.floor_play import Play


@pytest.mark.parametrize(
    ("ahead", "seats", "predicted"),
    [
        (0, 1, 90_000),
        (1, 1, 180_000),
        (0, 3, 30_000),
        (6, 7, 90_000),
        (0, 7, 12_857),
        (3, 0, None),
        (0, -1, None),
    ],
)
def test_given_callers_before_and_seats_when_predicted_then_one_more_times_handling_by_seats(
    ahead, seats, predicted
):
    assert WaitModel(90_000).predict(ahead, seats) == predicted


def test_given_calls_of_the_last_hour_when_handling_time_is_asked_then_smoothed_with_the_configured():
    model = WaitModel(90_000)
    assert model.handling_ms == 90_000
    model.handled(1_000, 30_000)
    assert model.handling_ms == (5 * 90_000 + 30_000) / 6
    for n in range(9):
        model.handled(2_000 + n, 30_000)
    assert model.handling_ms == (5 * 90_000 + 10 * 30_000) / 15


def test_given_a_call_of_an_hour_ago_when_another_is_dealt_with_then_forgotten_to_the_millisecond():
    model = WaitModel(60_000)
    model.handled(1_000, 600_000)
    model.handled(HOUR_MS + 999, 60_000)
    assert model.handling_ms == (5 * 60_000 + 660_000) / 7
    model.handled(HOUR_MS + 1_000, 60_000)
    assert model.handling_ms == 60_000
    model.handled(9 * HOUR_MS, 60_000)
    assert list(model._handled) == [(9 * HOUR_MS, 60_000)]


def test_given_few_predictions_when_all_were_wrong_then_believed_still_and_at_ten_not():
    model = WaitModel(90_000)
    for _ in range(9):
        model.waited(0, 900_000)
        assert model.credible
    model.waited(0, 900_000)
    assert not model.credible


@pytest.mark.parametrize(("bad", "credible"), [(1, True), (2, False)])
def test_given_ten_predictions_when_nine_were_good_then_believed(bad, credible):
    model = WaitModel(90_000)
    for n in range(10):
        model.waited(100_000, 1_000_000 if n < bad else 100_000)
    assert model.credible is credible


@pytest.mark.parametrize(
    ("predicted", "waited", "good"),
    [
        (0, 120_000, True),
        (0, 120_001, False),
        (60_000, 180_000, True),
        (60_000, 180_001, False),
        (400_000, 700_000, True),
        (400_000, 700_001, False),
        (400_000, 100_000, True),
        (400_000, 99_999, False),
    ],
)
def test_given_a_prediction_when_off_by_two_minutes_or_three_quarters_then_good_enough(
    predicted, waited, good
):
    model = WaitModel(90_000)
    for _ in range(10):
        model.waited(predicted, waited)
    assert model.credible is good


def test_given_fifty_predictions_when_new_ones_come_then_the_oldest_do_not_count():
    model = WaitModel(90_000)
    for _ in range(50):
        model.waited(0, 900_000)
    for n in range(50):
        assert model.credible is (n >= 45), n
        model.waited(0, 0)


@pytest.mark.parametrize(
    ("ms", "minutes"),
    [
        (0, 1),
        (1, 1),
        (60_000, 1),
        (60_001, 2),
        (540_001, 10),
        (600_000, 10),
        (600_001, 15),
        (900_000, 15),
        (900_001, 20),
        (3_600_000, 60),
    ],
)
def test_given_a_prediction_when_said_then_whole_minutes_upward_by_fives_from_ten(ms, minutes):
    assert minutes_to_say(ms) == minutes


# On the floor


def test_given_a_free_seat_when_predicted_then_0_and_nobody_there_then_unknown():
    play = Play(seats=2)
    assert play.floor.predicted_ms() == 0
    play(Break(1, "x"))
    assert play.floor.predicted_ms() == 0
    play(LogOut(2))
    assert play.floor.predicted_ms() is None
    play(CallQueued("c1"))
    assert play.recorded("call.queued")[0].data["predicted_ms"] is None
    assert play.floor.predicted_ms("c1") is None
    assert play.floor.predicted_ms("c9") is None


def test_given_a_queue_when_predicted_then_each_by_who_is_before_it_and_the_next_after_all():
    play = Play(seats=1, handling_ms=60_000).talking()
    play(CallQueued("c2"), CallQueued("c3"), CallQueued("h", priority=1))
    assert [play.floor.predicted_ms(call) for call in ("h", "c2", "c3", None)] == [
        60_000,
        120_000,
        180_000,
        240_000,
    ]
    assert [view.predicted_ms for view in play.floor.waiting()] == [60_000, 120_000, 180_000]
    assert play.floor.predicted_ms("c1") is None, "it is talking"
    assert play.recorded("call.queued")[1].data["predicted_ms"] == 120_000


def test_given_a_ringing_caller_when_predicted_then_it_counts_as_one_before():
    play = Play(seats=1, handling_ms=60_000).ringing()
    play(CallQueued("c2"))
    assert play.floor.predicted_ms("c2") == 120_000
    assert play.floor.predicted_ms() == 180_000


def test_given_lines_with_their_own_operators_when_predicted_then_by_who_serves_the_line():
    people = {f"op-{n}": OperatorSettings(lines=frozenset({"a"})) for n in (1, 2)}
    play = Play(seats=3, operators=people, handling_ms=60_000, strategy=Strategy.LINEAR)
    play.talk("a1", line="a")
    play.talk("a2", line="a")
    play.talk("a3", line="a")
    play(CallQueued("a4", line="a"))
    assert play.floor.predicted_ms("a4") == 20_000
    assert play.floor.predicted_ms(line="b") == 120_000


def test_given_a_prediction_at_entry_when_connected_then_it_is_held_against_the_wait():
    play = Play(seats=1, handling_ms=60_000, wrap_up_ms=0).talking()
    play(CallQueued("c2"), at=10_000)
    play(CallerGone("c1"), at=30_000)
    assert list(play.floor.waits._errors) == [(0, 20)], "c1 itself"
    play(OfferAnswered("c2.1"))
    play(Joined("c2.1"), at=32_000)
    assert list(play.floor.waits._errors) == [(0, 20), (60_000, 38_000)]


def test_given_no_prediction_when_connected_then_there_is_nothing_to_judge():
    play = Play(seats=1)
    play(Break(1, "x"), CallQueued("c1"), Ready(1), OfferAnswered("c1.1"), Joined("c1.1"))
    assert not play.floor.waits._errors
    assert play.floor.waits.credible


def test_given_new_handling_time_when_reconfigured_then_the_prediction_follows():
    play = Play(seats=1, handling_ms=60_000).talking()
    play.reconfigure(handling_ms=30_000)
    assert play.floor.predicted_ms() == 30_000


def test_given_talks_when_they_are_dealt_with_then_their_times_make_the_prediction():
    play = Play(seats=1, handling_ms=60_000, wrap_up_ms=10_000, lines={"q": LineSettings()}).talking()
    play(CallerGone("c1"), at=100_000)
    assert play.floor.predicted_ms() == 60_000, "not dealt with before the wrap-up is over"
    play(EndWrapUp(1), CallQueued("c2"), at=101_050)
    assert play.floor.predicted_ms() == round(2 * (5 * 60_000 + 100_000) / 6)


def test_given_the_clock_went_back_in_a_talk_when_it_is_dealt_with_then_it_counts_as_having_taken_no_time():
    play = Play(seats=1, handling_ms=60_000, wrap_up_ms=0).talking()
    play(CallerGone("c1"), at=play.now_ms - 500)
    play.talk("c2")
    play(*(CallQueued(f"w{n}") for n in range(3)))
    assert play.floor.predicted_ms() == 4 * 5 * 60_000 / 6


def busy(seats: int, waiting: int, handled: list[int]) -> Play:
    play = Play(seats=seats, wrap_up_ms=0)
    for n, took in enumerate(handled):
        play.talk(f"h{n}")
        play(CallerGone(f"h{n}"), at=play.now_ms + took)
    for n in range(seats):
        play.talk(f"t{n}")
    for n in range(waiting):
        play(CallQueued(f"w{n}", priority=n % 2))
    return play


@settings(max_examples=25, deadline=None)
@given(
    seats=st.integers(1, 4),
    waiting=st.integers(1, 5),
    handled=st.lists(st.integers(0, 900_000), max_size=4),
    passed=st.lists(st.integers(0, 2 * HOUR_MS), min_size=1, max_size=4),
)
def test_given_any_queue_when_only_time_passes_then_no_prediction_grows(seats, waiting, handled, passed):
    play = busy(seats, waiting, handled)
    before = [view.predicted_ms for view in play.floor.waiting()]
    for ms in passed:
        play.until(play.now_ms + ms)
        play.floor.now_ms = play.now_ms
        now = [view.predicted_ms for view in play.floor.waiting()]
        assert all(new <= old for new, old in zip(now, before, strict=True))
        before = now


@settings(max_examples=25, deadline=None)
@given(seats=st.integers(1, 4), waiting=st.integers(2, 6))
def test_given_any_queue_when_one_leaves_or_a_talk_ends_then_no_prediction_grows(seats, waiting):
    play = busy(seats, waiting, [])
    before = {view.call: view.predicted_ms for view in play.floor.waiting()}
    assert sorted(before.values()) == [round(n * 90_000 / seats) for n in range(1, waiting + 1)]
    head = play.order()[0]
    play(CallerGone(head))
    after = {view.call: view.predicted_ms for view in play.floor.waiting()}
    assert all(after[call] < before[call] for call in after)


def test_given_a_row_of_an_overflow_or_entry_when_written_then_the_prediction_is_the_floors():
    play = Play(seats=1, handling_ms=60_000).talking()
    (row,) = [c for c in play(CallQueued("c2", need="")) if isinstance(c, Record)]
    assert row.data["predicted_ms"] == play.floor.predicted_ms("c2") == 60_000


def test_given_operators_of_another_line_when_a_line_is_asked_for_then_its_own_seats_count():
    people = {"op-1": OperatorSettings(lines=frozenset({"tax"}))}
    play = Play(seats=1, operators=people, lines={"tax": LineSettings()})
    assert play.floor.predicted_ms(line="tax") == 0
    assert play.floor.predicted_ms() is None, "nobody takes those of the main line"
    main_only = {"op-1": OperatorSettings(lines=frozenset({"main"}))}
    assert Play(seats=1, operators=main_only).floor.predicted_ms() == 0


def test_given_a_need_that_will_relax_when_it_is_asked_for_then_as_it_is_at_the_beginning():
    needs = {"english": (NeedStep(0, {"english": 1}), NeedStep(30_000))}
    play = Play(seats=1, needs=needs)
    assert play.floor.predicted_ms(need="english") is None
    assert play.floor.predicted_ms() == 0
