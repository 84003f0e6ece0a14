"""The watchdog: who waits inside an application that nobody serves is handed on, in order, once it is due."""

from __future__ import annotations

from typing import Any

import pytest

from madoguchi.watchdog import AwayError, Watchdog
from tests.unit.controller.controller_rig import bridge_json, channel_json

CALL = "madoguchi,call,num=0262261234"


class Bench:
    """An Asterisk's command line, a controller, and a clock."""

    def __init__(self, *, hand_over_s: float = 15, restart_s: float = 30) -> None:
        self.beat: str | None = "1764030000"
        self.full = False
        self.lives = True
        self.away = False
        self.now = 0.0
        self.done: list[str] = []
        self.said: list[str] = []
        self.dog = Watchdog(
            ask=self.ask, alive=self.alive, restart=lambda: self.done.append("restart"),
            say=self.said.append, app="madoguchi", hand_over_s=hand_over_s, restart_s=restart_s,
            clock=lambda: self.now,
        )  # fmt: skip

    async def ask(self, method: str, path: str, **query: str) -> Any:
        if self.away:
            raise AwayError("nobody there")
        if path == "/asterisk/variable":
            return None if self.beat is None else {"value": self.beat}
        if method == "GET":
            return (BRIDGES if path == "/bridges" else CHANNELS) if self.full else []
        self.done.append(f"{method} {path} {query.get('context', '')}".strip())
        return None

    async def alive(self) -> bool:
        return self.lives

    async def until(self, second: float) -> None:
        while self.now < second:
            self.now += 1
            await self.dog.look()


BRIDGES = [bridge_json("talk-a", "m-1.2", "offer-a"), bridge_json("talk-b", "m-1.3")]
CHANNELS = [
    channel_json("m-1.10", app=CALL),
    channel_json("m-1.1", app=CALL),
    channel_json("m-1.9", app=CALL),
    channel_json("m-1.2", app=CALL),
    channel_json("offer-a"),
    channel_json("m-1.3", app=CALL),
    channel_json("offer-c", state="Ringing"),
    channel_json("m-1.4"),
    channel_json("m-1.5", app="madoguchi,code,x,11"),
    channel_json("m-1.6", app="another,call,x"),
]


async def test_given_no_heartbeat_for_long_then_the_waiting_go_to_the_fallback_in_order_and_talks_go_on() -> (
    None
):
    bench = Bench()
    bench.full = True
    await bench.until(15)
    assert bench.done == []
    await bench.until(30)
    handed = [text for text in bench.done if text.startswith("POST")]
    assert handed == [f"POST /channels/m-1.{n}/continue fallback" for n in (1, 9, 10)]
    assert {text for text in bench.done if text.startswith("DELETE")} == {
        "DELETE /channels/offer-c", "DELETE /channels/m-1.3",
    }  # fmt: skip
    assert "3 waiting callers" in bench.said[0]
    assert "1 left alone" in bench.said[0]


async def test_given_a_heart_that_beats_again_then_nothing_is_handed_over() -> None:
    bench = Bench()
    bench.full = True
    await bench.until(14)
    bench.beat = "1764030014"
    await bench.until(28)
    assert bench.done == []


@pytest.mark.parametrize("what", ["unset", "asterisk away", "never"])
async def test_given_no_sign_to_be_seen_or_none_wanted_then_the_watchdog_does_nothing(what: str) -> None:
    bench = Bench(hand_over_s=0 if what == "never" else 15)
    bench.full = True
    bench.beat = None if what == "unset" else bench.beat
    bench.away = what == "asterisk away"
    await bench.until(100)
    assert bench.done == []


async def test_given_a_process_that_does_not_answer_then_it_is_ended_once_each_time_it_is_due() -> None:
    bench = Bench(hand_over_s=0)
    bench.lives = False
    await bench.until(29)
    assert bench.done == []
    await bench.until(31)
    assert bench.done == ["restart"]
    await bench.until(59)
    assert bench.done == ["restart"]
    await bench.until(61)
    assert bench.done == ["restart", "restart"]
    bench.lives = True
    await bench.until(200)
    assert len(bench.done) == 2
