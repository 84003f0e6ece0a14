"""Alarms: a condition rings once, after its time, and not at every wobble around its limit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from madoguchi.alarms.book import Book, Notice, Reading

HOUR_MS = 3_600_000


def reading(holds: bool | None, *, after_s: float = 60, alarm: str = "few_seats") -> Reading:
    return Reading(
        alarm=alarm,
        holds=holds,
        severity="warning",
        after_ms=round(after_s * 1000),
        summary="席が足りません。",
    )


def days(
    book: Book, *steps: tuple[float, bool | None], after_s: float = 60, again_ms: int = 0
) -> list[Notice]:
    """Every 5 s from one step's second to the next one's, what the step says."""
    told = []
    for (from_s, holds), (to_s, _) in zip(steps, [*steps[1:], (steps[-1][0] + 5, None)], strict=True):
        for at_s in range(int(from_s), int(to_s), 5):
            told += book.take([reading(holds, after_s=after_s)], at_s * 1000, again_ms)
    return told


def changes(told: list[Notice]) -> list[tuple[str, int]]:
    return [(one.change, one.at_ms // 1000) for one in told]


def test_given_a_condition_that_stays_then_it_rings_once_after_its_time_and_once_at_its_end() -> None:
    told = days(Book(), (0, False), (100, True), (500, False), (900, False))
    assert changes(told) == [("raised", 160), ("cleared", 560)]
    assert told[1].since_ms == 160_000


def test_given_a_condition_that_comes_and_goes_within_its_time_then_nobody_is_told() -> None:
    wobbling = [(n * 30, n % 2 == 1) for n in range(40)]
    assert days(Book(), *wobbling) == []


def test_given_an_alarm_whose_condition_is_gone_for_a_moment_then_it_is_still_the_same_alarm() -> None:
    told = days(Book(), (0, True), (200, False), (230, True), (600, False), (700, False))
    assert changes(told) == [("raised", 60), ("cleared", 660)]


def test_given_an_alarm_that_goes_on_then_it_is_told_again_each_hour() -> None:
    told = days(Book(), (0, True), (9000, False), (9100, False), again_ms=HOUR_MS)
    assert changes(told) == [("raised", 60), ("again", 3660), ("again", 7260), ("cleared", 9060)]


def test_given_a_value_that_cannot_be_told_then_the_alarm_stays_as_it_is() -> None:
    book = Book()
    assert changes(days(book, (0, True), (100, None), (1000, None))) == [("raised", 60)]
    assert list(book.raised()) == ["few_seats"]


def test_given_a_condition_without_a_time_then_it_rings_at_once() -> None:
    assert changes(days(Book(), (0, False), (5, True), (20, False), after_s=0)) == [
        ("raised", 5),
        ("cleared", 20),
    ]


def test_given_a_book_that_was_put_away_when_taken_out_again_then_nothing_is_told_twice() -> None:
    book = Book()
    days(book, (0, True), (100, True))
    again = Book.model_validate_json(book.model_dump_json())
    assert days(again, (105, True), (300, True)) == []
    assert changes(days(again, (305, False), (400, False))) == [("cleared", 365)]


def test_given_a_clock_that_is_set_back_then_the_alarm_still_rings() -> None:
    book = Book()
    book.take([reading(True)], 7_200_000, 0)
    told = []
    for at_ms in range(3_600_000, 3_700_000, 5_000):
        told += book.take([reading(True)], at_ms, 0)
    assert [one.change for one in told] == ["raised"]


@given(
    st.lists(st.tuples(st.integers(1, 40), st.sampled_from([True, False, None])), max_size=60),
    st.sampled_from([0, 10, 60]),
)
def test_given_any_weather_then_raised_and_cleared_take_turns_and_each_was_true_for_its_time(
    weather: list[tuple[int, bool | None]], after_s: int
) -> None:
    book, at_s, said = Book(), 0, []
    history: list[tuple[int, bool]] = []
    for step_s, holds in weather:
        at_s += step_s
        if holds is not None:
            history.append((at_s, holds))
        for notice in book.take([reading(holds, after_s=after_s)], at_s * 1000, 0):
            said.append(notice.change)
            wanted = notice.change == "raised"
            within = [was for when, was in history if when > at_s - after_s]
            assert all(was is wanted for was in within)
    assert said == (["raised", "cleared"] * len(said))[: len(said)]
