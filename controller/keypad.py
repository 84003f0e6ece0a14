"""The keys that a citizen or an operator presses, while somebody asks for them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

SAME_DIGIT = timedelta(milliseconds=50)
"""A key that comes twice within so long was pressed once."""
MOST_UNREAD = 30
"""Nobody types further ahead: a telephone that lies on its keys, or a machine."""


class Keypad:
    """Takes keys down while it is open; what is pressed at other times says nothing."""

    def __init__(self) -> None:
        self.is_open = False
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._last = ("", datetime.min.replace(tzinfo=UTC))
        self._needless = ""

    @property
    def empty(self) -> bool:
        """Whether no key waits to be read."""
        return self._keys.empty()

    def open(self) -> None:
        """Take keys down from now on; those that came since the last opening stay."""
        self.is_open = True

    def close(self) -> None:
        """Take no more, and forget what nobody has read."""
        self.is_open = False
        self._needless = ""
        self._keys = asyncio.Queue()

    def press(self, key: str, at: datetime) -> bool:
        """ChannelDtmfReceived, of the moment `at`; whether the key counts.

        A seat's keys come twice, as of our own channel and as of its endpoint, to which we are subscribed;
        and Asterisk was seen to end one digit twice, 20 ms apart. Nobody types that fast. Two keys that
        differ count however fast they come: what the network held up is delivered all at once.
        """
        (last, last_at), self._last = self._last, (key, at)
        again = key == last and abs(at - last_at) < SAME_DIGIT  # a clock may be set back
        if not self.is_open or again or self._keys.qsize() >= MOST_UNREAD:
            return False
        needless, self._needless = self._needless, ""
        if key == needless:
            return False
        self._keys.put_nowait(key)
        return True

    def forgive(self, key: str) -> None:
        """Let the next key say nothing if it is this one: the `#` behind a number that was complete."""
        self._needless = key

    async def next(self, within_s: float) -> str:
        """The next key; "" when none comes within so many seconds."""
        try:
            async with asyncio.timeout(within_s):
                return await self._keys.get()
        except TimeoutError:
            return ""
