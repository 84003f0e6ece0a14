"""One side of the comparison: probes one by one, then bursts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.dispatch.figures import Result, Spread, cpu_ms
from madoguchi.simulation.caller import Callers, Talk
from madoguchi.simulation.phone import SimulatedPhone


@dataclass(frozen=True)
class Load:
    """What is done to each side."""

    probes: int = 20
    bursts: int = 3
    calls: int = 42
    rate: float = 50.0
    """Calls a second in a burst."""
    talk_ms: float = 2000.0
    talk_spread_ms: float = 1000.0
    """A talk lasts talk_ms to talk_ms + this, uniformly."""
    pick_up_ms: float = 200.0


async def until(true: Callable[[], bool], timeout_s: float, what: str) -> None:
    """Wait for a condition.

    Raises:
        TimeoutError: it did not come; names `what`.
    """
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout_s} s: {what}")
        await asyncio.sleep(0.01)


async def measure(
    side: str,
    number: str,
    phones: Sequence[SimulatedPhone],
    callers: Callers,
    load: Load,
    pids: tuple[int, int],
) -> Result:
    """Run probes and bursts against `number`; `pids` are Asterisk's and the controller's (0 is none)."""
    result = Result(side)
    await _probe(result, number, phones, callers, load.probes)
    asterisk, controller = cpu_ms(pids[0]), cpu_ms(pids[1])
    waits: list[int] = []
    for burst in range(load.bursts):
        waits += await _burst(result, number, phones, callers, load, burst)
    calls = max(1, load.bursts * load.calls)
    result.next_ring = Spread.of(waits)
    result.asterisk_cpu_ms = round((cpu_ms(pids[0]) - asterisk) / calls, 1)
    result.controller_cpu_ms = round((cpu_ms(pids[1]) - controller) / calls, 1)
    return result


async def _probe(
    result: Result, number: str, phones: Sequence[SimulatedPhone], callers: Callers, probes: int
) -> None:
    answers: list[int] = []
    rings: list[int] = []
    for n in range(probes):
        for phone in phones:
            phone.fresh()
            phone.pick_up_ms = None
        talk = callers.call(number, f"09011{n:06d}")
        await until(lambda: any(phone.log.rings for phone in phones), 10, f"{result.side}: a phone rings")
        rings.append(min(phone.log.rings[0] for phone in phones if phone.log.rings) - talk.invited_ns)
        if talk.answered_ns is not None:
            answers.append(talk.answered_ns - talk.invited_ns)
        callers.end(talk)
        await until(lambda: all(phone.idle for phone in phones), 10, f"{result.side}: the ringing stops")
        await until(_over(talk), 10, f"{result.side}: the caller is gone")
        await asyncio.sleep(0.3)
    result.first_ring, result.answer = Spread.of(rings), Spread.of(answers)


def _over(talk: Talk) -> Callable[[], bool]:
    return lambda: talk.ended_ns is not None


async def _burst(
    result: Result, number: str, phones: Sequence[SimulatedPhone], callers: Callers, load: Load, burst: int
) -> list[int]:
    for phone in phones:
        phone.fresh()
        phone.pick_up_ms, phone.talk_ms = load.pick_up_ms, load.talk_ms
        phone.talk_spread_ms = load.talk_spread_ms
    talks: list[Talk] = []
    start = time.monotonic()
    for n in range(load.calls):
        await asyncio.sleep(max(0.0, start + n / load.rate - time.monotonic()))
        talks.append(callers.call(number, f"0902{burst:02d}{n:05d}"))
    patience = (
        20 + load.calls / len(phones) * (load.talk_ms + load.talk_spread_ms + load.pick_up_ms + 1500) / 1000
    )
    try:
        await until(lambda: all(talk.ended_ns is not None for talk in talks), patience, "the burst ends")
    except TimeoutError:
        for talk in talks:
            callers.end(talk)
    await until(lambda: all(phone.idle for phone in phones), 10, f"{result.side}: all phones are idle")
    await asyncio.sleep(0.5)
    result.calls += len(talks)
    served = sum(phone.log.talks for phone in phones)
    result.served += served
    result.lost += len(talks) - served
    result.rung_while_talking += sum(phone.log.rung_while_talking for phone in phones)
    return [wait for phone in phones for wait in phone.log.waits_ns()]
