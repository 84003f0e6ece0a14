"""What one citizen hears, from the answer to the connection, as straight-line code.

The script knows no Asterisk and no floor: it speaks to a `Caller`. It is cancelled when the caller hangs
up, and its waiting part when an operator is connected, so no line below asks "is he still there?".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from acd.settings import Destination
from acd.types import OverflowCause, Toward
from acd.wait import minutes_to_say
from ivr.announcement import Place
from ivr.arrival import Arrival
from ivr.calendar import Moment
from ivr.callback import callback
from ivr.caller import Caller, Entered
from ivr.choice import choice
from ivr.compose import next_opening
from ivr.spoken import position_text, wait_text

PICK_UP_S = 0.2
"""An operator who picks up at once is connected without a snatch of music before."""


@dataclass(frozen=True, slots=True)
class Script:
    """The texts and times of a line (settings `[guidance]`). arrival: what comes before the queue.

    say_position, say_wait: whether those who wait are told their place and the predicted wait, at most every
    say_wait_every_s. ours: our own numbers, national form; nobody is called back on one of them.
    """

    arrival: Arrival
    busy: bool
    please_hold_every_s: float
    say_position: bool = False
    say_wait: bool = False
    say_wait_every_s: float = 60.0
    ours: tuple[str, ...] = ()

    async def citizen(self, caller: Caller, moment: Moment) -> None:
        """Lead a caller who came at `moment` from the answer to the queue, or tell him that it is closed."""
        where = await self.arrival.reach(caller, moment)
        if where is None:
            return
        entered = caller.queue()
        if where.end == "callback" and entered is Entered.WAITS:  # an operator who is free is better still
            if not await callback(caller, self.ours):
                await self.waiting(caller)
            return
        await self.queued(caller, entered)

    async def queued(self, caller: Caller, entered: Entered) -> None:
        """What is heard in the queue by a caller who has `entered` it just now."""
        if entered is Entered.DIVERTED:
            return
        told_s = None
        if entered is Entered.RINGS:
            await caller.pause(PICK_UP_S)
        elif self.busy:
            caller.music()
            told = self.honest_wait(caller)
            await caller.say("busy", *told)
            told_s = caller.now_s() if told else None
        await self.waiting(caller, told_s)

    async def full(self, caller: Caller, moment: Moment) -> None:
        """Tell a caller for whom the line has no room; nobody is left with an unanswered telephone."""
        if self.arrival.answers_first(caller.line, moment, full=True):
            await caller.answer()
        caller.blocked()
        await caller.say("error")
        await caller.hang_up()

    async def waiting(self, caller: Caller, told_s: float | None = None) -> None:
        """Music, and "please hold" or an announcement in turn, at intervals, for as long as it takes.

        told_s: when the caller was last told of the wait, on the caller's clock.
        """
        for turn in count():
            caller.music()
            await caller.pause(self.please_hold_every_s)
            texts = ("please_hold", *caller.announced(Place.WAITING))
            text = texts[turn % len(texts)]
            told: tuple[str, ...] = ()
            due = told_s is None or caller.now_s() - told_s >= self.say_wait_every_s
            if text == "please_hold" and due:
                told = self.honest_wait(caller)
                told_s = caller.now_s() if told else told_s
            await caller.say(text, *told)

    async def diverted(self, caller: Caller, cause: OverflowCause, to: Destination) -> None:
        """What is heard by a caller whom the floor does not simply let wait on (あふれ)."""
        why = f"overflow.{cause.value}"
        match to.toward:
            case Toward.ANNOUNCE:
                await caller.say(why, "overflow.wait_on")
            case Toward.CHOICE:
                if await choice(caller, why, self.ours):
                    return
            case Toward.LINE:
                await caller.say("overflow.line")
            case Toward.HANG_UP:
                await caller.say(why, *_good_bye(caller, cause))
                await caller.hang_up()
                return
            case Toward.NUMBER:
                await caller.say("overflow.number")
                await caller.transfer(to.target)
                return
        await self.waiting(caller)

    async def taken_out(self, caller: Caller) -> None:
        """What is heard by a caller whom the supervisor has taken out of the queue."""
        await caller.say("taken_out")
        await caller.hang_up()

    def honest_wait(self, caller: Caller) -> tuple[str, ...]:
        """The texts that tell the caller's place and wait, as far as there is something true to tell."""
        standing = caller.standing() if self.say_position or self.say_wait else None
        if standing is None:
            return ()
        position = standing.position if self.say_position else None
        minutes = None
        if self.say_wait and standing.predicted_ms is not None:
            minutes = minutes_to_say(standing.predicted_ms)
        texts: tuple[str, ...] = () if position is None else (position_text(position),)
        if minutes is not None:
            texts += (wait_text(minutes),)
        if texts:
            caller.told(standing.predicted_ms, minutes, position)
        return texts


def _good_bye(caller: Caller, cause: OverflowCause) -> tuple[str, ...]:
    """When to ring again: soon, or, as the line has closed, when it opens."""
    opens = caller.opens_next() if cause is OverflowCause.CLOSING else None
    if opens is None:
        return ("overflow.good_bye",)
    return ("overflow.closing.good_bye", *next_opening(opens, caller.language))
