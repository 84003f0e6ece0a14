"""python -m bench.ari_transport [--json FILE]: a table of both transports, each on an Asterisk of its own.

Times are in ms from the call of the verb to its answer in the awaiting task.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import ari
from ari.events import parse_event
from tests.asterisk_ari.minimal import MinimalAsterisk

SEQUENTIAL = 2000
PIPELINED = 100
ROUNDS = 20
CALLS = 50
EVENTS_PER_S = 1000
Transport = Literal["http", "websocket"]


def figures(times: list[float]) -> dict[str, float]:
    """p50, p95, p99 and max of times in s, in ms."""
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    chosen = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(times)}
    return {name: round(value * 1000, 3) for name, value in chosen.items()}


async def timed(awaitable: Awaitable[Any]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    await awaitable
    return time.perf_counter() - began


async def sequential(client: ari.Client, verb: Callable[[], Awaitable[Any]]) -> dict[str, float]:
    """One request after the other."""
    return figures([await timed(verb()) for _ in range(SEQUENTIAL)])


async def pipelined(client: ari.Client) -> dict[str, float]:
    """Many requests at once: each one's time, and the time for all of them."""
    each: list[float] = []
    whole: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        each += await asyncio.gather(*(timed(client.asterisk.ping()) for _ in range(PIPELINED)))
        whole.append(time.perf_counter() - began)
    return figures(each) | {"all_p50": round(statistics.median(whole) * 1000, 3)}


async def under_events(
    box: MinimalAsterisk, client: ari.Client, channel: ari.ChannelHandle
) -> dict[str, float]:
    """One request after the other while events come in that a second client causes."""
    seen = 0

    def count(_: Any) -> None:
        nonlocal seen
        seen += 1

    client.on_event("ChannelUserevent", count)

    async def cause(other: ari.Client) -> None:
        while True:
            wave = [
                other.events.user_event("load", application=client.app, source=f"channel:{channel.id}")
                for _ in range(EVENTS_PER_S // 100)
            ]
            await asyncio.gather(*wave, asyncio.sleep(0.01))

    async with ari.connect(box.url, "load", box.user, box.password, transport="websocket") as other:
        load = asyncio.create_task(cause(other))
        began = time.perf_counter()
        result = await sequential(client, lambda: channel.set_channel_var(variable="BENCH", value="1"))
        took = time.perf_counter() - began
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)
    return result | {"events_per_s": round(seen / took)}


async def behind_calls(client: ari.Client) -> dict[str, float]:
    """An urgent request right behind 20 originates: does it wait for them?"""
    times = []
    for _ in range(ROUNDS):
        started = [
            client.channels.originate(
                endpoint="Local/answer@peer", app=client.app, channel_id=ari.new_id(), formats="ulaw"
            )
            for _ in range(20)
        ]
        times.append(await timed(client.asterisk.ping()))
        for channel in await asyncio.gather(*started):
            client.forget(channel.hangup())
        await empty(client)
    return figures(times)


def once(handle: Any, event_type: str) -> asyncio.Future[Any]:
    """A future of the first such event about an object."""
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def seen(_: Any, event: Any) -> None:
        if not future.done():
            future.set_result(event)

    handle.on_event(event_type, seen)
    return future


async def whole_call(client: ari.Client) -> dict[str, float]:
    """What an offer does: originate, StasisStart, a bridge, the channel into it, ChannelEnteredBridge."""
    times = []
    for _ in range(CALLS):
        bridge, channel = client.bridge(ari.new_id("b-")), client.channel(ari.new_id("c-"))
        started, entered = once(channel, "StasisStart"), once(channel, "ChannelEnteredBridge")
        began = time.perf_counter()
        client.forget(channel.originate_with_id(endpoint="Local/answer@peer", app=client.app, formats="ulaw"))
        await asyncio.wait_for(started, 5)
        made = client.bridges.create_with_id(bridge.id, type="mixing")
        if client.ordered:
            client.forget(made)
        else:
            await made
        client.forget(bridge.add_channel(channel=channel.id))
        await asyncio.wait_for(entered, 5)
        times.append(time.perf_counter() - began)
        await channel.hangup()
        await bridge.destroy()
        await empty(client)
    return figures(times)


async def empty(client: ari.Client) -> None:
    """Waits until Asterisk has no channels."""
    async with asyncio.timeout(10):
        while await client.channels.list():  # noqa: ASYNC110  # a condition of Asterisk's, not ours
            await asyncio.sleep(0.005)


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(transport: Transport) -> dict[str, Any]:
    """All figures of one transport."""
    with MinimalAsterisk() as box:
        assert box.process is not None
        async with ari.connect(box.url, "bench", box.user, box.password, transport=transport) as client:
            for _ in range(200):
                await client.asterisk.ping()
            ours, theirs = time.process_time(), cpu_s(box.process.pid)
            result: dict[str, Any] = {"ping": await sequential(client, client.asterisk.ping)}
            result["ping"]["client_cpu"] = round((time.process_time() - ours) / SEQUENTIAL * 1000, 3)
            result["ping"]["asterisk_cpu"] = round((cpu_s(box.process.pid) - theirs) / SEQUENTIAL * 1000, 3)
            result["pipelined"] = await pipelined(client)
            channel = client.channel("under-load")
            started = once(channel, "StasisStart")
            await channel.originate_with_id(endpoint="Local/answer@peer", app=client.app, formats="ulaw")
            await asyncio.wait_for(started, 5)
            result["set_variable"] = await sequential(
                client, lambda: channel.set_channel_var(variable="BENCH", value="1")
            )
            result["under_events"] = await under_events(box, client, channel)
            await channel.hangup()
            await empty(client)
            result["behind_calls"] = await behind_calls(client)
            result["whole_call"] = await whole_call(client)
        return result


def parsing() -> dict[str, float]:
    """us to decode and to check one StasisStart."""
    party = {"name": "", "number": "0312345678"}
    place = {"context": "c", "exten": "s", "priority": 1, "app_name": "Stasis", "app_data": "x"}
    channel = {
        "id": "1732302034.1", "protocol_id": "p", "name": "PJSIP/trunk-1", "state": "Up", "caller": party,
        "connected": party, "accountcode": "", "dialplan": place, "language": "ja",
        "creationtime": "2026-11-22T19:10:34.123+0900",
    }  # fmt: skip
    event = {
        "type": "StasisStart", "application": "a", "timestamp": "2026-11-22T19:10:34.123+0900",
        "args": ["call", "number=0260001234"], "channel": channel, "asterisk_id": "02:00:00:00:00:02",
    }  # fmt: skip
    text = json.dumps(event)
    count = 20_000
    began = time.perf_counter()
    for _ in range(count):
        raw = json.loads(text)
    decoded = time.perf_counter()
    for _ in range(count):
        parse_event(raw)
    checked = time.perf_counter()
    return {
        "json_us": round((decoded - began) / count * 1e6, 1),
        "model_us": round((checked - decoded) / count * 1e6, 1),
    }


def table(result: dict[str, Any]) -> str:
    """The figures for people."""
    columns = ("p50", "p95", "p99", "max")
    lines = [f"{'ms':<16}{'transport':<12}" + "".join(f"{name:>9}" for name in columns)]
    for name in result["http"]:
        for transport in ("http", "websocket"):
            row = result[transport][name]
            more = ", ".join(f"{key} {value:g}" for key, value in row.items() if key not in columns)
            lines.append(
                f"{name:<16}{transport:<12}" + "".join(f"{row[key]:>9.2f}" for key in columns) + f"  {more}"
            )
    parse = result["parsing"]
    lines.append(f"one StasisStart: JSON {parse['json_us']} us, model {parse['model_us']} us")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.ari_transport")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    result: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "http": asyncio.run(measure("http")),
        "websocket": asyncio.run(measure("websocket")),
        "parsing": parsing(),
    }
    print(table(result))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
