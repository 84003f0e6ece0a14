"""The client against a real Asterisk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

import ari
from ari.examples import answering_machine
from ari.generate import stale
from ari.generated.models import ChannelDestroyed, ChannelEnteredBridge, PlaybackFinished, StasisStart
from tests.asterisk_ari.minimal import MinimalAsterisk, rest_api_directory

pytestmark = pytest.mark.asterisk

QUICK = ari.Timing(
    ping_every_s=0.5, pong_within_s=0.5, retry_first_s=0.05, retry_max_s=0.3, open_within_s=0.5
)


class Seen:
    """All events of a client, and a way to wait for one."""

    def __init__(self, client: ari.Client) -> None:
        self.events: list[Any] = []
        self._news = asyncio.Event()
        client.on_any_event(self._note)

    def _note(self, event: Any) -> None:
        self.events.append(event)
        self._news.set()

    async def first(self, kind: type[Any], which: Callable[[Any], bool] = lambda _: True) -> Any:
        async with asyncio.timeout(10):
            while True:
                self._news.clear()
                for event in self.events:
                    if isinstance(event, kind) and which(event):
                        return event
                await self._news.wait()


async def until(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  # any condition, not an event
            await asyncio.sleep(0.01)


def test_given_the_description_that_asterisk_ships_when_compared_then_the_generated_files_are_current() -> (
    None
):
    assert stale(rest_api_directory()) == []


async def test_given_a_call_when_played_to_and_bridged_then_every_step_is_a_typed_event(
    box: MinimalAsterisk, client: ari.Client
) -> None:
    seen = Seen(client)
    channel_id, bridge_id = ari.new_id("c-"), ari.new_id("b-")
    channel = await client.channels.originate(
        endpoint="Local/answer@peer", app="test", app_args="offer,1", channel_id=channel_id, formats="ulaw",
        variables={"NOTE": "a, b & 窓口"},
    )  # fmt: skip
    started = await seen.first(StasisStart)
    assert (started.args, started.channel.id) == (["offer", "1"], channel_id)
    assert (await channel.get_channel_var(variable="NOTE")).value == "a, b & 窓口"
    playback = await channel.play(media=box.tone, playback_id=ari.new_id("say-"))
    finished = await seen.first(PlaybackFinished)
    assert (finished.playback.id, finished.playback.state) == (playback.id, "done")
    bridge = await client.bridges.create(type="mixing", bridge_id=bridge_id)
    await bridge.add_channel(channel=[channel_id])
    entered = await seen.first(ChannelEnteredBridge)
    assert entered.bridge.channels == [channel_id]
    await channel.hangup(reason="normal")
    destroyed = await seen.first(ChannelDestroyed, lambda event: event.channel.id == channel_id)
    assert destroyed.cause == 16
    await bridge.destroy()
    assert not [event for event in seen.events if isinstance(event, ari.UnknownEvent)]


async def test_given_failing_requests_when_asterisk_answers_then_each_fault_is_known(
    client: ari.Client,
) -> None:
    seen = Seen(client)
    bridge = await client.bridges.create(type="mixing", bridge_id=ari.new_id("b-"))
    channel = await client.channels.originate(
        endpoint="Local/answer@peer", app="test", channel_id=ari.new_id("c-"), formats="ulaw"
    )
    started = await seen.first(StasisStart)
    others = [one.id for one in await client.channels.list() if one.id != channel.id]
    down = await client.channels.create(
        endpoint="Local/answer@peer", app="test", channel_id=ari.new_id("c-"), formats="ulaw"
    )
    await seen.first(StasisStart, lambda event: event.channel.id == down.id)
    expected = [
        (client.channels.originate(endpoint="PJSIP/phone-away", app="test"), ari.Fault.UNREACHABLE),
        (client.channels.originate(endpoint="PJSIP/not-there", app="test"), ari.Fault.UNREACHABLE),
        (client.channels.originate(endpoint="nonsense", app="test"), ari.Fault.BUG),
        (client.channels.originate(endpoint="Local/answer@peer", app="test", channel_id=channel.id),
         ari.Fault.CONFLICT),
        (client.channels.get("not-there"), ari.Fault.GONE),
        (client.channels.hangup("not-there"), ari.Fault.GONE),
        (client.playbacks.stop("not-there"), ari.Fault.GONE),
        (client.channels.answer(others[0]), ari.Fault.NOT_IN_APP),
        (client.channels.play(down.id, media="sound:x"), ari.Fault.WRONG_STATE),
        (client.bridges.create(type="mixing", bridge_id=bridge.id), ari.Fault.CONFLICT),
        (client.bridges.destroy("not-there"), ari.Fault.GONE),
        (bridge.add_channel(channel="not-there"), ari.Fault.GONE),
        (bridge.add_channel(channel=others[0]), ari.Fault.NOT_IN_APP),
        (bridge.remove_channel(channel=channel.id), ari.Fault.WRONG_STATE),
        (client.applications.subscribe("test", event_source="endpoint:PJSIP/not-there"), ari.Fault.GONE),
        (client.request("GET", "/nonsense"), ari.Fault.BUG),
    ]  # fmt: skip
    answers = await asyncio.gather(*(future for future, _ in expected), return_exceptions=True)
    faults = [getattr(answer, "fault", answer) for answer in answers]
    assert started.channel.id == channel.id
    assert faults == [fault for _, fault in expected]
    await channel.hangup()
    await down.hangup()
    for handle in (channel, down):
        await seen.first(ChannelDestroyed, lambda event, handle=handle: event.channel.id == handle.id)
    await bridge.destroy()
    await _no_channels(client)


async def _no_channels(client: ari.Client) -> None:
    async with asyncio.timeout(10):
        while await client.channels.list():  # noqa: ASYNC110  # a condition of Asterisk's
            await asyncio.sleep(0.01)


async def test_given_ids_with_odd_characters_when_used_then_they_come_through(client: ari.Client) -> None:
    seen = Seen(client)
    channel = await client.channels.originate(
        endpoint="Local/answer@peer", app="test", channel_id="a/b c%41?é&=", formats="ulaw"
    )
    await seen.first(StasisStart, lambda event: event.channel.id == channel.id)
    assert (await client.channel("a/b c%41?é&=").get()).data.state == "Up"
    await channel.hangup()
    await _no_channels(client)


async def test_given_the_lists_of_the_api_when_asked_then_the_models_fit(client: ari.Client) -> None:
    assert [one.data.state for one in await client.endpoints.list() if one.resource == "phone-away"] == [
        "offline"
    ]
    assert [one.name for one in await client.applications.list()] == ["test"]
    assert (await client.asterisk.get_info(only=["system", "status"])).system is not None
    assert (await client.asterisk.ping()).ping == "pong"
    assert [one for one in await client.asterisk.list_modules() if one.name == "res_stasis.so"]
    assert await client.asterisk.list_log_channels()
    assert await client.device_states.list() == []
    assert await client.recordings.list_stored() == []
    filtered = await client.applications.filter("test", filter={"disallowed": [{"type": "ChannelVarset"}]})
    assert filtered.data.events_disallowed == [{"type": "ChannelVarset"}]
    await client.applications.filter("test", filter={"disallowed": []})


async def test_given_a_recording_when_fetched_over_http_then_its_bytes_come(box: MinimalAsterisk) -> None:
    async with ari.connect(box.url, "test", box.user, box.password, transport="http") as client:
        seen = Seen(client)
        channel = await client.channels.originate(
            endpoint="Local/answer@peer", app="test", channel_id=ari.new_id("c-"), formats="ulaw"
        )
        await seen.first(StasisStart)
        recording = await channel.record(name="voice-1", format="wav", max_duration_seconds=5)
        assert recording.name == "voice-1"
        await client.recording("voice-1").stop()
        await until(lambda: any(event.type == "RecordingFinished" for event in seen.events))
        data = await client.recordings.get_stored_file("voice-1")
        assert data.startswith(b"RIFF")
        await client.recordings.delete_stored("voice-1")
        await channel.hangup()
        await _no_channels(client)


async def test_given_requests_without_await_when_sent_over_the_socket_then_asterisk_does_them_in_order(
    box: MinimalAsterisk,
) -> None:
    async with ari.connect(box.url, "test", box.user, box.password) as client:
        seen = Seen(client)
        channel = await client.channels.originate(
            endpoint="Local/answer@peer", app="test", channel_id=ari.new_id("c-"), formats="ulaw"
        )
        await seen.first(StasisStart)
        futures = [channel.set_channel_var(variable="STEP", value=str(number)) for number in range(100)]
        await asyncio.gather(*futures)

        def steps() -> list[str]:
            return [event.value for event in seen.events if getattr(event, "variable", "") == "STEP"]

        await until(lambda: len(steps()) >= 100)
        assert steps() == [str(number) for number in range(100)]
        await channel.hangup()
        await _no_channels(client)


async def test_given_a_second_client_of_the_application_when_it_connects_then_the_first_stops(
    box: MinimalAsterisk,
) -> None:
    replaced: list[bool] = []
    async with ari.connect(box.url, "same", box.user, box.password, timing=QUICK) as first:
        first.on_replaced(lambda: replaced.append(True))
        async with ari.connect(box.url, "same", box.user, box.password, timing=QUICK) as second:
            await asyncio.wait_for(first.wait_ended(), 5)
            assert replaced == [True]
            with pytest.raises(ari.Disconnected):
                await first.asterisk.ping()
            seen = Seen(second)
            await second.events.user_event("hello", application="same")
            await until(lambda: any(event.type == "ChannelUserevent" for event in seen.events))
            assert second.connected
            assert not second.replaced


async def test_given_the_example_when_a_call_comes_then_it_is_answered_spoken_to_and_ended(
    box: MinimalAsterisk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    example = asyncio.create_task(answering_machine.serve(box.url, box.user, box.password, box.tone))
    async with ari.connect(box.url, "test", box.user, box.password) as client:
        async with asyncio.timeout(10):
            while "answering" not in [one.name for one in await client.applications.list()]:  # noqa: ASYNC110  # asks Asterisk
                await asyncio.sleep(0.01)
        await client.channels.originate(
            endpoint="Local/answer@peer", context="peer", extension="answering", formats="ulaw"
        )
        await until(lambda: f"heard {box.tone}: done" in caplog.text)
        await _no_channels(client)
    example.cancel()


async def test_given_a_wrong_password_when_connecting_then_it_is_said(box: MinimalAsterisk) -> None:
    with pytest.raises(ari.AriError, match="refuses the ARI user or password"):
        async with ari.connect(box.url, "test", box.user, "wrong"):
            pass


async def test_given_asterisk_killed_and_started_when_it_is_back_then_the_client_is_too(
    box: MinimalAsterisk,
) -> None:
    ups: list[str] = []
    async with ari.connect(box.url, "test", box.user, box.password, timing=QUICK) as client:
        client.on_connect(lambda: ups.append("up"))
        client.on_disconnect(lambda _: ups.append("down"))
        await client.asterisk.ping()
        box.kill()
        await until(lambda: not client.connected)
        await asyncio.to_thread(box.start)
        await until(lambda: client.connected)
        assert (await client.asterisk.ping()).ping == "pong"
        assert ups == ["up", "down", "up"]


async def test_given_asterisk_that_stands_still_when_it_goes_on_then_the_client_serves_again(
    box: MinimalAsterisk,
) -> None:
    async with ari.connect(box.url, "test", box.user, box.password, timing=QUICK) as client:
        await client.asterisk.ping()
        box.stand_still()
        await until(lambda: not client.connected)
        # Meanwhile the client's attempts to connect pile up in Asterisk's listening socket.
        attempts = asyncio.get_running_loop().time() + 2.5
        await until(lambda: asyncio.get_running_loop().time() > attempts)
        box.go_on()
        await until(lambda: client.connected)
        seen = Seen(client)

        async def alive() -> bool:
            try:
                await client.events.user_event("hello", application="test")
            except ari.AriError:
                return False
            return any(event.type == "ChannelUserevent" for event in seen.events)

        async with asyncio.timeout(15):
            while not await alive():  # noqa: ASYNC110  # asks Asterisk
                await asyncio.sleep(0.05)
        assert not client.replaced
