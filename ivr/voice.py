"""Making the voice files from the texts (docs/voice.md says why with this engine).

The engine and its companions are the extra `voice`; nothing that answers calls imports this module.
Loudness: ITU-R BS.1770-4 integrated, by pyloudnorm.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import itertools
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ivr.sound import FULL_SCALE, ULAW_RATE, WIDE_RATE, Sound, ulaw_decode, ulaw_encode, wav_encode
from ivr.texts import Text, load_readings, load_texts, spoken
from ivr.voice_files import (
    EXTENSIONS,
    LOUDNESS_LUFS,
    PEAK_LIMIT_DBFS,
    SILENCE_MS,
    FileEntry,
    Manifest,
    VoiceEntry,
    VoiceUnavailable,
    is_current,
    manifest_path,
    replace_file,
    sha256,
    voice_path,
)

Wave = NDArray[np.float64]

ENGINE_PACKAGE = "pyopenjtalk-plus"
NEEDED = ("pyopenjtalk", "pyloudnorm", "scipy.signal")
# 7.8 morae a second within a phrase; the engine's own 8.6 is fast for elderly callers.
SPEED = 0.85
# Many gating blocks (0.4 s): a short text is measured as surely as a long one.
_MEASURED_S = 3.0
# Below the loudest moment by so much is not speech.
_SPEECH_DB = 45.0
_FRAME_S = 0.005
# The engine rests 0.9 s between sentences at this pace, which sounds like the end. Pauses are scaled; what is
# shorter than the second figure is no pause but a consonant.
_PAUSE_SCALE = 0.65
_FULL_PAUSE_S = 0.25


@dataclass(frozen=True, slots=True)
class Rendered:
    """One text as sound."""

    kana: str
    duration_ms: int
    ulaw: bytes
    ulaw_lufs: float
    wav16: bytes
    wav16_lufs: float


class Voice(Protocol):
    """What turns a text into sound files. `engine` names it, its version and settings."""

    engine: str

    def render(self, say: str) -> Rendered:
        """Speak `say`."""


class OpenJTalkVoice:
    """Open JTalk with the HTS voice Mei, as pyopenjtalk-plus ships them. The same text gives the same bytes.

    Raises:
        VoiceUnavailable: a package is missing.
    """

    def __init__(self) -> None:
        self._jtalk, self._loudness, self._signal = (_import(name) for name in NEEDED)
        version = importlib.metadata.version(ENGINE_PACKAGE)
        self.engine = f"{ENGINE_PACKAGE} {version}, mei_normal, speed {SPEED}, pauses x{_PAUSE_SCALE}"

    def render(self, say: str) -> Rendered:
        """Speak `say` at both rates, trimmed, levelled and with short silences at the ends."""
        samples, rate = self._jtalk.tts(say, speed=SPEED)
        speech = _trimmed(np.asarray(samples, dtype=np.float64) / FULL_SCALE, rate)
        narrow, narrow_lufs = self._level(self._signal.resample_poly(speech, ULAW_RATE, rate), ULAW_RATE)
        wide, wide_lufs = self._level(self._signal.resample_poly(speech, WIDE_RATE, rate), WIDE_RATE)
        return Rendered(
            kana=self._jtalk.g2p(say, kana=True),
            duration_ms=narrow.duration_ms,
            ulaw=ulaw_encode(narrow.samples),
            ulaw_lufs=narrow_lufs,
            wav16=wav_encode(wide),
            wav16_lufs=wide_lufs,
        )

    def _level(self, speech: Wave, rate: int) -> tuple[Sound, float]:
        """Bring speech to the loudness wanted; quieter only where a peak would be cut off otherwise."""
        gain_db = LOUDNESS_LUFS - self._measure(speech, rate)
        peak_db = 20 * np.log10(np.abs(speech).max())
        speech = speech * 10 ** (min(gain_db, PEAK_LIMIT_DBFS - 0.5 - peak_db) / 20)
        silence = np.zeros(rate * SILENCE_MS // 1000)
        whole = np.concatenate([silence, speech, silence])
        samples = array("h", np.round(whole * (FULL_SCALE - 1)).astype(np.int16).tobytes())
        return Sound(samples, rate), round(self._measure(speech, rate), 2)

    def _measure(self, speech: Wave, rate: int) -> float:
        times = max(1, int(np.ceil(_MEASURED_S * rate / len(speech))))
        return float(self._loudness.Meter(rate).integrated_loudness(np.tile(speech, times)))


def build(folder: Path, voice: Voice, *, everything: bool = False) -> Iterator[str]:
    """Render the texts whose voice is missing, stale or damaged; yields each id when its files are in place.

    Files that no text asks for are deleted.

    Raises:
        TextsError: the list of texts cannot be used.
    """
    texts, readings, manifest = load_texts(folder), load_readings(folder), Manifest.read(folder)
    for text_id in manifest.voices.keys() - texts.keys():
        del manifest.voices[text_id]
    for text in texts.values():
        say = spoken(text.ja, readings)
        if not everything and _is_intact(folder, manifest.voices.get(text.id), text, say, voice.engine):
            continue
        manifest.voices[text.id] = _store(folder, text, say, voice)
        manifest.write(folder)
        yield text.id
    manifest.write(folder)
    for extension in EXTENSIONS:
        for path in manifest_path(folder).parent.glob(f"*.{extension}"):
            if path.name.removesuffix(f".{extension}") not in texts:
                path.unlink()


def _store(folder: Path, text: Text, say: str, voice: Voice) -> VoiceEntry:
    made = voice.render(say)
    replace_file(voice_path(folder, text.id, "ulaw"), made.ulaw)
    replace_file(voice_path(folder, text.id, "wav16"), made.wav16)
    heard = ulaw_decode(made.ulaw)
    wide_peak = np.abs(np.frombuffer(made.wav16[44:], dtype="<i2").astype(np.int32)).max()
    return VoiceEntry(
        text_sha256=sha256(text.ja.encode()),
        spoken=say,
        kana=made.kana,
        engine=voice.engine,
        duration_ms=made.duration_ms,
        ulaw=FileEntry(sha256=sha256(made.ulaw), lufs=made.ulaw_lufs, peak_dbfs=round(heard.peak_dbfs, 2)),
        wav16=FileEntry(
            sha256=sha256(made.wav16),
            lufs=made.wav16_lufs,
            peak_dbfs=round(float(20 * np.log10(max(wide_peak, 1) / FULL_SCALE)), 2),
        ),
    )


def _is_intact(folder: Path, entry: VoiceEntry | None, text: Text, say: str, engine: str) -> bool:
    if entry is None or not is_current(entry, text, say) or entry.engine != engine:
        return False
    noted = {"ulaw": entry.ulaw.sha256, "wav16": entry.wav16.sha256}
    paths = {extension: voice_path(folder, text.id, extension) for extension in EXTENSIONS}
    return all(path.exists() and sha256(path.read_bytes()) == noted[ext] for ext, path in paths.items())


def _trimmed(wave: Wave, rate: int) -> Wave:
    """Without the silence before and after, pauses shortened, the cut ends softened over one frame."""
    frame = int(rate * _FRAME_S)
    frames = wave[: len(wave) // frame * frame].reshape(-1, frame)
    level = 10 * np.log10((frames**2).mean(axis=1) + 1e-12)
    loud = np.flatnonzero(level > level.max() - _SPEECH_DB)
    keep = np.zeros(len(frames), dtype=bool)
    keep[max(0, loud[0] - 2) : loud[-1] + 3] = True
    for last, following in itertools.pairwise(loud):
        rest = int(max(_FULL_PAUSE_S / _FRAME_S, (following - last) * _PAUSE_SCALE))
        keep[last + rest // 2 : max(last + rest // 2, following - rest // 2)] = False
    speech: Wave = frames[keep].ravel()
    ramp = np.linspace(0.0, 1.0, frame)
    speech[:frame] *= ramp
    speech[-frame:] *= ramp[::-1]
    return speech


def _import(name: str) -> Any:
    """A package without types that most machines do not have."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise VoiceUnavailable(name.partition(".")[0]) from None
