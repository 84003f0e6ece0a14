"""着信: one citizen's contact, from the moment Asterisk hands it over to its one exit door.

A call owns its channel, its script's task and its playbacks. Whatever ends it comes to `close`, which writes
`call.ended` exactly once.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256

import structlog

from acd.events import CallerGone, CallQueued, Event
from ari import AriError, IdMaker, new_id
from config import Clock
from controller.exchange import NORMAL_FAULTS, Exchange
from controller.recorder import Recorder
from ivr.calendar import Moment
from ivr.guidance import Guidance
from ivr.numbers import CallerId
from ivr.script import Script

log = structlog.get_logger()

PLAYBACK_PREFIX = "say-"
PLAYBACK_SLACK_S = 5.0
"""A text not ended this long after its length is taken as heard: nobody waits for a lost event."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every call needs of the controller."""

    exchange: Exchange
    recorder: Recorder
    clock: Clock
    guidance: Guidance
    script: Script
    submit: Callable[[Event], object]
    rings_now: Callable[[str], bool]
    """Whether a phone rings for this call."""


class Call:
    """A citizen on the line. Implements `ivr.script.Caller`."""

    def __init__(
        self, call: str, channel: str, caller: CallerId, moment: Moment, at: Surroundings, received_ms: int
    ) -> None:
        self.id = call
        self.channel = channel
        self.caller = caller
        self.moment = moment
        self.received_ms = received_ms
        self.ended = False
        self.queued = False
        self.connected = False
        self.outcome: str | None = None
        self.callback_number: str | None = None
        """Where the caller wants to be called back, E.164; set before the floor is asked for it."""
        self._at = at
        self._task: asyncio.Task[None] | None = None
        self._playing: tuple[str, asyncio.Future[str]] | None = None
        self._music = False
        self._gone = False
        self._answering = False

    # --- its way -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin the script from the greeting."""
        script = self._at.script
        if script.straight_to_queue(self.moment):
            rings = self.queue()
            self._run(lambda: script.queued(self, rings))
        else:
            self._run(lambda: script.citizen(self, self.moment))

    def turn_away(self) -> None:
        """Begin the script of a full line."""
        self._run(lambda: self._at.script.full(self))

    def wait_on(self) -> None:
        """Begin, or begin again, the waiting part: after a failed connection or a restart."""
        self.connected = False
        self._run(lambda: self._at.script.waiting(self))

    def requeue(self, queued_ms: int, offers: int) -> None:
        """Take the old place in the queue after a restart, and wait on."""
        self.queued = True
        self.wait_on()
        self._at.submit(CallQueued(self.id, queued_ms=queued_ms, offers=offers))

    def fall_quiet(self) -> None:
        """Stop script, text and music: an operator is there. Sends, and waits for nothing."""
        self.connected = True
        self._stop_script()
        if self._playing:
            playback, _ = self._playing
            self._at.exchange.stop_playback(playback)
            self._record_guidance("stopped")
            self._playing = None
        if self._music:
            self._at.exchange.stop_music(self.channel)
            self._music = False

    def settle(self, outcome: str) -> None:
        """Take down the outcome; the first word counts."""
        if self.outcome is None:
            self.outcome = outcome

    def gone(self) -> None:
        """The caller hangs up (or is hung up): tell the floor at once, so that no phone rings on."""
        if self._gone:
            return
        self._gone = True
        self._stop_script()
        if self.queued:
            self._at.submit(CallerGone(self.id))

    def close(self, cause: str) -> None:
        """Go through the exit door: the channel has ended, or is known to be no more."""
        if self.ended:
            return
        self.gone()
        self.ended = True
        outcome = self.outcome or ("system_failed" if self.queued else "abandoned_in_guidance")
        self._at.recorder.record(
            "call.ended", call=self.id, data={"outcome": outcome, "queued": self.queued, "cause": cause}
        )

    def playback_finished(self, playback: str, state: str) -> None:
        """PlaybackFinished of one of ours; `state` is done, failed or cancelled."""
        if self._playing and self._playing[0] == playback and not self._playing[1].done():
            self._playing[1].set_result(state)

    @property
    def is_gone(self) -> bool:
        """Whether the caller has hung up."""
        return self._gone

    # --- what the script may ask (ivr.script.Caller) -------------------------------------------------------

    async def answer(self) -> None:
        """Pick up, if that is not on its way already. Does not wait: what is asked next is done next."""
        if not self._answering:
            self.picking_up(self._at.exchange.answer(self.channel))

    def picking_up(self, reply: asyncio.Future[None] | None) -> None:
        """Take note that Asterisk has been asked to answer; None: it has answered long ago."""
        self._answering = True
        if reply is not None:
            reply.add_done_callback(self._answered)

    def _answered(self, reply: asyncio.Future[None]) -> None:
        error = None if reply.cancelled() else reply.exception()
        if error is None:
            self._at.recorder.record("call.answered", call=self.id)
        elif not isinstance(error, AriError) or error.fault not in NORMAL_FAULTS:
            self._fall_back(error)

    async def say(self, guidance: str) -> None:
        """Play a text to its end."""
        playback = new_id(PLAYBACK_PREFIX)
        finished: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._playing = (playback, finished)
        self._music = False  # a text ends the music for good (Asterisk stops the generator)
        self._text = guidance

        def fault(_error: AriError) -> None:
            if not finished.done():
                finished.set_result("failed")

        self._record_guidance("started")
        self._at.exchange.play(self.channel, playback, self._at.guidance.media(guidance), fault)
        limit_s = self._at.guidance.duration_ms(guidance) / 1000 + PLAYBACK_SLACK_S
        try:
            # Not wait_for: Python 3.11's lets a script go on that is cancelled as its text ends (cpython#86296).
            async with asyncio.timeout(limit_s):
                state = await finished
        except TimeoutError:
            state = "failed"
        if self._playing and self._playing[0] == playback:
            self._playing = None
            self._record_guidance("finished" if state == "done" else "failed")

    def music(self) -> None:
        """Let music play from now on."""
        if not self._music:
            self._music = True
            self._at.exchange.music(self.channel)

    async def pause(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    def queue(self) -> bool:
        """Enter the queue."""
        self.queued = True
        self._at.submit(CallQueued(self.id))
        return self._at.rings_now(self.id)

    def blocked(self) -> None:
        """Settle as turned away."""
        self.settle("blocked")

    def closed(self) -> None:
        """Settle as 時間外."""
        self.settle("closed")

    async def hang_up(self) -> None:
        """End the call."""
        self._at.exchange.hang_up(self.channel)

    # --- inside --------------------------------------------------------------------------------------------

    def _record_guidance(self, part: str) -> None:
        self._at.recorder.record("call.guidance", call=self.id, data={"id": self._text, "part": part})

    def _run(self, script: Callable[[], Awaitable[None]]) -> None:
        self._stop_script()
        self._task = asyncio.create_task(self._guarded(script), name=f"script {self.id}")

    def _stop_script(self) -> None:
        task, self._task = self._task, None
        if task and task is not asyncio.current_task():
            task.cancel()

    async def _guarded(self, script: Callable[[], Awaitable[None]]) -> None:
        """Run a script; one that breaks hands its caller to the dialplan's fallback, never to silence."""
        try:
            await script()
        except AriError as error:
            if error.fault not in NORMAL_FAULTS:
                self._fall_back(error)
        except Exception as error:  # noqa: BLE001  # the last door before the citizen would hear nothing
            self._fall_back(error)

    def _fall_back(self, error: BaseException) -> None:
        log.error("call.script_failed", call=self.id, error=repr(error))
        self.settle("system_failed")
        self._at.exchange.to_fallback(self.channel)
        self.close("script_failed")


def call_id(channel: str) -> str:
    """The id of the call on a citizen's channel, always the same one.

    Asterisk's id is its name, the second (since 1970) and a counter. A controller that was killed before the
    call's first row was written leaves one that comes after it to find the same call, not another.
    """
    parts = re.fullmatch(r".*?(\d{9,11})\.(\d+)", channel)
    seconds, number = (int(parts[1]), int(parts[2])) if parts else (0, 0)
    digest = int.from_bytes(sha256(channel.encode()).digest()[:8])
    return IdMaker(lambda: seconds * 1000, lambda bits: (number << (bits - 32) | digest >> 16) << 1)()
