"""How the bench of recognition compares, and what it puts before the recogniser. It needs no recogniser."""

import datetime as dt

import pytest

from bench.recognise.likeness import digits_apart, distance, english_letters, kana_sounds, letters
from bench.recognise.sayings import sayings
from config.clock import JST
from ivr import compose
from ivr.texts import default_folder, load_texts


@pytest.mark.parametrize(
    ("said", "heard", "apart"),
    [
        ("", "", 0),
        ("アイウ", "アイウ", 0),
        ("アイウ", "", 3),
        ("", "アイ", 2),
        ("アイウ", "アウ", 1),
        ("イチ", "シチ", 1),
    ],
)
def test_given_two_readings_when_compared_then_the_fewest_changes_count(said, heard, apart):
    assert distance(said, heard) == apart


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ニチヨービ", "ニチヨウビ"),
        ("シュウブン", "シューブン"),
        ("ケーローノヒ", "ケイロウノヒ"),
        ("ツヅキ、ヲ。", "ツズキオ"),
        ("オーサカ", "オオサカ"),
    ],
)
def test_given_one_sound_spelt_in_two_ways_when_compared_then_it_is_the_same(one, other):
    assert kana_sounds(one) == kana_sounds(other)


def test_given_two_sounds_when_compared_then_they_differ():
    assert kana_sounds("シチジ") != kana_sounds("イチジ")
    assert kana_sounds("オバサン") != kana_sounds("オバーサン")


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("You are number twenty-two in the queue.", "You are number 22 in the queue"),
        ("Sunday, May eighth, eight thirty a.m.", "Sunday, May 8th, 8:30 am."),
        ("from eight thirty a.m. to five fifteen p.m.", "From 8.30 a.m. to 5.15 p.m."),
        ("oh five", "oh 5"),
        ("March thirty-first, six fifty-four p.m.", "March 31, 654 p.m."),
        ("eleven twenty-nine p.m.", "1129 PM"),
        ("zero one two zero", "0120"),
        ("There are one hundred callers.", "There are 100 callers"),
    ],
)
def test_given_numbers_in_words_when_the_recogniser_writes_figures_then_that_is_no_error(said, heard):
    assert english_letters(said) == english_letters(heard)


def test_given_a_telephone_number_when_written_in_figures_then_it_can_be_read_digit_by_digit():
    assert digits_apart("番号は026-224です。8時30分") == "番号はゼロニーロクニーニーヨンです。8時30分"


def test_given_a_text_as_written_when_compared_then_marks_and_widths_do_not_count():
    assert letters("８時３０分、です。") == letters("8時30分です")


@pytest.mark.parametrize("language", ["ja", "easy", "en"])
def test_given_the_shipped_voice_when_sayings_are_put_together_then_every_text_that_calls_hear_alone_is_there(
    language,
):
    found = {text_id for saying in sayings(default_folder(), language) for text_id in saying.ids}

    texts = load_texts(default_folder()).values()
    assert not {text.id for text in texts if text.said(language) and not text.part} - found


@pytest.mark.parametrize("language", ["ja", "easy", "en"])
def test_given_the_shipped_voice_when_sayings_are_put_together_then_every_date_and_digit_is_in_a_sentence(
    language,
):
    found = {text_id for saying in sayings(default_folder(), language) for text_id in saying.ids}

    leap_year = [dt.date(2028, 1, 1) + dt.timedelta(days=number) for number in range(366)]
    assert {text_id for day in leap_year for text_id in compose.date_and_weekday(day, language)} <= found
    assert {f"digit.{digit}" for digit in range(10)} <= found
    whole_hours = [dt.datetime(2028, 1, 1, hour, tzinfo=JST) for hour in range(24)]
    assert {text_id for at in whole_hours for text_id in compose.next_opening(at, language)} <= found
