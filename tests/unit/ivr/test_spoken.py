"""Numbers in speech: every one that can be asked for has its file, read as Japanese reads it.

The readings are written out here a second time, in hiragana and from the rules of the language, not from
`ivr.spoken`: what a teacher of Japanese would expect.
"""

import re
from datetime import date, timedelta

import pytest

from acd.wait import minutes_to_say
from ivr.spoken import (
    HOLIDAYS,
    SERIES,
    digit,
    english,
    english_ordinal,
    half_hour,
    half_hour_text,
    holiday,
    position_text,
    wait_text,
)
from ivr.texts import TextsError, default_folder, load_texts
from ivr.voice_check import folded, sounds
from ivr.voice_files import Manifest

TEXTS = load_texts(default_folder())
VOICES = {language: Manifest.read(default_folder(), language).voices for language in ("ja", "easy")}


def listed(text: str) -> list[str]:
    return ["" if one == "-" else one for one in text.split()]


TENS = listed(
    "- じゅう にじゅう さんじゅう よんじゅう ごじゅう ろくじゅう ななじゅう はちじゅう きゅうじゅう"
)
COUNTED = listed("- いち に さん よん ご ろく なな はち きゅう")
MINUTE = listed("- いっぷん にふん さんぷん よんぷん ごふん ろっぷん ななふん はっぷん きゅうふん")
ROUND_MINUTES = listed("- じゅっぷん にじゅっぷん さんじゅっぷん よんじゅっぷん ごじゅっぷん ろくじゅっぷん")
PERSON = listed("にん いちにん ににん さんにん よにん ごにん ろくにん しちにん はちにん きゅうにん")
DAYS = listed(
    "ついたち ふつか みっか よっか いつか むいか なのか ようか ここのか とーか "
    "じゅういちにち じゅうににち じゅうさんにち じゅうよっか じゅうごにち "
    "じゅうろくにち じゅうしちにち じゅうはちにち じゅうくにち はつか "
    "にじゅういちにち にじゅうににち にじゅうさんにち にじゅうよっか にじゅうごにち "
    "にじゅうろくにち にじゅうしちにち にじゅうはちにち にじゅうくにち さんじゅうにち さんじゅういちにち"
)
MONTHS = listed(
    "いちがつ にがつ さんがつ しがつ ごがつ ろくがつ "
    "しちがつ はちがつ くがつ じゅうがつ じゅういちがつ じゅうにがつ"
)
HOURS = listed("れいじ いちじ にじ さんじ よじ ごじ ろくじ しちじ はちじ くじ じゅうじ じゅういちじ")
WEEKDAYS = listed("げつようび かようび すいようび もくようび きんようび どようび にちようび")
DIGITS = listed("ぜろ いち にー さん よん ごー ろく なな はち きゅう")


def minute(count: int) -> str:
    tens, ones = divmod(count, 10)
    return TENS[tens] + MINUTE[ones] if ones else ROUND_MINUTES[tens]


def person(count: int) -> str:
    if count in (1, 2):
        return ["ひとり", "ふたり"][count - 1]
    return TENS[count // 10] + PERSON[count % 10]


def hour(number: int) -> str:
    return ("ごぜん" if number < 12 else "ごご") + HOURS[number % 12]


READINGS: dict[str, str] = {
    **{f"wait.position.{n}": TENS[n // 10] + COUNTED[n % 10] + "ばんめ" for n in range(1, 100)},
    **{f"wait.minutes.{n}": minute(n) for n in range(1, 61)},
    **{f"duration.{n}": minute(n) for n in range(1, 61)},
    **{f"people.{n}": person(n) for n in range(1, 100)},
    **{f"date.month.{n}": MONTHS[n - 1] for n in range(1, 13)},
    **{f"date.day.{n}": DAYS[n - 1] for n in range(1, 32)},
    **{f"date.weekday.{n}": WEEKDAYS[n] for n in range(7)},
    **{f"time.hour.{n}": hour(n) for n in range(24)},
    **{f"next.hour.{n}": hour(n) + "からです" for n in range(24)},
    **{f"time.minute.{n}": minute(n) for n in range(1, 60)},
    **{f"next.minute.{n}": minute(n) + "からです" for n in range(1, 60)},
    **{f"digit.{n}": name for n, name in enumerate(DIGITS)},
    **{
        f"closed.holiday.{key}": reading + "のため"
        for key, reading in {
            "new_year": "がんじつ", "coming_of_age": "せいじんのひ", "foundation": "けんこくきねんのひ",
            "emperor": "てんのうたんじょうび", "spring_equinox": "しゅんぶんのひ", "showa": "しょうわのひ",
            "constitution": "けんぽうきねんび", "greenery": "みどりのひ", "children": "こどものひ",
            "marine": "うみのひ", "mountain": "やまのひ", "aged": "けいろうのひ",
            "autumn_equinox": "しゅうぶんのひ", "sports": "すぽーつのひ", "culture": "ぶんかのひ",
            "labour": "きんろうかんしゃのひ", "substitute": "ふりかえきゅうじつ",
            "citizens": "こくみんのきゅうじつ", "day_off": "きゅうじつ",
        }.items()
    },
}  # fmt: skip


def katakana(hiragana: str) -> str:
    return folded("".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in hiragana))


def heard(text_id: str, language: str = "ja") -> str:
    """How the voice read it, punctuation left out. は is spoken wa, を o: as the engine writes them."""
    return re.sub(r"[、。・]", "", folded(VOICES[language][text_id].kana))


@pytest.mark.parametrize("text_id", READINGS)
def test_given_a_number_date_or_time_then_the_made_voice_reads_it_by_the_rules(text_id):
    reading = katakana(READINGS[text_id])
    assert TEXTS[text_id].kana
    assert folded(TEXTS[text_id].kana) in reading
    if text_id.startswith(("wait", "closed")):
        assert reading in heard(text_id)
    else:
        assert heard(text_id) == reading


@pytest.mark.parametrize("text_id", [one for one in READINGS if TEXTS[one].easy])
def test_given_easy_japanese_then_numbers_are_read_by_the_same_rules(text_id):
    reading = katakana(READINGS[text_id]).removesuffix("ノタメ")
    assert reading in heard(text_id, "easy")


def test_given_all_366_dates_then_each_is_read_right_as_one():
    leap_year = [date(2024, 1, 1) + timedelta(days=n) for n in range(366)]
    for day in leap_year:
        assert heard(f"date.on.{day.month}.{day.day}") == katakana(MONTHS[day.month - 1] + DAYS[day.day - 1])
    assert len({(day.month, day.day) for day in leap_year}) == 366


def test_given_the_shipped_voice_then_every_member_of_every_series_is_read_right():
    for language, voices in VOICES.items():
        members = [text for text in TEXTS.values() if text.kana and text.said(language)]
        assert [one.id for one in members if sounds(one.kana) not in sounds(voices[one.id].kana)] == []
    assert len([text for text in TEXTS.values() if text.kana]) > sum(map(len, SERIES.values()))


@pytest.mark.parametrize(
    ("member", "written", "kana", "en"),
    [
        (digit(0), "ゼロ", "ゼロ", "zero"),
        (digit(2), "ニー", "ニー", "two"),
        (half_hour(17), "午前8時30分から9時まで", "ゴゼンハチジサンジュップンカラクジマデ",
         "From eight thirty a.m. to nine a.m."),
        (half_hour(23), "午前11時30分から正午まで", "ゴゼンジューイチジサンジュップンカラショーゴマデ",
         "From eleven thirty a.m. to noon"),
        (half_hour(24), "午後0時から0時30分まで", "ゴゴレイジカラレイジサンジュップンマデ",
         "From noon to twelve thirty p.m."),
        (half_hour(32), "午後4時から4時30分まで", "ゴゴヨジカラヨジサンジュップンマデ",
         "From four p.m. to four thirty p.m."),
        (holiday("海の日"), "海の日", "ウミノヒ", "Marine Day"),
    ],
)  # fmt: skip
def test_given_a_member_then_it_is_written_read_and_said_in_english(member, written, kana, en):
    assert (member.written, member.kana, member.en) == (written, kana, en)


def test_given_english_numbers_then_they_are_words():
    assert [english(n) for n in (0, 9, 10, 13, 20, 21, 40, 99)] == [
        "zero", "nine", "ten", "thirteen", "twenty", "twenty-one", "forty", "ninety-nine",
    ]  # fmt: skip
    assert [english_ordinal(n) for n in (1, 2, 3, 4, 5, 8, 9, 12, 13, 20, 21, 22, 23, 30, 31)] == [
        "first", "second", "third", "fourth", "fifth", "eighth", "ninth", "twelfth", "thirteenth",
        "twentieth", "twenty-first", "twenty-second", "twenty-third", "thirtieth", "thirty-first",
    ]  # fmt: skip
    assert TEXTS["time.minute.5"].en == "oh five"
    assert TEXTS["wait.minutes.1"].en.endswith("one minute.")
    assert TEXTS["quieter.at.24"].en == "From noon to twelve thirty p.m."


def test_given_the_holiday_table_then_every_name_of_this_decade_has_its_text():
    from ivr.holidays import shipped_holidays

    holidays = shipped_holidays()
    days = [date(2022, 1, 1) + timedelta(days=n) for n in range(6 * 365 + 1)]
    names = {re.split(r"[（(]", name)[0] for day in days if (name := holidays.name(day))}
    assert names <= HOLIDAYS.keys()


PREDICTIONS = [0, 1, 59_999, 60_000, 540_001, 600_000, 600_001, *range(0, 10**7, 77_777)]


@pytest.mark.parametrize("predicted_ms", PREDICTIONS)
def test_given_any_prediction_then_what_is_said_of_it_is_a_text_and_never_too_short(predicted_ms):
    text = wait_text(minutes_to_say(predicted_ms))
    assert text in TEXTS
    told = re.fullmatch(r"wait\.minutes\.(\d+)", text)
    assert (int(told[1]) * 60_000 if told else 10**12) >= predicted_ms


@pytest.mark.parametrize("number", [*range(1, 102), 10_000])
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
        ('id = "w"\nof = "digit"\nja = "{}"\nen = "no"\nwhere = "x"\n', "'en' must hold"),
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
    entry = (
        'id = "w"\nof = "digit"\nja = "番号は{}。"\nen = "Number {}."\nwhere = "x"\nnote = "y"\npart = true\n'
    )
    (tmp_path / "texts.toml").write_text(SERIES_ENTRY + entry, encoding="utf-8")
    texts = load_texts(tmp_path)
    assert list(texts) == ["a", *(f"w.{n}" for n in range(10))]
    five = texts["w.5"]
    assert (five.ja, five.en, five.kana, five.note) == ("番号はゴー。", "Number five.", "ゴー", "y")
    assert (five.part, five.member, five.operator) == (True, True, False)
