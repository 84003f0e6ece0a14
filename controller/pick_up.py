"""Picking a citizen's call up: asked once, and again when nobody knows what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ari import AriError, Fault
from controller.exchange import NORMAL_FAULTS, UP, Exchange


class PickUp:
    """Whether one channel is answered. Until it is, the citizen hears sounds but talks with nobody."""

    def __init__(
        self,
        channel: str,
        exchange: Exchange,
        *,
        is_over: Callable[[], bool],
        done: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """`is_over`: the citizen has gone. `done`: told once, when Asterisk has answered."""
        self._channel = channel
        self._exchange = exchange
        self._is_over = is_over
        self._done = done
        self._failed = failed
        self._asked = False
        self._up = False

    def ask(self) -> None:
        """Ask Asterisk to answer, if nobody has. Waits for nothing."""
        if not self._asked:
            self._ask()

    def known(self) -> None:
        """It was answered long ago."""
        self._asked = self._up = True

    def made_up(self, *, is_up: bool) -> None:
        """The connection was away, and Asterisk tells how it is now: what was lost is asked again."""
        if not self._asked or self._up:
            return
        if is_up:
            self._answered()
        else:
            self._ask()

    def _ask(self) -> None:
        self._asked = True
        self._exchange.answer(self._channel).add_done_callback(self._replied)

    def _replied(self, reply: asyncio.Future[None]) -> None:
        if reply.cancelled():
            return
        error = reply.exception()
        if error is None:
            self._answered()  # also of who has hung up meanwhile: it was answered
        elif self._is_over():
            return
        elif not isinstance(error, AriError):
            self._failed(error)
        elif error.fault is Fault.TIMEOUT:
            self._look()
        elif error.fault not in NORMAL_FAULTS:
            self._failed(error)

    def _look(self) -> None:
        self._exchange.state_of(self._channel).add_done_callback(self._looked)

    def _looked(self, reply: asyncio.Future[str]) -> None:
        if reply.cancelled() or self._is_over():
            return
        error = reply.exception()
        if error is None:
            self.made_up(is_up=reply.result() == UP)
        elif isinstance(error, AriError) and error.fault is Fault.TIMEOUT:
            self._look()
        # Else there is no connection, or no channel: the next connection tells.

    def _answered(self) -> None:
        if not self._up:
            self._up = True
            self._done()
