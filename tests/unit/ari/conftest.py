from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

import ari
from tests.unit.ari.fake_ari import APP, PASSWORD, USER, FakeAri

QUICK = ari.Timing(
    ping_every_s=0.2, pong_within_s=0.2, retry_first_s=0.01, retry_max_s=0.1, close_within_s=0.1
)


@pytest.fixture
async def fake() -> AsyncIterator[FakeAri]:
    server = FakeAri()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def client_of(fake: FakeAri) -> Callable[..., ari.Client]:
    """Makes clients of the fake, with quick times."""

    def make(**options: Any) -> ari.Client:
        options.setdefault("timing", QUICK)
        options.setdefault("timeout_s", 2.0)
        url = options.pop("url", None) or fake.url
        return ari.connect(url, APP, USER, PASSWORD, **options)

    return make
