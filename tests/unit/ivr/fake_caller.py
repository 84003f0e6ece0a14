"""A citizen for the scripts: presses what a test says, and remembers what was said and done."""

from __future__ import annotations

from datetime import datetime

from ivr.announcement import Place
from ivr.caller import Entered, Standing
from ivr.menu import Where


class Waited(Exception):  # noqa: N818  # not an error: the script would wait for ever
    """The script has let the caller wait as often as the test wanted."""


class FakeCaller:
    """Implements `ivr.caller.Caller`. `heard`: texts, "music" and deeds, in their order."""

    def __init__(
        self,
        *,
        keys: str = "",
        typed: tuple[str, ...] = (),
        number: str | None = "+81262261234",
        entered: Entered = Entered.WAITS,
        pauses: int = 1,
    ) -> None:
        self.heard: list[str] = []
        self.keys = list(keys)
        """What is pressed at each question; "-" is no key."""
        self.numbers_typed = list(typed)
        self.number = number
        self.entered = entered
        self.pauses = pauses
        self.clock_s = 1000.0
        self.turn: Standing | None = None
        self.rows: list[tuple[int | None, int | None, int | None]] = []
        self.choices: list[str] = []
        self.calls_back = True
        self.quieter: tuple[str, ...] = ()
        self.too_late = False
        self.line = "main"
        self.language = "ja"
        self.board: dict[Place, tuple[str, ...]] = {}
        self.opens: datetime | None = None
        self.where: Where | None = None
        self.steps: list[tuple[str, str, str]] = []

    async def answer(self) -> None:
        self.heard.append("ANSWER")

    async def say(self, *texts: str) -> None:
        self.heard.extend(texts)

    async def tell(self, *texts: str) -> None:
        self.heard.extend(texts)

    def listen(self) -> None:
        self.heard.append("LISTEN")

    def no_more_keys(self) -> None:
        self.heard.append("NO MORE KEYS")

    def typed(self) -> bool:
        return False

    def speak(self, language: str) -> None:
        self.language = language

    def menu_step(self, menu: str, key: str, target: str) -> None:
        self.steps.append((menu, key, target))

    def goes(self, where: Where) -> None:
        self.where = where

    def announced(self, place: Place) -> tuple[str, ...]:
        return self.board.get(place, ())

    def opens_next(self) -> datetime | None:
        return self.opens

    def completed(self) -> None:
        self.heard.append("COMPLETED")

    async def key(self, *texts: str, wait_s: float) -> str:
        assert 3 <= wait_s <= 10
        self.heard.extend(texts)
        key = self.keys.pop(0) if self.keys else "-"
        return "" if key == "-" else key

    async def digits(self, *texts: str, wait_s: float) -> str:
        assert 5 <= wait_s <= 10
        self.heard.extend(texts)
        return self.numbers_typed.pop(0) if self.numbers_typed else ""

    def music(self) -> None:
        self.heard.append("MUSIC")

    async def pause(self, seconds: float) -> None:
        self.clock_s += seconds
        if seconds < 1:
            return
        if not self.pauses:
            raise Waited
        self.pauses -= 1

    def now_s(self) -> float:
        return self.clock_s

    def queue(self) -> Entered:
        self.heard.append("QUEUE")
        return self.entered

    def standing(self) -> Standing | None:
        return self.turn

    def told(self, predicted_ms: int | None, minutes: int | None, position: int | None) -> None:
        self.rows.append((predicted_ms, minutes, position))

    def chose(self, choice: str) -> None:
        self.choices.append(choice)

    def shown_number(self) -> str | None:
        return self.number

    def quieter_hours(self) -> tuple[str, ...]:
        return self.quieter

    def may_call_back(self) -> bool:
        return self.calls_back

    def ask_callback(self, number: str) -> bool:
        self.heard.append(f"CALLBACK {number}")
        return not self.too_late

    async def transfer(self, number: str) -> None:
        self.heard.append(f"TRANSFER {number}")

    def blocked(self) -> None:
        self.heard.append("BLOCKED")

    def closed(self) -> None:
        self.heard.append("CLOSED")

    async def hang_up(self) -> None:
        self.heard.append("HANG UP")

    @property
    def said(self) -> list[str]:
        """The texts alone, read-out digits left out."""
        return [text for text in self.heard if not text.isupper() and not text.startswith("digit.")
                and " " not in text]  # fmt: skip
