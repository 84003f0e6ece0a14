from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

import ari
from tests.asterisk_ari.minimal import MinimalAsterisk


@pytest.fixture(scope="module")
def box() -> Iterator[MinimalAsterisk]:
    with MinimalAsterisk() as asterisk:
        yield asterisk


@pytest.fixture(params=["websocket", "http"])
async def client(box: MinimalAsterisk, request: pytest.FixtureRequest) -> AsyncIterator[ari.Client]:
    """A client on each transport; after the test Asterisk must be empty."""
    async with ari.connect(box.url, "test", box.user, box.password, transport=request.param) as connected:
        yield connected
        async with asyncio.timeout(10):
            # The far half of a Local channel ends a moment after the near one, and its bridge after that.
            while await connected.channels.list() or await connected.bridges.list():  # noqa: ASYNC110  # Asterisk's
                await asyncio.sleep(0.01)
