"""A voice that hums, folders of texts, and recordings of any form."""

from __future__ import annotations

import math
import struct
from array import array
from pathlib import Path

from ivr.sound import Sound, ulaw_encode, wav_encode
from ivr.voice import Rendered


def tone(rate: int, seconds: float = 1.0, level: float = 0.2) -> Sound:
    count = int(rate * seconds)
    wave = (int(32767 * level * math.sin(2 * math.pi * 440 * n / rate)) for n in range(count))
    return Sound(array("h", wave), rate)


class ToneVoice:
    """A voice that hums; it remembers what it was asked to say."""

    engine = "tone 1"

    def __init__(self, seconds: float = 1.0, level: float = 0.2, lufs: float = -23.0) -> None:
        self.seconds, self.level, self.lufs = seconds, level, lufs
        self.said: list[str] = []

    def render(self, say: str) -> Rendered:
        self.said.append(say)
        narrow, wide = (tone(rate, self.seconds, self.level) for rate in (8000, 16000))
        return Rendered(
            "カナ", narrow.duration_ms, ulaw_encode(narrow.samples), self.lufs, wav_encode(wide), self.lufs
        )


class PartToneVoice(ToneVoice):
    """One that can speak parts."""

    def render_part(self, say: str, *, inner: bool) -> Rendered:
        return self.render(f"{say}|{inner}")


def write_texts(folder: Path, texts: dict[str, str], more: str = "") -> None:
    folder.mkdir(exist_ok=True)
    entries = (f'[[text]]\nid = "{key}"\nja = "{ja}"\nwhere = "どこか"\n{more}' for key, ja in texts.items())
    (folder / "texts.toml").write_text("".join(entries), encoding="utf-8")
    if not (folder / "readings.toml").exists():
        (folder / "readings.toml").write_text('[ja]\n"時間外" = "ジカンガイ"\n', encoding="utf-8")


def riff(coding: int, channels: int, rate: int, bits: int, data: bytes, *, extensible: bool = False) -> bytes:
    """A WAV file by the book, with a chunk between that nobody knows."""
    form = struct.pack("<HHIIHH", 0xFFFE if extensible else coding, channels, rate,
                       rate * channels * bits // 8, channels * bits // 8, bits)  # fmt: skip
    if extensible:
        form += struct.pack("<HHIH", 22, bits, 0, coding) + bytes(14)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"LIST\x03\0\0\0abc\0"
    chunks += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
