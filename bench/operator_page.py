"""How soon the operator's page shows who calls, and whether the page grows.

    python -m bench.operator_page [--calls 300] [--throttle 1] [--json FILE]

A real floor, controller, journal, database (SQLite) and desk, a real Chromium; only Asterisk is a stand-in
that says yes (the rig of tests/unit/desk). Each call is offered, talked in and written up. Times are ms: from
the caller's entry into the queue to the page showing his number, the look at it being in the access log by
then. `heap`: the page's JavaScript heap after a collection, MB, after the first tenth and at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer
from playwright.async_api import CDPSession, Page, async_playwright

from db import open_database, upgrade
from desk.app import make_app
from desk.rights import Role
from tests.browser.pages import Pages, launch
from tests.unit.desk.desk_rig import TOKEN, Site, premises_in

SEEN = """number => new Promise(resolve => {
  const look = () => document.getElementById('caller').textContent === number
    && !document.getElementById('call-card').hidden;
  if (look()) resolve(Date.now());
  new MutationObserver((_, observer) => { if (look()) { observer.disconnect(); resolve(Date.now()); } })
    .observe(document.getElementById('call-card'), { subtree: true, childList: true, attributes: true,
      characterData: true });
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--throttle", type=float, default=1, help="so many times slower a processor")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    told = asyncio.run(measured(asked.calls, asked.throttle))
    for name, value in told.items():
        print(f"{name:>16}  {value}")
    if asked.json:
        asked.json.write_text(json.dumps(told, indent=2), encoding="utf-8")


async def measured(calls: int, throttle: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        database = open_database(f"sqlite:///{home / 'madoguchi.db'}")
        upgrade(database)
        site = Site.open(database)
        app = make_app(
            office=site.office,
            journal=site.journal,
            database=database,
            figures=site.figures,
            api_token=TOKEN,
            premises=premises_in(home / "home"),
        )
        server = TestServer(app)
        await server.start_server(access_log=None)
        async with async_playwright() as playwright:
            browser = await launch(playwright)
            pages = Pages(browser, site, app, str(server.make_url("")).rstrip("/"))
            site.seat_up(1, "101")
            page = await pages.open("/desk", Role.OPERATOR)
            await page.locator('body[data-ready="yes"]').wait_for()
            devtools = await page.context.new_cdp_session(page)
            if throttle > 1:
                await devtools.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
            times, heaps = await worked(site, page, devtools, calls)
            await browser.close()
        await server.close()
        await site.close()
        database.close()
    times.sort()
    return {
        "calls": calls,
        "who_p50_ms": round(times[len(times) // 2]),
        "who_p99_ms": round(times[int(len(times) * 0.99)]),
        "who_max_ms": round(times[-1]),
        "heap_early_mb": round(heaps[0] / 1e6, 2),
        "heap_late_mb": round(heaps[-1] / 1e6, 2),
    }


async def worked(site: Site, page: Page, devtools: CDPSession, calls: int) -> tuple[list[float], list[float]]:
    times: list[float] = []
    heaps: list[float] = []
    for n in range(calls):
        number = f"09011{n:06d}"
        shown = f"{number[:3]}-{number[3:7]}-{number[7:]}"
        seen = asyncio.ensure_future(page.evaluate(SEEN, shown))
        await asyncio.sleep(0.1)  # the page is watching by then
        began_ms = time.time() * 1000
        call = await site.call_in(number)
        times.append(await seen - began_ms)
        site.pick_up(call)
        await page.fill("#note", f"{n}")
        site.clock.at_ms += 60_000
        site.operator_hangs_up(call)
        site.office.end_wrap_up(1)
        await page.locator("#no-call").wait_for()
        if n in (calls // 10, calls - 1):
            await devtools.send("HeapProfiler.collectGarbage")
            heap = await devtools.send("Runtime.getHeapUsage")
            heaps.append(float(heap["usedSize"]))
    return times, heaps


if __name__ == "__main__":
    main()
