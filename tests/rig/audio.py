"""Ears: which guidance does a recording contain, and from when?

A guidance file is cut into pieces of half a second; each is looked for in the recording by normalised
cross-correlation, and the pieces must agree on where the file began. So a jitter buffer's slip, a late start
or an early end spoil a piece, not the finding, and a chance likeness of one piece finds nothing. Texts that
begin with the same words sound alike so far: ask for `part`, or take the best.
"""

from __future__ import annotations

import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
PIECE = RATE // 2
SLIP_S = 0.25
"""How far a piece may lie from where the others say it should."""
NEARLY = 0.15
"""A wrong word of a series (火曜日 for 金曜日) is less alike by more than this."""
Sound = NDArray[np.float64]


@dataclass(frozen=True)
class Heard:
    """A guidance found in a recording."""

    file: Path
    at_s: float
    """Where it begins, seconds from the beginning of the recording; negative when its start was missed."""
    score: float
    """Mean correlation of the pieces that were found, 0-1."""
    part: float
    """How much of the file was heard, 0-1."""


def ulaw(data: bytes) -> Sound:
    """Samples -1..1 of G.711 µ-law bytes."""
    code = ~np.frombuffer(data, dtype=np.uint8)
    exponent, mantissa = (code >> 4) & 7, code & 0x0F
    magnitude = ((mantissa.astype(np.int64) << 3) + 132 << exponent) - 132
    return np.asarray(np.where(code & 0x80, -magnitude, magnitude) / 32768, dtype=np.float64)


def load(path: Path) -> Sound:
    """A .ulaw file, or a mono 16-bit 8 kHz .wav.

    Raises:
        ValueError: a wav of another shape.
    """
    if path.suffix == ".ulaw":
        return ulaw(path.read_bytes())
    with wave.open(str(path)) as file:
        if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE):
            raise ValueError(f"{path}: not mono, 16 bit, {RATE} Hz")
        body = file.readframes(file.getnframes())
    return np.frombuffer(body, dtype="<i2").astype(np.float64) / 32768


def level_dbfs(sound: Sound) -> float:
    """Mean level; -200 is digital silence."""
    return float(20 * np.log10(np.sqrt(np.mean(sound**2)) + 1e-10)) if sound.size else -200.0


def heard(
    recording: Path | Sound, files: Sequence[Path], threshold: float = 0.55, part: float = 0.3
) -> list[Heard]:
    """The files that the recording contains at least `part` of, in the order in which they begin."""
    sound = load(recording) if isinstance(recording, Path) else recording
    found = (_look_for(sound, path, threshold) for path in files)
    return sorted((one for one in found if one and one.part >= part), key=lambda one: one.at_s)


def _look_for(sound: Sound, path: Path, threshold: float) -> Heard | None:
    whole = load(path)
    loud = level_dbfs(whole) - 15
    starts = range(0, max(1, whole.size - PIECE // 2), PIECE)
    pieces = [(s, whole[s : s + PIECE]) for s in starts if level_dbfs(whole[s : s + PIECE]) > loud]
    search = _Search(sound)
    hits: list[tuple[float, float]] = []
    for start, piece in pieces:
        if piece.size <= sound.size:
            at, score = search.best(piece)
            if score >= threshold:
                hits.append(((at - start) / RATE, score))
    if not hits:
        return None
    agreed = max(([h for h in hits if abs(h[0] - centre) <= SLIP_S] for centre, _ in hits), key=len)
    if len(agreed) < min(2, len(pieces)):
        return None
    at_s = float(np.median([offset for offset, _ in agreed]))
    return Heard(path, at_s, float(np.mean([score for _, score in agreed])), len(agreed) / len(pieces))


class _Search:
    """A recording, transformed once for all the pieces that are looked for in it."""

    def __init__(self, sound: Sound) -> None:
        self._length = sound.size
        self._size = 1 << int(sound.size + PIECE).bit_length()
        self._spectrum = np.fft.rfft(sound, self._size)
        self._energy = np.concatenate(([0.0], np.cumsum(sound**2)))

    def best(self, piece: Sound) -> tuple[int, float]:
        """Where the piece fits best, and how well (1 is the same sound at any level)."""
        product = self._spectrum * np.conj(np.fft.rfft(piece, self._size))
        raw = np.fft.irfft(product, self._size)[: self._length - piece.size + 1]
        local = self._energy[piece.size :] - self._energy[: -piece.size]
        # near silence anything would correlate
        floor = piece.size * 1e-6
        score = raw / np.sqrt(np.maximum(local, floor) * np.sum(piece**2))
        at = int(np.argmax(score))
        return at, float(score[at])


def spelled(
    recording: Path | Sound, expected: Sequence[Path], rivals: Mapping[Path, Sequence[Path]]
) -> list[str]:
    """What was heard, part by part, where `expected` parts should follow one another without a gap.

    At the place of each expected part the most alike of it and its `rivals` (the others of its series) is
    taken, so that a wrong day of the month is told from the right one. Returns names without ending; "?"
    where nothing there is alike. The first part must be found by itself and begins the count.
    """
    sound = load(recording) if isinstance(recording, Path) else recording
    first = _look_for(sound, expected[0], 0.55)
    if first is None:
        return ["?"]
    cursor, names = first.at_s, []
    for part in expected:
        found = [_at(sound, one, cursor) for one in dict.fromkeys((part, *rivals.get(part, ())))]
        best = max(found)
        # The expected one comes first; a sound that was spoilt on the way makes it no worse than by a little.
        score, at_s, length_s, name = found[0] if found[0][0] >= best[0] - NEARLY else best
        names.append(name if score >= 0.35 else "?")
        cursor = at_s + length_s if score >= 0.35 else cursor + load(part).size / RATE
    return names


def _at(sound: Sound, path: Path, about_s: float) -> tuple[float, float, float, str]:
    """How alike the file is to what is heard from about then on: score, start and length in s, name.

    Piece by piece, each a little before or behind its place: a jitter buffer's slip spoils no more than one.
    """
    whole = load(path)
    loud = level_dbfs(whole) - 15
    starts = range(0, max(1, whole.size - PIECE // 4), PIECE)
    hits = []
    for start in starts:
        piece = whole[start : start + PIECE]
        if level_dbfs(piece) <= loud:
            continue
        from_sample = max(0, round((about_s - SLIP_S) * RATE) + start)
        window = sound[from_sample : from_sample + piece.size + round(2 * SLIP_S * RATE)]
        window = np.pad(window, (0, max(0, piece.size - window.size)))
        at, score = _Search(window).best(piece)
        hits.append((score, (from_sample + at - start) / RATE))
    score = float(np.mean([score for score, _ in hits]))
    return score, float(np.median([at_s for _, at_s in hits])), whole.size / RATE, path.stem
