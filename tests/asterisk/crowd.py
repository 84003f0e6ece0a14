"""A crowd of citizens by SIPp, of every kind of ending, who keep count of their own calls.

Each line has one way in which its calls end, so that nobody has to ask the exchange how a call ended: the
crowd knows what it did (hung up, pressed a key, stayed), and sees on the wire who said BYE.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field

import numpy as np

from tests.asterisk.site import Site
from tests.rig.carrier import CarrierResult
from tests.rig.tones import silence, to_ulaw, typed
from tests.rig.world import eventually

OUTSIDE = "0262269999"
LINES = {
    "main": "0260001234",
    "leaving": "0260002001",
    "nobody": "0260002002",
    "full": "0260002003",
    "patient": "0260002004",
    "elsewhere": "0260002005",
    "shut": "0260002006",
    "asked": "0260002007",
    "alone": "0260002008",
    "taken": "0260002009",
    "later": "0260002010",
}
SEATS = 7
FALL_HOLD_MS = 10_000
"""How long callers stay whose exchange falls: until it is back, as a rule."""
_OPERATORS = "".join(
    f'[[operators]]\nid = "{100 + n}"\nname = "受付{n}"\nlines = ["{"main" if n <= 5 else "leaving"}"]\n'
    for n in range(1, SEATS + 1)
)
_FURTHER = "".join(
    f'[[lines]]\nid = "{name}"\nname = "{name}"\nnumbers = ["{number}"]\n'
    + ('menu = "asked"\n' if name == "asked" else "")
    + ('[lines.calendar]\nweekdays = ["wed"]\nnth_weekdays = []\n' if name == "shut" else "")
    for name, number in LINES.items()
    if name != "main"
)
SETTINGS = f"""
overflow = [
  {{ cause = "no_seat", limit = 0, to = "hang_up", line = "nobody" }},
  {{ cause = "queue_full", limit = 0, to = "hang_up", line = "full" }},
  {{ cause = "waited", limit = 1, to = "hang_up", line = "patient" }},
  {{ cause = "queue_full", limit = 0, to = "number:{OUTSIDE}", line = "elsewhere" }},
]
{_OPERATORS}
{_FURTHER}
[guidance]
greeting = false
busy = false
please_hold_every_s = 5
[floor]
ring_time_s = 10
wrap_up_s = 3
max_misses = 2
[queue]
review_s = 0.5
[callback]
enabled = true
[menus.asked]
text = "menu.top"
wait_s = 5
[menus.asked.keys]
1 = "say:menu.repeat, hang_up"
2 = "queue"
"""
BLOCKING = f"{SETTINGS}\n[line]\nmax_calls = 1\n"


@dataclass
class Book:
    """What the callers know: how many of their calls ended how. ``crossing``: answered or abandoned; who hung
    up at the moment of the answer does not know which.
    """

    ended: Counter[str] = field(default_factory=Counter)
    crossing: int = 0

    @property
    def calls(self) -> int:
        """All of them."""
        return self.ended.total() + self.crossing


class Crowd:
    """Calls by the dozen; `book` is kept by those who call."""

    def __init__(self, site: Site, book: Book | None = None) -> None:
        self.site = site
        self.book = Book() if book is None else book
        self.placed = 0
        self._runs = 0

    async def staff(self) -> None:
        """Seats 1 to 5 pick up and hang up soon; those of the line of leaving citizens stay on.

        Not sooner: the telephones' library keeps the sockets of a call for a while, and has few.
        """
        for number, seat in self.site.seats.items():
            hangup = {"hangup_after_ms": 500} if number <= 5 else {}
            await seat.behaves(answer_after_ms=0, **hangup)
            await self.site.world.log_in(number)
        self.site.outside.behave(answer_after_ms=200, hangup_after_ms=500)

    async def round(self, size: int = 1) -> None:
        """``size`` times some hundred calls of every kind at once; then those for whom there is no room."""
        stay, soon = 240_000, 300
        await _all(
            self._call("main", 24 * size, stay, rate=6, system="answered", caller="abandoned"),
            *(self._leaving(4 * size, after_ms) for after_ms in (200, 700, 1_400, 2_500)),
            self._call("alone", 6 * size, soon, caller="abandoned"),
            self._call("alone", 6 * size, 1_500, caller="abandoned"),
            self._call("nobody", 6 * size, stay, system="left_no_operator"),
            self._call("full", 6 * size, stay, system="overflowed"),
            self._call("patient", 6 * size, stay, system="timed_out"),
            self._call("elsewhere", 2 * size, stay, rate=0.5, system="overflowed"),
            self._call("shut", 8 * size, 1_500, caller="closed"),
            self._call("shut", 2 * size, stay, system="closed"),
            self._call("asked", 6 * size, soon, caller="abandoned_in_guidance"),
            self._call("asked", 4 * size, stay, keys="1", system="guidance_completed"),
            self._moved("taken", 4 * size, "withdrawn", "take-out", {"reason": "間違い電話"}),
            self._moved("later", 4 * size, "callback", "callback", {}),
        )
        await self.site.world.nothing_left(90)
        await self.site.settings(BLOCKING)
        holder = asyncio.create_task(self._call("alone", 1, 2_500, caller="abandoned"))
        await self._waiting("alone", 1)
        await self._call("main", 5, stay, rate=5, system="blocked")
        await holder
        await self.site.world.nothing_left(90)
        await self.site.settings(SETTINGS)
        for one in (await self.site.world.api("GET", "/callbacks"))["callbacks"]:
            await self.site.world.api("POST", f"/callbacks/{one['ticket']}/cancel")

    async def fall(self, falls: Callable[[], Awaitable[None]]) -> None:
        """``falls`` kills the exchange while some wait and some listen to guidance, and ends when it is back.

        Nobody says BYE to these callers. They hang up at last, and hear that no such call is known.
        """
        placed = [
            asyncio.create_task(self._place(line, calls, FALL_HOLD_MS, rate=20))
            for line, calls in (("alone", 3), ("asked", 2))
        ]
        await self._waiting("alone", 3)

        async def two_listen() -> bool:
            terms = (await self.site.live())["today"]["identity"]["terms"]
            return bool(terms["in_guidance"] == 2)

        await eventually(two_listen, FALL_HOLD_MS / 1000, "two listen to guidance")
        await falls()
        for result in await asyncio.gather(*placed):
            for call in result.calls:
                assert (call.ended_by, call.bye_code) == ("caller", 481), call
                self.book.ended["system_failed"] += 1

    async def flow(self) -> None:
        """Some dozen calls over some ten seconds, who take what comes."""
        await _all(
            self._some("main", 24, 120_000, rate=3),
            self._some("leaving", 8, 700, rate=1),
            self._some("alone", 12, 300, rate=1.5),
            self._some("alone", 8, 2_000, rate=1),
            self._some("patient", 4, 120_000, rate=1),
        )

    async def _some(self, line: str, calls: int, hold_ms: int, *, rate: float) -> None:
        await self._place(line, calls, hold_ms, rate)

    async def _leaving(self, calls: int, after_ms: int) -> None:
        """Who hangs up about when the operator picks up."""
        await self._place("leaving", calls, after_ms, rate=0.7)
        self.book.crossing += calls

    async def _call(
        self, line: str, calls: int, hold_ms: int, *, rate: float = 4, keys: str = "", **by: str
    ) -> None:
        """``by``: how such a call has ended, by who said BYE first, "caller" or "system"."""
        result = await self._place(line, calls, hold_ms, rate, keys)
        for call in result.calls:
            assert call.ended_by in by, (line, call)
            self.book.ended[by[call.ended_by]] += 1

    async def _moved(self, line: str, calls: int, outcome: str, verb: str, body: dict[str, str]) -> None:
        """Callers who wait until the supervisor does something with them."""
        placed = asyncio.create_task(self._call(line, calls, 120_000, rate=20, system=outcome))
        for call in await self._waiting(line, calls):
            await self.site.world.api("POST", f"/calls/{call}/{verb}", body)
        await placed

    async def _place(self, line: str, calls: int, hold_ms: int, rate: float, keys: str = "") -> CarrierResult:
        sound = to_ulaw(np.concatenate([silence(1_500), typed(keys), silence(500)])) if keys else None
        self._runs += 1
        self.placed += calls
        caller = f"026226{self._runs % 10_000:04d}"
        run = await self.site.carrier.call(
            LINES[line],
            calls=calls,
            rate=rate,
            hold_ms=hold_ms,
            caller=f'"{caller}" <sip:{caller}@127.0.0.2>',
            media=bool(keys),
            sound=sound,
            events=not keys,
        )
        result = await run.result(300 + calls / rate)
        assert (result.successful, len(result.answered)) == (calls, calls), (line, result.errors[-2_000:])
        return result

    async def _waiting(self, line: str, number: int) -> list[str]:
        async def look() -> list[str]:
            waiting = [one["call"] for one in (await self.site.live())["waiting"] if one["line"] == line]
            return waiting if len(waiting) == number else []

        return await eventually(look, 180, f"{number} wait on {line}")


async def _all(*work: Coroutine[object, object, None]) -> None:
    async with asyncio.TaskGroup() as group:
        for one in work:
            group.create_task(one)
