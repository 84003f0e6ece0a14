"""The wallboard's speed, in a real Chromium and with twenty viewers, over a real journal and a real floor.

python -m bench.desk [--seats 70] [--viewers 20] [--calls 2000] [--seconds 30] [--json FILE]

Only Asterisk is missing. Measures: what a snapshot costs; from a transition on the floor to the figure at
each viewer and on the page; the first paint with the processor throttled to a quarter; a page's memory before
and after as many snapshots as ten hours have seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import structlog
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, async_playwright

from config import Settings
from db import Entry, open_database, upgrade
from desk.app import make_app
from desk.context import DESK
from desk.live import live_view
from desk.problems import to_json
from desk.rights import Role
from tests.browser.heap import KEEP, TEN_HOURS, heap_of, play
from tests.browser.pages import Pages, launch
from tests.unit.desk.desk_rig import TOKEN, Site, premises_in

WALL = {"width": 1920, "height": 1080}
THROTTLE = 4
EVERY_S = 0.05
"""From one transition to the next: twenty a second."""
SEEN = """() => {
  window.seen = [];
  for (const [place, word] of [...document.querySelectorAll('#seats .word')].entries()) {
    new MutationObserver(() => window.seen.push([place + 1, word.textContent, Date.now()]))
      .observe(word, {characterData: true, childList: true, subtree: true});
  }
}"""
WORDS = {"受付可": "ready", "離席": "break", "通話中": "talking", "着信中": "ringing", "後作業": "wrap_up"}


@asynccontextmanager
async def served(seats: int, calls: int) -> AsyncIterator[tuple[Site, Any, str]]:
    """The site with its seats staffed and a day of calls behind it."""
    operators = [{"id": str(100 + n), "name": f"オペレーター{n}"} for n in range(1, seats + 1)]
    settings = Settings.model_validate(
        {
            "guidance": {"greeting": False, "busy": False},
            "seats": {"count": seats, "first_extension": 1001},
            "operators": operators,
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/bench.db")
        upgrade(database)
        site = Site.open(database, settings=settings)
        begins_ms = site.clock.at_ms - 3_600_000
        for number in range(calls):
            at_ms, seat = begins_ms + number * 3_600_000 // calls, 1 + number % seats
            for after_ms, kind, data in (
                (0, "call.received", {"called": "0260001234", "open": True}),
                (300, "call.answered", {}),
                (5_000, "call.queued", {"position": 1}),
                (6_000, "call.connected", {"wait_ms": 1_000}),
                (90_000, "call.talk_ended", {"by": "caller"}),
                (90_000, "call.ended", {"outcome": "answered", "queued": True, "cause": "16"}),
            ):
                site.journal.write(Entry(at_ms + after_ms, kind, call=f"b{number}", seat=seat, data=data))
        site.journal.flush(60)
        for seat in range(1, seats + 1):
            site.seat_up(seat, str(100 + seat))
        app = make_app(
            office=site.office,
            journal=site.journal,
            database=site.database,
            figures=site.figures,
            api_token=TOKEN,
            premises=premises_in(Path(folder) / "home"),
        )
        server = TestServer(app)
        await server.start_server(access_log=None)
        yield site, app, str(server.make_url("")).rstrip("/")
        await server.close()
        await site.close()
        database.close()


async def transitions(site: Site, seats: int, seconds: float) -> list[tuple[int, str, int, float]]:
    """Breaks and returns by chance, each with the moment before: seat, state, monotonic ns, wall clock ms."""
    chance, made = random.Random(1), []
    ends = time.monotonic() + seconds
    order: list[int] = []
    while time.monotonic() < ends:
        # In turn: a seat that changed twice within one snapshot would never be seen in its first state.
        order = order or chance.sample(range(1, seats + 1), seats)
        seat = order.pop()
        now = next(one.state for one in site.office.seats() if one.seat == seat)
        wanted = "break" if now == "ready" else "ready"
        began = (time.monotonic_ns(), time.time() * 1000)
        if wanted == "break":
            site.office.take_break(seat, "1")
        else:
            site.office.ready(seat)
        made.append((seat, wanted, *began))
        await asyncio.sleep(chance.expovariate(1 / EVERY_S))
    return made


async def latency(seats: int, viewers: int, calls: int, seconds: float) -> dict[str, Any]:
    """From the transition to each viewer, and to the page's own document."""
    async with served(seats, calls) as (site, app, url), async_playwright() as playwright:
        chromium = await launch(playwright)
        pages = Pages(chromium, site, app, url)
        page = await pages.open("/live", Role.SUPERVISOR, viewport=WALL)
        await page.locator("#seats .seat").nth(seats - 1).wait_for()
        listeners = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.desk.listeners"),
            *(url.replace("http", "ws", 1) + "/api/v1/watch", TOKEN, str(viewers - 1)),
            stdout=asyncio.subprocess.PIPE,
        )
        while app[DESK].watch.viewers < viewers:  # noqa: ASYNC110 -- another process connects
            await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        await page.evaluate(SEEN)
        made = await transitions(site, seats, seconds)
        await asyncio.sleep(1)
        seen = [(seat, WORDS.get(word, word), at) for seat, word, at in await page.evaluate("window.seen")]
        await app[DESK].watch.close()
        told, _ = await listeners.communicate()
        await pages.close()
        await chromium.close()
    programs = defaultdict(list)
    for number, seat, state, at_ns in json.loads(told):
        programs[number, seat].append((state, at_ns))
    at_programs = [ms for number in range(viewers - 1) for ms in delays(made, programs, number)]
    on_page = delays_on(made, seen)
    return {
        "seats": seats,
        "viewers": viewers,
        "calls": calls,
        "transitions": len(made),
        "viewers_ms": spread(at_programs),
        "page_ms": spread(on_page),
        "missed": len(made) * (viewers - 1) - len(at_programs),
    }


def delays(made: list[Any], told: dict[Any, list[tuple[str, int]]], number: int) -> list[float]:
    """By seat in order: the first message with the state that came after the transition."""
    found = []
    for seat, state, began_ns, _ in made:
        for said, at_ns in told[number, seat]:
            if said == state and at_ns >= began_ns:
                found.append((at_ns - began_ns) / 1e6)
                break
    return found


def delays_on(made: list[Any], seen: list[Any]) -> list[float]:
    found = []
    for seat, state, _, began_ms in made:
        for shown, said, at_ms in seen:
            if shown == seat and said == state and at_ms >= began_ms - 1:
                found.append(max(0.0, at_ms - began_ms))
                break
    return found


def spread(values: list[float]) -> dict[str, float]:
    cuts = quantiles(values, n=100)
    return {
        "n": len(values),
        **{f"p{n}": round(cuts[n - 1], 1) for n in (50, 95, 99)},
        "max": round(max(values), 1),
    }


async def cost(seats: int, calls: int) -> dict[str, Any]:
    """What one snapshot costs the loop that carries the calls, however many watch: processor time."""
    took: dict[str, list[float]] = defaultdict(list)
    async with served(seats, calls) as (site, app, _):
        desk = app[DESK]
        for _ in range(50):
            site.clock.at_ms += 1000  # so that the figures are made anew
            began = time.thread_time()
            desk.today.view()
            made = time.thread_time()
            view = live_view(desk)
            seen = time.thread_time()
            text = to_json(view)
            took["figures_ms"].append(made - began)
            took["view_ms"].append(seen - made)
            took["json_ms"].append(time.thread_time() - seen)
    told = {name: round(median(values) * 1000, 2) for name, values in took.items()}
    return {"seats": seats, "calls": calls, **told, "bytes": len(text)}


async def paint(seats: int, calls: int) -> dict[str, Any]:
    """First paint, and the first figure, with a quarter of the processor."""
    found = []
    async with served(seats, calls) as (site, app, url), async_playwright() as playwright:
        chromium = await launch(playwright)
        pages = Pages(chromium, site, app, url)
        context = await pages.profile(Role.SUPERVISOR, viewport=WALL)
        for _ in range(5):
            page = await context.new_page()
            devtools = await context.new_cdp_session(page)
            await devtools.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
            await page.goto(f"{url}/live", wait_until="load")
            await page.locator("#seats .seat").nth(seats - 1).wait_for()
            found.append(await page.evaluate(PAINTED))
            await page.close()
        await pages.close()
        await chromium.close()
    names = found[0].keys()
    return {name: sorted(round(one[name]) for one in found) for name in names}


PAINTED = """() => ({
  first_contentful_paint_ms: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  figures_drawn_ms: performance.now(),
})"""


async def heap(seats: int, calls: int) -> dict[str, Any]:
    """The page's heap and nodes, after a first minute and after ten hours of snapshots."""
    async with served(seats, calls) as (site, app, url), async_playwright() as playwright:
        chromium = await launch(playwright)
        pages = Pages(chromium, site, app, url)
        context = await pages.profile(Role.SUPERVISOR, viewport=WALL)
        await context.add_init_script(KEEP)
        page: Page = await context.new_page()
        await pages.go(page, "/live")
        await page.locator("#seats .seat").nth(seats - 1).wait_for()
        await play(page, 600)
        before = await heap_of(page)
        began = time.monotonic()
        for _ in range(10):
            await play(page, TEN_HOURS // 10)
        after = await heap_of(page)
        await pages.close()
        await chromium.close()
    return {
        "snapshots": TEN_HOURS,
        "took_s": round(time.monotonic() - began),
        "before": before,
        "after": after,
    }


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__)
    parser.add_argument("--seats", type=int, default=70)
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--only", choices=("cost", "latency", "paint", "heap"))
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    measures = {
        "cost": lambda: cost(asked.seats, asked.calls),
        "latency": lambda: latency(asked.seats, asked.viewers, asked.calls, asked.seconds),
        "paint": lambda: paint(asked.seats, asked.calls),
        "heap": lambda: heap(asked.seats, asked.calls),
    }
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    found = {}
    for name, measure in measures.items():
        if asked.only in (None, name):
            found[name] = await measure()
            print(name, json.dumps(found[name], ensure_ascii=False), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
