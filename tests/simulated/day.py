"""One seed: citizens, operators, and everything that breaks, around the real controller; then the laws.

PYTHONHASHSEED=0 python -m tests.simulated.day 7            # this seed, told step by step when it fails
PYTHONHASHSEED=0 python -m tests.simulated.day 1 10000      # from 1 to 10000
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import structlog

from acd.events import LogIn
from config import Clock, Settings
from controller.caller_key import CallerKeys
from controller.controller import Controller
from controller.people import People
from controller.recorder import Recorder
from db import calls_between, journal_rows
from ivr.calendar import Calendar, CalendarRules
from reports.identity import UNEXPLAINED, ending
from tests.simulated.asterisk import Asterisk, Channel, Socket
from tests.simulated.loop import MadeTimeLoop
from tests.simulated.paper import BlankPaper, Disk
from tests.unit.controller.controller_rig import QUIET, TUESDAY, Texts

HARSHER = 1_000_000
"""Days from this seed on know more: what is on its way when a connection breaks may be lost, and a connection
may stand still for seconds without breaking. Days before it are as they were when they found their faults.
"""
SEATS = (1, 2, 3)
LENGTH_S = 90.0
"""So long citizens come and things break; then everybody is served, and all must be over in the end."""
LONGEST_S = 1_800.0
PATIENCE_S = 4.8
"""So long the controller waits for an answer to its ping."""
LONG_TALK_S = 6.0
"""A talk that is longer is known as one: by the journal, or by Asterisk's record of the operator's leg."""


class MadeClock(Clock):
    """The loop's time as a time of day, which somebody may set."""

    def __init__(self, loop: MadeTimeLoop) -> None:
        super().__init__()
        self._loop = loop
        self.step_ms = 0

    def now_ms(self) -> int:
        """Milliseconds UTC."""
        return TUESDAY + int((self._loop.time() - 1000) * 1000) + self.step_ms


class BrokenLawError(AssertionError):
    """What must never happen has happened."""


class Day:
    """A world by one seed."""

    def __init__(self, seed: int, blank: BlankPaper, loop: MadeTimeLoop) -> None:
        self.chance = random.Random(seed)
        self.loop = loop
        self.database = blank.fresh()
        self.exchange_log = blank.exchange_log
        self.clock = MadeClock(loop)
        self.mishap = random.Random(seed) if seed >= HARSHER else None
        self.asterisk = Asterisk(self.chance, self.clock.now_ms, blank.cdr, self.mishap)
        self.asterisk.phones = dict.fromkeys(SEATS, "online")
        self.asterisk.on_crash = self.falls
        self.settings = Settings.model_validate(
            {**QUIET, "floor": {"wrap_up_s": 1, "max_misses": 99, "ring_time_s": 8},
             "seats": {"count": len(SEATS)}}
        )  # fmt: skip
        self.came: set[int] = set()
        self.served_alone: set[int] = set()
        self.channel_of: dict[int, str] = {}
        self.faults: Counter[str] = Counter()
        self.controller: Controller | None = None
        self.paper: Disk | None = None
        self._tasks: list[asyncio.Task[Any]] = []

    async def run(self) -> None:
        """Live the day and hold it against the laws."""
        self.rises()
        await asyncio.sleep(0.5)
        for seat in SEATS:
            assert self.controller is not None
            self.controller.dispatcher.submit(LogIn(seat, self.settings.operators[seat - 1].id))
        await asyncio.sleep(0.2)
        citizens = self.chance.randint(3, 9)
        for citizen in range(citizens):
            self.loop.call_later(self.chance.uniform(0, LENGTH_S * 0.7), self.comes, citizen)
        for _ in range(self.chance.randint(0, 4)):
            self.loop.call_later(self.chance.uniform(1, LENGTH_S * 0.9), self.breaks)
        if self.mishap is not None:
            for _ in range(self.mishap.randint(0, 3)):
                self.loop.call_later(self.mishap.uniform(1, LENGTH_S * 0.9), self._stalls)
        if self.chance.random() < 0.7:
            self.asterisk.crash_at = self.asterisk.commands + self.chance.randint(1, 120)
        await asyncio.sleep(LENGTH_S)
        self.asterisk.crash_at = 0
        self.faults[self.asterisk.crash_point] += bool(self.asterisk.crash_point)
        for _ in range(int((LONGEST_S - LENGTH_S) / 5)):
            if self.asterisk.channels:
                await asyncio.sleep(5)
        await asyncio.sleep(20)
        self.laws()
        self.falls(again=False)

    def comes(self, citizen: int) -> None:
        """A citizen calls; some are patient, some hang up."""
        channel = self.asterisk.citizen_comes(citizen)
        if channel is None:
            self.served_alone.add(citizen)
            return
        self.came.add(citizen)
        self.channel_of[citizen] = channel
        if self.chance.random() < 0.4:
            self.loop.call_later(self.chance.uniform(0.001, 30), self._gives_up, channel)

    def _gives_up(self, name: str) -> None:
        channel: Channel | None = self.asterisk.channels.get(name)
        if channel is not None:
            self.asterisk.party_hangs_up(channel)

    # --- what breaks ----------------------------------------------------------------------------------------

    def breaks(self) -> None:
        """One of all that can."""
        what = self.chance.choice(("kill", "cut", "clock", "disk", "asterisk"))
        self.faults[what] += 1
        if what == "kill":
            self.falls()
        elif what == "cut" and self.asterisk.socket is not None and not self.asterisk.socket.dead:
            socket = self.asterisk.socket
            socket.cut()
            self.loop.call_later(self.chance.uniform(0.2, 5), self._reconnects, socket)
        elif what == "clock":
            self.clock.step_ms += self.chance.choice((-3_600_000, 3_600_000))
        elif what == "disk" and self.paper is not None:
            self.paper.away = True
            self.loop.call_later(self.chance.uniform(0.5, 8), setattr, self.paper, "away", False)
        elif what == "asterisk":
            fallen = self.asterisk.socket
            self.asterisk.fall()
            if fallen is not None and not fallen.dead:
                fallen.cut()
                self.loop.call_later(self.chance.uniform(1, 4), self._reconnects, fallen)

    def _stalls(self) -> None:
        """Nothing passes for some seconds; then it goes on, or the controller has lost patience."""
        socket, mishap = self.asterisk.socket, self.mishap
        if socket is None or mishap is None or not socket.open or socket.dead:
            return
        self.faults["stall"] += 1
        stall_s = mishap.uniform(0.5, 8)
        socket.stall(stall_s, deaf=mishap.random() < 0.5)
        if stall_s > PATIENCE_S:
            self.loop.call_later(PATIENCE_S, self._gives_the_connection_up, socket)

    def _gives_the_connection_up(self, socket: Socket) -> None:
        if socket.open and not socket.dead:
            self.faults["cut"] += 1
            socket.cut()
            self.loop.call_later(0.5, self._reconnects, socket)

    def _reconnects(self, socket: Socket) -> None:
        if not socket.dead and not socket.open and self.asterisk.socket is socket:
            socket.connect()

    def rises(self) -> None:
        """A controller starts."""
        socket = Socket(self.asterisk)
        self.paper = Disk(self.database, self.chance)
        people = self.settings.operators
        self.controller = Controller(
            socket,
            settings=self.settings,
            endpoints={seat: f"phone-{seat}" for seat in SEATS},
            people=People({o.id: o.name for o in people}, {o.id: f"{o.id}9" for o in people}),
            calendars={"main": Calendar(CalendarRules())},
            guidance=Texts(),  # type: ignore[arg-type]
            recorder=Recorder(self.paper, self.clock),  # type: ignore[arg-type]
            database=self.database,
            clock=self.clock,
            caller_keys=CallerKeys("a secret of the tests"),
            exchange_log=self.exchange_log,
        )
        self.asterisk.socket = socket
        socket.connect()

    def falls(self, *, again: bool = True) -> None:
        """The controller is killed, in the middle of whatever it does; another starts."""
        self.faults["fell"] += again
        controller, socket, paper = self.controller, self.asterisk.socket, self.paper
        if controller is None or socket is None or paper is None:
            return
        socket.dead, socket.open = True, False
        paper.fall()
        self.controller = None
        for call in controller.calls.values():
            call._stop_script()
        self._tasks.append(self.loop.create_task(controller.stop()))
        if again:
            self.loop.call_later(self.chance.uniform(0.5, 4), self._rises_again)

    def _rises_again(self) -> None:
        if self.controller is None:
            self.rises()

    # --- the laws -------------------------------------------------------------------------------------------

    def laws(self) -> None:
        """Safety and liveness, at the end of the day.

        Raises:
            BrokenLawError: names the law and what broke it.
        """
        assert self.paper is not None
        if self.controller is not None:
            self.controller.recorder.flush()
        self.paper.away = False
        self.paper.flush()
        world = self.asterisk
        self._law(not world.channels, f"channels are left: {list(world.channels)}")
        self._law(not world.bridges, f"bridges are left: {world.bridges}")
        self._law(not world.unanswered, f"in a talk, and never answered: {world.unanswered}")
        self._law(not world.dropped, f"talks were dropped: {world.dropped}")
        with self.database.read() as connection:
            calls = list(calls_between(connection, 0, 2**53))
            rows = [row.entry for row in journal_rows(connection)]
        by_channel = {str(row.data.get("channel")): row.call for row in rows if row.kind == "call.received"}
        facts = {one.call: one for one in calls}
        ends = Counter(row.call for row in rows if row.kind == "call.ended")
        begins = Counter(row.call for row in rows if row.kind == "call.received")
        for citizen, channel in self.channel_of.items():
            call = by_channel.get(channel)
            if call is None:
                # Only Asterisk's own fall leaves no trace of who came in the moment before it.
                self._law(self.faults["asterisk"] > 0, f"citizen {citizen} is not in the journal")
                continue
            one = facts[call]
            self._law(begins[call] == 1, f"{call} began {begins[call]} times")
            self._law(ends[call] == 1, f"{call} ended {ends[call]} times")
            self._law(ending(one) != UNEXPLAINED, f"{call} is unexplained: {one}")
            if world.talk_s.get(citizen, 0.0) > LONG_TALK_S:
                self._law(one.connected, f"{call} talked, and counts as {one.outcome}")
        self._law(len(calls) == len(begins), "calls without a beginning")
        if self.controller is not None:
            floor = self.controller.dispatcher.floor
            self._law(not floor.waiting(), "callers wait on the floor whom nobody knows")
            for seat in SEATS:
                state = floor.seat(seat)
                free = state is None or state.state.value in ("ready", "logged_out", "wrap_up", "break")
                self._law(free, f"seat {seat} is stuck: {state and state.state.value}")

    @staticmethod
    def _law(holds: bool, broken: str) -> None:
        if not holds:
            raise BrokenLawError(broken)


def play(seed: int, blank: BlankPaper) -> Counter[str]:
    """One seed; what broke in it.

    Raises:
        BrokenLawError: a law was broken.
    """
    loop = MadeTimeLoop()
    asyncio.set_event_loop(loop)
    day = Day(seed, blank, loop)
    try:
        loop.run_until_complete(day.run())
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        with suppress(Exception):
            loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        asyncio.set_event_loop(None)
    return day.faults


def again(seed: int, blank: BlankPaper) -> str:
    """What a broken seed does when it is played a second time: the same, it should be."""
    try:
        play(seed, blank)
    except BrokenLawError as error:
        return str(error)
    return "no law was broken"


@contextmanager
def quiet() -> Iterator[None]:
    """Say nothing of what is logged, for a while: who comes after may want to read it."""
    before = structlog.get_config()
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        structlog.configure(**before)


def say(text: str) -> None:
    """A line for whoever waits."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(first: int, last: int) -> int:
    """Play seeds; 1 when a law was broken."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"})
    with quiet() if first != last else nullcontext():
        return _played(first, last)


def _played(first: int, last: int) -> int:
    began, broken = time.monotonic(), []
    total: Counter[str] = Counter()
    gc.disable()  # a fifth of the time; between the days is early enough
    with BlankPaper() as blank:
        for seed in range(first, last + 1):
            try:
                total += play(seed, blank)
            except BrokenLawError as error:
                broken.append(seed)
                say(f"seed {seed}: {error}; played again: {again(seed, blank)}")
            if seed % 50 == 0:
                gc.collect()
            if seed % 200 == 0:
                say(f"… {seed}: {len(broken)} broken, {time.monotonic() - began:.0f} s")
    took_s = time.monotonic() - began
    points = sorted(name for name in total if name.startswith(("before ", "behind ")))
    say("\n".join(f"fell {name}: {total.pop(name)} times" for name in points))
    say(f"{last - first + 1} seeds, {len(broken)} broken {broken[:20]}, {dict(total)}, {took_s:.0f} s")
    return 1 if broken else 0


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]] or [1]
    sys.exit(main(numbers[0], numbers[-1]))
