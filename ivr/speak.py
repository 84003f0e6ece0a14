"""Speaking one text in a process of its own: `python -m ivr.speak`, wish and answer as JSON.

The voice computes for seconds and takes some 300 MB; beside calls it does so in another process, with less
right to the processor, and is gone afterwards. A text on stdin stands in no list of processes.

Wish, on stdin: {"text", "language", "stem", "prompts"}: the path of the sound without extension, and the
folders whose readings.toml apply. Answer, on stdout: {"duration_ms", "kana"}, and `stem`.ulaw and
`stem`.wav16 are there; or {"error", "message"}.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivr.texts import LANGUAGES, TextsError, load_readings, longest_first, spoken
from ivr.voice_files import VoiceUnavailable, replace_file

LESS_RIGHT = 5
"""nice: calls come first, but a busy machine still gets it done in time."""
LONGEST_MS = 75_000
"""Nobody listens longer; 300 characters take about a minute."""
READABLE = 0o640
"""Asterisk reads the files by their group; the directory gives them theirs."""
_SAID = re.compile(r"[ァ-ヺ]")


class SpeakError(Exception):
    """A text that cannot be spoken here; `code` is `voice_missing` or `not_spoken`. One sentence."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text that lies there as sound. `kana`: how the voice read it (English: IPA)."""

    duration_ms: int
    kana: str


def speak(text: str, language: str, stem: Path, prompts: Sequence[Path]) -> Spoken:
    """Speak a text into `stem`.ulaw (8 kHz) and `stem`.wav16 (16 kHz).

    Raises:
        SpeakError: there is no such voice on this machine, or it makes nothing of this text.
    """
    from ivr.voices import voice_of  # numpy, and only where something is to be spoken

    if language not in LANGUAGES:
        raise SpeakError("voice_missing", f"there is no voice for the language {language!r}")
    try:
        voice = voice_of(language)
        readings: dict[str, str] = {}
        for folder in prompts:
            readings |= load_readings(folder, language, needed=False)
        say = spoken(text, longest_first(readings))
    except (VoiceUnavailable, TextsError) as error:
        raise SpeakError("voice_missing", str(error)) from None
    try:
        made = voice.render(say)
    except Exception as error:  # noqa: BLE001  # a foreign engine: whatever it says, nothing was spoken
        why = f"the voice makes nothing of this text ({type(error).__name__})"
        raise SpeakError("not_spoken", why) from None
    if language != "en" and not _SAID.search(made.kana):
        raise SpeakError("not_spoken", "the voice finds nothing in this text to say")
    if made.duration_ms > LONGEST_MS:
        taken = f"it takes {made.duration_ms // 1000} s"
        raise SpeakError("not_spoken", f"{taken}; at most {LONGEST_MS // 1000} s are listened to")
    for extension, data in (("ulaw", made.ulaw), ("wav16", made.wav16)):
        path = stem.with_name(f"{stem.name}.{extension}")
        replace_file(path, data)
        path.chmod(READABLE)
    return Spoken(made.duration_ms, made.kana)


def _answer(wish: dict[str, Any], how: Callable[..., Spoken] = speak) -> dict[str, Any]:
    try:
        made = how(wish["text"], wish["language"], Path(wish["stem"]), list(map(Path, wish["prompts"])))
    except SpeakError as error:
        return {"error": error.code, "message": str(error)}
    except OSError as error:
        return {"error": "not_spoken", "message": f"{error.filename}: {error.strerror}"}
    return {"duration_ms": made.duration_ms, "kana": made.kana}


def main() -> int:
    """Speak the one text that stdin holds."""
    with suppress(OSError):
        os.nice(LESS_RIGHT)
    # What the engine prints for people must not get among the answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    answer = _answer(json.loads(sys.stdin.buffer.read()))
    json.dump(answer, answers)
    answers.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
