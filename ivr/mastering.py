"""From a wave to the files that the exchange plays: trimmed, levelled, resampled, with short silences.

Loudness: ITU-R BS.1770-4 integrated, by pyloudnorm. Its packages are those of the extra `voice`.
"""

from __future__ import annotations

import importlib
import itertools
import sys
from array import array
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ivr.sound import FULL_SCALE, ULAW_RATE, WIDE_RATE, Sound, ulaw_encode, wav_encode
from ivr.voice_files import LOUDNESS_LUFS, PEAK_LIMIT_DBFS, SILENCE_MS, VoiceUnavailable

Wave = NDArray[np.float64]

# Many gating blocks (0.4 s): a short text is measured as surely as a long one.
_MEASURED_S = 3.0
# Below the loudest moment by so much is not speech.
SPEECH_DB = 45.0
FRAME_S = 0.005
# The bounds of what a recording's room is taken to be, and how much it varies.
ROOM_DB = (20.0, 38.0)
ROOM_VARIES_DB = 8.0
# A part of a sentence begins and ends so close to its words.
PART_MS = 15
# The pause that a part brings with it, by its last mark: of a clause, of a sentence, of a digit.
PAUSES_MS = {"、": 180, ",": 180, "。": 400, ".": 400, "・": 80}


@dataclass(frozen=True, slots=True)
class Rendered:
    """One text as sound. `kana`: how it was read; empty where the engine does not say."""

    kana: str
    duration_ms: int
    ulaw: bytes
    ulaw_lufs: float
    wav16: bytes
    wav16_lufs: float


class Mastering:
    """Makes the files. Raises VoiceUnavailable: a package is missing."""

    def __init__(self) -> None:
        self._loudness, self._signal = package("pyloudnorm"), package("scipy.signal")

    def master(
        self, speech: Wave, rate: int, kana: str, *, head_ms: int = SILENCE_MS, tail_ms: int = SILENCE_MS
    ) -> Rendered:
        """Trimmed speech at `rate` Hz, at both of ours, of the loudness wanted, between silences."""
        narrow, narrow_lufs = self._level(self._at(speech, rate, ULAW_RATE), ULAW_RATE, head_ms, tail_ms)
        wide, wide_lufs = self._level(self._at(speech, rate, WIDE_RATE), WIDE_RATE, head_ms, tail_ms)
        return Rendered(
            kana=kana,
            duration_ms=narrow.duration_ms,
            ulaw=ulaw_encode(narrow.samples),
            ulaw_lufs=narrow_lufs,
            wav16=wav_encode(wide),
            wav16_lufs=wide_lufs,
        )

    def loudness(self, speech: Wave, rate: int) -> float:
        """LUFS; a short piece is repeated for the measurement, so that its gate has enough to stand on."""
        times = max(1, int(np.ceil(_MEASURED_S * rate / len(speech))))
        return float(self._loudness.Meter(rate).integrated_loudness(np.tile(speech, times)))

    def _at(self, speech: Wave, rate: int, wanted: int) -> Wave:
        wave: Wave = speech if rate == wanted else self._signal.resample_poly(speech, wanted, rate)
        return wave

    def _level(self, speech: Wave, rate: int, head_ms: int, tail_ms: int) -> tuple[Sound, float]:
        """Bring speech to the loudness wanted; quieter only where a peak would be cut off otherwise."""
        gain_db = LOUDNESS_LUFS - self.loudness(speech, rate)
        peak_db = 20 * np.log10(np.abs(speech).max())
        speech = speech * 10 ** (min(gain_db, PEAK_LIMIT_DBFS - 0.5 - peak_db) / 20)
        head, tail = (np.zeros(rate * length // 1000) for length in (head_ms, tail_ms))
        whole = np.concatenate([head, speech, tail])
        samples = array("h", np.round(whole * (FULL_SCALE - 1)).astype(np.int16).tobytes())
        return Sound(samples, rate), round(self.loudness(speech, rate), 2)


def pauses_ms(words: str) -> tuple[int, int]:
    """The silence before and after a part, by how it is written."""
    return PART_MS, PAUSES_MS.get(words[-1:], PART_MS)


def silence(words: str) -> Rendered:
    """A part that is only a pause: written as nothing but its mark."""
    length = PAUSES_MS.get(words[-1:], PART_MS)
    narrow, wide = (
        Sound(array("h", bytes(2 * rate * length // 1000)), rate) for rate in (ULAW_RATE, WIDE_RATE)
    )
    return Rendered("", length, ulaw_encode(narrow.samples), LOUDNESS_LUFS, wav_encode(wide), LOUDNESS_LUFS)


def trimmed(wave: Wave, rate: int, *, quiet_db: float = SPEECH_DB, longest_rest_s: float = 0.0,
            rest_scale: float = 1.0) -> Wave:  # fmt: skip
    """Speech without the silence before and after; the cut ends are softened over one frame of 5 ms.

    Args:
        wave: speech.
        rate: in Hz.
        quiet_db: so far below the loudest moment is silence.
        longest_rest_s: pauses longer than this are shortened, but not below it; 0: none is.
        rest_scale: by this factor.
    """
    frame = int(rate * FRAME_S)
    frames, loud = _frames(wave, rate, quiet_db)
    keep = np.zeros(len(frames), dtype=bool)
    keep[max(0, loud[0] - 2) : loud[-1] + 3] = True
    if longest_rest_s:
        for last, following in itertools.pairwise(loud):
            rest = int(max(longest_rest_s / FRAME_S, (following - last) * rest_scale))
            keep[last + rest // 2 : max(last + rest // 2, following - rest // 2)] = False
    speech: Wave = frames[keep].ravel()
    ramp = np.linspace(0.0, 1.0, frame)
    speech[:frame] *= ramp
    speech[-frame:] *= ramp[::-1]
    return speech


def room_db(wave: Wave, rate: int) -> float:
    """How far below its loudest moment a recording's room lies: what is quieter is no longer speech.

    20 to 38 dB; the room is the quietest tenth, and what little it varies.
    """
    level = _level(_in_frames(wave, rate))
    return float(np.clip(level.max() - np.percentile(level, 10) - ROOM_VARIES_DB, *ROOM_DB))


def between_pauses(wave: Wave, rate: int, *, first: bool, last: bool, pause_s: float = 0.12) -> Wave:
    """What stands between the first and the last pause; `first`, `last`: which of the two there is."""
    _, loud = _frames(wave, rate, SPEECH_DB)
    rests = [
        (before, after) for before, after in itertools.pairwise(loud) if after - before >= pause_s / FRAME_S
    ]
    frame = int(rate * FRAME_S)
    begin = rests[0][1] - 2 if first else 0
    end = rests[-1][0] + 3 if last else len(wave)
    return wave[begin * frame : end * frame]


def package(name: str) -> Any:
    """A package without types that most machines do not have. What it prints goes to stderr."""
    try:
        with redirect_stdout(sys.stderr):
            return importlib.import_module(name)
    except ImportError:
        raise VoiceUnavailable(name.partition(".")[0]) from None


def _frames(wave: Wave, rate: int, quiet_db: float) -> tuple[Wave, NDArray[np.intp]]:
    """The wave in frames of 5 ms, and the numbers of those that are speech."""
    frames = _in_frames(wave, rate)
    level = _level(frames)
    return frames, np.flatnonzero(level > level.max() - quiet_db)


def _in_frames(wave: Wave, rate: int) -> Wave:
    frame = int(rate * FRAME_S)
    return wave[: len(wave) // frame * frame].reshape(-1, frame)


def _level(frames: Wave) -> Wave:
    """In dB, of each frame."""
    level: Wave = 10 * np.log10((frames**2).mean(axis=1) + 1e-12)
    return level
