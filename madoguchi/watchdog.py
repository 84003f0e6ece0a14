"""The watchdog beside the controller: callers inside it are not left for ever when no controller comes back.

Part of `bin/up`, which lives when the controller does not. It sees the controller's heartbeat where the
dialplan sees it, in Asterisk, and asks the desk whether its process still answers. Time is the machine's
monotonic one: a clock that is set makes no controller look dead.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import aiohttp

LOOK_EVERY_S = 1.0
ANSWER_WITHIN_S = 3.0
AGAIN_AFTER_S = 20.0
OFFER, CITIZEN = "offer-", "call"


class AwayError(Exception):
    """Asterisk does not answer."""


class Asks(Protocol):
    """The Asterisk REST Interface over plain HTTP: nothing of it needs the controller's connection."""

    async def __call__(self, method: str, path: str, **query: str) -> Any:
        """The answer, None for none; a thing that is gone is none either. Raises AwayError."""


class Rest:
    """Asks Asterisk, with the controller's own user."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url, self._user, self._password = url, user, password
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, method: str, path: str, **query: str) -> Any:
        """See `Asks`."""
        import aiohttp  # bin/up is quicker to start without it

        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"Authorization": aiohttp.encode_basic_auth(self._user, self._password)},
                timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S),
            )
        try:
            async with self._session.request(method, self._url + path, params=query) as answer:
                return await answer.json() if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise AwayError(str(error)) from None

    async def close(self) -> None:
        """End its connections."""
        if self._session is not None:
            await self._session.close()


class Watchdog:
    """Looks once a second; acts after so many seconds without a sign of life (0: never)."""

    def __init__(
        self,
        *,
        ask: Asks,
        alive: Callable[[], Awaitable[bool]],
        restart: Callable[[], None],
        say: Callable[[str], None],
        app: str,
        hand_over_s: float,
        restart_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`alive`: whether the controller's process answers; `restart` ends it, so that another is started.
        `app`: the Stasis application.
        """
        self._ask = ask
        self._alive = alive
        self._restart = restart
        self._say = say
        self._app = app
        self._hand_over_s = hand_over_s
        self._restart_s = restart_s
        self._clock = clock
        self._asked: dict[str, float] = {}
        self._beat = ""
        self._beat_at = self._alive_at = clock()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001  # whatever it is: who watches must not fall asleep
                self._say(f"the watchdog could not look: {error!r}")

    async def look(self) -> None:
        """Look once, and do what is due."""
        await asyncio.gather(self._look_at_process(), self._look_at_beat())

    async def _look_at_process(self) -> None:
        if await self._alive():
            self._alive_at = self._clock()
        elif 0 < self._restart_s <= self._clock() - self._alive_at:
            silent_s = self._clock() - self._alive_at
            self._say(f"the controller has not answered for {silent_s:.0f} s: ending it, to start another")
            self._alive_at = self._clock()
            self._restart()

    async def _look_at_beat(self) -> None:
        try:
            found = await self._ask("GET", "/asterisk/variable", variable="MADOGUCHI_BEAT")
            beat = str((found or {}).get("value") or "")
            if beat != self._beat or not beat:
                self._beat, self._beat_at = beat, self._clock()
                self._asked.clear()
            elif 0 < self._hand_over_s <= self._clock() - self._beat_at:
                await self._hand_over()
        except AwayError:  # and its callers are away with it
            self._beat, self._beat_at = "", self._clock()

    async def _hand_over(self) -> None:
        """Give all who wait inside the application to the fallback, in the order of their coming."""
        bridges = await self._ask("GET", "/bridges") or []
        company = {channel: len(one["channels"]) for one in bridges for channel in one["channels"]}
        to_queue = {"context": "fallback", "extension": "waits", "priority": "1"}
        given = ended = 0
        asked: list[Awaitable[Any]] = []
        now = self._clock()
        for one in sorted(await self._ask("GET", "/channels") or [], key=_came):
            channel, others = one["id"], company.get(one["id"], 0) - 1
            is_offer = channel.startswith(OFFER)
            if others > 0 or not (is_offer or self._is_citizens(one["dialplan"])):
                continue
            if now - self._asked.get(channel, -AGAIN_AFTER_S) < AGAIN_AFTER_S:
                continue  # a text plays to him: Asterisk does it when that is over
            self._asked[channel] = now
            if is_offer or others == 0:
                # a phone that rings for nobody, an operator who hears nobody, a caller whose operator is gone
                asked.append(self._ask("DELETE", f"/channels/{channel}"))
                ended += not is_offer
            else:
                asked.append(self._ask("POST", f"/channels/{channel}/continue", **to_queue))
                given += 1
        await asyncio.gather(*asked, return_exceptions=True)
        if given or ended:
            alone = f", {ended} left alone after their talk hung up" if ended else ""
            self._say(
                f"no controller for {now - self._beat_at:.0f} s: {given} waiting callers handed to "
                f"the exchange's own queue{alone}"
            )

    def _is_citizens(self, place: Mapping[str, Any]) -> bool:
        inside = place.get("app_name") == "Stasis"
        return inside and str(place.get("app_data")).split(",")[:2] == [self._app, CITIZEN]


def _came(channel: Mapping[str, Any]) -> tuple[str, int]:
    tail = str(channel["id"]).rpartition(".")[2]
    return str(channel["creationtime"]), int(tail) if tail.isdecimal() else 0
