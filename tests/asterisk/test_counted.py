"""The month's report is what the callers counted and Asterisk recorded, and the sum holds all along."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.asterisk.crowd import SEATS, SETTINGS, Book, Crowd
from tests.asterisk.site import Site
from tests.asterisk.test_records import command
from tests.rig.world import eventually

pytestmark = pytest.mark.asterisk
MONTH = "2026-11"
KINDS = {
    "answered", "abandoned", "abandoned_in_guidance", "closed", "blocked", "overflowed", "timed_out",
    "left_no_operator", "callback", "withdrawn", "guidance_completed",
    "system_failed",
}  # fmt: skip


@asynccontextmanager
async def sum_holds(site: Site) -> AsyncIterator[list[int]]:
    """Look at the day's figures all the time; the number of looks, at the end. An operator who is on break
    because the telephone was too slow twice comes back.
    """
    looks = [0]

    async def look() -> None:
        while True:
            live = await site.live()
            identity = live["today"]["identity"]
            assert identity["holds"], identity["sentence"]
            looks[0] += 1
            for seat in live["seats"]:
                if seat["state"] == "break":
                    await site.world.api("POST", f"/seats/{seat['seat']}/ready")
            await asyncio.sleep(0.5)

    looking = asyncio.create_task(look())
    try:
        yield looks
        assert not looking.done(), looking.exception()
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def the_books_agree(site: Site, home: Path, book: Book) -> None:
    """The month's report has the callers' own counts, and the check finds nothing."""

    async def reported() -> dict[str, int] | None:
        month = await site.world.api("GET", f"/reports/month/{MONTH}?format=json")
        terms: dict[str, int] = month["identity"]["terms"]
        over = month["received"] == book.calls and not terms["still_waiting"] + terms["in_guidance"]
        assert month["identity"]["holds"]
        return terms if over else None

    terms = await eventually(reported, 20, f"{book.calls} calls are over in the report")
    assert terms is not None
    left = {kind: count - book.ended[kind] for kind, count in terms.items() if count - book.ended[kind]}
    # Who hung up at the very answer knows only that it was one of the two.
    assert sum(left.values()) == book.crossing
    assert all(count > 0 and kind in ("answered", "abandoned") for kind, count in left.items()), left
    status, found = await command(home, "report", "check", MONTH)
    assert (status, found["differences"]) == (0, [])
    # What falls leaves no record.
    assert found["calls"] == found["cdr_calls"] + book.ended["system_failed"] == book.calls
    assert found["fallback"] == []


async def asterisk_falls(site: Site) -> None:
    """Kill Asterisk, and wait until the line is served again."""
    os.kill(site.world.run.asterisk_pid, signal.SIGKILL)
    await eventually(site.serves, 15, "the line is served again")


async def counted(directory: Path, *, starts: int = 1, rounds: int = 1, size: int = 1) -> Book:
    """So many starts of the same instance, an hour after each other by its clock, each with so many rounds
    and a fall of Asterisk at its end.

    The telephones are new ones each time: their library does not give all back that a call takes.
    """
    home, book = directory / "home", Book()
    for start in range(starts):
        at = f"2026-11-24 {10 + start}:00:00"
        async with Site.started(home, SETTINGS, at=at, seats=SEATS, phones_a_process=2) as site:
            crowd = Crowd(site, book)
            await crowd.staff()
            async with sum_holds(site) as looks:
                for _ in range(rounds):
                    await crowd.round(size)
                await the_books_agree(site, home, book)
                await crowd.fall(lambda: asterisk_falls(site))
                await the_books_agree(site, home, book)
            print(f"start {start + 1}: {book.calls:,} calls, {book.ended}, {looks[0]} looks", flush=True)  # noqa: T201 - an hour long
            await site.tidy()
    assert {kind for kind, count in book.ended.items() if count} == KINDS
    return book


async def test_given_a_hundred_calls_of_every_ending_then_the_report_is_what_the_callers_counted(
    tmp_path: Path,
) -> None:
    assert (await counted(tmp_path)).calls >= 100


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
async def test_given_ten_thousand_calls_of_every_ending_then_the_report_is_what_the_callers_counted(
    tmp_path: Path,
) -> None:
    assert (await counted(tmp_path, starts=7, rounds=5, size=3)).calls >= 10_000
