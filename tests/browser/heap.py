"""A page's memory, and ten hours of snapshots in a minute: the page's own WebSocket is fed by hand."""

from typing import Any

from playwright.async_api import Page

TEN_HOURS = 36_000
"""A snapshot a second."""

FEED = """async (count) => {
  const live = await fetch('/api/v1/live').then((answer) => answer.json());
  const states = ['ready', 'ringing', 'talking', 'hold', 'wrap_up', 'break'];
  const socket = window.watched;
  const began = Date.parse(live.now);
  window.fed ??= 0;
  for (let n = 0; n < count; n += 1) {
    window.fed += 1;
    const now = new Date(began + 9 * 3600000 + window.fed * 1000).toISOString().replace('Z', '+09:00');
    live.now = now;
    live.seats.forEach((seat, place) => {
      seat.state = states[(window.fed + place * 7) % 6];
      seat.since = now;
      seat.operator_name = `担当 ${(window.fed + place) % 50}`;
    });
    live.waiting = Array.from({length: window.fed % 12}, (_, place) => ({
      call: `c${window.fed - (window.fed % 12)}-${place}`, since: now, position: place + 1, wait_s: 1,
      rings: place === 0, line: 'main', priority: 0, need: null, predicted_wait_s: 30, callback: false,
    }));
    live.today.received_open = window.fed;
    live.today.by_half_hour[20].received = window.fed % 40;
    live.alarms = window.fed % 3 ? [{figure: 'waiting', seat: null, level: 'yellow', since: now}] : [];
    const data = JSON.stringify({kind: 'live', seq: 1e6 + window.fed, late_ms: 1, live});
    socket.dispatchEvent(new MessageEvent('message', {data}));
    if (n % 20 === 19) await new Promise((done) => setTimeout(done, 0));
  }
}"""

KEEP = """(() => {
  const Real = WebSocket;
  window.WebSocket = class extends Real { constructor(...of) { super(...of); window.watched = this; } };
})()"""


async def play(page: Page, count: int) -> None:
    """Let the page be told `count` snapshots, each another than the one before. It was opened with KEEP."""
    await page.evaluate(FEED, count)


async def heap_of(page: Page) -> dict[str, Any]:
    """Bytes that live after a collection, and nodes and listeners of the document."""
    devtools = await page.context.new_cdp_session(page)
    for _ in range(3):
        await devtools.send("HeapProfiler.collectGarbage")
    used = await devtools.send("Runtime.getHeapUsage")
    counted = await devtools.send("Memory.getDOMCounters")
    await devtools.detach()
    return {
        "heap_kb": round(used["usedSize"] / 1024),
        "nodes": counted["nodes"],
        "listeners": counted["jsEventListeners"],
    }
