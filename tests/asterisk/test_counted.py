"""The month's report is what the callers counted and Asterisk recorded, and the sum holds all along."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.asterisk.conftest import WEEKDAY
from tests.asterisk.crowd import SEATS, SETTINGS, Book, Crowd
from tests.asterisk.site import Site
from tests.asterisk.test_records import command
from tests.rig.world import eventually

pytestmark = pytest.mark.asterisk
MONTH = "2026-11"
KINDS = {
    "answered", "abandoned", "abandoned_in_guidance", "closed", "blocked", "overflowed", "timed_out",
    "left_no_operator", "callback", "withdrawn", "guidance_completed",
}  # fmt: skip


@asynccontextmanager
async def sum_holds(site: Site) -> AsyncIterator[list[int]]:
    """Look at the day's figures all the time; the number of looks, at the end."""
    looks = [0]

    async def look() -> None:
        while True:
            today = (await site.live())["today"]
            assert today["identity"]["holds"], today["identity"]["sentence"]
            looks[0] += 1
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
    assert found["calls"] == found["cdr_calls"] == book.calls
    assert found["fallback"] == []


async def counted(directory: Path, rounds: int, size: int = 1) -> Book:
    home = directory / "home"
    async with Site.started(home, SETTINGS, at=WEEKDAY, seats=SEATS, phones_a_process=2) as site:
        crowd = Crowd(site)
        await crowd.staff()
        async with sum_holds(site) as looks:
            for number in range(1, rounds + 1):
                await crowd.round(size)
                if number % 3 == 0 or number == rounds:
                    await the_books_agree(site, home, crowd.book)
                    print(f"{number} rounds, {crowd.book}, {looks[0]} looks", flush=True)  # noqa: T201 - an hour long
        assert {kind for kind, count in crowd.book.ended.items() if count} == KINDS
        await site.tidy()
        return crowd.book


async def test_given_a_hundred_calls_of_every_ending_then_the_report_is_what_the_callers_counted(
    tmp_path: Path,
) -> None:
    assert (await counted(tmp_path, rounds=1)).calls >= 100


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
async def test_given_ten_thousand_calls_of_every_ending_then_the_report_is_what_the_callers_counted(
    tmp_path: Path,
) -> None:
    assert (await counted(tmp_path, rounds=29, size=3)).calls >= 10_000
