"""What Asterisk makes of a caller's keys, heard beside the controller: every ChannelDtmfReceived."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from tests.rig.world import Madoguchi


@dataclass
class Ears:
    """The keys by channel id, in their order, and the moments at which Asterisk had them."""

    keys: dict[str, str] = field(default_factory=dict)
    at: dict[str, list[datetime]] = field(default_factory=dict)

    @property
    def heard(self) -> list[str]:
        """The keys of each channel that had any, by the order of their first key."""
        return list(self.keys.values())

    @classmethod
    @asynccontextmanager
    async def of(cls, world: Madoguchi) -> AsyncIterator[Ears]:
        """Listen for the length of the block."""
        ears = cls()
        ari = world.run.ari
        url = ari.url.rstrip("/").replace("http", "ws", 1) + "/events"
        query = {"app": "ears", "subscribeAll": "true", "api_key": f"{ari.user}:{ari.password}"}
        async with aiohttp.ClientSession() as http, http.ws_connect(url, params=query) as socket:
            reading = asyncio.create_task(ears._read(socket))
            try:
                yield ears
            finally:
                reading.cancel()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            event: dict[str, Any] = message.json()
            if event["type"] == "ChannelDtmfReceived":
                channel = event["channel"]["id"]
                self.keys[channel] = self.keys.get(channel, "") + event["digit"]
                self.at.setdefault(channel, []).append(datetime.fromisoformat(event["timestamp"]))
