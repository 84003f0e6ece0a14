from __future__ import annotations

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
        assert await connected.channels.list() == []
        assert await connected.bridges.list() == []
