from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter

import ari
from ari.generated.models import EVENTS, AnyEvent, ChannelDestroyed, StasisStart
from tests.unit.ari.fake_ari import FakeAri, channel, event, until

Make = Callable[..., ari.Client]


async def test_given_many_events_when_they_come_then_handlers_see_them_in_order(
    fake: FakeAri, client_of: Make
) -> None:
    seen: list[Any] = []
    async with client_of() as client:
        client.on_any_event(seen.append)
        await until(lambda: fake.sockets)
        for number in range(300):
            kind = "SomethingNew" if number % 3 == 0 else "ChannelDtmfReceived"
            await fake.send(event(kind, digit=str(number), duration_ms=1, channel=channel("c")))
        await until(lambda: len(seen) == 300)
    digits = [one.raw["digit"] if isinstance(one, ari.UnknownEvent) else one.digit for one in seen]
    assert digits == [str(number) for number in range(300)]


async def test_given_an_event_on_opening_when_handler_is_set_after_connect_then_it_is_not_missed(
    fake: FakeAri, client_of: Make
) -> None:
    fake.greeting = [event("StasisStart", args=["a"], channel=channel("c"))]
    seen: list[StasisStart] = []
    opened: list[int] = []
    async with client_of() as client:
        client.on_connect(lambda: opened.append(len(seen)))
        client.on_event(StasisStart, seen.append)
        await until(lambda: seen)
    assert seen[0].args == ["a"]
    assert opened == [0]


async def test_given_an_unknown_type_when_it_comes_then_it_is_passed_on_with_all_it_holds(
    fake: FakeAri, client_of: Make
) -> None:
    seen: list[ari.UnknownEvent] = []
    async with client_of() as client:
        client.on_event("FutureThing", seen.append)
        await until(lambda: fake.sockets)
        await fake.send({"type": "FutureThing", "deep": {"er": [1]}})
        await until(lambda: seen)
    assert isinstance(seen[0], ari.UnknownEvent)
    assert seen[0].raw == {"type": "FutureThing", "deep": {"er": [1]}}


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "3",
        "null",
        '{"no": "type"}',
        '{"type": 7}',
        '{"type": "StasisStart", "args": []}',
        '"\\ud800"',
    ],
)
async def test_given_a_malformed_message_when_it_comes_then_it_is_logged_and_the_next_is_seen(
    fake: FakeAri, client_of: Make, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    seen: list[Any] = []
    async with client_of() as client:
        client.on_any_event(seen.append)
        await until(lambda: fake.sockets)
        with caplog.at_level(logging.WARNING):
            await fake.send(text, event("ChannelDestroyed", cause=16, cause_txt="x", channel=channel("c")))
            await until(lambda: seen)
    assert [type(one) for one in seen] == [ChannelDestroyed]
    assert "not understood" in caplog.text


async def test_given_a_handler_that_raises_when_events_come_then_others_and_later_ones_are_served(
    fake: FakeAri, client_of: Make, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Any] = []

    def broken(_: Any) -> None:
        raise RuntimeError("my own fault")

    async with client_of() as client:
        client.on_any_event(broken)
        client.on_any_event(seen.append)
        await until(lambda: fake.sockets)
        await fake.send(event("One"), event("Two"))
        await until(lambda: len(seen) == 2)
    assert [one.type for one in seen] == ["One", "Two"]
    assert caplog.text.count("my own fault") >= 2


async def test_given_a_closed_subscription_when_events_come_then_its_handler_is_not_called(
    fake: FakeAri, client_of: Make
) -> None:
    first: list[Any] = []
    second: list[Any] = []
    async with client_of() as client:
        subscription = client.on_event("One", first.append)
        client.on_event("One", second.append)
        await until(lambda: fake.sockets)
        await fake.send(event("One"))
        await until(lambda: second)
        subscription.close()
        subscription.close()
        await fake.send(event("One"))
        await until(lambda: len(second) == 2)
    assert len(first) == 1


async def test_given_a_channel_event_when_it_comes_then_the_handler_gets_a_handle_with_data(
    fake: FakeAri, client_of: Make
) -> None:
    seen: list[tuple[ari.ChannelHandle, StasisStart]] = []
    async with client_of() as client:
        client.on_channel_event("StasisStart", lambda handle, what: seen.append((handle, what)))
        await until(lambda: fake.sockets)
        await fake.send(event("StasisStart", args=["x"], channel=channel("abc")))
        await until(lambda: seen)
        handle, what = seen[0]
        assert (handle.id, handle.data.state, what.args) == ("abc", "Up", ["x"])
        assert handle.data.creationtime.utcoffset() is not None
        await handle.answer()
    assert fake.requests[-1][:2] == ("POST", "channels/abc/answer")


async def test_given_a_handler_of_one_channel_when_events_come_then_only_its_own_until_its_end(
    fake: FakeAri, client_of: Make
) -> None:
    digits: list[str] = []
    ends: list[str] = []
    async with client_of() as client:
        client.channel("mine").on_event("ChannelDtmfReceived", lambda _, what: digits.append(what.digit))
        client.on_channel_event("ChannelDestroyed", lambda handle, _: ends.append(handle.id))
        await until(lambda: fake.sockets)

        def digit(of: str, value: str) -> dict[str, Any]:
            return event("ChannelDtmfReceived", digit=value, duration_ms=80, channel=channel(of))

        await fake.send(
            digit("mine", "1"), digit("other", "2"), digit("mine", "3"),
            event("ChannelDestroyed", cause=16, cause_txt="", channel=channel("mine")),
            digit("mine", "4"), event("ChannelDestroyed", cause=16, cause_txt="", channel=channel("last")),
        )  # fmt: skip
        await until(lambda: len(ends) == 2)
    assert digits == ["1", "3"]
    assert ends == ["mine", "last"]


def test_given_an_event_when_read_through_the_union_then_its_type_decides() -> None:
    raw = event("ChannelDestroyed", cause=16, cause_txt="Normal", channel=channel("c"), tech_cause=200)
    read = TypeAdapter[Any](AnyEvent).validate_python(raw)
    assert isinstance(read, ChannelDestroyed)
    assert read.tech_cause == 200


def test_given_the_event_classes_when_listed_then_each_stands_under_its_own_type() -> None:
    assert len(EVENTS) >= 45
    assert all(model.model_fields["type"].default == name for name, model in EVENTS.items())
