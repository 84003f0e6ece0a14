"""お知らせ: which are heard where and when, and what cannot be one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.announcement import (
    LONGEST_AHEAD_MS,
    Announcement,
    Board,
    Place,
    Unfit,
    fit_text,
    fit_time,
    holds_my_number,
)


def announcement(name="a", *, line=None, place=Place.GREETING, from_ms=1000, until_ms=2000, made_ms=0):
    return Announcement(name, "本日は休みます。", line, place, "ja", from_ms, until_ms, "supervisor", made_ms)


@pytest.mark.parametrize(
    ("now_ms", "heard"), [(999, ()), (1000, ("announce.a",)), (1999, ("announce.a",)), (2000, ())]
)
def test_given_an_announcement_when_its_time_begins_and_ends_then_it_is_heard_in_the_half_open_interval(
    now_ms, heard
):
    assert Board([announcement()]).holds("main", Place.GREETING, now_ms) == heard


def test_given_announcements_of_lines_and_places_when_asked_then_only_those_that_fit_are_heard():
    board = Board(
        [
            announcement("all"),
            announcement("main", line="main"),
            announcement("other", line="other"),
            announcement("waiting", place=Place.WAITING),
        ]
    )
    assert board.holds("main", Place.GREETING, 1500) == ("announce.all", "announce.main")
    assert board.holds("other", Place.GREETING, 1500) == ("announce.all", "announce.other")
    assert board.holds("third", Place.GREETING, 1500) == ("announce.all",)
    assert board.holds("main", Place.WAITING, 1500) == ("announce.waiting",)
    assert board.holds("main", Place.INSTEAD, 1500) == ()


def test_given_several_when_heard_then_the_oldest_comes_first_and_one_taken_away_not_at_all():
    board = Board([announcement("c", made_ms=3), announcement("b", made_ms=1), announcement("a", made_ms=2)])
    assert board.holds("main", Place.GREETING, 1500) == ("announce.b", "announce.a", "announce.c")
    board.take_away("a")
    board.take_away("never there")
    assert board.holds("main", Place.GREETING, 1500) == ("announce.b", "announce.c")
    board.put(announcement("b", made_ms=1, until_ms=1400))
    assert board.holds("main", Place.GREETING, 1500) == ("announce.c",)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.sampled_from(Place)), max_size=8),
    st.integers(0, 60),
)
def test_given_any_board_when_asked_at_any_time_then_it_holds_what_holds(times, now_ms):
    made = [announcement(str(n), place=place, from_ms=a, until_ms=b) for n, (a, b, place) in enumerate(times)]
    board = Board(made)
    for place in Place:
        wanted = {one.text_id for one in made if one.place is place and one.from_ms <= now_ms < one.until_ms}
        assert set(board.holds("main", place, now_ms)) == wanted


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (" 本日は休みます。 ", "本日は休みます。"),
        ("本日は休みます\r\nまたおかけください\n", "本日は休みます。またおかけください"),
        ("本日は、\n休みます。\n\nまた明日。", "本日は、休みます。また明日。"),
        ("電話は026-226-1234 17時までです", "電話は026-226-1234 17時までです"),
        ("電話は0120-95-0178、050-1234-5678です", "電話は0120-95-0178、050-1234-5678です"),
    ],
)
def test_given_what_a_person_types_then_it_becomes_one_line_that_can_be_spoken(typed, said):
    assert fit_text(typed) == said


@pytest.mark.parametrize(
    ("typed", "code", "why"),
    [
        ("", "empty", "nothing"),
        (" \n　\t", "empty", "nothing"),
        ("。、…", "empty", "nothing"),
        ("あ" * 10_000, "too_long", "10000 characters"),
        ("本日は\x07休みます", "unspeakable", "x07"),
        ("本日は\t休みます", "unspeakable", "t"),
        ("本日は\u200b休みます", "unspeakable", "200b"),
        ("本日は\ud800休みます", "unspeakable", "ud800"),
        ("台風です🌀", "unspeakable", "🌀"),
        ("{name}様", "unspeakable", "{"),
        ("<b>休み</b>", "unspeakable", "<"),
        ("番号は123456789018です", "my_number", "番号法"),
    ],
)
def test_given_what_cannot_be_said_then_one_sentence_tells_why(typed, code, why):
    with pytest.raises(Unfit) as unfit:
        fit_text(typed)
    assert (unfit.value.field, unfit.value.code) == ("text", code)
    assert why in str(unfit.value)
    assert "\n" not in str(unfit.value)


@pytest.mark.parametrize(
    "text",
    [
        "123456789018", "番号1234 5678 9018です", "1234-5678-9018", "１２３４　５６７８　９０１８",
        "1 2 3 4 5 6 7 8 9 0 1 8", "一二三四五六七八九〇一八", "123-456-789-018", "123456 789018",
        "1234・5678・9018",
    ],
)  # fmt: skip
def test_given_twelve_digits_however_written_then_they_may_be_a_my_number(text):
    assert holds_my_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "026-226-1234", "09012345678", "026-226-1234 12時まで", "2026年11月24日から12月28日まで",
        "1234567890123", "8時30分から17時15分", "5月8日10時、5月15日11時", "1,2,3番窓口",
    ],
)  # fmt: skip
def test_given_other_numbers_then_they_are_none(text):
    assert not holds_my_number(text)


@pytest.mark.parametrize(
    ("from_ms", "until_ms", "code"),
    [
        (0, 1000, "past"),
        (0, 999, "past"),
        (3000, 2000, "order"),
        (3000, 3000, "order"),
        (0, 1001 + LONGEST_AHEAD_MS, "far"),
    ],
)
def test_given_a_time_that_makes_no_sense_then_it_is_named(from_ms, until_ms, code):
    with pytest.raises(Unfit) as unfit:
        fit_time(from_ms, until_ms, 1000)
    assert (unfit.value.field, unfit.value.code) == ("until", code)


def test_given_a_time_ahead_or_begun_then_it_is_fit():
    fit_time(0, 1001, 1000)
    fit_time(5000, 1000 + LONGEST_AHEAD_MS, 1000)
