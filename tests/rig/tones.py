"""Keys as sound: dual tones (ITU-T Q.23) as a telephone line carries them, at real levels and lengths.

Levels are dBm0, of each of the two tones: 0 dBm0 is 3.17 dB below the loudest sine of G.711 µ-law. A
telephone sends some -9 and -8; a long line takes 10 dB more.
"""

from __future__ import annotations

import numpy as np

from tests.rig.audio import RATE, Sound

LOW = (697, 770, 852, 941)
HIGH = (1209, 1336, 1477, 1633)
ROWS = ("123A", "456B", "789C", "*0#D")
OVERLOAD_DBM0 = 3.17


def tone(key: str, ms: int, low_dbm0: float, high_dbm0: float) -> Sound:
    """One key."""
    row = next(n for n, keys in enumerate(ROWS) if key in keys)
    at = np.arange(RATE * ms // 1000) / RATE
    low = _amplitude(low_dbm0) * np.sin(2 * np.pi * LOW[row] * at)
    return low + _amplitude(high_dbm0) * np.sin(2 * np.pi * HIGH[ROWS[row].index(key)] * at)


def typed(
    keys: str, *, on_ms: int = 70, off_ms: int = 70, low_dbm0: float = -10, high_dbm0: float = -8
) -> Sound:
    """Keys one after another, each followed by silence."""
    silence = np.zeros(RATE * off_ms // 1000)
    return np.concatenate([part for key in keys for part in (tone(key, on_ms, low_dbm0, high_dbm0), silence)])


def silence(ms: int) -> Sound:
    """Nothing."""
    return np.zeros(RATE * ms // 1000)


def at_dbm0(sound: Sound, dbm0: float) -> Sound:
    """The sound at this mean level (its own silences count)."""
    level = float(np.sqrt(np.mean(sound**2)))
    return sound * (_amplitude(dbm0) / np.sqrt(2) / level)


def mixed(*sounds: Sound) -> Sound:
    """All at once, as long as the first; the others begin anew when they end."""
    first, *others = sounds
    return first + sum((np.resize(other, first.size) for other in others), np.zeros(first.size))


def to_ulaw(sound: Sound) -> bytes:
    """G.711 µ-law; what is too loud is clipped."""
    linear = np.clip(np.round(sound * 32768), -32635, 32635).astype(np.int64)
    magnitude = np.abs(linear) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int64) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    code = ~((linear < 0) * 0x80 | exponent << 4 | mantissa) & 0xFF
    return bytes(code.astype(np.uint8))


def _amplitude(dbm0: float) -> float:
    return float(10 ** ((dbm0 - OVERLOAD_DBM0) / 20))
