"""The process that speaks one text: for real where the voice is installed, else its refusal."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from ivr.sound import WIDE_RATE, ulaw_decode, wav_read
from ivr.texts import default_folder
from ivr.voice_files import PEAK_LIMIT_DBFS, SILENCE_MS

ROOT = Path(__file__).resolve().parents[3]
HAS_VOICE = all(importlib.util.find_spec(name) for name in ("pyopenjtalk", "pyloudnorm", "scipy"))


def speak(stem, text, language="ja"):
    wish = {"text": text, "language": language, "stem": str(stem), "prompts": [str(default_folder())]}
    done = subprocess.run(
        [sys.executable, "-m", "ivr.speak"], input=json.dumps(wish).encode(), capture_output=True,
        cwd=ROOT, timeout=100, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_given_a_text_when_spoken_then_both_sounds_lie_there_or_it_is_said_what_to_install(tmp_path):
    answer = speak(tmp_path / "a", "本日の受付は、午後3時で終了いたします。")
    if not HAS_VOICE:
        assert answer["error"] == "voice_missing"
        assert "requirements-voice.lock" in answer["message"]
        assert list(tmp_path.iterdir()) == []
        return
    assert "ゴゴ、サンジデ" in answer["kana"]
    narrow = ulaw_decode((tmp_path / "a.ulaw").read_bytes())
    wide = wav_read(tmp_path / "a.wav16", WIDE_RATE)
    assert 2000 < answer["duration_ms"] < 8000
    for sound in (narrow, wide):
        assert abs(sound.duration_ms - answer["duration_ms"]) <= 1
        assert sound.peak_dbfs < PEAK_LIMIT_DBFS
        edge = sound.rate * (SILENCE_MS - 5) // 1000
        assert max(map(abs, sound.samples[:edge])) <= 8
        assert max(map(abs, sound.samples[-edge:])) <= 8
    assert {path.name for path in tmp_path.iterdir()} == {"a.ulaw", "a.wav16"}
    assert (tmp_path / "a.ulaw").stat().st_mode & 0o777 == 0o640


def test_given_the_readings_of_the_program_when_spoken_then_they_are_used(tmp_path):
    answer = speak(tmp_path / "a", "受付を行っております。")
    assert "ヲオコナッテ" in answer["kana"] if HAS_VOICE else answer["error"] == "voice_missing"


def test_given_no_word_or_no_such_voice_or_no_place_when_spoken_then_one_sentence_comes_back(tmp_path):
    assert speak(tmp_path / "a", "hello", "xx")["error"] == "voice_missing"
    if HAS_VOICE:
        assert speak(tmp_path / "a", "、。")["error"] == "not_spoken"
        (tmp_path / "file").touch()
        answer = speak(tmp_path / "file" / "a", "あ")
        assert answer["error"] == "not_spoken"
        assert str(tmp_path / "file") in answer["message"]
