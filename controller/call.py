"""着信: one citizen's contact, from the moment Asterisk hands it over to its one exit door.

A call owns its channel, its script's task, what is heard and the keys. Whatever ends it comes to `close`,
which writes `call.ended` exactly once.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import structlog

from acd.caller import Place as QueuePlace
from acd.commands import Refused
from acd.events import CallbackAsked, CallerGone, CallQueued, Event
from acd.settings import Destination
from acd.types import OverflowCause
from ari import AriError, Fault, IdMaker
from config import Clock
from controller.conversation import Conversation
from controller.exchange import NORMAL_FAULTS, Exchange
from controller.pick_up import PickUp
from controller.recorder import Recorder
from ivr.announcement import Place
from ivr.calendar import Moment
from ivr.caller import Entered, Standing
from ivr.guidance import Guidance
from ivr.menu import Where
from ivr.numbers import CallerId
from ivr.script import Script

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every call needs of the controller."""

    exchange: Exchange
    recorder: Recorder
    clock: Clock
    guidance: Guidance
    script: Script
    submit: Callable[[Event], Refused | None]
    rings_now: Callable[[str], bool]
    """Whether a phone rings for this call."""
    standing: Callable[[str], Standing | None]
    """The turn of this call, as far as it can be told honestly."""
    caller_key: Callable[[str], str]
    may_call_back: Callable[[], bool]
    quieter_hours: Callable[[], tuple[str, ...]]
    announced: Callable[[str, Place], tuple[str, ...]]
    """The texts that a supervisor has announced, by line and place, now."""
    opens_next: Callable[[str], datetime | None]
    """When a line opens next, seen from now."""
    need_of: Callable[[str], str]
    """What the callers of a line demand of the operator."""
    transfer: Callable[[Call, str], None]
    """Connect the caller with a telephone number outside."""


class Call(Conversation):
    """A citizen on the line. Implements `ivr.script.Caller`."""

    def __init__(
        self,
        call: str,
        channel: str,
        caller: CallerId,
        moment: Moment,
        at: Surroundings,
        received_ms: int,
        *,
        line: str = "main",
        need: str = "",
    ) -> None:
        super().__init__(channel, at.exchange, at.guidance, self._record_guidance)
        self.id = call
        self.caller = caller
        self.moment = moment
        self.received_ms = received_ms
        self.ended = False
        self.queued = False
        self.connected = False
        self.outcome: str | None = None
        self.callback_number: str | None = None
        """Where the caller wants to be called back, E.164; set before the floor is asked for it."""
        self.line = line
        self.need = need
        self.path: tuple[str, ...] = ()
        """`menu:key` of every key by which a menu was gone through."""
        self._at = at
        self.pick_up = PickUp(
            channel,
            at.exchange,
            is_over=lambda: self._gone,
            done=lambda: at.recorder.record("call.answered", call=call),
            failed=self._fall_back,
        )
        self._task: asyncio.Task[None] | None = None
        self._gone = False
        self._diverted = False
        self._fallen = False
        self._released = False
        self.former_offers = 0
        """The number of the last offer that a former controller had made, as far as is known."""

    # --- its way -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin the script from the greeting."""
        script = self._at.script
        if self.comes_straight:
            # The answer holds back our next request in Asterisk for a millisecond: the phone rings first.
            entered = self.queue()
            self.pick_up.ask()
            if entered is not Entered.DIVERTED:
                self._run(lambda: script.queued(self, entered))
        else:
            self._run(lambda: script.citizen(self, self.moment))

    @property
    def comes_straight(self) -> bool:
        """Whether nothing is said before the queue: the caller can be offered in the same breath."""
        before = (Place.EMERGENCY, Place.INSTEAD, Place.GREETING)
        silent = self._at.script.arrival.says_nothing(self.line, self.moment)
        return silent and not any(map(self.announced, before))

    def turn_away(self) -> None:
        """Begin the script of a full line."""
        self._run(lambda: self._at.script.full(self, self.moment))

    def wait_on(self) -> None:
        """Begin, or begin again, the waiting part: after a failed connection or a restart."""
        self.connected = False
        self._run(lambda: self._at.script.waiting(self))

    def divert(self, cause: OverflowCause, to: Destination) -> None:
        """あふれ: begin the script of where the floor leads this caller.

        Who is in the middle of choosing, or typing a number, is not interrupted by a text: only by the end.
        """
        self._diverted = True
        if to.final or not self._keypad.is_open:
            self._run(lambda: self._at.script.diverted(self, cause, to))

    def take_out(self) -> None:
        """Begin the script of a caller whom the supervisor has taken out of the queue."""
        self._run(lambda: self._at.script.taken_out(self))

    def promise_callback(self) -> None:
        """Tell a caller whom the supervisor has called back later, and let him go."""
        self._run(self._promise)

    async def _promise(self) -> None:
        await self.say("callback.done")
        await self.hang_up()

    def take_over(self) -> None:
        """The channel comes from a former controller: answered, and perhaps in the middle of a text."""
        self.pick_up.known()
        self._speech.end_former()

    def requeue(self, queued_ms: int, offers: int, place: QueuePlace | None) -> None:
        """Take the old place in the queue after a restart, and wait on."""
        self.queued = True
        self.pick_up.ask()  # whoever had received him may have fallen before
        self.wait_on()
        self._enter(queued_ms, offers, place)

    def fall_quiet(self) -> None:
        """Stop script, text and music: an operator is there. Sends, and waits for nothing."""
        self.connected = True
        self._stop_script()
        self._keypad.close()
        self._speech.fall_quiet()

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
        cause = "script_failed" if self._fallen else cause
        outcome = self.outcome or ("system_failed" if self.queued else "abandoned_in_guidance")
        self._at.recorder.record(
            "call.ended", call=self.id, data={"outcome": outcome, "queued": self.queued, "cause": cause}
        )

    def hand_over(self) -> None:
        """The exchange's fallback has taken the caller: the floor forgets him, no ending is written here."""
        self.ended = True
        self.gone()

    @property
    def is_gone(self) -> bool:
        """Whether the caller has hung up, or is not ours any more."""
        return self._gone

    @property
    def is_fallen(self) -> bool:
        """Whether the script broke, and the exchange was asked to serve the caller alone."""
        return self._fallen

    # --- what the script may ask (ivr.script.Caller) -------------------------------------------------------

    async def answer(self) -> None:
        """Pick up, if that is not on its way already. Does not wait: what is asked next is done next."""
        self.pick_up.ask()

    def queue(self) -> Entered:
        """Enter the queue."""
        self.queued = True
        self._enter()
        if self._diverted:
            return Entered.DIVERTED
        return Entered.RINGS if self._at.rings_now(self.id) else Entered.WAITS

    def standing(self) -> Standing | None:
        """The caller's turn, as the floor sees it."""
        return self._at.standing(self.id)

    def told(self, predicted_ms: int | None, minutes: int | None, position: int | None) -> None:
        """One row: what was predicted, and what of it was spoken."""
        data = {"predicted_ms": predicted_ms, "minutes": minutes, "position": position}
        self._at.recorder.record("call.wait_told", call=self.id, data=data)

    def chose(self, choice: str) -> None:
        """One row: wait_on, no_key, wrong_key, callback, callback_given_up or quieter_hours."""
        self._at.recorder.record("call.chose", call=self.id, data={"choice": choice})

    def shown_number(self) -> str | None:
        """The number that came with the call."""
        return self.caller.number

    def quieter_hours(self) -> tuple[str, ...]:
        """What the reports say of the last four weeks."""
        return self._at.quieter_hours()

    def may_call_back(self) -> bool:
        """What the settings say, and how many are waiting for one."""
        return self._at.may_call_back()

    def ask_callback(self, number: str) -> bool:
        """Ask the floor; whoever writes its row finds the number here."""
        self.callback_number = number
        return self._at.submit(CallbackAsked(self.id, self._at.caller_key(number))) is None

    async def transfer(self, number: str) -> None:
        """Hand the caller on; the floor has nothing more to do with him."""
        self._at.transfer(self, number)

    def opens_next(self) -> datetime | None:
        """By the calendar and what a supervisor has said over it."""
        return self._at.opens_next(self.line)

    def announced(self, place: Place) -> tuple[str, ...]:
        """What the board says for this line, now."""
        return self._at.announced(self.line, place)

    def menu_step(self, menu: str, key: str, target: str) -> None:
        """One row: a key in a menu, or what came instead of one."""
        data = {"menu": menu, "key": key, "target": target}
        self._at.recorder.record("call.menu", call=self.id, data=data)

    def goes(self, where: Where) -> None:
        """Take line and need over."""
        self.path = where.path
        if where.line is not None:
            self.line, self.need = where.line, self._at.need_of(where.line)
        self.need = where.need or self.need

    def completed(self) -> None:
        """Settle as ガイダンス終了."""
        self.settle("guidance_completed")

    def blocked(self) -> None:
        """Settle as turned away."""
        self.settle("blocked")

    def closed(self) -> None:
        """Settle as 時間外."""
        self.settle("closed")

    async def hang_up(self) -> None:
        """End the call."""
        self.release()

    def release(self) -> None:
        """End the call: nothing more is said to this caller."""
        self._released = True
        self._at.exchange.hang_up(self.channel)

    def reconnected(self, *, is_up: bool) -> None:
        """The connection was away and is there again, and so is the caller: what was lost is asked again.

        `is_up`: whether Asterisk has answered the channel.
        """
        if self._released:
            self._at.exchange.hang_up(self.channel)
        elif self._fallen:
            self._to_fallback()
        else:
            self.pick_up.made_up(is_up=is_up)
            if not self.connected:
                self._speech.music_again()

    # --- inside --------------------------------------------------------------------------------------------

    def _enter(
        self, queued_ms: int | None = None, offers: int | None = None, place: QueuePlace | None = None
    ) -> None:
        number = self.caller.number
        self._at.submit(
            CallQueued(
                self.id,
                line=self.line,
                need=self.need,
                caller=self._at.caller_key(number) if number else None,
                queued_ms=queued_ms,
                offers=self.former_offers if offers is None else offers,
                place=place,
            )
        )

    def _record_guidance(self, text: str, part: str) -> None:
        self._at.recorder.record("call.guidance", call=self.id, data={"id": text, "part": part})

    def _run(self, script: Callable[[], Awaitable[None]]) -> None:
        self._stop_script()
        self._keypad.close()
        self._speech.stop_text()
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
        self.settle("system_failed")  # unless the exchange's own record tells of a better end
        self._fallen = True
        self._to_fallback()
        self.gone()

    def _to_fallback(self, error: AriError | None = None) -> None:
        """Ask that the exchange takes the caller; `error`: of having asked before."""
        if not self.ended and (error is None or error.fault is Fault.TIMEOUT):
            self._at.exchange.to_fallback(self.channel, self._to_fallback)


def call_id(channel: str) -> str:
    """The id of the call on a citizen's channel, always the same one.

    Asterisk's id is its name, the second (since 1970) and a counter. A controller that was killed before the
    call's first row was written leaves one that comes after it to find the same call, not another.
    """
    parts = re.fullmatch(r".*?(\d{9,11})\.(\d+)", channel)
    seconds, number = (int(parts[1]), int(parts[2])) if parts else (0, 0)
    digest = int.from_bytes(sha256(channel.encode()).digest()[:8])
    return IdMaker(lambda: seconds * 1000, lambda bits: (number << (bits - 32) | digest >> 16) << 1)()
