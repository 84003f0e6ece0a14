"""A citizen in the menus, with a keypad: presses at given moments, and remembers what was heard and noted."""

from __future__ import annotations

from collections import deque


class MenuCitizen:
    """Implements `ivr.menu.MenuCaller` on a clock of its own: a text takes a second, a wait its time.

    presses: (second from the beginning, key), in order. heard: texts, a cut one with "…" behind it.
    """

    def __init__(self, *presses: tuple[float, str], calls_back: bool = True) -> None:
        self.now_s = 0.0
        self.presses = deque(presses)
        self.unread: deque[str] = deque()
        self.listening = False
        self.heard: list[str] = []
        self.rows: list[tuple[str, str, str]] = []
        self.languages: list[str] = []
        self.calls_back = calls_back

    def _run(self, until_s: float) -> bool:
        """Let time pass, at most until a key comes that counts; whether one did."""
        while self.presses and self.presses[0][0] <= until_s:
            at_s, key = self.presses.popleft()
            self.now_s = max(self.now_s, at_s)
            if self.listening:
                self.unread.append(key)
                return True
        self.now_s = max(self.now_s, until_s)
        return False

    async def say(self, *texts: str) -> None:
        for text in texts:
            self.heard.append(text)
            end_s = self.now_s + 1
            while self._run(end_s):
                pass

    async def tell(self, *texts: str) -> None:
        for text in texts:
            if self.unread:
                return
            self.heard.append(text)
            if self._run(self.now_s + 1):
                self.heard[-1] += "…"

    async def key(self, *texts: str, wait_s: float) -> str:
        assert self.listening
        assert 1 <= wait_s <= 30
        await self.tell(*texts)
        if not self.unread:
            self._run(self.now_s + wait_s)
        return self.unread.popleft() if self.unread else ""

    def listen(self) -> None:
        self.listening = True

    def no_more_keys(self) -> None:
        self.listening = False
        self.unread.clear()

    def typed(self) -> bool:
        return bool(self.unread)

    def speak(self, language: str) -> None:
        self.languages.append(language)

    def may_call_back(self) -> bool:
        return self.calls_back

    def menu_step(self, menu: str, key: str, target: str) -> None:
        self.rows.append((menu, key, target))
