"""`madoguchi prompts`: what a city's own texts and recordings meet on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from ivr.sound import wav_encode
from madoguchi.commands import prompts
from tests.unit.ivr.voice_rig import ToneVoice, tone, write_texts


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "prompts").mkdir(parents=True)
    return home


@pytest.fixture(name="run")
def _run(home: Path) -> Any:
    app = typer.Typer()
    prompts.register(app)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["prompts", *arguments, "--home", str(home)])

    return run


@pytest.fixture(name="hums")
def _hums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Voices that hum."""
    monkeypatch.setattr("ivr.voices.voice_of", lambda _language: ToneVoice())


def test_given_the_shipped_prompts_when_checked_and_listed_then_all_is_well(run: Any):
    assert run("check").exit_code == 0
    assert json.loads(run("check", "--format", "json").stdout) == {"ok": True, "problems": []}
    rows = {(row["id"], row["language"]): row for row in json.loads(run("list", "--format", "json").stdout)}
    assert {row["origin"] for row in rows.values()} == {"voice"}
    assert rows["greeting", "ja"]["duration_ms"] > 3000
    assert rows["greeting", "en"]["text"].startswith("Thank you")
    assert rows["wait.minutes.8", "ja"]["kana"].endswith("ハップンノミコミデス。")
    assert ("login.done", "en") not in rows
    text = run("list").stdout
    assert "長野市マイナンバーカードコールセンター" in text
    assert "    easy  " in text


def test_given_a_sites_own_texts_when_not_built_then_check_names_them_and_list_shows_what_is_heard(
    run: Any, home: Path
):
    write_texts(home / "prompts", {"greeting": "はい、長野市です。", "whisper.line.tax": "税の電話です。"})
    (home / "prompts" / "readings.toml").unlink()

    found = json.loads(run("check", "--format", "json").stdout)

    assert [(one["id"], one["language"], one["kind"]) for one in found["problems"]] == [
        ("greeting", "ja", "missing"),
        ("whisper.line.tax", "ja", "missing"),
    ]
    rows = {(row["id"], row["language"]): row for row in json.loads(run("list", "--format", "json").stdout)}
    assert rows["greeting", "ja"]["text"] == "はい、長野市です。"
    assert (rows["greeting", "ja"]["origin"], rows["greeting", "ja"]["own"]) == ("voice", False)
    assert rows["whisper.line.tax", "ja"]["origin"] == "missing"


def test_given_a_sites_own_texts_and_recording_when_built_then_only_those_are_made(
    run: Any, home: Path, tmp_path: Path, hums: None
):
    folder = tmp_path / "alone"
    write_texts(folder, {"a": "あ。", "b": "い。"})
    (folder / "recorded" / "ja").mkdir(parents=True)
    (folder / "recorded" / "ja" / "a.wav").write_bytes(wav_encode(tone(16000)))

    result = run("build", "--folder", str(folder), "--format", "json")

    assert json.loads(result.stdout) == {
        "rendered": [
            {"id": "a", "language": "ja", "recorded": False},
            {"id": "b", "language": "ja", "recorded": False},
            {"id": "a", "language": "ja", "recorded": True},
        ],
        "refused": [],
    }
    assert run("check", "--folder", str(folder)).exit_code == 0
    rows = json.loads(run("list", "--folder", str(folder), "--format", "json").stdout)
    assert [(row["id"], row["origin"]) for row in rows] == [("a", "recorded"), ("b", "voice")]
    assert "作り直す音声はありません。" in run("build", "--folder", str(folder)).stdout


def test_given_a_recording_that_cannot_be_used_when_built_then_status_1_and_the_reason(
    run: Any, tmp_path: Path, hums: None
):
    folder = tmp_path / "alone"
    write_texts(folder, {"a": "あ。"})
    (folder / "recorded" / "ja").mkdir(parents=True)
    (folder / "recorded" / "ja" / "a.wav").write_bytes(b"ID3 this is an mp3")

    result = run("build", "--folder", str(folder))

    assert result.exit_code == 1
    assert "a.wav: is no WAV file: it does not begin with RIFF and WAVE" in result.stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("次は{time}です。", "'{' cannot be spoken"),
        ("あ" * 10_000, "10000 characters"),
        ("😀", "cannot be spoken"),
        ("\\u0007", "cannot be spoken"),
    ],
)
def test_given_a_text_that_cannot_be_spoken_when_anything_is_asked_then_file_and_entry_are_named(
    run: Any, home: Path, text: str, sentence: str
):
    write_texts(home / "prompts", {"greeting": text})

    for command in ("list", "build", "check"):
        result = run(command)
        assert result.exit_code == 2
        assert "texts.toml: greeting: " in result.stderr
        assert sentence in result.stderr
        assert result.stderr.count("\n") == 1


def test_given_texts_without_voice_when_checked_then_status_1_and_each_is_named(run: Any, tmp_path: Path):
    (tmp_path / "texts.toml").write_text('[[text]]\nid = "a"\nja = "あ。"\nwhere = "x"\n', encoding="utf-8")
    (tmp_path / "readings.toml").write_text("[ja]\n")

    result = run("check", "--folder", str(tmp_path))

    assert result.exit_code == 1
    assert "a: missing: has no voice" in result.stdout
    assert run("check", "--folder", str(tmp_path / "none")).exit_code == 2
    assert run("list", "--folder", str(tmp_path / "none")).exit_code == 2


def test_given_no_voice_packages_when_built_then_it_says_how_to_install_them(
    run: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ivr.voice.NEEDED", ("no_such_engine",))

    result = run("build")

    assert result.exit_code == 2
    assert "'no_such_engine', which is not installed; run: pip install --require-hashes" in result.stderr
