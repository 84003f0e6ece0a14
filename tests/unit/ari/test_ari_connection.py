from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import ari
from ari.connection import backoff
from tests.unit.ari.fake_ari import FakeAri, FreezingProxy, event, until

Make = Callable[..., ari.Client]


class Ups:
    """What on_connect and on_disconnect said, in order."""

    def __init__(self, client: ari.Client) -> None:
        self.seen: list[str] = []
        client.on_connect(lambda: self.seen.append("up"))
        client.on_disconnect(lambda reason: self.seen.append(f"down: {reason}"))


async def test_given_a_clean_close_when_it_comes_then_it_is_a_disconnect_and_the_client_comes_back(
    fake: FakeAri, client_of: Make
) -> None:
    async with client_of() as client:
        ups = Ups(client)
        await until(lambda: fake.sockets)
        await fake.sockets[-1].close()
        await until(lambda: len(ups.seen) == 3)
        assert ups.seen[0] == ups.seen[2] == "up"
        assert ups.seen[1].startswith("down: closed by the other side")
        assert await client.request("GET", "/x")
    assert fake.opened == 2


async def test_given_a_broken_socket_when_it_breaks_then_the_client_comes_back(
    fake: FakeAri, client_of: Make
) -> None:
    seen: list[Any] = []
    async with client_of() as client:
        ups = Ups(client)
        client.on_any_event(seen.append)
        await until(lambda: fake.sockets)
        fake.cut()
        await until(lambda: fake.opened == 2)
        await fake.send(event("After"))
        await until(lambda: seen)
        assert [one[:4] for one in ups.seen] == ["up", "down", "up"]


async def test_given_asterisk_away_for_a_while_when_it_returns_then_the_client_is_back(
    fake: FakeAri, client_of: Make
) -> None:
    async with client_of() as client:
        await until(lambda: fake.sockets)
        port = fake.port
        await fake.stop()
        await until(lambda: not client.connected)
        again = FakeAri()
        await again.start(port)
        await until(lambda: client.connected)
        assert again.opened == 1
        await again.stop()


@pytest.mark.parametrize(("timing", "within_s"), [(None, 10.0), ("quick", 1.0)], ids=["default", "quick"])
async def test_given_a_half_open_connection_when_nothing_more_comes_then_it_is_found_in_time(
    fake: FakeAri, client_of: Make, timing: str | None, within_s: float
) -> None:
    async with FreezingProxy(fake.port) as proxy:
        options: dict[str, Any] = {} if timing else {"timing": ari.Timing()}
        async with client_of(url=f"http://127.0.0.1:{proxy.port}/ari", **options) as client:
            ups = Ups(client)
            await client.request("GET", "/x")
            proxy.freeze()
            pending = client.request("GET", "/y") if timing else None
            started = asyncio.get_running_loop().time()
            await until(lambda: len(ups.seen) > 1, within_s)
            assert asyncio.get_running_loop().time() - started < within_s
            assert "no answer to a ping" in ups.seen[1]
            if pending is not None:
                with pytest.raises(ari.Disconnected):
                    await pending
            proxy.thaw()
            await until(lambda: client.connected)
            assert await client.request("GET", "/z")


async def test_given_a_quiet_but_living_connection_when_pinged_then_it_stays(
    fake: FakeAri, client_of: Make
) -> None:
    async with client_of() as client:
        ups = Ups(client)
        await until(lambda: fake.pings >= 5)
        assert ups.seen == ["up"]
        assert client.connected


@pytest.mark.parametrize(
    ("status", "reason"), [(None, "requests are not answered"), (404, "does not know the application")]
)
async def test_given_a_socket_that_only_answers_pings_when_probed_then_it_is_opened_again(
    fake: FakeAri, client_of: Make, status: int | None, reason: str
) -> None:
    fake.probe_status = status
    async with client_of() as client:
        ups = Ups(client)
        await until(lambda: len(ups.seen) >= 2)
        fake.probe_status = 200
        assert reason in ups.seen[1]
        await until(lambda: len(ups.seen) == 3)
        assert await client.request("GET", "/x")


async def test_given_application_replaced_when_it_comes_then_the_client_stops_and_stays_away(
    fake: FakeAri, client_of: Make
) -> None:
    seen: list[Any] = []
    replaced: list[bool] = []
    async with client_of() as client:
        client.on_any_event(seen.append)
        client.on_replaced(lambda: replaced.append(True))
        await until(lambda: fake.sockets)
        await fake.send(event("Before"), event("ApplicationReplaced"), event("After"))
        await asyncio.wait_for(client.wait_ended(), 5)
        assert client.replaced
        assert replaced == [True]
        assert [one.type for one in seen] == ["Before", "ApplicationReplaced"]
        with pytest.raises(ari.Disconnected, match="taken the application over"):
            await client.channels.list()
    assert fake.opened == 1


async def test_given_attempts_that_were_given_up_when_one_comes_to_life_then_the_client_takes_its_place_again(
    fake: FakeAri, client_of: Make
) -> None:
    timing = ari.Timing(retry_first_s=0.01, retry_max_s=0.05, open_within_s=0.1, close_within_s=0.1)
    async with client_of(timing=timing) as client:
        ups = Ups(client)
        seen: list[Any] = []
        client.on_any_event(seen.append)
        await until(lambda: fake.sockets)
        fake.open_door.clear()
        fake.cut()
        await until(lambda: fake.attempts >= 3)
        fake.open_door.set()
        await until(lambda: client.connected)
        given_up = 0
        while not client.replaced:
            # The first ones may come from our own attempts; somebody who goes on is somebody else.
            opened = fake.opened
            await fake.send(event("ApplicationReplaced"))
            await until(lambda before=opened: client.replaced or (fake.opened > before and client.connected))
            given_up += 1
            assert given_up < 20
        assert given_up >= 2
        assert "down: replaced by an earlier attempt of our own" in ups.seen
        assert [one.type for one in seen] == ["ApplicationReplaced"]


async def test_given_another_application_replaced_when_it_comes_then_it_is_an_event_like_any(
    fake: FakeAri, client_of: Make
) -> None:
    seen: list[Any] = []
    async with client_of() as client:
        client.on_any_event(seen.append)
        await until(lambda: fake.sockets)
        await fake.send(event("ApplicationReplaced") | {"application": "other"}, event("After"))
        await until(lambda: len(seen) == 2)
        assert client.connected


async def test_given_a_wrong_password_when_connecting_then_it_is_said_at_once(
    fake: FakeAri, client_of: Make
) -> None:
    fake.password = "another"
    with pytest.raises(ari.AriError, match="refuses the ARI user or password") as refused:
        async with client_of(connect_within_s=None):
            pass
    assert refused.value.fault is ari.Fault.BUG


async def test_given_nobody_listening_when_the_time_is_over_then_disconnected(
    client_of: Make, fake: FakeAri
) -> None:
    port = fake.port
    await fake.stop()
    with pytest.raises(ari.Disconnected, match=f"127.0.0.1:{port}"):
        async with client_of(url=f"http://127.0.0.1:{port}/ari", connect_within_s=0.2):
            pass


async def test_given_asterisk_that_starts_later_when_connecting_then_the_client_waits_for_it(
    client_of: Make, fake: FakeAri
) -> None:
    port = fake.port
    await fake.stop()
    client = client_of(url=f"http://127.0.0.1:{port}/ari", connect_within_s=None)
    entering = asyncio.create_task(client.__aenter__())
    later = FakeAri()
    await later.start(port)
    await asyncio.wait_for(entering, 5)
    assert client.connected
    await client.close()
    await later.stop()


async def test_given_a_client_when_closed_then_no_task_of_it_is_left(fake: FakeAri, client_of: Make) -> None:
    before = asyncio.all_tasks()
    for transport in ("websocket", "http"):
        async with client_of(transport=transport) as client:
            pending = client.request("GET", "/x")
            await pending
    await until(
        lambda: not {task for task in asyncio.all_tasks() - before if "ari." in repr(task.get_coro())}
    )


def test_given_attempts_when_they_fail_then_the_waits_double_to_the_limit_with_jitter() -> None:
    timing = ari.Timing()
    longest = [backoff(attempt, timing, lambda: 1.0) for attempt in range(8)]
    shortest = [backoff(attempt, timing, lambda: 0.0) for attempt in range(8)]
    assert longest == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    assert shortest == [wait / 2 for wait in longest]
    assert backoff(10_000, timing, lambda: 1.0) == 5.0
