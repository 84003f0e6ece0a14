"""Numbers in speech: every one that can be asked for has its file, read as Japanese reads it."""

import re

import pytest

from acd.wait import minutes_to_say
from ivr.spoken import (
    SERIES,
    digit,
    half_hour,
    half_hour_text,
    minutes,
    position,
    position_text,
    wait_text,
)
from ivr.texts import TextsError, default_folder, load_texts
from ivr.voice_files import Manifest

TEXTS = load_texts(default_folder())


@pytest.mark.parametrize(
    ("member", "written", "kana"),
    [
        (minutes(1), "1分", "イップン"),
        (minutes(3), "3分", "サンプン"),
        (minutes(4), "4分", "ヨンプン"),
        (minutes(6), "6分", "ロップン"),
        (minutes(8), "8分", "ハップン"),
        (minutes(10), "10分", "ジュップン"),
        (minutes(15), "15分", "ジューゴフン"),
        (minutes(20), "20分", "ニジュップン"),
        (minutes(45), "45分", "ヨンジューゴフン"),
        (position(1), "1番目", "イチバンメ"),
        (position(4), "4番目", "ヨンバンメ"),
        (position(10), "10番目", "ジューバンメ"),
        (position(17), "17番目", "ジューナナバンメ"),
        (position(20), "20番目", "ニジューバンメ"),
        (digit(0), "ゼロ", "ゼロ"),
        (digit(2), "ニー", "ニー"),
        (half_hour(17), "午前8時30分から9時まで", "ゴゼンハチジサンジュップンカラクジマデ"),
        (half_hour(23), "午前11時30分から正午まで", "ゴゼンジューイチジサンジュップンカラショーゴマデ"),
        (half_hour(24), "午後0時から0時30分まで", "ゴゴゼロジカラゼロジサンジュップンマデ"),
        (half_hour(32), "午後4時から4時30分まで", "ゴゴヨジカラヨジサンジュップンマデ"),
    ],
)
def test_given_a_number_then_written_and_read_by_the_rules_of_its_counter(member, written, kana):
    assert (member.written, member.kana) == (written, kana)


def test_given_the_shipped_voice_then_every_member_of_every_series_is_read_right():
    voices = Manifest.read(default_folder()).voices
    members = [text for text in TEXTS.values() if text.kana]
    assert len(members) == sum(len(series) for series in SERIES.values())
    assert [text.id for text in members if text.kana not in voices[text.id].kana] == []


PREDICTIONS = [0, 1, 59_999, 60_000, 540_001, 600_000, 600_001, *range(0, 10**7, 77_777)]


@pytest.mark.parametrize("predicted_ms", PREDICTIONS)
def test_given_any_prediction_then_what_is_said_of_it_is_a_text_and_never_too_short(predicted_ms):
    text = wait_text(minutes_to_say(predicted_ms))
    assert text in TEXTS
    told = re.fullmatch(r"wait\.minutes\.(\d+)", text)
    assert (int(told[1]) * 60_000 if told else 10**12) >= predicted_ms


@pytest.mark.parametrize("number", [*range(1, 23), 100, 10_000])
def test_given_any_place_then_it_has_a_text(number):
    assert position_text(number) in TEXTS


def test_given_the_half_hours_then_a_text_for_those_of_office_hours_and_none_for_the_night():
    named = [half_hour_text(number) for number in range(48)]
    assert {text for text in named if text} <= TEXTS.keys()
    assert [number for number in range(48) if named[number]] == list(range(16, 38))


SERIES_ENTRY = '[[text]]\nid = "a"\nja = "あ"\nwhere = "x"\n[[series]]\n'


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ('id = "w"\nof = "hours"\nja = "{}"\nwhere = "x"\n', "'of' must be one of minutes"),
        ('id = "w"\nof = "digit"\nja = "番"\nwhere = "x"\n', "'ja' must hold"),
        ('id = "w"\nof = "digit"\nja = "{}{}"\nwhere = "x"\n', "'ja' must hold"),
        ('id = "w"\nja = "{}"\nwhere = "x"\n', "'of' is missing"),
        ('id = "w"\nof = "digit"\nja = "{}"\nwhere = "x"\nloud = "x"\n', "unknown key 'loud'"),
        ('id = "w"\nof = "digit"\nja = "{}<"\nwhere = "x"\n', "cannot be spoken"),
    ],
)
def test_given_a_wrong_series_when_loaded_then_file_and_entry_are_named(tmp_path, toml, named):
    (tmp_path / "texts.toml").write_text(SERIES_ENTRY + toml, encoding="utf-8")
    with pytest.raises(TextsError, match=rf"texts\.toml: .*{named}"):
        load_texts(tmp_path)


def test_given_a_series_when_loaded_then_each_member_is_a_text_of_its_own(tmp_path):
    entry = 'id = "w"\nof = "digit"\nja = "番号は{}。"\nwhere = "x"\nnote = "y"\n'
    (tmp_path / "texts.toml").write_text(SERIES_ENTRY + entry, encoding="utf-8")
    texts = load_texts(tmp_path)
    assert list(texts) == ["a", *(f"w.{n}" for n in range(10))]
    assert (texts["w.5"].ja, texts["w.5"].kana, texts["w.5"].note) == ("番号はゴー。", "ゴー", "y")
