"""What a citizen on the line hears and presses: texts, music, keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from controller.exchange import Exchange
from controller.keypad import Keypad
from controller.speech import Speech
from ivr.callback_number import is_whole
from ivr.guidance import Guidance

LONGEST_TYPED = 20
"""No telephone number is longer; whoever types on has the phone lying on its keys."""


class Conversation:
    """The sounding half of a call: the part of `ivr.caller.Caller` that needs nothing but the channel."""

    def __init__(
        self, channel: str, exchange: Exchange, guidance: Guidance, noted: Callable[[str, str], None]
    ) -> None:
        """`noted`: told what became of a text, see `Speech`."""
        self.channel = channel
        self._speech = Speech(channel, exchange, guidance, noted)
        self._keypad = Keypad()

    @property
    def language(self) -> str:
        """What the citizen hears: "ja", "en" or "easy"."""
        return self._speech.language

    def speak(self, language: str) -> None:
        """Let every text from now on be in this language."""
        self._speech.language = language

    async def say(self, *texts: str) -> None:
        """Play texts to their end."""
        await self._speech.say(*texts)

    async def tell(self, *texts: str) -> None:
        """Play texts until a key is pressed, which stays unread; none if one waits to be read already."""
        self._keypad.open()
        if self._keypad.empty:
            await self._speech.say(*texts, until_key=True)

    async def key(self, *texts: str, wait_s: float) -> str:
        """Ask for one key; one pressed since the last question answers this one, unheard."""
        await self.tell(*texts)
        return await self._keypad.next(wait_s)

    async def digits(self, *texts: str, wait_s: float) -> str:
        """Ask for a telephone number."""
        await self.tell(*texts)
        typed = ""
        while len(typed) < LONGEST_TYPED:
            digit = await self._keypad.next(wait_s)
            if digit in ("", "#"):
                break
            typed = "" if digit == "*" else typed + digit
            if is_whole(typed):
                self._keypad.forgive("#")
                break
        return typed

    def listen(self) -> None:
        """Take keys down from now on, for a question to come."""
        self._keypad.open()

    def typed(self) -> bool:
        """Whether a key waits to be read."""
        return not self._keypad.empty

    def no_more_keys(self) -> None:
        """Take no more, and forget what nobody has read."""
        self._keypad.close()

    def music(self) -> None:
        """Let music play from now on; nobody asks for keys."""
        self._keypad.close()
        self._speech.music()

    async def pause(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    def now_s(self) -> float:
        """The loop's clock."""
        return asyncio.get_running_loop().time()

    def playback_finished(self, playback: str, state: str) -> None:
        """PlaybackFinished of one of ours; `state` is done, failed or cancelled."""
        self._speech.playback_finished(playback, state)

    def digit(self, digit: str, at: datetime) -> None:
        """ChannelDtmfReceived, of the moment `at`."""
        if self._keypad.press(digit, at):
            self._speech.interrupt()
