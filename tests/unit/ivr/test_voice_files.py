"""Making voice files, and finding what is wrong with them."""

import json
from pathlib import Path

import pytest

from ivr.guidance import Guidance
from ivr.sound import Sound, wav_encode, wav_read
from ivr.texts import LANGUAGES, TextsError, default_folder, load_texts
from ivr.voice import Voice
from ivr.voice_build import Built, build
from ivr.voice_check import Problem, check, folded
from ivr.voice_files import Manifest, manifest_path, voice_path
from tests.unit.ivr.voice_rig import PartToneVoice, ToneVoice, tone, write_texts

TEXTS = {"greeting": "こんにちは。", "closed.night": "時間外です。"}
SHIPPED = default_folder()
MOST_BYTES = 47_000_000
"""All voice files together: the repository carries them."""


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    write_texts(folder, TEXTS, more="operator = true\n")
    (folder / "recorded" / "ja").mkdir(parents=True)
    return folder


def made(folder: Path, voice: Voice | None = None, *, everything: bool = False) -> list[str]:
    return [one.text for one in build([folder], {"ja": voice or ToneVoice()}, everything=everything)]


def kinds(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.text, problem.kind) for problem in problems]


def test_given_the_shipped_voice_when_checked_against_the_texts_then_nothing_is_wrong():
    assert check([SHIPPED]) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_given_the_shipped_voice_when_measured_then_it_is_level_and_short(language: str):
    texts, manifest, guidance = load_texts(SHIPPED), Manifest.read(SHIPPED, language), Guidance()

    assert manifest.voices.keys() == {text.id for text in texts.values() if text.said(language)}
    assert guidance.speaks(language)
    for text_id, voice in manifest.voices.items():
        text = texts[text_id]
        for file in voice.files.values():
            assert file.lufs == pytest.approx(-23, abs=1)
            assert file.peak_dbfs < -1
        assert (90 if text.part else 900) < voice.duration_ms <= 30_000
        assert guidance.duration_ms(text_id, language) == pytest.approx(voice.duration_ms, abs=1)
        assert (voice.wav16 is not None) is (text.operator and not text.member)


def test_given_the_shipped_voice_then_the_repository_can_carry_it():
    size = sum(path.stat().st_size for path in (SHIPPED / "voice").rglob("*") if path.is_file())
    assert size < MOST_BYTES


def test_given_the_shipped_voice_when_its_readings_are_looked_at_then_the_known_misreadings_are_mended():
    kana = {text_id: voice.kana for text_id, voice in Manifest.read(SHIPPED).voices.items()}
    whole = "".join(kana.values())

    assert "ナガノシマイナンバーカードコールセンター" in kana["office"]
    assert (
        "マイツキダイニニチヨービノ、ゴゼン、ハチジサンジュップンカラゴゴ、ゴジジューゴフンマデ"
        in kana["hours"]
    )
    assert "ウケツケヲオコナッテ" in kana["closed.weekend"]
    assert "マイナンバーノジューニケタノバンゴーワ" in kana["recording_notice"]
    assert "サレタカタワ" in kana["lost_card.lead"]
    for wrong in ("ジマウチ", "ヲイッテ", "ハチフン", "ホーワ", "ホーガ", "ホーデ", "ゼロジ"):
        assert wrong not in whole


def test_given_nothing_built_when_built_then_all_is_rendered_as_read_and_checks_out(folder: Path):
    assert kinds(check([folder])) == [("greeting", "missing"), ("closed.night", "missing")]
    voice = ToneVoice()

    assert list(build([folder], {"ja": voice})) == [
        Built("greeting", "ja", folder), Built("closed.night", "ja", folder),
    ]  # fmt: skip

    assert voice.said == ["こんにちは。", "ジカンガイです。"]
    assert check([folder]) == []
    entry = Manifest.read(folder).voices["greeting"]
    assert (entry.engine, entry.kana, entry.duration_ms) == ("tone 1", "カナ", 1000)
    assert entry.wav16
    assert entry.wav16.peak_dbfs == pytest.approx(-14, abs=0.1)


def test_given_texts_for_citizens_when_built_then_only_the_trunks_rate_is_made(folder: Path):
    made(folder)
    assert voice_path(folder, "greeting", "wav16").exists()
    write_texts(folder, TEXTS)

    assert kinds(check([folder])) == [("greeting", "stale"), ("closed.night", "stale")]
    assert made(folder) == ["greeting", "closed.night"]

    assert not voice_path(folder, "greeting", "wav16").exists()
    assert Manifest.read(folder).voices["greeting"].wav16 is None
    assert check([folder]) == []


def test_given_a_built_folder_when_a_text_changes_then_only_that_one_is_rendered(folder: Path):
    made(folder)
    write_texts(folder, TEXTS | {"greeting": "おはようございます。"}, more="operator = true\n")

    assert kinds(check([folder])) == [("greeting", "stale")]
    assert made(folder) == ["greeting"]
    assert check([folder]) == []
    assert made(folder) == []
    assert made(folder, everything=True) == ["greeting", "closed.night"]


def test_given_a_built_folder_when_a_reading_or_the_engine_changes_then_its_texts_are_rendered(folder: Path):
    made(folder)
    (folder / "readings.toml").write_text("[ja]\n", encoding="utf-8")

    assert kinds(check([folder])) == [("closed.night", "stale")]
    assert made(folder) == ["closed.night"]
    newer = ToneVoice()
    newer.engine = "tone 2"
    assert made(folder, newer) == ["greeting", "closed.night"]


def test_given_several_languages_when_built_then_each_has_its_voice_and_its_manifest(folder: Path):
    write_texts(folder, TEXTS, more='en = "Hello."\neasy = "やあ。"\n')
    voices = {"ja": ToneVoice(), "en": ToneVoice(), "easy": ToneVoice()}
    list(build([folder], voices))

    assert {language: voice.said for language, voice in voices.items()} == {
        "ja": ["こんにちは。", "ジカンガイです。"], "en": ["Hello."] * 2, "easy": ["やあ。"] * 2,
    }  # fmt: skip
    assert check([folder]) == []
    voice_path(folder, "greeting", "ulaw", "en").unlink()
    assert [(one.text, one.language, one.kind) for one in check([folder])] == [("greeting", "en", "missing")]
    assert [one.language for one in build([folder], {"ja": ToneVoice()})] == []


def test_given_parts_when_built_then_they_bring_their_own_pause(folder: Path):
    parts = {"a": "次は、", "b": "5月", "c": "始まります。", "d": "、"}
    write_texts(folder, parts, more="part = true\n")
    made(folder)

    lengths = {key: Manifest.read(folder).voices[key].duration_ms for key in parts}
    assert lengths == {"a": 800 + 15 + 180, "b": 800 + 15 + 15, "c": 800 + 15 + 400, "d": 180}

    voice = PartToneVoice()
    made(folder, voice, everything=True)
    assert voice.said == ["次は、|False", "5月|False", "始まります。|False"]


def test_given_a_part_when_it_becomes_a_whole_text_then_it_is_made_anew(folder: Path):
    write_texts(folder, TEXTS, more="part = true\n")
    made(folder)
    write_texts(folder, TEXTS)

    assert kinds(check([folder])) == [("greeting", "stale"), ("closed.night", "stale")]


def test_given_a_sites_own_folder_when_built_then_the_shipped_one_is_left_alone(folder: Path, tmp_path: Path):
    made(folder)
    before = {path: path.stat().st_mtime_ns for path in (folder / "voice").rglob("*")}
    site = tmp_path / "site"
    write_texts(site, {"greeting": "もしもし。", "own": "自分の。"})

    assert [one.text for one in check([folder, site])] == ["greeting", "own"]
    assert [(one.text, one.folder) for one in build([folder, site], {"ja": ToneVoice()})] == [
        ("greeting", site), ("own", site),
    ]  # fmt: skip

    assert check([folder, site]) == []
    assert {path: path.stat().st_mtime_ns for path in (folder / "voice").rglob("*")} == before


def test_given_a_text_that_went_when_checked_then_its_files_are_orphans_and_the_builder_clears_them(
    folder: Path,
):
    made(folder)
    write_texts(folder, {"greeting": TEXTS["greeting"]}, more="operator = true\n")

    assert kinds(check([folder])) == [("closed.night", "orphan")]
    assert made(folder) == []
    assert not voice_path(folder, "closed.night", "ulaw").exists()
    assert check([folder]) == []


def test_given_a_damaged_or_lost_file_when_checked_then_it_is_named_and_built_anew(folder: Path):
    made(folder)
    voice_path(folder, "greeting", "ulaw").write_bytes(b"\xff" * 800)
    voice_path(folder, "closed.night", "wav16").unlink()

    assert kinds(check([folder])) == [("greeting", "changed"), ("closed.night", "missing")]
    assert made(folder) == ["greeting", "closed.night"]
    assert check([folder]) == []


@pytest.mark.parametrize(
    ("voice", "kind"),
    [
        (ToneVoice(level=0.999), "clipped"),
        (ToneVoice(seconds=30.5), "long"),
        (ToneVoice(lufs=-24.5), "loudness"),
        (ToneVoice(lufs=-21.5), "loudness"),
    ],
)
def test_given_a_voice_out_of_bounds_when_checked_then_the_kind_is_named(
    folder: Path, voice: ToneVoice, kind: str
):
    write_texts(folder, {"greeting": TEXTS["greeting"]})
    made(folder, voice)

    assert set(kinds(check([folder]))) == {("greeting", kind)}


def test_given_a_number_that_the_voice_misreads_when_checked_then_it_is_named(folder: Path):
    (folder / "texts.toml").write_text(
        '[[text]]\nid = "a"\nja = "あ"\nwhere = "x"\n'
        '[[series]]\nid = "b"\nof = "weekday"\nja = "{}"\nwhere = "x"\n',
        encoding="utf-8",
    )
    made(folder)

    problems = check([folder])

    assert kinds(problems) == [(f"b.{n}", "misread") for n in range(7)]
    assert problems[6].what == "is read カナ, without ニチヨービ; put the reading into readings.toml"


def test_given_kana_of_either_spelling_then_long_vowels_are_the_same():
    assert folded("シュウブンノヒ") == folded("シューブンノヒ")
    assert folded("ケイロウ") == folded("ケーロー")
    assert folded("ヨウカ") != folded("ヨッカ")
    assert folded("アイウエ") == "アイウエ"


@pytest.mark.parametrize("data", ["{", "[]", '{"voices": {"greeting": {"kana": 3}}}'])
def test_given_a_damaged_manifest_when_checked_then_it_is_named(folder: Path, data: str):
    manifest_path(folder).parent.mkdir(parents=True)
    manifest_path(folder).write_text(data)

    with pytest.raises(TextsError, match=r"manifest\.json: is damaged"):
        check([folder])


@pytest.mark.parametrize(
    ("sound", "kind"),
    [(tone(16000), "format"), (tone(8000, level=0.005), "loudness"), (tone(8000, level=0.999), "clipped")],
)
def test_given_a_recording_that_is_not_good_when_checked_then_it_is_named(
    folder: Path, sound: Sound, kind: str
):
    made(folder)
    (folder / "recorded" / "ja" / "greeting.wav").write_bytes(wav_encode(sound))

    assert ("greeting", kind) in kinds(check([folder]))


def test_given_a_recording_without_a_text_when_checked_then_it_is_an_orphan(folder: Path):
    made(folder)
    (folder / "recorded" / "ja" / "greetnig.wav").write_bytes(wav_encode(tone(8000)))

    assert kinds(check([folder])) == [("greetnig", "orphan")]
    assert made(folder) == []


def test_given_the_manifest_when_written_then_it_is_stable_text(folder: Path):
    made(folder)
    first = manifest_path(folder).read_text(encoding="utf-8")

    made(folder, everything=True)

    assert manifest_path(folder).read_text(encoding="utf-8") == first
    assert list(json.loads(first)["voices"]) == ["closed.night", "greeting"]
    assert not list(folder.rglob(".*.new"))
    assert wav_read(voice_path(folder, "greeting", "wav16"), 16000).duration_ms == 1000
