"""Wallboards as programs, in a process of their own: each notes when it is told of a seat's new state."""

from __future__ import annotations

import asyncio
import json
import sys
import time

from aiohttp import ClientSession, WSMsgType


async def listen(url: str, token: str, number: int, out: list[tuple[int, int, str, int]]) -> None:
    states: dict[int, str] = {}
    headers = {"Authorization": f"Bearer {token}"}
    async with ClientSession(headers=headers) as http, http.ws_connect(url, max_msg_size=0) as socket:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            said = json.loads(message.data)
            at_ns = time.monotonic_ns()  # when a page would have it as figures, not as bytes
            if said["kind"] != "live":
                continue
            for seat in said["live"]["seats"]:
                if states.get(seat["seat"]) != seat["state"]:
                    states[seat["seat"]] = seat["state"]
                    out.append((number, seat["seat"], seat["state"], at_ns))


async def main(url: str, token: str, count: int) -> None:
    out: list[tuple[int, int, str, int]] = []
    tasks = [asyncio.create_task(listen(url, token, number, out)) for number in range(count)]
    await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps(out))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
