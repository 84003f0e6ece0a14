"""The voice that speaks Japanese (docs/voice.md says why with this engine).

The engine and its companions are the extra `voice`; nothing that answers calls imports this module.
"""

from __future__ import annotations

import importlib.metadata
import sys
from contextlib import redirect_stdout
from typing import Protocol, runtime_checkable

import numpy as np

from ivr.mastering import Mastering, Rendered, Wave, between_pauses, package, pauses_ms, trimmed
from ivr.sound import FULL_SCALE

__all__ = ["EASY_SPEED", "OpenJTalkVoice", "PartVoice", "Rendered", "Voice"]

ENGINE_PACKAGE = "pyopenjtalk-plus"
NEEDED = ("pyopenjtalk", "pyloudnorm", "scipy.signal")
# 7.8 morae a second within a phrase; the engine's own 8.6 is fast for elderly callers.
SPEED = 0.85
EASY_SPEED = 0.75
"""やさしい日本語 is spoken slowly."""
# The engine rests 0.9 s between sentences at this pace, which sounds like the end. Pauses are scaled; what is
# shorter than the second figure is no pause but a consonant.
_PAUSE_SCALE = 0.65
_FULL_PAUSE_S = 0.25
# A part is spoken inside a sentence, between these, and cut out: alone it would sound like an end.
_LEAD, _TAIL = "はい、", "、はい。"
_LEAD_KANA, _TAIL_KANA = "ハイ、", "、ハイ。"
_MARKS = "、。・"


class Voice(Protocol):
    """What turns a text into sound files. `engine` names it, its version and settings."""

    engine: str

    def render(self, say: str) -> Rendered:
        """Speak `say`."""


@runtime_checkable
class PartVoice(Protocol):
    """A voice that can also speak a part of a sentence, of which others come before or behind."""

    def render_part(self, say: str, *, inner: bool) -> Rendered:
        """Speak `say`; `inner`: something of the same sentence stands before it."""


class OpenJTalkVoice:
    """Open JTalk with the HTS voice Mei, as pyopenjtalk-plus ships them. The same text gives the same bytes.

    Raises:
        VoiceUnavailable: a package is missing.
    """

    def __init__(self, speed: float = SPEED) -> None:
        """`speed`: of the engine's own pace."""
        self._jtalk, *_ = (package(name) for name in NEEDED)
        self._mastering = Mastering()
        self._speed = speed
        version = importlib.metadata.version(ENGINE_PACKAGE)
        self.engine = f"{ENGINE_PACKAGE} {version}, mei_normal, speed {speed}, pauses x{_PAUSE_SCALE}"

    def render(self, say: str) -> Rendered:
        """Speak `say` at both rates, trimmed, levelled and with short silences at the ends."""
        wave, rate = self._speak(say)
        return self._mastering.master(_settled(wave, rate), rate, self._kana(say))

    def render_part(self, say: str, *, inner: bool) -> Rendered:
        """Speak a part of a sentence: its ends close to the words, its tone going on unless 。 ends it."""
        ends = say.endswith("。")
        lead, tail = _LEAD if inner else "", "" if ends else _TAIL
        core = say.rstrip(_MARKS) + "。" * ends
        wave, rate = self._speak(f"{lead}{core}{tail}")
        wave = between_pauses(wave, rate, first=bool(lead), last=bool(tail))
        kana = self._kana(f"{lead}{core}{tail}")
        kana = kana.removeprefix(_LEAD_KANA if lead else "").removesuffix(_TAIL_KANA if tail else "")
        head_ms, tail_ms = pauses_ms(say)
        return self._mastering.master(_settled(wave, rate), rate, kana, head_ms=head_ms, tail_ms=tail_ms)

    def _speak(self, say: str) -> tuple[Wave, int]:
        with redirect_stdout(sys.stderr):  # it loads more of itself when first used, and says so
            samples, rate = self._jtalk.tts(say, speed=self._speed)
        return np.asarray(samples, dtype=np.float64) / FULL_SCALE, rate

    def _kana(self, say: str) -> str:
        with redirect_stdout(sys.stderr):
            return str(self._jtalk.g2p(say, kana=True))


def _settled(wave: Wave, rate: int) -> Wave:
    return trimmed(wave, rate, longest_rest_s=_FULL_PAUSE_S, rest_scale=_PAUSE_SCALE)
