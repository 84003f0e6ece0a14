from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Callable
from typing import Any, Literal

import pytest

import ari
from tests.unit.ari.fake_ari import FakeAri, channel, until

Make = Callable[..., ari.Client]
BOTH = pytest.mark.parametrize("transport", ["websocket", "http"])
Kind = Literal["websocket", "http"]


@BOTH
async def test_given_a_verb_when_awaited_then_its_request_is_what_asterisk_expects(
    fake: FakeAri, client_of: Make, transport: Kind
) -> None:
    async def answer(method: str, target: str, body: Any) -> tuple[int, Any]:
        return 200, channel("offer-1")

    fake.answer = answer
    async with client_of(transport=transport) as client:
        made = await client.channels.originate(
            endpoint="PJSIP/phone-a", app="app", app_args="offer,1", channel_id="offer-1", timeout=25,
            variables={"A": "1 2"},
        )  # fmt: skip
    assert made.id == "offer-1"
    assert made.data.state == "Up"
    target = "channels?endpoint=PJSIP%2Fphone-a&app=app&appArgs=offer%2C1&timeout=25&channelId=offer-1"
    assert fake.requests == [("POST", target, {"variables": {"A": "1 2"}})]


@BOTH
async def test_given_a_handle_made_from_an_id_when_its_verbs_are_used_then_only_they_are_requested(
    fake: FakeAri, client_of: Make, transport: Kind
) -> None:
    async def answer(method: str, target: str, body: Any) -> tuple[int, Any]:
        return 204, None

    fake.answer = answer
    async with client_of(transport=transport) as client:
        bridge = client.bridge("talk 1/2")
        await bridge.add_channel(channel=["a", "b"], mute=True)
        with pytest.raises(LookupError, match="talk 1/2"):
            _ = bridge.data
        with pytest.raises(ValueError, match="empty"):
            client.channel("").hangup()
    assert fake.requests == [("POST", "bridges/talk%201%2F2/addChannel?channel=a%2Cb&mute=true", None)]


@BOTH
async def test_given_an_error_answer_when_awaited_then_it_is_classified(
    fake: FakeAri, client_of: Make, transport: Kind
) -> None:
    async def answer(method: str, target: str, body: Any) -> tuple[int, Any]:
        if method == "POST":
            return 500, {"error": "Allocation failed"}
        return 404, {"message": "Channel not found"}

    fake.answer = answer
    async with client_of(transport=transport) as client:
        with pytest.raises(ari.AriError) as gone:
            await client.channels.get("x")
        with pytest.raises(ari.AriError) as away:
            await client.channels.originate(endpoint="PJSIP/away")
    assert (gone.value.fault, gone.value.status, gone.value.maybe_done) == (ari.Fault.GONE, 404, False)
    assert "GET /channels/x: Channel not found" in str(gone.value)
    assert away.value.fault is ari.Fault.UNREACHABLE


@BOTH
async def test_given_no_answer_when_the_time_is_over_then_timeout_and_the_next_request_works(
    fake: FakeAri, client_of: Make, transport: Kind
) -> None:
    release = asyncio.Event()

    async def answer(method: str, target: str, body: Any) -> tuple[int, Any]:
        if "slow" in target:
            await release.wait()
        return 200, channel("c")

    fake.answer = answer
    async with client_of(transport=transport, timeout_s=0.2) as client:
        with pytest.raises(ari.RequestTimeout) as late:
            await client.channels.get("slow")
        release.set()
        assert (await client.channels.get("c")).id == "c"
    assert late.value.fault is ari.Fault.TIMEOUT
    assert late.value.maybe_done


async def test_given_a_process_that_stood_still_when_the_answer_has_come_meanwhile_then_it_counts(
    fake: FakeAri, client_of: Make
) -> None:
    async def answer(method: str, target: str, body: Any) -> tuple[int, Any]:
        return 200, channel("c")

    fake.answer = answer
    async with client_of(timeout_s=0.3) as client:
        asked = client.channels.get("c")
        for _ in range(3):
            await asyncio.sleep(0)  # it is sent
        time.sleep(0.8)  # noqa: ASYNC251  # nobody reads: neither the stand-in nor the client
        assert (await asked).id == "c"


async def test_given_requests_without_await_when_sent_over_the_socket_then_they_arrive_in_call_order(
    fake: FakeAri, client_of: Make
) -> None:
    async with client_of() as client:
        assert client.ordered
        futures: list[asyncio.Future[Any]] = []
        for number in range(100):
            futures.append(client.channel(f"c{number}").answer())
            if number % 10 == 0:
                await client.request("GET", f"/marker/{number}")
        await asyncio.gather(*futures)
    sent = [message["uri"] for message in fake.messages]
    expected = [[f"channels/c{n}/answer"] + ([f"marker/{n}"] if n % 10 == 0 else []) for n in range(100)]
    assert sent == [one for few in expected for one in few]


async def test_given_answers_out_of_order_when_they_come_then_each_reaches_its_own_request(
    fake: FakeAri, client_of: Make
) -> None:
    second = asyncio.Event()

    async def answer(method: str, target: str, body: Any) -> tuple[int, Any]:
        if target == "a":
            await second.wait()
        second.set()
        return 200, {"for": target}

    fake.answer = answer
    async with client_of() as client:
        replies = await asyncio.gather(client.request("GET", "/a"), client.request("GET", "/b"))
    assert replies == [{"for": "a"}, {"for": "b"}]


async def test_given_a_request_under_way_when_the_socket_breaks_then_disconnected_and_maybe_done(
    fake: FakeAri, client_of: Make
) -> None:
    async def answer(method: str, target: str, body: Any) -> tuple[int, Any]:
        fake.cut()
        await asyncio.Event().wait()
        return 200, None

    fake.answer = answer
    async with client_of() as client:
        with pytest.raises(ari.Disconnected) as broken:
            await client.channels.originate(endpoint="x")
    assert broken.value.maybe_done


@BOTH
async def test_given_no_connection_when_a_request_is_made_then_it_fails_at_once(
    fake: FakeAri, client_of: Make, transport: Kind
) -> None:
    async with client_of(transport=transport, timing=ari.Timing(retry_first_s=5)) as client:
        await until(lambda: fake.sockets)
        await fake.sockets[-1].close()
        await until(lambda: not client.connected)
        future = client.channels.list()
        assert future.done()
        with pytest.raises(ari.Disconnected) as refused:
            await future
    assert not refused.value.maybe_done
    assert fake.requests == []


async def test_given_a_forgotten_request_when_it_fails_then_the_callback_or_the_log_has_it(
    fake: FakeAri, client_of: Make, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(method: str, target: str, body: Any) -> tuple[int, Any]:
        return (404, {"message": "Channel not found"}) if "gone" in target else (400, {"message": "wrong"})

    fake.answer = answer
    errors: list[ari.AriError] = []
    caplog.set_level(logging.DEBUG)
    async with client_of() as client:
        client.forget(client.channels.hangup("gone"), errors.append)
        client.forget(client.channels.hangup("gone-2"))
        client.forget(client.channels.hangup("bad"))
        await until(lambda: "wrong" in caplog.text)
    assert [one.fault for one in errors] == [ari.Fault.GONE]
    levels = {
        record.message.split(":")[0]: record.levelname
        for record in caplog.records
        if record.name == "ari.client"
    }
    assert levels == {"DELETE /channels/gone-2": "DEBUG", "DELETE /channels/bad": "WARNING"}


async def test_given_a_request_that_nobody_awaits_when_it_fails_then_the_loop_reports_it(
    fake: FakeAri, client_of: Make
) -> None:
    async def answer(method: str, target: str, body: Any) -> tuple[int, Any]:
        return 400, {"message": "wrong"}

    fake.answer = answer
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    async with client_of() as client:
        client.channels.hangup("x")
        await until(lambda: gc.collect() >= 0 and reported)
    assert isinstance(reported[0], ari.AriError)


async def test_given_a_future_that_was_cancelled_when_the_answer_comes_then_nothing_breaks(
    fake: FakeAri, client_of: Make, caplog: pytest.LogCaptureFixture
) -> None:
    release = asyncio.Event()

    async def answer(method: str, target: str, body: Any) -> tuple[int, Any]:
        await release.wait()
        return 200, {}

    fake.answer = answer
    async with client_of() as client:
        future = client.request("GET", "/slow")
        await until(lambda: fake.requests)
        future.cancel()
        release.set()
        assert await client.request("GET", "/next") == {}
    assert "ERROR" not in caplog.text


async def test_given_an_answer_of_the_wrong_shape_when_awaited_then_it_is_a_bug(
    fake: FakeAri, client_of: Make
) -> None:
    async with client_of() as client:
        with pytest.raises(ari.AriError) as wrong:
            await client.channels.get("x")
    assert wrong.value.fault is ari.Fault.BUG


async def test_given_http_when_requests_follow_each_other_then_one_connection_serves_them(
    fake: FakeAri, client_of: Make
) -> None:
    async with client_of(transport="http") as client:
        for number in range(5):
            await client.request("GET", f"/{number}")
        assert len(fake.connections) == 1
        await asyncio.gather(*(client.request("GET", f"/{number}") for number in range(5)))
    assert len(fake.requests) == 10


async def test_given_http_when_the_server_breaks_off_a_post_then_it_is_not_repeated(
    fake: FakeAri, client_of: Make
) -> None:
    async def answer(method: str, target: str, body: Any) -> tuple[int, Any]:
        for transport in fake.connections:
            transport.abort()
        return 200, None

    fake.answer = answer
    async with client_of(transport="http") as client:
        with pytest.raises(ari.Disconnected) as broken:
            await client.channels.originate(endpoint="x")
    assert broken.value.maybe_done
    assert len(fake.requests) == 1


async def test_given_http_when_a_file_is_asked_for_then_its_bytes_come(
    fake: FakeAri, client_of: Make
) -> None:
    async def answer(method: str, target: str, body: Any) -> tuple[int, Any]:
        return 200, b"RIFF\x00\xff"

    fake.answer = answer
    async with client_of(transport="http") as client:
        assert await client.recordings.get_stored_file("greeting") == b"RIFF\x00\xff"
