"""The process that speaks: what it is told and what becomes of one that fails, hangs or is not there."""

import asyncio
import sys
from pathlib import Path

import pytest

from controller.speaker import Speaker
from ivr.speak import SpeakError, Spoken

ANSWERS = """
import json, os, sys
wish = json.load(sys.stdin)
assert "MADOGUCHI_DATABASE_URL" not in os.environ and wish["text"] not in " ".join(sys.argv)
print(json.dumps({"duration_ms": len(wish["text"]), "kana": "|".join([wish["language"], *wish["prompts"]])}))
"""


def python(program):
    return (sys.executable, "-c", program)


async def test_given_a_text_when_spoken_then_it_goes_by_stdin_and_no_secret_goes_with_it(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("MADOGUCHI_DATABASE_URL", "postgresql://a:secret@b/c")
    speaker = Speaker(python(ANSWERS), prompts=[Path("/one"), Path("/two")])
    assert await speaker.speak("あいう", "ja", tmp_path / "a") == Spoken(3, "ja|/one|/two")


@pytest.mark.parametrize(
    ("command", "code", "why"),
    [
        (python("print('{\"error\": \"voice_missing\", \"message\": \"no\"}')"), "voice_missing", "no"),
        (python("raise SystemExit(3)"), "not_spoken", "has failed"),
        (python("print('no JSON')"), "not_spoken", "has failed"),
        (python("print('[]')"), "not_spoken", "has failed"),
        (python("print('{}')"), "not_spoken", "has failed"),
        (("/nowhere/python",), "not_spoken", "cannot be started"),
        (python("import time; time.sleep(60)"), "too_slow", "longer than 2 s"),
    ],
    ids=["no voice", "falls", "no JSON", "a list", "empty", "not there", "hangs"],
)  # fmt: skip
async def test_given_a_process_that_does_not_speak_then_one_sentence_says_so(tmp_path, command, code, why):
    within_s = 2 if code == "too_slow" else 60
    with pytest.raises(SpeakError, match=why) as failed:
        await Speaker(command, within_s=within_s).speak("あ", "ja", tmp_path / "a")
    assert failed.value.code == code


async def test_given_two_texts_when_spoken_at_once_then_one_waits_for_the_other(tmp_path):
    busy = tmp_path / "busy"
    alone = f"""
import json, os, time
os.mkdir({str(busy)!r})  # fails where another one is at it
time.sleep(0.2)
os.rmdir({str(busy)!r})
print(json.dumps({{"duration_ms": 1, "kana": ""}}))
"""
    speaker = Speaker(python(alone))
    both = [speaker.speak("あ", "ja", tmp_path / name) for name in "ab"]
    assert await asyncio.gather(*both) == [Spoken(1, "")] * 2


async def test_given_a_process_at_work_when_the_controller_stops_then_it_is_ended(tmp_path):
    mark = tmp_path / "mark"
    program = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    speaking = asyncio.create_task(Speaker(python(program)).speak("あ", "ja", tmp_path / "a"))
    while not (mark.exists() and mark.read_text()):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    speaking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await speaking
    assert not Path(f"/proc/{mark.read_text()}").exists()
