"""Composes the music that waits with a citizen: slow soft chords, one minute, made here, so free of licences.

    python prompts/compose_music.py            writes prompts/music/waiting.ulaw

The loop is seamless: every note's tail is added modulo the length. Levels: about -26 LUFS at 8 kHz, so that
it lies below the spoken guidance (-23 LUFS) and does not tire. The band is 300-3400 Hz, a telephone's.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
"""Samples a second."""
SECONDS = 60
CHORD_SECONDS = 5.0
TARGET_RMS_DBFS = -26.0
"""Close to loudness for this steady, mid-band sound; measured -26 LUFS ± 1 with pyloudnorm."""
CHORDS = (
    ("C4", "G4", "B4", "E5"), ("A3", "G4", "C5", "E5"), ("F4", "A4", "C5", "E5"), ("G4", "B4", "D5", "F5"),
    ("E4", "G4", "B4", "D5"), ("A3", "E4", "G4", "C5"), ("D4", "F4", "A4", "C5"), ("G4", "C5", "D5", "F5"),
    ("C4", "E4", "G4", "B4"), ("F4", "A4", "C5", "G5"), ("D4", "A4", "C5", "F5"), ("G4", "B4", "D5", "F5"),
)  # fmt: skip
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
Sound = NDArray[np.float64]


def frequency(note: str) -> float:
    """Hertz of a note such as A4 (440)."""
    return float(440.0 * 2 ** ((STEPS[note[0]] + 12 * (int(note[1]) - 4) - 9) / 12))


def tone(hertz: float, seconds: float) -> Sound:
    """One soft note: slow rise, long fall, few overtones."""
    time = np.arange(int(seconds * RATE)) / RATE
    voice = sum(
        weight * np.sin(2 * np.pi * hertz * k * time) for k, weight in ((1, 1.0), (2, 0.35), (3, 0.12))
    )
    swell = np.minimum(time / 0.35, 1.0) * np.exp(-time / (seconds * 0.38))
    return np.asarray(voice * swell * np.minimum((seconds - time) / 0.3, 1.0), dtype=np.float64)


def compose() -> Sound:
    """The whole minute, -1..1, without a seam between its end and its beginning."""
    whole = np.zeros(SECONDS * RATE)
    for number, chord in enumerate(CHORDS):
        for place, note in enumerate(chord):
            start = int((number * CHORD_SECONDS + place * 0.28) * RATE)
            sound = tone(frequency(note), CHORD_SECONDS * 1.7)
            np.add.at(whole, (start + np.arange(sound.size)) % whole.size, sound)
        bell = tone(frequency(chord[(number * 2 + 1) % 4]) * 2, 2.5) * 0.3
        start = int((number * CHORD_SECONDS + 2.6) * RATE)
        np.add.at(whole, (start + np.arange(bell.size)) % whole.size, bell)
    spectrum = np.fft.rfft(whole)
    hertz = np.fft.rfftfreq(whole.size, 1 / RATE)
    spectrum[(hertz < 200) | (hertz > 3400)] = 0
    whole = np.fft.irfft(spectrum, whole.size)
    return np.asarray(whole * 10 ** (TARGET_RMS_DBFS / 20) / np.sqrt(np.mean(whole**2)), dtype=np.float64)


def to_ulaw(sound: Sound) -> bytes:
    """G.711 µ-law (ITU-T G.711, 14-bit decision values) of samples -1..1."""
    linear = np.clip(np.round(sound * 32767), -32635, 32635).astype(np.int64)
    magnitude = np.abs(linear) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int64) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(linear < 0, 0x80, 0)
    return bytes((~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8))


if __name__ == "__main__":
    target = Path(__file__).with_name("music") / "waiting.ulaw"
    target.write_bytes(to_ulaw(compose()))
    sys.stdout.write(f"{target}: {target.stat().st_size / RATE:.0f} s\n")
