"""Which voice speaks which language (docs/voice.md)."""

from __future__ import annotations

from ivr.voice import EASY_SPEED, OpenJTalkVoice, Voice
from ivr.voice_en import EnglishVoice


def voice_of(language: str) -> Voice:
    """The voice of one of `ivr.texts.LANGUAGES`.

    Raises:
        VoiceUnavailable: its packages are not installed.
    """
    if language == "ja":
        return OpenJTalkVoice()
    if language == "easy":
        return OpenJTalkVoice(EASY_SPEED)
    return EnglishVoice()
