"""Sound files as the telephone exchange takes them: 8 kHz mu-law without header, and 16-bit mono WAV.

Pure Python, for checking and for lengths; making the voice is another matter (`ivr.voice`).
Source of the coding: ITU-T G.711, mu-law.
"""

from __future__ import annotations

import io
import math
import sys
import wave
from array import array
from dataclasses import dataclass
from pathlib import Path

ULAW_RATE = 8000
WIDE_RATE = 16000
FULL_SCALE = 32768

_BIAS = 0x84
_CLIP = 32635


class SoundError(Exception):
    """A sound file that the exchange could not play as intended, in one sentence."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono samples of 16 bit at `rate` Hz."""

    samples: array[int]
    rate: int

    @property
    def duration_ms(self) -> int:
        """Length in ms, rounded up."""
        return -(-len(self.samples) * 1000 // self.rate)

    @property
    def peak_dbfs(self) -> float:
        """The highest sample in dB below full scale; -120 for silence."""
        top = max((max(self.samples), -min(self.samples))) if self.samples else 0
        return 20 * math.log10(top / FULL_SCALE) if top else -120.0

    @property
    def rms_dbfs(self) -> float:
        """Mean level in dB below full scale, silences counted; -120 for silence."""
        power = sum(value * value for value in self.samples) / len(self.samples) if self.samples else 0.0
        return 10 * math.log10(power / FULL_SCALE**2) if power else -120.0


def ulaw_encode(samples: array[int]) -> bytes:
    """16-bit samples to G.711 mu-law."""
    return bytes(map(_ulaw_byte, samples))


def ulaw_decode(data: bytes) -> Sound:
    """G.711 mu-law to 16-bit samples at 8 kHz."""
    return Sound(array("h", map(_ULAW_VALUES.__getitem__, data)), ULAW_RATE)


def wav_encode(sound: Sound) -> bytes:
    """A RIFF file, PCM 16 bit, mono."""
    samples = array("h", sound.samples)
    if sys.byteorder == "big":
        samples.byteswap()
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sound.rate)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def wav_read(path: Path, rate: int) -> Sound:
    """Read a WAV file.

    Raises:
        SoundError: the file is missing or not PCM 16 bit, mono, at `rate` Hz.
    """
    try:
        with wave.open(str(path), "rb") as file:
            given = (file.getsampwidth() * 8, file.getnchannels(), file.getframerate())
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise SoundError(f"{path}: is no WAV file: {error or 'it ends too early'}") from None
    if given != (16, 1, rate):
        raise SoundError(
            f"{path}: is {given[0]} bit, {given[1]} channel(s), {given[2]} Hz; needed: 16 bit, 1, {rate} Hz"
        )
    samples = array("h", data[: len(data) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return Sound(samples, rate)


def _ulaw_byte(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | magnitude >> exponent + 3 & 0x0F) & 0xFF


def _ulaw_value(byte: int) -> int:
    code = ~byte & 0xFF
    magnitude = ((code & 0x0F) << 3) + _BIAS << (code >> 4 & 7)
    return _BIAS - magnitude if code & 0x80 else magnitude - _BIAS


_ULAW_VALUES = tuple(_ulaw_value(byte) for byte in range(256))
