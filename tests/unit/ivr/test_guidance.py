"""From ids to sounds: layers, languages, recordings, what is added while running."""

from pathlib import Path

import pytest

from ivr.guidance import Guidance, UnknownGuidance
from ivr.sound import wav_encode
from ivr.texts import TextsError
from ivr.voice_build import build
from tests.unit.ivr.voice_rig import ToneVoice, tone, write_texts

TEXTS = {"greeting": "こんにちは。", "closed.night": "時間外です。"}


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    write_texts(folder, TEXTS)
    return folder


def built(*folders: Path, seconds: float = 1.0) -> None:
    list(build(folders, dict.fromkeys(("ja", "en", "easy"), ToneVoice(seconds=seconds))))


def record(folder: Path, text_id: str, data: bytes, language: str = "ja") -> None:
    path = folder / "recorded" / language / f"{text_id}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def test_given_a_built_folder_when_asked_then_the_exchange_gets_a_path_and_the_script_a_length(folder: Path):
    built(folder)
    guidance = Guidance(folder)

    assert guidance.media("greeting") == f"sound:{folder}/voice/ja/greeting"
    assert guidance.duration_ms("greeting") == 1000
    assert guidance.missing() == []
    assert guidance.speaks("ja")
    assert not guidance.speaks("en")


def test_given_a_recording_of_the_city_when_played_then_it_wins_over_the_made_voice(folder: Path):
    built(folder)
    record(folder, "greeting", wav_encode(tone(8000, seconds=2.5)))

    guidance = Guidance(folder)

    assert guidance.media("greeting") == f"sound:{folder}/recorded/ja/greeting"
    assert guidance.duration_ms("greeting") == 2500
    assert guidance.media("closed.night") == f"sound:{folder}/voice/ja/closed.night"


def test_given_a_recording_in_a_wrong_format_when_built_then_the_converted_one_is_played_until_it_changes(
    folder: Path,
):
    built(folder)
    record(folder, "greeting", wav_encode(tone(16000, seconds=2.0)))
    assert Guidance(folder).media("greeting") == f"sound:{folder}/voice/ja/greeting"
    assert "greeting.wav" in Guidance(folder).problems[0]

    built(folder)
    guidance = Guidance(folder)
    assert guidance.media("greeting") == f"sound:{folder}/voice/ja/recorded/greeting"
    assert guidance.duration_ms("greeting") == pytest.approx(2200, abs=20)
    assert guidance.problems == []
    assert guidance.found("greeting", "ja").origin == "recorded"

    record(folder, "greeting", b"ID3 this is an mp3")
    guidance = Guidance(folder)
    assert guidance.media("greeting") == f"sound:{folder}/voice/ja/greeting"
    assert len(guidance.problems) == 1


def test_given_a_sites_own_folder_when_built_then_its_words_win_until_they_are_taken_back(
    folder: Path, tmp_path: Path
):
    site = tmp_path / "site"
    built(folder)
    write_texts(site, {"greeting": "もしもし。", "own": "自分の。"})
    assert Guidance([folder, site]).media("greeting") == f"sound:{folder}/voice/ja/greeting"

    built(folder, site, seconds=2.0)
    guidance = Guidance([folder, site])
    assert guidance.media("greeting") == f"sound:{site}/voice/ja/greeting"
    assert guidance.duration_ms("greeting") == 2000
    assert guidance.media("own") == f"sound:{site}/voice/ja/own"
    assert guidance.media("closed.night") == f"sound:{folder}/voice/ja/closed.night"
    assert (guidance.is_own("greeting"), guidance.is_own("closed.night")) == (True, False)
    assert guidance.knows("own")

    (site / "texts.toml").unlink()
    guidance.reload()
    assert guidance.media("greeting") == f"sound:{folder}/voice/ja/greeting"
    assert not guidance.knows("own")


def test_given_a_recording_in_the_sites_own_folder_then_it_wins_over_both(folder: Path, tmp_path: Path):
    site = tmp_path / "site"
    built(folder)
    record(folder, "greeting", wav_encode(tone(8000, seconds=2.5)))
    record(site, "greeting", wav_encode(tone(8000, seconds=3.0)))

    guidance = Guidance([folder, site])

    assert guidance.media("greeting") == f"sound:{site}/recorded/ja/greeting"
    assert guidance.is_own("greeting")


def test_given_no_folder_of_a_sites_own_then_the_shipped_one_is_enough(folder: Path, tmp_path: Path):
    built(folder)

    assert Guidance([folder, tmp_path / "nowhere"]).duration_ms("greeting") == 1000


def test_given_a_language_when_asked_then_its_own_sound_or_japanese(folder: Path):
    (folder / "texts.toml").write_text(
        '[[text]]\nid = "a"\nja = "あ。"\nen = "A."\nwhere = "x"\n'
        '[[text]]\nid = "b"\nja = "い。"\nwhere = "x"\n',
        encoding="utf-8",
    )
    built(folder)
    guidance = Guidance(folder)

    assert guidance.media("a", "en") == f"sound:{folder}/voice/en/a"
    assert guidance.media("b", "en") == f"sound:{folder}/voice/ja/b"
    assert guidance.media("a", "easy") == f"sound:{folder}/voice/ja/a"
    assert guidance.speaks("en")
    (folder / "voice/en/a.ulaw").unlink()
    guidance.reload()
    assert not guidance.speaks("en")
    assert guidance.media("a", "en") == f"sound:{folder}/voice/ja/a"
    record(folder, "b", wav_encode(tone(8000)), "en")
    guidance.reload()
    assert guidance.media("b", "en") == f"sound:{folder}/recorded/en/b"


def test_given_a_sound_made_while_running_then_it_is_known_until_it_is_removed(folder: Path, tmp_path: Path):
    built(folder)
    guidance = Guidance(folder)

    guidance.add("announce.1", tmp_path / "announcements" / "1", 4200)
    guidance.reload()

    assert guidance.media("announce.1", "en") == f"sound:{tmp_path}/announcements/1"
    assert guidance.duration_ms("announce.1") == 4200
    assert guidance.knows("announce.1")
    guidance.remove("announce.1")
    guidance.remove("announce.1")
    with pytest.raises(UnknownGuidance):
        guidance.media("announce.1")


def test_given_an_exchange_in_a_root_of_its_own_when_asked_for_media_then_its_paths_are_given(
    folder: Path, tmp_path: Path
):
    site = tmp_path / "site"
    write_texts(site, {"greeting": "もしもし。"})
    built(folder, site)
    guidance = Guidance([folder, site], seen_by_exchange=[Path("/app/prompts"), Path("/data/prompts")])

    assert guidance.media("greeting") == "sound:/data/prompts/voice/ja/greeting"
    assert guidance.media("closed.night") == "sound:/app/prompts/voice/ja/closed.night"
    guidance.add("announce.1", site / "announced" / "1", 1)
    assert guidance.media("announce.1") == "sound:/data/prompts/announced/1"
    with pytest.raises(ValueError, match="2 folders, but 1"):
        Guidance([folder, site], seen_by_exchange=Path("/app/prompts"))


def test_given_no_voice_yet_when_asked_then_there_is_a_path_and_no_length(folder: Path):
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


def test_given_a_list_that_became_wrong_when_read_again_then_everything_stays_as_it_was(folder: Path):
    built(folder)
    guidance = Guidance(folder)
    (folder / "texts.toml").write_text("[[text]", encoding="utf-8")

    with pytest.raises(TextsError):
        guidance.reload()

    assert guidance.duration_ms("greeting") == 1000
