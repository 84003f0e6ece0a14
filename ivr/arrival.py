"""What a citizen hears from the answer to the queue: announcements, greeting, menu; or that it is closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from config.menus import Menu
from ivr.announcement import Place
from ivr.calendar import Moment
from ivr.caller import Caller
from ivr.compose import closed
from ivr.menu import Where, menu


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is said to those who come (settings `[guidance]`, `[menus]`, and the lines' own).

    say_hours: the lines whose usual hours the text `hours` tells. closing_soon_s: those who come within so
    many seconds of the closing are told; 0: nobody is. lost_card: the telephone number that is open at any
    hour, national form; "" is not said. menu_of: the menu of each line that has one. before_answer: "closed"
    or "full", by line: guidance that plays before the answer.
    """

    greeting: bool = True
    recording_notice: bool = False
    closing_soon_s: float = 0
    say_hours: Collection[str] = ()
    lost_card: str = ""
    menus: Mapping[str, Menu] = field(default_factory=dict)
    menu_of: Mapping[str, str] = field(default_factory=dict)
    before_answer: Mapping[str, Collection[str]] = field(default_factory=dict)

    def answers_first(self, line: str, moment: Moment, *, full: bool = False) -> bool:
        """Whether the call is answered (and charged, 課金) before anything is said."""
        early = self.before_answer.get(line, ())
        return not ("full" in early if full else "closed" in early and not moment.is_open)

    def says_nothing(self, line: str, moment: Moment) -> bool:
        """Whether a caller comes to the queue without a word, so that a phone can ring in the same breath."""
        speaks = self.greeting or self.recording_notice or line in self.menu_of
        return moment.is_open and not speaks and not self._closes_soon(moment)

    async def reach(self, caller: Caller, moment: Moment) -> Where | None:
        """Lead a caller who came at `moment` to where he wants to be; None: the call has ended here."""
        if self.answers_first(caller.line, moment):
            await caller.answer()
        if not moment.is_open:
            caller.closed()
        for text in caller.announced(Place.EMERGENCY):
            await caller.say(text)
        if instead := caller.announced(Place.INSTEAD):
            for text in instead:
                await caller.say(text)
            await self._end(caller)
            return None
        if not moment.is_open:
            await caller.say(
                *closed(
                    moment,
                    say_hours=caller.line in self.say_hours,
                    lost_card=self.lost_card,
                    language=caller.language,
                )
            )
            await caller.hang_up()
            return None
        name = self.menu_of.get(caller.line, "")
        await self._greet(caller, moment, asks=bool(name))
        if not name:
            return Where()
        where = await menu(caller, self.menus, name, language=caller.language)
        if where.end == "hang_up":
            await self._end(caller)
            return None
        caller.goes(where)
        return where

    async def _greet(self, caller: Caller, moment: Moment, *, asks: bool) -> None:
        """Keys that are pressed meanwhile answer the menu; only the greeting itself is cut short by them."""
        if asks:
            caller.listen()
        if self.greeting:
            await (caller.tell("greeting") if asks else caller.say("greeting"))
        if self.recording_notice:
            await caller.say("recording_notice")
        for text in caller.announced(Place.GREETING):
            await caller.say(text)
        if self._closes_soon(moment):
            await caller.say("closing_soon")

    def _closes_soon(self, moment: Moment) -> bool:
        if not self.closing_soon_s or moment.next_change is None:
            return False
        return moment.next_change - moment.time <= timedelta(seconds=self.closing_soon_s)

    async def _end(self, caller: Caller) -> None:
        caller.completed()
        await caller.hang_up()
