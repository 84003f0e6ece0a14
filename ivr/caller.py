"""The citizen on the line, as the scripts see him: what may be said, asked and done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from typing import Protocol

from ivr.announcement import Place
from ivr.menu import MenuCaller, Where


@unique
class Entered(Enum):
    """What came of entering the queue."""

    RINGS = "rings"
    """A seat's phone rings for this caller at once."""
    WAITS = "waits"
    DIVERTED = "diverted"
    """The floor has sent the caller elsewhere: another script speaks to him already."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a waiting caller's turn. position: from 1.

    predicted_ms: how long the wait will be, in ms; None where no honest figure can be given.
    """

    position: int
    predicted_ms: int | None


class Caller(MenuCaller, Protocol):
    """The citizen on the line. A script is cancelled when he hangs up or is connected."""

    @property
    def line(self) -> str:
        """回線: the line that he came by, or that a menu led him to."""

    @property
    def language(self) -> str:
        """What he hears: "ja", "en" or "easy"."""

    def opens_next(self) -> datetime | None:
        """When the line opens next, seen from now; None: never again."""

    def announced(self, place: Place) -> tuple[str, ...]:
        """お知らせ: the texts that are announced at this place of a call now, oldest first."""

    def goes(self, where: Where) -> None:
        """Take down where the menu has led him, before he enters the queue."""

    def completed(self) -> None:
        """Settle the outcome of this call as ガイダンス終了: he has heard all that there is to hear."""

    async def answer(self) -> None:
        """Pick up the call (charging begins, 課金開始)."""

    async def say(self, *texts: str) -> None:
        """Play texts by id, as one, and return when they have been heard; a missing file is skipped."""

    async def key(self, *texts: str, wait_s: float) -> str:
        """Play the texts until a key is pressed, then wait `wait_s` for one: the key, or "" for none."""

    async def digits(self, *texts: str, wait_s: float) -> str:
        """Play the texts until a key is pressed, and take a telephone number down: the digits, perhaps none.

        `#` ends it, as do its length and `wait_s` without a further digit; `*` begins it anew.
        """

    def music(self) -> None:
        """Let music play from now on, until the next text or the connection. Keys say nothing meanwhile."""

    async def pause(self, seconds: float) -> None:
        """Let `seconds` pass."""

    def now_s(self) -> float:
        """Seconds on a clock that only ever runs forward."""

    def queue(self) -> Entered:
        """Enter the queue."""

    def standing(self) -> Standing | None:
        """The caller's turn as it is now; None when there is nothing to wait for (a phone rings already)."""

    def told(self, predicted_ms: int | None, minutes: int | None, position: int | None) -> None:
        """Take down what the caller is being told of the wait; None is what was left unsaid."""

    def chose(self, choice: str) -> None:
        """Take down what the caller chose."""

    def shown_number(self) -> str | None:
        """The number that the caller shows, E.164; None when withheld."""

    def quieter_hours(self) -> tuple[str, ...]:
        """Texts that name the quieter half hours; empty when too little is known to name any."""

    def may_call_back(self) -> bool:
        """Whether callbacks are offered now."""

    def ask_callback(self, number: str) -> bool:
        """Ask for a callback to an E.164 number; false when it is too late for that."""

    async def transfer(self, number: str) -> None:
        """Connect the caller with another telephone number; the script has nothing more to say."""

    def blocked(self) -> None:
        """Settle the outcome of this call as turned away: the line is full."""

    def closed(self) -> None:
        """Settle the outcome of this call as 時間外: it came while the line was closed."""

    async def hang_up(self) -> None:
        """End the call."""
