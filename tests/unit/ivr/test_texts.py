from pathlib import Path

import pytest

from ivr.texts import TextsError, default_folder, load_readings, load_texts, spoken

# What the program says by name; the list may hold more.
NEEDED = """
    greeting busy please_hold error
    closed closed.night closed.weekend closed.holiday closed.year_end closed.before closed.after fallback.busy
    login.ask_operator login.ask_pin login.done login.wrong login.taken logout.done ready.done break.done
    wrap_up.ended refused.not_logged_in refused.not_now code.unknown
"""
HOURS = "平日、および毎月第2日曜日の、午前8時30分から午後5時15分まで"


def test_given_the_shipped_list_when_loaded_then_every_text_that_is_needed_is_there():
    assert load_texts(default_folder()).keys() >= set(NEEDED.split())


def test_given_the_closed_texts_when_read_then_the_office_comes_first_and_the_hours_are_told():
    texts = load_texts(default_folder())
    closed = [text for text in texts.values() if text.id.split(".")[0] == "closed"]

    assert all("長野市マイナンバーカードコールセンター" in text.ja.split("。")[1] for text in closed)
    assert [text.id for text in closed if HOURS not in text.ja] == ["closed.after"]


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
