"""Any WAV file that a recording may come as: its chunks read, its samples as floats. Needs numpy.

Source of the form: Microsoft's RIFF and WAVEFORMATEX; the coding of mu-law and A-law: ITU-T G.711.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.sound import FULL_SCALE, SoundError, ulaw_decode

Wave = NDArray[np.float64]

PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
RATES = (8_000, 192_000)
"""Below 8 kHz there is less than a telephone line carries."""
LONGEST_BYTES = 200 << 20


@dataclass(frozen=True, slots=True)
class Recording:
    """What a WAV file holds. `wave`: mono, -1 to 1.

    `clipped`: moments at which three samples or more in a row stand at full scale.
    """

    wave: Wave
    rate: int
    form: str
    clipped: int


def recording_read(path: Path) -> Recording:
    """Read a WAV file of PCM 8, 16, 24 or 32 bit, float, mu-law or A-law; of two channels the mean.

    A constant in it (a cheap sound card's offset) is taken away.

    Raises:
        SoundError: it is none, or of a form that cannot be converted; with the reason.
    """
    try:
        if path.stat().st_size > LONGEST_BYTES:
            raise SoundError(f"{path}: is larger than {LONGEST_BYTES >> 20} MiB")
        coding, channels, rate, bits, data = _chunks(path.read_bytes())
    except (OSError, ValueError, struct.error) as error:
        raise SoundError(f"{path}: is no WAV file: {error}") from None
    form = f"{_NAMES.get(coding, f'coding {coding}')}, {bits} bit, {channels} channel(s), {rate} Hz"
    decode = _DECODERS.get((coding, bits))
    if decode is None:
        raise SoundError(f"{path}: is {form}; only PCM, float, mu-law and A-law can be converted")
    if channels not in (1, 2):
        raise SoundError(f"{path}: is {form}; only one or two channels can be converted")
    if not RATES[0] <= rate <= RATES[1]:
        raise SoundError(f"{path}: is {form}; only {RATES[0]} to {RATES[1]} Hz can be converted")
    whole = len(data) // (channels * bits // 8) * (channels * bits // 8)
    samples = decode(data[:whole]).reshape(-1, channels)
    if not len(samples):
        raise SoundError(f"{path}: holds no sound")
    if not np.isfinite(samples).all():
        raise SoundError(f"{path}: holds numbers that are no samples")
    full = np.asarray(np.abs(samples).max(axis=1) >= 1 - 2 / FULL_SCALE)
    wave = samples.mean(axis=1)
    return Recording(wave - wave.mean(), rate, form, _runs(full))


def _chunks(data: bytes) -> tuple[int, int, int, int, bytes]:
    """Coding, channels, rate, bits and the samples."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("it does not begin with RIFF and WAVE")
    at, form = 12, b""
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        if name == b"fmt ":
            form = body
        if name == b"data":
            coding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", form)
            if coding == EXTENSIBLE:
                (coding,) = struct.unpack_from("<H", form, 24)
            return coding, channels, rate, bits, body
        at += 8 + size + size % 2
    raise ValueError("it has no samples")


def _runs(full: NDArray[np.bool_]) -> int:
    """How often three in a row, or more, are true."""
    three = full[:-2] & full[1:-1] & full[2:]
    return int(three[:1].sum() + (three[1:] & ~three[:-1]).sum())


def _pcm24(data: bytes) -> Wave:
    bytes_ = np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int32)
    whole = bytes_[:, 0] | bytes_[:, 1] << 8 | bytes_[:, 2] << 16
    wave: Wave = (whole - (whole >> 23 << 24)) / float(1 << 23)
    return wave


def _alaw_value(byte: int) -> int:
    code = byte ^ 0x55
    exponent, mantissa = code >> 4 & 7, code & 0x0F
    magnitude = (mantissa << 4) + 8 if exponent == 0 else (mantissa << 4) + 0x108 << exponent - 1
    return magnitude if code & 0x80 else -magnitude


_ALAW = np.array([_alaw_value(byte) for byte in range(256)], dtype=np.float64) / FULL_SCALE
_MULAW = np.array(ulaw_decode(bytes(range(256))).samples, dtype=np.float64) / FULL_SCALE
_NAMES = {PCM: "PCM", FLOAT: "float", A_LAW: "A-law", MU_LAW: "mu-law"}
_DECODERS: Mapping[tuple[int, int], Callable[[bytes], Wave]] = {
    (PCM, 8): lambda data: (np.frombuffer(data, np.uint8).astype(np.float64) - 128) / 128,
    (PCM, 16): lambda data: np.frombuffer(data, "<i2").astype(np.float64) / FULL_SCALE,
    (PCM, 24): _pcm24,
    (PCM, 32): lambda data: np.frombuffer(data, "<i4").astype(np.float64) / float(1 << 31),
    (FLOAT, 32): lambda data: np.frombuffer(data, "<f4").astype(np.float64),
    (FLOAT, 64): lambda data: np.frombuffer(data, "<f8").astype(np.float64),
    (A_LAW, 8): lambda data: _ALAW[np.frombuffer(data, np.uint8)],
    (MU_LAW, 8): lambda data: _MULAW[np.frombuffer(data, np.uint8)],
}
