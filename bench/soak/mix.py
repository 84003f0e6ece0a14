"""Citizens of every kind, by SIPp, minute by minute: each minute of each kind is a run of its own."""

from __future__ import annotations

import asyncio
import itertools
import random
import shutil
import time
from dataclasses import dataclass

import numpy as np

from bench.soak.book import Book
from bench.soak.settings import LINES
from tests.rig.carrier import Carrier
from tests.rig.tones import silence, to_ulaw, typed

MINUTE_S = 60.0
STAYS_MS = 240_000
"""Who stays until the exchange hangs up."""
SURE_S = 420.0
"""A run is over so long after its minute, or something hangs."""
TRIES = 3
FIRST_KEY_MS = 7_000
"""Behind the greeting (5.3 s), which a key would not interrupt."""
ANSWERED = frozenset({"answered"})
CROSSING = frozenset({"answered", "abandoned"})
WANTED = frozenset({"answered", "callback"})
AWAY = frozenset({"overflowed"})
LEFT = frozenset({"abandoned"})
NONE = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Kind:
    """Callers of one kind. ``weight``: of a mix of 155 calls a minute.

    ``hold_ms``: they hang up so long after the answer. ``by_caller``, ``by_system``: how their call may have
    ended, by who said BYE first. ``in_s``: their calls are spread over so many seconds of the minute.
    """

    line: str
    weight: float
    hold_ms: int = STAYS_MS
    by_caller: frozenset[str] = NONE
    by_system: frozenset[str] = NONE
    keys: str = ""
    media: bool = False
    in_s: float = MINUTE_S


KINDS = (
    Kind("main", 60, by_system=ANSWERED),
    Kind("main", 12, by_system=ANSWERED, in_s=1),  # a rush: they wait with music
    Kind("main", 9, 2_500, by_caller=frozenset({"abandoned_in_guidance"})),
    Kind("leaving", 15, 9_000, by_caller=CROSSING, by_system=ANSWERED),
    Kind("alone", 8, 9_000, by_caller=LEFT),  # in the middle of the busy guidance
    Kind("alone", 8, 16_000, by_caller=LEFT),
    Kind("alone", 4, 28_000, by_caller=LEFT, media=True),
    Kind("shut", 5, 4_000, by_caller=frozenset({"closed"})),
    Kind("shut", 3, by_system=frozenset({"closed"})),
    Kind("asked", 5, by_system=frozenset({"guidance_completed"}), keys="1"),
    Kind("asked", 6, by_system=ANSWERED, keys="2"),
    Kind("full", 4, by_system=AWAY),
    Kind("patient", 4, by_system=frozenset({"timed_out"})),
    Kind("away", 3, 18_000, by_caller=AWAY, by_system=AWAY),
    Kind("taken", 3, by_system=frozenset({"withdrawn"})),
    Kind("later", 3, by_system=frozenset({"callback"})),
    Kind("back", 3, by_system=WANTED, keys="31"),
)
WEIGHTS = sum(kind.weight for kind in KINDS)


class Mix:
    """Places calls, and keeps the book of those that are over."""

    def __init__(self, server: str, rate: float, seed: int = 1) -> None:
        """``rate``: calls a second, of all kinds together."""
        self.book = Book()
        self.placed = 0
        self._carrier = Carrier(server)
        self._rate = rate
        self._chance = random.Random(seed)  # numbers of calls, no secrets
        self._numbers = itertools.count(1)

    async def run(self, until_s: float) -> None:
        """Place calls until then (monotonic), and return when the last one is over."""
        async with asyncio.TaskGroup() as group:
            for place, kind in enumerate(KINDS):
                group.create_task(self._kind(kind, until_s, group, MINUTE_S * place / len(KINDS)))

    async def _kind(self, kind: Kind, until_s: float, group: asyncio.TaskGroup, after_s: float) -> None:
        await asyncio.sleep(after_s)  # not all processes of SIPp in the same moment
        due_s = time.monotonic()
        while due_s + MINUTE_S <= until_s:
            wanted = self._rate * MINUTE_S * kind.weight / WEIGHTS
            calls = int(wanted) + (self._chance.random() < wanted % 1)  # the mean is the weight's
            if calls:
                group.create_task(self._minute(kind, calls))
            due_s += MINUTE_S
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))

    async def _minute(self, kind: Kind, calls: int) -> None:
        number = f"026226{next(self._numbers) % 10_000:04d}"
        for tries_left in range(TRIES - 1, -1, -1):
            run = await self._carrier.call(
                LINES[kind.line],
                calls=calls,
                rate=round(max(0.02, calls / kind.in_s), 3),
                hold_ms=kind.hold_ms,
                caller=f'"{number}" <sip:{number}@127.0.0.2>',
                media=kind.media or bool(kind.keys),
                sound=_sound(kind.keys) if kind.keys else None,
                events=not kind.keys,
            )
            self.placed += calls
            try:
                result = await run.result(MINUTE_S + SURE_S)
                break
            except AssertionError as error:
                if tries_left and str(error).startswith("SIPp failed"):
                    self.placed -= calls  # another program took its port in between: no call was made
                    continue
                self.book.lost(f"calls to {kind.line}: {str(error)[:500]}", calls)
                return
        for call in result.calls:
            outcomes = kind.by_caller if call.ended_by == "caller" else kind.by_system
            if call.final_code != 200 or call.ended_by is None:
                self.book.lost(f"a call to {kind.line} was not served: {call}")
            elif outcomes:
                self.book.add(outcomes)
            else:
                self.book.lost(f"a call to {kind.line} was ended by the {call.ended_by}: {call}")
        if len(result.calls) < calls:
            self.book.lost(f"calls to {kind.line} were not placed", calls - len(result.calls))
        await asyncio.to_thread(shutil.rmtree, run.directory)


def _sound(keys: str) -> bytes:
    """The keys, one soon after the other; then the line is quiet."""
    parts = [silence(FIRST_KEY_MS)]
    for key in keys:
        parts += [typed(key), silence(700)]
    return to_ulaw(np.concatenate(parts))
