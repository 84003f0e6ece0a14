"""ささやき: what an operator hears between picking up and the connection: line, menu choice, wait.

The caller goes on hearing music meanwhile. Off unless `[guidance] whisper` says otherwise: it costs each
caller some seconds, and the screen shows the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from acd import Floor
from config import Clock
from config.guidance import GuidanceRules
from controller.call import Call
from controller.exchange import Exchange
from ivr.compose import whisper
from ivr.guidance import Guidance

WHISPER_PREFIX = "whisper-"
SLACK_S = 1.0
"""A whisper not ended this long after its length is taken as heard: nobody waits for a lost event."""
LONGEST_S = 15.0
"""What the floor allows for it between the answer and the connection."""


@dataclass(frozen=True, slots=True)
class _Whispered:
    then: Callable[[], None]
    late: asyncio.TimerHandle


class Whispers:
    """The whispers that play now, one an offer."""

    def __init__(
        self,
        exchange: Exchange,
        guidance: Guidance,
        clock: Clock,
        *,
        rules: Callable[[], GuidanceRules],
        floor: Callable[[], Floor],
    ) -> None:
        """`rules`: those in force, asked for each connection."""
        self._exchange = exchange
        self._guidance = guidance
        self._clock = clock
        self._rules = rules
        self._floor = floor
        self._playing: dict[str, _Whispered] = {}

    def about(self, call: Call) -> tuple[str, ...]:
        """The texts that tell an operator of this call; as a rule none."""
        rules, view = self._rules(), self._floor().call(call.id)
        if not rules.whisper or view is None:
            return ()
        waited_min = (self._clock.now_ms() - view.queued_ms) // 60_000
        told = waited_min if waited_min >= rules.whisper_wait_min else None
        return tuple(text for text in whisper(call.line, call.need, told) if text in self._guidance.texts)

    def begin(self, offer: str, channel: str, texts: tuple[str, ...], then: Callable[[], None]) -> None:
        """Play to the operator's channel, then do `then`; at once if it cannot be played."""
        length_s = min(sum(map(self._guidance.duration_ms, texts)) / 1000 + SLACK_S, LONGEST_S)
        late = asyncio.get_running_loop().call_later(length_s, self._too_long, offer)
        self._playing[offer] = _Whispered(then, late)
        media = [self._guidance.media(text) for text in texts]
        self._exchange.play(channel, WHISPER_PREFIX + offer, media, lambda _error: self._over(offer))

    def drop(self, offer: str) -> None:
        """The offer is over: nothing comes after its whisper."""
        if whispered := self._playing.pop(offer, None):
            whispered.late.cancel()

    def playback_finished(self, playback: str) -> None:
        """PlaybackFinished, of any playback."""
        self._over(playback.removeprefix(WHISPER_PREFIX))

    def _too_long(self, offer: str) -> None:
        self._exchange.stop_playback(WHISPER_PREFIX + offer)
        self._over(offer)

    def _over(self, offer: str) -> None:
        if whispered := self._playing.pop(offer, None):
            whispered.late.cancel()
            whispered.then()
