import json
import math
from array import array
from pathlib import Path

import pytest

from ivr.guidance import Guidance, UnknownGuidance
from ivr.sound import Sound, ulaw_encode, wav_encode
from ivr.texts import TextsError, default_folder, load_texts
from ivr.voice import Rendered, build
from ivr.voice_files import Manifest, Problem, check, manifest_path, voice_path

TEXTS = {"greeting": "こんにちは。", "closed.night": "時間外です。"}


def tone(rate: int, seconds: float = 1.0, level: float = 0.2) -> Sound:
    count = int(rate * seconds)
    return Sound(
        array("h", (int(32767 * level * math.sin(2 * math.pi * 440 * n / rate)) for n in range(count))), rate
    )


class ToneVoice:
    """A voice that hums; it remembers what it was asked to say."""

    engine = "tone 1"

    def __init__(self, seconds: float = 1.0, level: float = 0.2, lufs: float = -23.0) -> None:
        self.seconds, self.level, self.lufs = seconds, level, lufs
        self.said: list[str] = []

    def render(self, say: str) -> Rendered:
        self.said.append(say)
        narrow, wide = (tone(rate, self.seconds, self.level) for rate in (8000, 16000))
        return Rendered(
            "カナ", narrow.duration_ms, ulaw_encode(narrow.samples), self.lufs, wav_encode(wide), self.lufs
        )


def write_texts(folder: Path, texts: dict[str, str]) -> None:
    entries = (f'[[text]]\nid = "{key}"\nja = "{ja}"\nwhere = "どこか"\n' for key, ja in texts.items())
    (folder / "texts.toml").write_text("".join(entries), encoding="utf-8")


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    write_texts(tmp_path, TEXTS)
    (tmp_path / "readings.toml").write_text('[ja]\n"時間外" = "ジカンガイ"\n', encoding="utf-8")
    (tmp_path / "recorded" / "ja").mkdir(parents=True)
    return tmp_path


def kinds(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.text, problem.kind) for problem in problems]


def test_given_the_shipped_voice_when_checked_against_the_texts_then_nothing_is_wrong():
    assert check(default_folder()) == []


def test_given_the_shipped_voice_when_measured_then_it_is_level_short_and_light():
    manifest = Manifest.read(default_folder())
    guidance = Guidance()

    assert manifest.voices.keys() == load_texts(default_folder()).keys()
    for text_id, voice in manifest.voices.items():
        assert voice.ulaw.lufs == pytest.approx(-23, abs=1)
        assert voice.wav16.lufs == pytest.approx(-23, abs=1)
        assert max(voice.ulaw.peak_dbfs, voice.wav16.peak_dbfs) < -1
        assert (400 if text_id.startswith("digit.") else 1000) < voice.duration_ms <= 30_000
        assert guidance.duration_ms(text_id) == pytest.approx(voice.duration_ms, abs=1)
    size = sum(path.stat().st_size for path in manifest_path(default_folder()).parent.iterdir())
    assert size < 25_000_000


def test_given_the_shipped_voice_when_its_readings_are_looked_at_then_the_known_misreadings_are_mended():
    kana = {text_id: voice.kana for text_id, voice in Manifest.read(default_folder()).voices.items()}

    assert "ナガノシマイナンバーカードコールセンター" in kana["greeting"]
    assert (
        "マイツキダイニニチヨービノ、ゴゼンハチジサンジュップンカラゴゴゴジジューゴフンマデ" in kana["closed"]
    )
    assert "ジューニガツニジュークニチカライチガツミッカマデ" in kana["closed.year_end"]
    assert "イチガツヨッカイコー" in kana["closed.year_end"]
    assert "ウケツケヲオコナッテ" in kana["closed.night"]


def test_given_nothing_built_when_built_then_all_is_rendered_as_read_and_checks_out(folder: Path):
    assert kinds(check(folder)) == [("greeting", "missing"), ("closed.night", "missing")]
    voice = ToneVoice()

    assert list(build(folder, voice)) == ["greeting", "closed.night"]

    assert voice.said == ["こんにちは。", "ジカンガイです。"]
    assert check(folder) == []
    entry = Manifest.read(folder).voices["greeting"]
    assert (entry.engine, entry.kana, entry.duration_ms) == ("tone 1", "カナ", 1000)
    assert entry.wav16.peak_dbfs == pytest.approx(-14, abs=0.1)


def test_given_a_built_folder_when_a_text_changes_then_only_that_one_is_rendered(folder: Path):
    list(build(folder, ToneVoice()))
    write_texts(folder, TEXTS | {"greeting": "おはようございます。"})

    assert kinds(check(folder)) == [("greeting", "stale")]
    assert list(build(folder, ToneVoice())) == ["greeting"]
    assert check(folder) == []
    assert list(build(folder, ToneVoice())) == []
    assert list(build(folder, ToneVoice(), everything=True)) == ["greeting", "closed.night"]


def test_given_a_built_folder_when_a_reading_or_the_engine_changes_then_its_texts_are_rendered(folder: Path):
    list(build(folder, ToneVoice()))
    (folder / "readings.toml").write_text("[ja]\n", encoding="utf-8")

    assert kinds(check(folder)) == [("closed.night", "stale")]
    assert list(build(folder, ToneVoice())) == ["closed.night"]
    newer = ToneVoice()
    newer.engine = "tone 2"
    assert list(build(folder, newer)) == ["greeting", "closed.night"]


def test_given_a_text_that_went_when_checked_then_its_files_are_orphans_and_the_builder_clears_them(
    folder: Path,
):
    list(build(folder, ToneVoice()))
    write_texts(folder, {"greeting": TEXTS["greeting"]})

    assert kinds(check(folder)) == [("closed.night", "orphan")]
    assert list(build(folder, ToneVoice())) == []
    assert not voice_path(folder, "closed.night", "ulaw").exists()
    assert check(folder) == []


def test_given_a_damaged_or_lost_file_when_checked_then_it_is_named_and_built_anew(folder: Path):
    list(build(folder, ToneVoice()))
    voice_path(folder, "greeting", "ulaw").write_bytes(b"\xff" * 800)
    voice_path(folder, "closed.night", "wav16").unlink()

    assert kinds(check(folder)) == [("greeting", "changed"), ("closed.night", "missing")]
    assert list(build(folder, ToneVoice())) == ["greeting", "closed.night"]
    assert check(folder) == []


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
    list(build(folder, voice))

    assert set(kinds(check(folder))) == {("greeting", kind)}


@pytest.mark.parametrize("data", ["{", "[]", '{"voices": {"greeting": {"kana": 3}}}'])
def test_given_a_damaged_manifest_when_checked_then_it_is_named(folder: Path, data: str):
    manifest_path(folder).parent.mkdir(parents=True)
    manifest_path(folder).write_text(data)

    with pytest.raises(TextsError, match=r"manifest\.json: is damaged"):
        check(folder)


def test_given_a_recording_of_the_city_when_played_then_it_wins_over_the_made_voice(folder: Path):
    list(build(folder, ToneVoice()))
    (folder / "recorded" / "ja" / "greeting.wav").write_bytes(wav_encode(tone(8000, seconds=2.5)))

    guidance = Guidance(folder)

    assert guidance.media("greeting") == f"sound:{folder}/recorded/ja/greeting"
    assert guidance.duration_ms("greeting") == 2500
    assert guidance.media("closed.night") == f"sound:{folder}/voice/ja/closed.night"
    assert guidance.duration_ms("closed.night") == 1000
    assert check(folder) == []


@pytest.mark.parametrize(
    ("sound", "kind"),
    [(tone(16000), "format"), (tone(8000, level=0.005), "loudness"), (tone(8000, level=0.999), "clipped")],
)
def test_given_a_recording_that_is_not_good_when_checked_then_it_is_named(
    folder: Path, sound: Sound, kind: str
):
    list(build(folder, ToneVoice()))
    (folder / "recorded" / "ja" / "greeting.wav").write_bytes(wav_encode(sound))

    assert ("greeting", kind) in kinds(check(folder))


def test_given_a_recording_in_a_wrong_format_when_played_then_the_made_voice_is_heard(folder: Path):
    list(build(folder, ToneVoice()))
    (folder / "recorded" / "ja" / "greeting.wav").write_bytes(b"ID3 this is an mp3")

    guidance = Guidance(folder)

    assert guidance.media("greeting") == f"sound:{folder}/voice/ja/greeting"
    assert len(guidance.problems) == 1
    assert "greeting.wav" in guidance.problems[0]


def test_given_an_exchange_in_a_root_of_its_own_when_asked_for_media_then_its_path_is_given(folder: Path):
    guidance = Guidance(folder, seen_by_exchange=Path("/srv/prompts"))

    assert guidance.media("greeting") == "sound:/srv/prompts/voice/ja/greeting"
    assert guidance.missing() == ["greeting", "closed.night"]
    assert guidance.duration_ms("greeting") == 0


def test_given_an_unknown_id_when_asked_then_it_is_an_error_that_names_it(folder: Path):
    guidance = Guidance(folder)

    with pytest.raises(UnknownGuidance, match="no guidance text 'nothing'"):
        guidance.media("nothing")
    with pytest.raises(UnknownGuidance):
        guidance.duration_ms("nothing")


def test_given_the_manifest_when_written_then_it_is_stable_text(folder: Path):
    list(build(folder, ToneVoice()))
    first = manifest_path(folder).read_text(encoding="utf-8")

    list(build(folder, ToneVoice(), everything=True))

    assert manifest_path(folder).read_text(encoding="utf-8") == first
    assert list(json.loads(first)["voices"]) == ["closed.night", "greeting"]
    assert not list(folder.rglob(".*.new"))
