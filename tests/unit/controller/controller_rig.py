"""A controller with everything of ours real, and an Asterisk that only listens and says what a test says."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ari import AriError, Client, Fault, Request
from config import Clock, Settings, from_ms, parse_local, to_ms
from controller.call import Call, Surroundings
from controller.caller_key import CallerKeys
from controller.controller import Controller
from controller.exchange import Exchange
from controller.people import People
from controller.recorder import Recorder
from db import Database, Entry, Journal
from ivr.announcement import Place
from ivr.arrival import Arrival
from ivr.calendar import Calendar, CalendarRules
from ivr.caller import Standing
from ivr.numbers import caller_id
from ivr.script import Script

T = TypeVar("T")
TUESDAY = to_ms(parse_local("2026-11-24 10:00:00"))
NIGHT = to_ms(parse_local("2026-11-24 20:00:00"))
QUIET = {"guidance": {"greeting": False, "busy": False}}
STAMP = "2026-11-24T10:00:00.000+0900"


class SetClock(Clock):
    """Stands still until it is moved."""

    def __init__(self, at_ms: int = TUESDAY) -> None:
        super().__init__()
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


class Texts:
    """Guidance whose texts take no time."""

    texts: Mapping[str, Any] = {}

    def media(self, text: str, language: str = "ja") -> str:
        return f"sound:{text}" if language == "ja" else f"sound:{language}/{text}"

    def is_own(self, _text: str) -> bool:
        return False

    def duration_ms(self, _text: str, _language: str = "ja") -> int:
        return 0

    def reload(self) -> None:
        """There is no list to read anew."""


class Asterisk(Client):
    """Notes what it is asked, answers with what `answers` says, tells what a test makes it tell."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9/ari", "madoguchi", "user", "password")
        self.requests: list[Request] = []
        self.answers: dict[str, Any] = {}
        """What a GET of this path tells; or, for all that lies below the path, an AriError."""
        self._moments = iter(range(1, 10**6))

    def call(
        self,
        method: str,
        path: str,
        then: Callable[[Any], T],
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> asyncio.Future[T]:
        self.requests.append(Request(method, path, tuple((query or {}).items()), body))
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        default: Any = ({} if path == "/asterisk/info" else []) if method == "GET" else None
        answer = self._answer(method, path, default)
        if isinstance(answer, AriError):
            future.set_exception(answer)
        else:
            future.set_result(then(answer) if answer is not None else None)
        return future

    def _answer(self, method: str, path: str, default: Any) -> Any:
        for known, answer in self.answers.items():
            failing = isinstance(answer, AriError)
            if path.startswith(known) if failing else (method, path) == ("GET", known):
                return answer
        return default

    def fails(self, path: str, fault: Fault, *, maybe_done: bool = False) -> None:
        """From now on requests below `path` fail so."""
        self.answers[path] = AriError(fault, "as the test says", maybe_done=maybe_done)

    def asked(self, method: str, path: str) -> list[Request]:
        """Requests so far of this method whose path begins so."""
        return [one for one in self.requests if one.method == method and one.path.startswith(path)]

    def hung_up(self) -> list[str]:
        """Channels that were asked to end."""
        return [
            r.path.removeprefix("/channels/")
            for r in self.asked("DELETE", "/channels/")
            if r.path.count("/") == 2
        ]

    def tell(self, kind: str, **fields: Any) -> None:
        """An event comes from Asterisk."""
        stamp = from_ms(TUESDAY + 100 * next(self._moments)).isoformat()
        event = {"type": kind, "application": "madoguchi", "timestamp": stamp, **fields}
        self._received(json.dumps(event))

    # --- the events that the tests need

    def starts(self, channel: str, *args: str) -> None:
        self.tell("StasisStart", args=list(args), channel=channel_json(channel))

    def destroyed(self, channel: str, cause: int = 16, tech_cause: int | None = None) -> None:
        self.tell(
            "ChannelDestroyed",
            channel=channel_json(channel),
            cause=cause,
            cause_txt="",
            **({} if tech_cause is None else {"tech_cause": tech_cause}),
        )

    def hangs_up(self, channel: str) -> None:
        self.tell("ChannelHangupRequest", channel=channel_json(channel))

    def leaves(self, channel: str) -> None:
        self.tell("StasisEnd", channel=channel_json(channel))

    def enters(self, bridge: str, channel: str) -> None:
        self.tell("ChannelEnteredBridge", bridge=bridge_json(bridge, channel), channel=channel_json(channel))

    def played(self, playback: str, channel: str, state: str = "done") -> None:
        said = {"id": playback, "media_uri": "sound:x", "target_uri": f"channel:{channel}", "state": state}
        self.tell("PlaybackFinished", playback=said)

    def digit(self, channel: str, digit: str) -> None:
        self.tell("ChannelDtmfReceived", channel=channel_json(channel), digit=digit, duration_ms=100)


def channel_json(channel: str, *, name: str = "", app: str = "", state: str = "Up") -> dict[str, Any]:
    """A channel as Asterisk describes one; `app`: what Stasis() was called with."""
    party = {"name": "", "number": ""}
    place = {
        "context": "c",
        "exten": "s",
        "priority": 1,
        "app_name": "Stasis" if app else "",
        "app_data": app,
    }
    return {
        "id": channel, "protocol_id": "p", "name": name or f"PJSIP/trunk-{channel}", "state": state,
        "caller": party, "connected": party, "accountcode": "", "dialplan": place, "language": "ja",
        "creationtime": STAMP,
    }  # fmt: skip


def bridge_json(bridge: str, *channels: str) -> dict[str, Any]:
    """A bridge as Asterisk describes one."""
    return {
        "id": bridge, "technology": "simple_bridge", "bridge_type": "mixing", "bridge_class": "stasis",
        "creator": "Stasis", "name": bridge, "channels": list(channels), "creationtime": STAMP,
    }  # fmt: skip


def endpoint_json(name: str, state: str = "online", *channels: str) -> dict[str, Any]:
    """An endpoint as Asterisk describes one."""
    return {"technology": "PJSIP", "resource": name, "state": state, "channel_ids": list(channels)}


class Paper:
    """A journal in memory."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def write(self, entry: Entry) -> None:
        self.entries.append(entry)


class Alone:
    """One call without a floor: what it submits and records is only noted."""

    def __init__(self, *, at_ms: int = TUESDAY, greeting: bool = True, busy: bool = True) -> None:
        self.asterisk = Asterisk()
        self.paper = Paper()
        self.clock = SetClock(at_ms)
        self.recorder = Recorder(self.paper, self.clock)
        self.events: list[Any] = []
        self.rings = False
        self.standing: Standing | None = None
        self.calls_back = True
        self.quieter: tuple[str, ...] = ()
        self.board: dict[Place, tuple[str, ...]] = {}
        self.transferred: list[tuple[str, str]] = []
        moment = Calendar(CalendarRules()).at(self.clock.now())
        around = Surroundings(
            exchange=Exchange(self.asterisk, "madoguchi"),
            recorder=self.recorder,
            clock=self.clock,
            guidance=Texts(),
            script=Script(Arrival(greeting=greeting), busy=busy, please_hold_every_s=30),
            submit=self.events.append,
            rings_now=lambda _call: self.rings,
            standing=lambda _call: self.standing,
            caller_key=lambda number: f"key of {number}",
            may_call_back=lambda: self.calls_back,
            quieter_hours=lambda: self.quieter,
            announced=lambda _line, place: self.board.get(place, ()),
            opens_next=lambda _line: None,
            need_of=lambda line: f"need of {line}",
            transfer=lambda call, number: self.transferred.append((call.id, number)),
        )
        self.call = Call("c1", "chan", caller_id(num="0262261234"), moment, around, at_ms)

    def rows(self, kind: str) -> list[Mapping[str, Any]]:
        """The data of the rows of a kind."""
        self.recorder.flush()
        return [entry.data for entry in self.paper.entries if entry.kind == kind]

    async def hears(self, text: str) -> str:
        """Wait until this text is played; the playback's id."""

        def playing() -> list[Request]:
            return [
                r
                for r in self.asterisk.asked("POST", "/channels/chan/play/")
                if text in str((r.query, r.body))
            ]

        await until(lambda: bool(playing()), f"{text} is played")
        return playing()[-1].path.rpartition("/")[2]


class Whole:
    """The controller as it serves, on SQLite."""

    def __init__(self, database: Database, clock: SetClock | None = None, **settings: Any) -> None:
        self.clock = clock or SetClock()
        self.database = database
        self.asterisk = Asterisk()
        self.journal = Journal(database)
        self.journal.start()
        self.recorder = Recorder(self.journal, self.clock)
        self.settings = Settings.model_validate({**QUIET, **settings})
        self.endpoints = {seat: f"phone-{seat}" for seat in self.settings.seats.extensions()}
        people = self.settings.operators
        self.controller = Controller(
            self.asterisk,
            settings=self.settings,
            endpoints=self.endpoints,
            people=People({o.id: o.name for o in people}, {o.id: f"{o.id}9" for o in people}),
            calendars={"main": Calendar(CalendarRules())},
            guidance=Texts(),
            recorder=self.recorder,
            database=database,
            clock=self.clock,
            caller_keys=CallerKeys("a secret of the tests"),
        )
        self.asterisk.answers["/asterisk/variable"] = {"value": ""}
        self.asterisk.answers["/endpoints/PJSIP"] = [endpoint_json(name) for name in self.endpoints.values()]

    async def connects(self) -> None:
        """The connection comes up, and the controller reconciles."""
        self.asterisk._opened()
        await until(self.controller.ready.is_set, "reconciled")

    def loses(self) -> None:
        """The connection breaks."""
        self.asterisk._lost("as the test says")

    def stored(self) -> None:
        """Let all that was recorded reach the database."""
        self.recorder.flush()
        assert self.journal.flush(5)

    async def close(self) -> None:
        for call in list(self.controller.calls.values()):
            call.gone()
        await self.controller.stop()
        self.recorder.flush()
        self.journal.close()

    def calls_in(self, channel: str, number: str = "0262261234") -> str:
        """A citizen's channel enters; the call's id."""
        self.asterisk.starts(channel, "call", "called=0260001234", f"num={number}")
        call = self.controller.calls.on(channel)
        assert call is not None
        return call.id

    def offer_of(self, call: str) -> str:
        """The offer that rings or talks for this call."""
        view = self.controller.dispatcher.floor.call(call)
        assert view is not None
        assert view.offer is not None
        return view.offer

    def talks(self, channel: str, call: str) -> str:
        """The phone is picked up and both enter the bridge; the offer."""
        offer = self.offer_of(call)
        self.asterisk.starts(f"offer-{offer}", "offer", offer)
        self.asterisk.enters(f"talk-{offer}", channel)
        self.asterisk.enters(f"talk-{offer}", f"offer-{offer}")
        return offer

    def seat(self, number: int) -> str:
        """The seat's state as people see it."""
        seat = self.controller.dispatcher.floor.seat(number)
        assert seat is not None
        return seat.state.value


async def until(condition: Callable[[], bool], what: str = "the condition", within_s: float = 5.0) -> None:
    """Wait for a condition; fails when it does not come true in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not in time: {what}"
        await asyncio.sleep(0)
