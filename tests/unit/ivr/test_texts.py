from pathlib import Path

import pytest

from ivr.layers import load_layers
from ivr.texts import (
    LANGUAGES,
    TextsError,
    default_folder,
    load_readings,
    load_texts,
    speakable,
    spoken,
)

# What the program says by name; the list may hold more.
NEEDED = """
    greeting recording_notice closing_soon busy please_hold error emergency taken_out
    office hours closed fallback.busy lost_card.lead lost_card.again next.lead next.first
    closed.early closed.night closed.lunch closed.pause closed.weekend closed.holiday closed.year_end
    closed.by_hand closed.before closed.after
    menu.top menu.english menu.wrong menu.no_key menu.to_operator menu.repeat language.chosen
    whisper.line.main whisper.need.booking whisper.callback whisper.waited.over_an_hour
    login.ask_operator login.ask_pin login.done login.wrong login.taken logout.done ready.done break.done
    wrap_up.ended refused.not_logged_in refused.not_now code.unknown
"""
FOR_OPERATORS = {"login", "logout", "ready", "break", "wrap_up", "refused", "code", "whisper"}
EXCHANGE_ALONE = {"closed", "fallback.busy"}
"""The exchange does not know languages."""


def test_given_the_shipped_list_when_loaded_then_every_text_that_is_needed_is_there():
    assert load_texts(default_folder()).keys() >= set(NEEDED.split())


def test_given_the_closed_texts_when_read_then_no_hours_stand_in_them_but_are_computed():
    texts = load_texts(default_folder())
    closed = [text for text in texts.values() if text.id.startswith(("closed.", "overflow."))]

    assert len(closed) > 20
    assert [text.id for text in closed if "時30分" in text.ja or "月" in text.ja] == []


def test_given_what_citizens_hear_when_read_then_it_is_there_in_all_languages():
    texts = [text for text in load_texts(default_folder()).values() if text.id not in EXCHANGE_ALONE]
    citizens = [text for text in texts if text.id.split(".")[0] not in FOR_OPERATORS]
    english_alone = {"time.am", "time.pm"}

    assert {text.id for text in texts if text.operator} == {text.id for text in texts} - {
        text.id for text in citizens
    }
    assert [text.id for text in citizens if not text.easy and text.id not in english_alone] == []
    without_english = [text.id for text in citizens if not text.en]
    assert [text for text in without_english if not text.startswith(("date.on.", "next.", "digit.end"))] == []
    assert all(text.en.isascii() for text in texts if "・" not in text.en)


def entry(**values: str) -> str:
    return "[[text]]\n" + "".join(f"{key} = {value!r}\n" for key, value in values.items())


GOOD = {"id": "greeting", "ja": "こんにちは。", "where": "最初"}


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("", "no .*text.* entries"),
        ("text = 3", "no .*text.* entries"),
        ("[[text]", "is not TOML"),
        (entry(**GOOD) * 2, "'greeting' is given twice"),
        (entry(**GOOD, loud="x"), "unknown key 'loud'"),
        (entry(id="greeting", where="x"), "'ja' is missing"),
        (entry(**GOOD | {"ja": " "}), "'ja' is missing"),
        (entry(**GOOD | {"id": "../greeting"}), "must be lower-case words"),
        (entry(**GOOD | {"ja": "次の受付は{next}です。"}), "greeting: '{' cannot be spoken"),
        (entry(**GOOD | {"ja": "こんにちは😀"}), "cannot be spoken"),
        ('[[text]]\nid = "a"\nja = "\\u0007"\nwhere = "x"\n', "cannot be spoken"),
        (entry(**GOOD | {"ja": "あ" * 10_000}), "10000 characters"),
        ("[[text]]\nid = 3\n", "must be a text in quotes"),
    ],
)
def test_given_a_wrong_list_when_loaded_then_file_and_entry_are_named(tmp_path: Path, toml: str, named: str):
    (tmp_path / "texts.toml").write_text(toml, encoding="utf-8")

    with pytest.raises(TextsError, match=rf"texts\.toml: .*{named}"):
        load_texts(tmp_path)


@pytest.mark.parametrize("toml", ["ja = 3", "[ja]\nx = 3", '[ja]\nx = ""', "[ja"])
def test_given_wrong_readings_when_loaded_then_the_file_is_named(tmp_path: Path, toml: str):
    (tmp_path / "readings.toml").write_text(toml, encoding="utf-8")

    with pytest.raises(TextsError, match=r"readings\.toml"):
        load_readings(tmp_path)


def test_given_a_missing_folder_when_loaded_then_the_file_is_named(tmp_path: Path):
    with pytest.raises(TextsError, match="cannot be read"):
        load_texts(tmp_path / "nowhere")


def test_given_readings_that_overlap_when_applied_then_the_longest_wins_and_nothing_is_replaced_twice(
    tmp_path: Path,
):
    (tmp_path / "readings.toml").write_text('[ja]\n"市" = "シ"\n"長野市" = "ナガノ市"\n', encoding="utf-8")

    assert spoken("長野市と市", load_readings(tmp_path)) == "ナガノ市とシ"
    assert spoken("長野市", {}) == "長野市"


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        (entry(**GOOD) + "[other]\nx = 3\n", "unknown key 'other'"),
        (entry(**GOOD) + "part = 3\n", "part must be true or false"),
        (entry(**GOOD, en="Press {key}."), "cannot be spoken"),
        (entry(**GOOD, en="a" * 601), "601 characters"),
        (entry(**GOOD, easy="ボタン1️⃣を押してください"), "cannot be spoken"),
        ("[[text]]\nja = 'あ'\n", "'id' is missing"),
    ],
)
def test_given_a_wrong_flag_or_language_when_loaded_then_it_is_named(tmp_path: Path, toml: str, named: str):
    (tmp_path / "texts.toml").write_text(toml, encoding="utf-8")

    with pytest.raises(TextsError, match=named):
        load_texts(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "", " 　", "あ" * 301, "こんにちは\n", "こんにちは\x00", "ご案内😀", "☎まで", "1️⃣を",
        "{時刻}から", "<名前>さん",
        "次は$timeです", "次は%sです", "[番号]へ", "【日時】です", "〇〇市です", "○○市です", "電話はXXXです",
        "TODO です", "TBD", "ゼロ\u200b幅", "\ufeffあ",
    ],
)  # fmt: skip
def test_given_what_no_voice_can_say_then_it_is_refused_in_one_sentence(text: str):
    with pytest.raises(TextsError) as refused:
        speakable(text)

    assert "\n" not in str(refused.value)
    with pytest.raises(TextsError, match=r"^announcement: "):
        speakable(text, where="announcement")


@pytest.mark.parametrize(
    "text", ["あ" * 300, "Press 1, please!", "〇です", "「はい」の方は、1番（左）へ。", "100%です", "1,000円"]
)
def test_given_a_sentence_then_it_can_be_spoken(text: str):
    speakable(text)


def two(tmp_path: Path, own: str, readings: str = "") -> tuple[Path, Path]:
    shipped, site = tmp_path / "shipped", tmp_path / "site"
    for folder in (shipped, site):
        folder.mkdir()
    (shipped / "texts.toml").write_text(
        entry(**GOOD, en="Hello.", note="n") + entry(id="bye", ja="長野市です。", where="最後"),
        encoding="utf-8",
    )
    (shipped / "readings.toml").write_text("[ja]\n", encoding="utf-8")
    if own:
        (site / "texts.toml").write_text(own, encoding="utf-8")
    if readings:
        (site / "readings.toml").write_text(readings, encoding="utf-8")
    return shipped, site


def test_given_a_site_without_texts_of_its_own_then_it_owns_none(tmp_path: Path):
    shipped, site = load_layers(two(tmp_path, ""))

    assert site.texts == shipped.texts
    assert site.own == {}
    assert set(shipped.own) == {("ja", "greeting"), ("en", "greeting"), ("ja", "bye")}


def test_given_a_sites_own_words_then_they_win_and_the_rest_is_taken_from_below(tmp_path: Path):
    own = entry(id="greeting", ja="もしもし。") + entry(id="new", ja="あ。", easy="い。", where="x")
    _, site = load_layers(two(tmp_path, own))

    greeting = site.texts["greeting"]
    assert (greeting.ja, greeting.en, greeting.where, greeting.note) == ("もしもし。", "Hello.", "最初", "n")
    assert set(site.own) == {("ja", "greeting"), ("ja", "new"), ("easy", "new")}
    assert list(site.texts) == ["greeting", "bye", "new"]


def test_given_a_sites_own_reading_then_it_owns_the_texts_that_it_changes(tmp_path: Path):
    _, site = load_layers(two(tmp_path, "", '[ja]\n"長野市" = "ナガノ市"\n'))

    assert {key: wish.say for key, wish in site.own.items()} == {("ja", "bye"): "ナガノ市です。"}


@pytest.mark.parametrize(
    ("own", "named"),
    [
        (entry(id="new", ja="あ。"), "'where' is missing"),
        (entry(id="greeting", ja="{x}"), "site/texts.toml: greeting: '{' cannot be spoken"),
        (entry(id="greeting", ja="あ。") * 2, "given twice"),
    ],
)
def test_given_a_mistake_in_a_sites_own_list_then_file_and_entry_are_named(
    tmp_path: Path, own: str, named: str
):
    with pytest.raises(TextsError, match=named):
        load_layers(two(tmp_path, own))


def test_given_the_languages_then_japanese_comes_first():
    assert LANGUAGES == ("ja", "en", "easy")
