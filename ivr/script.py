"""What one citizen hears, from the answer to the connection, as straight-line code.

The script knows no Asterisk and no floor: it speaks to a `Caller`. It is cancelled when the caller hangs
up, and its waiting part when an operator is connected, so no line below asks "is he still there?".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ivr.calendar import Moment

PICK_UP_S = 0.2
"""An operator who picks up at once is connected without a snatch of music before."""


class Caller(Protocol):
    """The citizen on the line, as the script sees him."""

    async def answer(self) -> None:
        """Pick up the call (charging begins, 課金開始)."""

    async def say(self, guidance: str) -> None:
        """Play a guidance text by id and return when it has been heard; a missing file is skipped."""

    def music(self) -> None:
        """Let music play from now on, until the next text or the connection."""

    async def pause(self, seconds: float) -> None:
        """Let `seconds` pass."""

    def queue(self) -> bool:
        """Enter the queue; true when a seat's phone rings for this caller at once."""

    def blocked(self) -> None:
        """Settle the outcome of this call as turned away: the line is full."""

    def closed(self) -> None:
        """Settle the outcome of this call as 時間外: it came while the line was closed."""

    async def hang_up(self) -> None:
        """End the call."""


@dataclass(frozen=True, slots=True)
class Script:
    """The texts and times of a line (settings `[guidance]`)."""

    greeting: bool
    busy: bool
    please_hold_every_s: float

    async def citizen(self, caller: Caller, moment: Moment) -> None:
        """Lead a caller who came at `moment` from the answer to the queue, or tell him that it is closed."""
        await caller.answer()
        if moment.state != "open":
            caller.closed()
            await caller.say(closed_text(moment))
            await caller.hang_up()
            return
        if self.greeting:
            await caller.say("greeting")
        await self.queued(caller, caller.queue())

    def straight_to_queue(self, moment: Moment) -> bool:
        """Whether there is nothing to say before the queue: the caller can be offered in the same breath."""
        return moment.is_open and not self.greeting

    async def queued(self, caller: Caller, rings: bool) -> None:
        """What is heard in the queue; `rings`: a phone rings for this caller already."""
        if rings:
            await caller.pause(PICK_UP_S)
        elif self.busy:
            caller.music()
            await caller.say("busy")
        await self.waiting(caller)

    async def full(self, caller: Caller) -> None:
        """Tell a caller for whom the line has no room; nobody is left with an unanswered telephone."""
        await caller.answer()
        caller.blocked()
        await caller.say("error")
        await caller.hang_up()

    async def waiting(self, caller: Caller) -> None:
        """Music, and "please hold" at intervals, for as long as it takes."""
        while True:
            caller.music()
            await caller.pause(self.please_hold_every_s)
            await caller.say("please_hold")


def closed_text(moment: Moment) -> str:
    """The guidance for a closed moment, by kind; that the contract is over when none opens any more."""
    if moment.next_opening is None:
        return "closed.after"
    return {
        "weekend": "closed.weekend",
        "holiday": "closed.holiday",
        "year_end": "closed.year_end",
        "before_contract": "closed.before",
        "after_contract": "closed.after",
    }.get(moment.kind, "closed.night")
