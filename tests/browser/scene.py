"""An invented Tuesday at half past two, for pages that are looked at: seats in every state, a queue, a day
behind them, and weeks behind that."""

import random

from acd.events import HoldStarted
from config import parse_local, to_ms
from db import Entry
from tests.unit.desk.desk_rig import Site

NOON = to_ms(parse_local("2026-11-24 14:32:00"))
DAY_MS = 86_400_000
SHAPE = (4, 9, 14, 16, 15, 13, 11, 8, 7, 9, 12, 13, 12, 11, 10, 8, 5, 3)
"""Calls by half hour from 8:30, as a Tuesday usually is."""


def some_day(site: Site, midnight_ms: int, until_ms: int, chance: random.Random, busy: float = 1.0) -> None:
    """Calls as rows of the journal, answered by seats 1 to 7, some abandoned."""
    write = site.journal.write
    for slot, mean in enumerate(SHAPE):
        for number in range(round(chance.gauss(mean * busy, mean**0.5 / 1.5))):
            at_ms = midnight_ms + 17 * 1_800_000 + slot * 1_800_000 + chance.randrange(1_800_000)
            if at_ms + 240_000 > until_ms:
                continue
            call, seat = f"p{midnight_ms // DAY_MS}-{slot}-{number}", chance.randrange(1, 8)
            wait_ms = round(chance.expovariate(1 / 9000))
            gone = wait_ms > 22_000 and chance.random() < 0.55
            talk_ms = round(chance.uniform(50_000, 230_000))
            offer = f"o-{call}"
            rows: list[tuple[int, str, int | None, dict[str, object]]] = [
                (0, "call.received", None, {"called": "0260001234", "open": True}),
                (300, "call.answered", None, {}),
                (6000, "call.queued", None, {"position": 1}),
            ]
            if gone:
                rows.append((6000 + wait_ms, "call.ended", None, {"outcome": "abandoned", "queued": True}))
            else:
                end_ms = 6000 + wait_ms + talk_ms
                rows += [
                    (6000 + wait_ms, "call.connected", seat, {"wait_ms": wait_ms}),
                    (6000 + wait_ms, "offer.ended", seat, {"outcome": "answered"}),
                    (end_ms, "call.talk_ended", seat, {"by": "caller"}),
                    (end_ms, "call.ended", seat, {"outcome": "answered", "queued": True}),
                    (end_ms, "seat.state", seat, {"from": "talking", "to": "wrap_up"}),
                    (end_ms + 28_000, "seat.state", seat, {"from": "wrap_up", "to": "ready"}),
                ]
            if chance.random() < 0.03:
                write(
                    Entry(at_ms + 5000, "offer.ended", call, seat, None, offer, data={"outcome": "no_answer"})
                )
            for after_ms, kind, at, data in rows:
                write(Entry(at_ms + after_ms, kind, call, at, None, None, data=data))


async def busy_tuesday(site: Site) -> None:
    """Weeks, the day, and a floor on which everything happens. The site's clock must stand at 10:00."""
    chance = random.Random(20261124)
    midnight_ms = NOON - (14 * 60 + 32) * 60_000
    for weeks in range(1, 9):
        if weeks != 3:
            some_day(site, midnight_ms - weeks * 7 * DAY_MS, 2**62, chance, chance.uniform(0.85, 1.15))
    some_day(site, midnight_ms, NOON, chance, 1.1)
    site.journal.flush()
    clock = site.clock

    async def talk(seat: int, minutes: float, *, holds: float = 0) -> str:
        clock.at_ms = round(NOON - minutes * 60_000)
        site.seat_up(seat, str(100 + seat))
        call = await site.call_in()
        site.pick_up(call)
        if holds:
            clock.at_ms = round(NOON - holds * 60_000)
            offer = site.controller.dispatcher.floor.call(call).offer
            site.controller.dispatcher.submit(HoldStarted(offer))
        return call

    await talk(1, 16.2)
    await talk(2, 6.3, holds=1.4)
    ends = await talk(3, 3.1)
    clock.at_ms = NOON - 18_000
    site.operator_hangs_up(ends)
    await talk(5, 1.7)
    clock.at_ms = NOON - 41 * 60_000
    site.seat_up(6, "106")
    site.office.take_break(6, "1")
    for ago_s in (74, 43, 12):
        clock.at_ms = NOON - ago_s * 1000
        await site.call_in(f"0901234{ago_s:04d}")
    clock.at_ms = NOON - 4000
    site.seat_up(4, "104")
    clock.at_ms = NOON
    site.office.operator.raise_hand(1, "苦情")
