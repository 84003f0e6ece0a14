"""The citizens' calls that this controller has in hand: how each becomes known, and how it is let go.

A call is known by its id and by its citizen's channel, from what the dialplan first tells of it, or from what
a former controller left, to the end of the channel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import structlog

from config import Settings
from controller.call import Call, Surroundings, call_id
from controller.hours import Hours
from controller.incoming import Incoming
from controller.lately import Lately
from controller.legs import last_offer
from controller.onward import Onward
from controller.recorder import WRITE_AFTER_S
from ivr.calendar import Moment
from ivr.numbers import CallerId, mask
from ivr.script import Script

log = structlog.get_logger()


class Calls(Mapping[str, Call]):
    """The calls in hand, by id."""

    def __init__(
        self, at: Surroundings, settings: Callable[[], Settings], hours: Hours, onward: Onward
    ) -> None:
        """`settings`: those in force, asked for each call. `onward`: what may have to end with a call."""
        self.lately = Lately()
        """Calls that this process knew, and that ended not long ago."""
        self._at = at
        self._settings = settings
        self._hours = hours
        self._onward = onward
        self._by_id: dict[str, Call] = {}
        self._by_channel: dict[str, Call] = {}

    def __getitem__(self, call: str) -> Call:
        return self._by_id[call]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def on(self, channel: str) -> Call | None:
        """The call whose citizen is on this channel."""
        return self._by_channel.get(channel)

    def reads(self, script: Script) -> None:
        """Let calls that come from now on hear another script; those in progress keep theirs."""
        self._at = replace(self._at, script=script)

    # --- how a call becomes known --------------------------------------------------------------------------

    def adopt(
        self,
        channel: str,
        pairs: list[str],
        *,
        is_up: bool = False,
        came_ms: int | None = None,
        legs: Iterable[str] = (),
    ) -> None:
        """A citizen's call has come in, now or at `came_ms`: journal it and begin its script.

        `is_up`: a former controller has answered it. Asterisk would carry a second answer out only after the
        text that is playing, and no other request meanwhile. `legs`: channels that a former controller may
        have left.
        """
        if channel in self._by_channel:
            return
        call = self.receive(channel, pairs, came_ms)
        call.former_offers = last_offer(call.id, legs)
        if is_up:
            call.take_over()
            self._at.recorder.record("call.answered", call=call.id)
        if len(self) > self._settings().call_limit():
            call.turn_away()
        else:
            call.start()

    def receive(self, channel: str, pairs: list[str], came_ms: int | None = None) -> Call:
        """Know a citizen's call by what the dialplan tells of it, and journal that it has come in: now, or
        at `came_ms`.
        """
        settings = self._settings()
        incoming = Incoming.read(pairs, settings.numbers())
        called, caller = incoming.called, incoming.caller
        line = settings.line_of(called.number)
        moment = self._hours.moment(line)
        came_ms = came_ms or self._at.clock.now_ms()
        need = settings.line_rules()[line].need
        call = Call(call_id(channel), channel, caller, moment, self._at, came_ms, line=line, need=need)
        if not called.ours:
            log.warning("call.number_not_ours", call=call.id, called=called.raw, taken_as=called.number)
        self._add(call)
        with self._at.recorder.as_of(came_ms):
            self._at.recorder.record(
                "call.received",
                call=call.id,
                data={
                    "called": called.number,
                    "called_raw": called.raw,
                    "withheld": None if caller.number else caller.withheld.value,
                    "open": moment.is_open,
                    "calendar": moment.reason,
                    "channel": channel,
                    "line": line,
                },
                private={"number": caller.number} if caller.number else None,
            )
        asyncio.get_running_loop().call_later(WRITE_AFTER_S, _log_caller, call.id, caller.number)
        return call

    def restore(
        self,
        call: str,
        channel: str,
        caller: CallerId,
        moment: Moment,
        received_ms: int,
        *,
        line: str = "main",
        need: str = "",
    ) -> Call:
        """Know a call that a former controller received; nothing is journalled."""
        restored = Call(call, channel, caller, moment, self._at, received_ms, line=line, need=need)
        self._add(restored)
        return restored

    def _add(self, call: Call) -> None:
        self._by_id[call.id] = call
        self._by_channel[call.channel] = call

    # --- how it is let go ----------------------------------------------------------------------------------

    def close(self, call: Call, cause: str) -> None:
        """The citizen's channel has ended, or is known to be no more: the call goes through its exit door."""
        self._by_channel.pop(call.channel, None)
        self._onward.caller_gone(call.id)
        call.close(cause)
        self._forget(call)

    def hand_over(self, call: Call) -> None:
        """The fallback has this call now: it ends for us, and its record tells the rest."""
        log.info("call.handed_over", call=call.id)
        self._by_channel.pop(call.channel, None)
        self._onward.caller_gone(call.id)
        call.hand_over()
        self._forget(call)

    def _forget(self, call: Call) -> None:
        self._by_id.pop(call.id, None)
        self.lately.add(call.id, asyncio.get_running_loop().time())


def _log_caller(call: str, number: str | None) -> None:
    log.info("call.caller", call=call, number=mask(number))
