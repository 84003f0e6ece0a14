"""A simulated Asterisk that outlives its controllers: channels, bridges, phones, one socket with delays.

It does what ours asks, in the order of the socket, some milliseconds later, and tells what happened: in order
for each call, in any order between calls, now and then twice. Who is not connected is told nothing.
"""

from __future__ import annotations

import asyncio
import csv
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ari import AriError, Client, Fault, RequestTimeout
from config import from_ms
from tests.unit.controller.controller_rig import bridge_json, endpoint_json

APP = "madoguchi"
TIMEOUT_S = 4.0
"""So long the client waits for an answer."""
LOST = 0.5
"""How much of what is on its way when a connection breaks never arrives, in a harsher world."""


@dataclass
class Channel:
    """`kind`: citizen or offer. `party`: whose it is, a citizen's number or a seat."""

    id: str
    kind: str
    party: int
    came_ms: int
    state: str = "Ring"
    bridge: str | None = None
    playing: set[str] = field(default_factory=set)
    app_data: str = ""
    answered_ms: int | None = None
    linked: str = ""
    """The citizen's channel that it was made for; a citizen's own."""
    with_whom: str = ""
    """Name of the operator's channel that it came into a bridge with."""
    recorded: bool = False
    """Whether its line in the record is written: Asterisk does so at the end of the first talk."""

    @property
    def name(self) -> str:
        """As Asterisk names it."""
        return f"PJSIP/phone-{self.party}-0001" if self.kind == "offer" else f"PJSIP/trunk-{self.id}"

    def cdr(self, number: int, end_ms: int) -> list[str]:
        """Its line in Asterisk's record of calls."""
        app, data = ("AppDial2", "") if self.kind == "offer" else ("Stasis", self.app_data)
        answer = "" if self.answered_ms is None else _second(self.answered_ms)
        return [
            "", "0262261234", "in", "line", "", self.name, self.with_whom, app, data,
            _second(self.came_ms), answer, _second(end_ms), "0", "0", "ANSWERED", "DOCUMENTATION",
            self.id, "", "", self.linked, str(number),
        ]  # fmt: skip

    @property
    def as_json(self) -> dict[str, Any]:
        party = {"name": "", "number": ""}
        place = {
            "context": "line",
            "exten": "in",
            "priority": 1,
            "app_name": "Stasis",
            "app_data": self.app_data,
        }
        return {
            "id": self.id, "protocol_id": "p", "name": self.name, "state": self.state, "caller": party,
            "connected": party, "accountcode": "", "dialplan": place, "language": "ja",
            "creationtime": from_ms(self.came_ms).isoformat(),
        }  # fmt: skip


def kind_of(method: str, path: str) -> str:
    """A request without its names: "POST channels/{id}/answer"."""
    parts = path.strip("/").split("/")
    named = [part if place % 2 == 0 or parts[0] == "asterisk" else "{id}" for place, part in enumerate(parts)]
    return f"{method} {'/'.join(named)}"


def _second(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


class Socket(Client):
    """The controller's client: its requests go to the simulated Asterisk, which answers them."""

    def __init__(self, asterisk: Asterisk) -> None:
        super().__init__("http://127.0.0.1:9/ari", APP, "user", "password")
        self._asterisk = asterisk
        self.open = False
        self.dead = False
        self.stalled_until_s = 0.0
        """Until then nothing that is asked passes, and nobody is told."""
        self.deaf = False
        """While it is so: whether what Asterisk tells does not pass either."""
        self._held: list[str] = []
        """What was told meanwhile; it comes afterwards, in its order, or is lost with the connection."""
        self.under_way: set[asyncio.Future[Any]] = set()

    def call(
        self,
        method: str,
        path: str,
        then: Callable[[Any], Any],
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> asyncio.Future[Any]:
        """See `Client.call`."""
        del body
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if not self.dead and not self.open:
            future.set_exception(AriError(Fault.DISCONNECTED, "no connection", method=method, path=path))
        elif not self.dead:
            self._asterisk.asked(self, method, path, dict(query or {}), then, future)
        return future

    def connect(self) -> None:
        """The connection comes up."""
        self.open = True
        self._opened()

    def cut(self) -> None:
        """The connection breaks."""
        if self.open:
            self.open = False
            self.stalled_until_s = 0.0
            self._held.clear()
            waiting, self.under_way = self.under_way, set()
            for future in waiting:
                if not future.done():
                    future.set_exception(AriError(Fault.DISCONNECTED, "cut", maybe_done=True))
            self._lost("cut")

    def stall(self, seconds: float, *, deaf: bool) -> None:
        """Let nothing pass for so long (only what is asked, unless `deaf`); then it comes, all of it."""
        self.deaf = deaf
        self.stalled_until_s = asyncio.get_running_loop().time() + seconds

    def told(self, event: str) -> None:
        """Asterisk tells this connection something."""
        if not self.open or self.dead:
            return
        if self._held or self._hears_nothing():
            self._held.append(event)
            if len(self._held) == 1:
                asyncio.get_running_loop().call_at(self.stalled_until_s, self._hears_again)
        else:
            self._received(event)

    def _hears_nothing(self) -> bool:
        return self.deaf and asyncio.get_running_loop().time() < self.stalled_until_s

    def _hears_again(self) -> None:
        if self._held and self._hears_nothing():  # it stands still once more
            asyncio.get_running_loop().call_at(self.stalled_until_s, self._hears_again)
            return
        while self._held and self.open and not self.dead:
            self._received(self._held.pop(0))

    def times_out(self, future: asyncio.Future[Any], method: str, path: str) -> None:
        """Nobody has answered this request in time."""
        if not future.done() and not self.dead:
            future.set_exception(RequestTimeout(TIMEOUT_S, method=method, path=path))


class Asterisk:
    """Channels and bridges; the chance of one seed decides every delay and what phones do."""

    def __init__(
        self,
        chance: random.Random,
        now_ms: Callable[[], int],
        record: Path,
        mishap: random.Random | None = None,
    ) -> None:
        """`record`: the file of its record of calls (CDR).

        `mishap`: decides what a harsher world adds (see `tests.simulated.day.HARSHER`); None: nothing."""
        self.chance = chance
        self.mishap = mishap
        self._now_ms = now_ms
        self.booted_ms = now_ms() - 3_600_000
        self.channels: dict[str, Channel] = {}
        self.bridges: dict[str, set[str]] = {}
        self.variables: dict[str, str] = {}
        self.socket: Socket | None = None
        self.phones: dict[int, str] = {}
        self.talked: dict[int, float] = {}
        """Citizens who were in a bridge with an operator, since when."""
        self.talk_s: dict[int, float] = {}
        """How long they were."""
        self.dropped: list[str] = []
        """Channels of a talk that ended by our own request while both parties were there."""
        self.unanswered: list[str] = []
        """Citizens' channels that came into a talk without having been answered."""
        self.commands = 0
        self.crash_at = 0
        self.crash_point = ""
        """Just before or just behind which request the controller fell."""
        self.on_crash: Callable[[], None] = lambda: None
        self.ended: set[int] = set()
        self._line_s = 0.0
        self._told_s: dict[str, float] = {}
        self._n = 0
        self._falls = 0
        self._record = record
        self._recorded = 0
        self._hung_by_party: set[str] = set()

    # --- what the controller asks ---------------------------------------------------------------------------

    def asked(
        self, socket: Socket, method: str, path: str, query: dict[str, Any], then: Any, future: Any
    ) -> None:
        """A request is written to the socket; perhaps the controller falls just before, or just behind it."""
        loop = asyncio.get_running_loop()
        if method != "GET":
            self.commands += 1
            if self.commands == self.crash_at:
                sent = self.chance.random() < 0.5
                self.crash_point = f"{'behind' if sent else 'before'} {kind_of(method, path)}"
                loop.call_soon(self.on_crash)
                socket.dead = True
                if not sent:
                    return
        self._line_s = max(self._line_s, loop.time()) + self.chance.uniform(0.0002, 0.004)
        if self.mishap is not None:
            self._line_s = max(self._line_s, socket.stalled_until_s)
            socket.under_way.add(future)
            future.add_done_callback(socket.under_way.discard)
            loop.call_later(TIMEOUT_S, socket.times_out, future, method, path)
        loop.call_at(self._line_s, self._carry_out, socket, method, path, query, then, future)

    def _carry_out(
        self, socket: Socket, method: str, path: str, query: dict[str, Any], then: Any, future: Any
    ) -> None:
        if self.mishap is not None and not socket.open and self.mishap.random() < LOST:
            return
        answer: Any = None
        try:
            answer = self._do(method, path, query)
        except AriError as error:
            answer = error
        if socket.dead or not socket.open:
            return
        delay_s = self.chance.uniform(0.0002, 0.01)
        asyncio.get_running_loop().call_later(delay_s, self._reply, socket, then, future, answer)

    @staticmethod
    def _reply(socket: Socket, then: Any, future: Any, answer: Any) -> None:
        if future.done() or socket.dead:
            return
        if not socket.open:
            future.set_exception(AriError(Fault.DISCONNECTED, "cut", maybe_done=True))
        elif isinstance(answer, AriError):
            future.set_exception(answer)
        else:
            future.set_result(then(answer) if answer is not None else None)

    def _do(self, method: str, path: str, query: dict[str, Any]) -> Any:
        parts = path.strip("/").split("/")
        match (method, *parts):
            case ("GET", "asterisk", "info"):
                stamp = from_ms(self.booted_ms).isoformat()
                return {"status": {"startup_time": stamp, "last_reload_time": stamp}}
            case ("GET", "asterisk", "variable"):
                return {"value": self.variables.get(str(query["variable"]), "")}
            case ("POST", "asterisk", "variable"):
                self.variables[str(query["variable"])] = str(query["value"])
            case ("GET", "channels"):
                return [one.as_json for one in self.channels.values()]
            case ("GET", "bridges"):
                return [bridge_json(bridge, *sorted(inside)) for bridge, inside in self.bridges.items()]
            case ("GET", "endpoints", "PJSIP"):
                return [
                    endpoint_json(f"phone-{seat}", "online", *(c.id for c in self.channels.values()
                                  if c.kind == "offer" and c.party == seat))
                    for seat in self.phones
                ]  # fmt: skip
            case (_, "applications", *_):
                return [] if method == "GET" else None
            case ("GET", "bridges", bridge):
                if bridge not in self.bridges:
                    raise AriError(Fault.GONE, "Bridge not found")
                return bridge_json(bridge, *sorted(self.bridges[bridge]))
            case ("GET", "channels", channel):
                return self._alive(channel).as_json
            case ("POST", "channels", channel, "answer"):
                self._alive(channel).state = "Up"
                self._alive(channel).answered_ms = self._now_ms()
            case ("POST", "channels", channel, "play", playback):
                self._play(self._alive(channel), playback)
            case ("DELETE", "playbacks", playback):
                self._stop_playback(playback)
            case ("POST" | "DELETE", "channels", channel, "moh" | "ring"):
                self._alive(channel)
            case ("POST", "channels", channel, "continue"):
                self._end(self._alive(channel), 0, None)
            case ("POST", "channels", leg):
                self._originate(leg, query)
            case ("DELETE", "channels", channel):
                self._hang_up(self._alive(channel))
            case ("POST", "bridges", bridge):
                self.bridges.setdefault(bridge, set())
            case ("POST", "bridges", bridge, "addChannel"):
                self._join(bridge, query["channel"])
            case ("DELETE", "bridges", bridge):
                for channel in self.bridges.pop(bridge, set()):
                    self.channels[channel].bridge = None
            case _:
                raise AssertionError(f"{method} {path}: not simulated")
        return None

    def _alive(self, channel: str) -> Channel:
        found = self.channels.get(channel)
        if found is None:
            raise AriError(Fault.GONE, "Channel not found")
        return found

    def _play(self, channel: Channel, playback: str) -> None:
        channel.playing.add(playback)
        asyncio.get_running_loop().call_later(self.chance.uniform(0.1, 2), self._played, channel, playback)

    def _played(self, channel: Channel, playback: str) -> None:
        if playback in channel.playing:
            channel.playing.discard(playback)
            self._tell_played(channel, playback)

    def _stop_playback(self, playback: str) -> None:
        for channel in self.channels.values():
            if playback in channel.playing:
                self._played(channel, playback)
                return
        raise AriError(Fault.GONE, "Playback not found")

    def _tell_played(self, channel: Channel, playback: str) -> None:
        said = {
            "id": playback,
            "media_uri": "sound:x",
            "target_uri": f"channel:{channel.id}",
            "state": "done",
        }
        self.tell(channel.id, "PlaybackFinished", playback=said)

    def _originate(self, leg: str, query: dict[str, Any]) -> None:
        seat = int(str(query["endpoint"]).rpartition("-")[2])
        if leg in self.channels:
            raise AriError(Fault.CONFLICT, "exists")
        busy = any(one.kind == "offer" and one.party == seat for one in self.channels.values())
        way = "busy" if busy else self.chance.choices(("answer", "silent", "busy"), (8, 1, 1))[0]
        if self.chance.random() < 0.02:
            raise AriError(Fault.UNREACHABLE, "Allocation failed")
        channel = self.channels[leg] = Channel(leg, "offer", seat, self._now_ms(), "Ringing")
        channel.linked = str(query["originator"])
        loop = asyncio.get_running_loop()
        if way == "busy":
            loop.call_later(self.chance.uniform(0.005, 0.1), self._refuse, channel)
        elif way == "answer":
            args = str(query["appArgs"]).split(",")
            loop.call_later(self.chance.uniform(0.05, 4), self._picked_up, channel, args)

    def _refuse(self, channel: Channel) -> None:
        if self.channels.get(channel.id) is channel:
            self._end(channel, 17, 486)

    def _picked_up(self, channel: Channel, args: list[str]) -> None:
        if self.channels.get(channel.id) is not channel:
            return
        channel.state = "Up"
        channel.answered_ms = self._now_ms()
        self.tell(channel.id, "StasisStart", args=args, channel=channel.as_json)
        asyncio.get_running_loop().call_later(self.chance.uniform(6, 40), self._operator_done, channel)

    def _operator_done(self, channel: Channel) -> None:
        if self.channels.get(channel.id) is channel:
            self.party_hangs_up(channel)

    def _join(self, bridge: str, channels: Any) -> None:
        names = channels if isinstance(channels, list) else str(channels).split(",")
        if bridge not in self.bridges:
            raise AriError(Fault.GONE, "Bridge not found")
        parties = [self._alive(name) for name in names]
        for one in parties:
            if one.kind == "citizen" and one.state != "Up":
                self.unanswered.append(one.id)
            one.bridge = bridge
            self.bridges[bridge].add(one.id)
            self.tell(one.id, "ChannelEnteredBridge", bridge=bridge_json(bridge), channel=one.as_json)
        for one in parties:
            if one.kind == "citizen" and len(self.bridges[bridge]) > 1:
                self.talked[one.party] = asyncio.get_running_loop().time()
                for other in (self.channels[name] for name in self.bridges[bridge] - {one.id}):
                    one.with_whom, one.recorded = other.name, False
                    self._write_cdr(other)  # its own line ends here: from now on it is in the citizen's

    def _hang_up(self, channel: Channel) -> None:
        inside = self.bridges.get(channel.bridge or "", set())
        if len(inside) > 1 and not inside & self._hung_by_party:
            self.dropped.append(channel.id)
        self._hung_by_party.add(channel.id)
        self._end(channel, 16, None)

    # --- what people do -------------------------------------------------------------------------------------

    def citizen_comes(self, citizen: int) -> str | None:
        """A call; its channel, or None: no controller takes it, the exchange serves it alone."""
        if self.socket is None or not self.socket.open or self.socket.dead:
            return None
        self._n += 1
        channel = Channel(f"m-{self._now_ms() // 1000}.{self._n}", "citizen", citizen, self._now_ms())
        channel.linked = channel.id
        channel.app_data = f"{APP},call,called=0260001234,num=02622600{citizen:02d}"
        self.channels[channel.id] = channel
        self.tell(channel.id, "StasisStart", args=channel.app_data.split(",")[1:], channel=channel.as_json)
        return channel.id

    def party_hangs_up(self, channel: Channel) -> None:
        """BYE from outside."""
        self._hung_by_party.add(channel.id)
        self._end(channel, 16, None)

    def fall(self) -> None:
        """Asterisk is killed, and there again: nothing of before is left."""
        self._falls += 1
        for channel in self.channels.values():
            if channel.kind == "citizen":
                self.ended.add(channel.party)
        self.channels.clear()
        self.bridges.clear()
        self.variables.clear()
        self.booted_ms = self._now_ms() // 1000 * 1000

    def _end(self, channel: Channel, cause: int, tech_cause: int | None) -> None:
        if self.channels.pop(channel.id, None) is None:
            return
        self._write_cdr(channel)
        for name in self.bridges.get(channel.bridge or "", ()):
            if name in self.channels and self.channels[name].with_whom:
                self._write_cdr(self.channels[name])  # whose talk is over; what he does then is not recorded
        if channel.bridge in self.bridges:
            inside = self.bridges[channel.bridge]
            for name in inside if len(inside) > 1 else ():
                one = self.channels.get(name, channel)
                if one.kind == "citizen":
                    began_s = self.talked.get(one.party, 0.0)
                    self.talk_s[one.party] = asyncio.get_running_loop().time() - began_s
            inside.discard(channel.id)
        if channel.kind == "citizen":
            self.ended.add(channel.party)
        if channel.state == "Up" or channel.kind == "citizen":
            self.tell(channel.id, "ChannelHangupRequest", channel=channel.as_json)
            self.tell(channel.id, "StasisEnd", channel=channel.as_json)
        if channel.kind == "offer":
            more = {} if tech_cause is None else {"tech_cause": tech_cause}
            self.tell(
                channel.id, "ChannelDestroyed", channel=channel.as_json, cause=cause, cause_txt="", **more
            )

    def _write_cdr(self, channel: Channel) -> None:
        if not channel.recorded:
            channel.recorded = True
            with self._record.open("a", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(channel.cdr(self._recorded, self._now_ms()))
            self._recorded += 1

    # --- what it tells --------------------------------------------------------------------------------------

    def tell(self, about: str, kind: str, **fields: Any) -> None:
        """An event, some time later: behind all that was told of this channel."""
        loop = asyncio.get_running_loop()
        slow = self.chance.random() < 0.05
        delay_s = self.chance.uniform(0.2, 1.5) if slow else self.chance.uniform(0.0002, 0.02)
        at_s = max(self._told_s.get(about, 0.0) + 0.0001, loop.time() + delay_s)
        self._told_s[about] = at_s
        event = {"type": kind, "application": APP, "timestamp": from_ms(self._now_ms()).isoformat(), **fields}
        text = json.dumps(event)
        loop.call_at(at_s, self._deliver, self.socket, self._falls, text)
        if self.chance.random() < 0.02:
            self._told_s[about] = at_s = at_s + 0.0001
            loop.call_at(at_s, self._deliver, self.socket, self._falls, text)

    def _deliver(self, socket: Socket | None, fall: int, event: str) -> None:
        if socket is not None and fall == self._falls:  # what has fallen tells nothing more
            socket.told(event)
