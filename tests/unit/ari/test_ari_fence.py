"""Who does not hold the lease any more sends nothing, opens nothing, and leaves nothing in the kernel."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

import ari
from tests.unit.ari.fake_ari import FakeAri, until

Make = Callable[..., ari.Client]


class Held:
    """What is held until a test takes it away."""

    def __init__(self) -> None:
        self.here = True
        self.asked = 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.here

    def fence(self) -> ari.Fence:
        return ari.Fence(self, unacknowledged_s=1.0)


async def test_given_a_fence_when_it_does_not_hold_then_no_request_reaches_asterisk(
    fake: FakeAri, client_of: Make
) -> None:
    held = Held()
    async with client_of(fence=held.fence()) as client:
        await client.request("GET", "/before")
        held.here = False
        with pytest.raises(ari.Disconnected, match="gone"):
            await client.request("POST", "/after")
        held.here = True
        await client.request("GET", "/again")
    uris = [message["uri"] for message in fake.messages]
    assert [uri for uri in uris if uri in ("before", "after", "again")] == ["before", "again"]


async def test_given_a_fence_when_it_does_not_hold_then_the_application_is_not_taken_over(
    fake: FakeAri, client_of: Make
) -> None:
    held = Held()
    async with client_of(fence=held.fence()) as client:
        held.here = False
        fake.cut()
        await until(lambda: not client.connected)
        asked = held.asked
        await until(lambda: held.asked >= asked + 3)  # three attempts
        assert fake.opened == 1
        held.here = True
        await until(lambda: client.connected)


async def test_given_a_fence_that_falls_while_the_connection_is_made_then_the_socket_is_not_opened(
    fake: FakeAri, client_of: Make
) -> None:
    asked: list[bool] = []

    def only_before_connecting() -> bool:
        asked.append(not asked)
        return asked[-1]

    with pytest.raises(ari.Disconnected):
        await client_of(fence=ari.Fence(only_before_connecting, 1.0), connect_within_s=0.0).__aenter__()
    assert asked == [True, False]
    assert fake.opened == 0


def test_given_a_socket_of_a_fence_then_what_nobody_acknowledges_is_dropped_by_the_kernel() -> None:
    address: tuple[Any, ...] = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 1))
    with ari.Fence(lambda: True, unacknowledged_s=1.5).socket(address) as made:
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1_500
        linger = made.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        assert struct.unpack("ii", linger) == (1, 0)


def test_given_requests_over_http_when_a_fence_is_asked_for_then_it_is_refused() -> None:
    with pytest.raises(ValueError, match="websocket"):
        ari.connect("http://127.0.0.1:1/ari", "app", "u", "p", transport="http", fence=Held().fence())
