"""What one channel hears: guidance texts, or music. One thing at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ari import AriError
from controller.exchange import Exchange
from ivr.guidance import Guidance

PLAYBACK_PREFIX = "say-"
PLAYBACK_NAMES = 2
"""A channel's texts take turns with so many names for each controller. Few, so that one that comes after a
killed one can end what that left playing; more than one, as a text's end is heard of a little late.
"""
FORMER = 2
"""So many controllers back a text may still be playing: the last may have fallen before it came so far."""
PLAYBACK_SLACK_S = 5.0
"""A text not ended this long after its length is taken as heard: nobody waits for a lost event."""


@dataclass(frozen=True, slots=True)
class _Playing:
    playback: str
    text: str
    until_key: bool
    finished: asyncio.Future[str]

    def end(self, part: str) -> None:
        if not self.finished.done():
            self.finished.set_result(part)


class Speech:
    """Plays to one channel. `noted(text, part)` is told what became of a text: started, finished, …."""

    def __init__(
        self, channel: str, exchange: Exchange, guidance: Guidance, noted: Callable[[str, str], None]
    ) -> None:
        self._channel = channel
        self._exchange = exchange
        self._guidance = guidance
        self._noted = noted
        self._playing: _Playing | None = None
        self._music = False
        self._texts = 0
        self.language = "ja"

    def end_former(self) -> None:
        """End what a former controller may have left playing.

        Asterisk carries out no bridge request for a channel that plays, and holds every later request behind
        it: no phone anywhere would be rung until that text has been heard to its end.
        """
        now = self._exchange.generation
        for generation in range(max(0, now - FORMER), now):
            for number in range(PLAYBACK_NAMES):
                self._exchange.stop_playback(self._name(generation, number))

    def _name(self, generation: int, number: int) -> str:
        return f"{PLAYBACK_PREFIX}{generation}.{number % PLAYBACK_NAMES}-{self._channel}"

    async def say(self, *texts: str, until_key: bool = False) -> None:
        """Play texts to their end, as one: only the first is noted (the others may be a caller's number).

        until_key: `interrupt` ends it.
        """
        finished: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        playing = self._playing = _Playing(
            self._name(self._exchange.generation, self._texts), texts[0], until_key, finished
        )
        self._texts += 1
        self._music = False  # a text ends the music for good (Asterisk stops the generator)
        self._noted(playing.text, "started")
        heard = [self._in_language(text) for text in texts]
        media = [self._guidance.media(text, language) for text, language in heard]

        def fault(_error: AriError) -> None:
            playing.end("failed")

        self._exchange.play(self._channel, playing.playback, media, fault)
        length_ms = sum(self._guidance.duration_ms(text, language) for text, language in heard)
        limit_s = length_ms / 1000 + PLAYBACK_SLACK_S
        try:
            # Not wait_for: Python 3.11's lets a script go on that is cancelled as its text ends
            # (cpython#86296).
            async with asyncio.timeout(limit_s):
                part = await finished
        except TimeoutError:
            part = "failed"
        if self._playing is playing:
            self._playing = None
            self._noted(playing.text, part)

    def _in_language(self, text: str) -> tuple[str, str]:
        """`menu.english@en` is in that language whatever the citizen has chosen; other texts are in his."""
        name, _, language = text.partition("@")
        return name, language or self.language

    def playback_finished(self, playback: str, state: str) -> None:
        """PlaybackFinished; `state` is done, failed or cancelled."""
        if self._playing and self._playing.playback == playback:
            self._playing.end("finished" if state == "done" else "failed")

    def interrupt(self) -> None:
        """A key was pressed: whoever knows the text need not hear it out."""
        if self._playing and self._playing.until_key and not self._playing.finished.done():
            self._exchange.stop_playback(self._playing.playback)
            self._playing.end("stopped")

    def stop_text(self) -> None:
        """End the text at once, whoever waits for it. Music goes on."""
        playing, self._playing = self._playing, None
        if playing:
            self._exchange.stop_playback(playing.playback)
            self._noted(playing.text, "stopped")

    def music(self) -> None:
        """Let music play from now on."""
        if not self._music:
            self._music = True
            self._exchange.music(self._channel)

    def music_again(self) -> None:
        """The connection was away, and what was asked meanwhile is lost: let the music play, if it should."""
        if self._music:
            self._exchange.music(self._channel)

    def fall_quiet(self) -> None:
        """End text and music."""
        self.stop_text()
        if self._music:
            self._exchange.stop_music(self._channel)
            self._music = False
