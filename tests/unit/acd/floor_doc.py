"""The tables and pictures of docs/floor.md and docs/architecture.md, from the floor's tables and behaviour.

`python -m tests.unit.acd.floor_doc` writes them anew; a test compares every cell.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from acd import FloorSettings
from acd.commands import Refused
from acd.events import (
    Break,
    CallbackAsked,
    CallbackCancelled,
    CallbackRecovered,
    CallbacksPaused,
    CallerGone,
    CallQueued,
    CitizenAnswered,
    CitizenFailed,
    EndWrapUp,
    EntryWritten,
    Event,
    ExtendWrapUp,
    HoldEnded,
    HoldStarted,
    Joined,
    JoinFailed,
    LineClosed,
    LineOpened,
    LogIn,
    LogOut,
    MoveCaller,
    OfferAnswered,
    OfferFailed,
    OfferTo,
    OwnCallEnded,
    OwnCallStarted,
    PhoneChanged,
    RaiseCaller,
    Ready,
    Reconfigured,
    SeatLegGone,
    TakeOut,
    TalkRecovered,
    TimerFired,
)
from acd.offer import OFFER_EVENTS, OFFER_TABLE
from acd.seat import SEAT_EVENTS, SEAT_TABLE
from acd.types import CalloutFailure, OfferOutcome, OfferState, Phone
from tests.unit.acd.floor_play import Play

DOCS = Path(__file__).parents[3] / "docs"
FLOOR = DOCS / "floor.md"
ARCHITECTURE = DOCS / "architecture.md"


def one_seat(*events: Event, registered: bool = True) -> Play:
    play = Play(seats=1, logged_in=False)
    if registered:
        play(PhoneChanged(1, Phone.REGISTERED))
    play(*events)
    return play


IN = LogIn(1, "op-1")
RING = (IN, CallQueued("c1"))
JOIN = (*RING, OfferAnswered("c1.1"))
TALK = (*JOIN, Joined("c1.1"))
MISSED = (
    *RING,
    OfferFailed("c1.1", OfferOutcome.BUSY),
    TimerFired("cool_down:c1.1@1"),
)
ASKED = (CallQueued("c1", caller="key"), CallbackAsked("c1", "key"))
CALLBACK = (*ASKED, IN)
CALLING = (*CALLBACK, OfferAnswered("c1-cb.1"))

SCENES: dict[str, Callable[[], Play]] = {
    "logged_out": lambda: one_seat(),
    "ready": lambda: one_seat(IN),
    "break": lambda: one_seat(IN, Break(1, "lunch")),
    "unreachable": lambda: one_seat(IN, registered=False),
    "talking (own call)": lambda: one_seat(IN, OwnCallStarted(1)),
    "ringing": lambda: one_seat(*RING),
    "ringing (last miss)": lambda: one_seat(*MISSED),
    "ringing (answered)": lambda: one_seat(*JOIN),
    "ringing (a callback)": lambda: one_seat(*CALLBACK),
    "talking (calling back)": lambda: one_seat(*CALLING),
    "talking": lambda: one_seat(*TALK),
    "talking (log-out asked)": lambda: one_seat(*TALK, LogOut(1)),
    "hold": lambda: one_seat(*TALK, HoldStarted("c1.1")),
    "wrap_up": lambda: one_seat(*TALK, CallerGone("c1")),
    "wrap_up (break asked)": lambda: one_seat(*TALK, Break(1, "lunch"), CallerGone("c1")),
}
"""One seat in each of its shown states; where something else decides too, one scene for each."""


def offer_of(play: Play) -> str:
    return play.floor.seats[1].offer or "c0.1"


def call_of(play: Play) -> str:
    return play.floor.seats[1].call or "c0"


OF_SEAT = {"ring", "connect", "callout", "wrap_up"}


def token_of(play: Play) -> str:
    live = (token for token, timer in play.floor.timers.items() if timer.purpose.value in OF_SEAT)
    return next(live, "ring:c0.1@1")


EVENTS: dict[str, Callable[[Play], Event]] = {
    "CallQueued": lambda _: CallQueued("c2"),
    "CallQueued (the seat's call, if any)": lambda play: CallQueued(call_of(play)),
    "CallerGone": lambda play: CallerGone(call_of(play)),
    "OfferAnswered": lambda play: OfferAnswered(offer_of(play)),
    "OfferFailed BUSY": lambda play: OfferFailed(offer_of(play), OfferOutcome.BUSY),
    "OfferFailed FAILED": lambda play: OfferFailed(offer_of(play), OfferOutcome.FAILED),
    "Joined": lambda play: Joined(offer_of(play)),
    "JoinFailed": lambda play: JoinFailed(offer_of(play)),
    "SeatLegGone": lambda play: SeatLegGone(offer_of(play)),
    "HoldStarted": lambda play: HoldStarted(offer_of(play)),
    "HoldEnded": lambda play: HoldEnded(offer_of(play)),
    "CitizenAnswered": lambda play: CitizenAnswered(offer_of(play)),
    "CitizenFailed": lambda play: CitizenFailed(offer_of(play), CalloutFailure.BUSY),
    "TimerFired (live)": lambda play: TimerFired(token_of(play)),
    "TimerFired (stale)": lambda _: TimerFired("wrap_up:c0.1@1"),
    "LogIn (same operator)": lambda _: LogIn(1, "op-1"),
    "LogIn (another)": lambda _: LogIn(1, "op-2"),
    "LogOut": lambda _: LogOut(1),
    "Ready": lambda _: Ready(1),
    "Break": lambda _: Break(1, "training"),
    "EndWrapUp": lambda _: EndWrapUp(1),
    "ExtendWrapUp": lambda _: ExtendWrapUp(1, 1_000),
    "EntryWritten": lambda play: EntryWritten(1, call_of(play)),
    "PhoneChanged REGISTERED": lambda _: PhoneChanged(1, Phone.REGISTERED),
    "PhoneChanged UNREACHABLE": lambda _: PhoneChanged(1, Phone.UNREACHABLE),
    "PhoneChanged UNREGISTERED": lambda _: PhoneChanged(1, Phone.UNREGISTERED),
    "OwnCallStarted": lambda _: OwnCallStarted(1),
    "OwnCallEnded": lambda _: OwnCallEnded(1),
    "CallbackAsked": lambda play: CallbackAsked(call_of(play), "key"),
    "CallbackRecovered": lambda _: CallbackRecovered("c8-cb", "key 8", 0, 0),
    "CallbackCancelled": lambda play: CallbackCancelled(call_of(play)),
    "CallbacksPaused": lambda _: CallbacksPaused(paused=True),
    "LineClosed": lambda _: LineClosed("main", 0),
    "LineOpened": lambda _: LineOpened("main"),
    "MoveCaller": lambda play: MoveCaller(call_of(play), 1),
    "RaiseCaller": lambda play: RaiseCaller(call_of(play), 5),
    "OfferTo": lambda play: OfferTo(call_of(play), 1),
    "TakeOut": lambda play: TakeOut(call_of(play), "by hand"),
    "TalkRecovered": lambda _: TalkRecovered("c9", "c9.1", 1, "op-1", 0, 0),
    "Reconfigured (seat removed)": lambda _: Reconfigured(FloorSettings(seats=())),
    "Reconfigured (more seats)": lambda _: Reconfigured(FloorSettings(seats=(1, 2))),
}


@cache
def cell(scene: str, event: str) -> str:
    """What happens: the seat's new state, a refusal, `noted` (nothing that people see), or `-`."""
    play = SCENES[scene]()
    before, seat = play.picture(), play.floor.seats[1]
    shown = (seat.state, seat.reason)
    play(EVENTS[event](play))
    if play.of(Refused):
        return f"✗ {play.of(Refused)[0].code.value}"
    after = play.floor.seats.get(1)
    if after is None:
        return "gone"
    if (after.state, after.reason) != shown:
        return after.state.value
    return "-" if play.picture() == before and not play.last else "noted"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def matrix() -> str:
    return table(["event", *SCENES], [[event, *(cell(scene, event) for scene in SCENES)] for event in EVENTS])


def moves(rows: dict, events: tuple[type, ...]) -> str:
    head = ["event", *(row.value for row in rows)]
    return table(head, [[event.__name__, *(rows[row][event].value for row in rows)] for event in events])


def seat_edges() -> dict[tuple[str, str], list[str]]:
    edges: dict[tuple[str, str], list[str]] = {}
    for scene in SCENES:
        for event in EVENTS:
            after = cell(scene, event)
            name = scene.partition(" (")[0]
            if after.isidentifier() and after not in {"noted", name}:
                condition = re.search(r"\((.*)\)", scene)
                text = f"{event} [{condition[1]}]" if condition else event
                edges.setdefault((name, after), []).append(text)
    return edges


WAYS: dict[str, dict[OfferState, tuple[Event, ...]]] = {
    "c1": {
        OfferState.RINGING: RING,
        OfferState.CONNECTING: JOIN,
        OfferState.TALKING: TALK,
        OfferState.HOLD: (*TALK, HoldStarted("c1.1")),
    },
    "c1-cb": {
        OfferState.RINGING: CALLBACK,
        OfferState.CALLING: CALLING,
        OfferState.CONNECTING: (*CALLING, CitizenAnswered("c1-cb.1")),
        OfferState.TALKING: (*CALLING, CitizenAnswered("c1-cb.1"), Joined("c1-cb.1")),
        OfferState.HOLD: (
            *CALLING,
            CitizenAnswered("c1-cb.1"),
            Joined("c1-cb.1"),
            HoldStarted("c1-cb.1"),
        ),
    },
}
"""How a call, and a callback, come into each state of an offer."""
BEFORE: dict[str, dict[tuple[str, str], list[str]]] = {
    "c1": {
        ("[*]", "waiting"): ["CallQueued"],
        ("waiting", "ringing"): ["a seat may be rung (dispatch)"],
        ("waiting", "[*]"): [
            "CallerGone: abandoned",
            "CallbackAsked",
            "TakeOut",
            "an overflow that is final",
        ],
    },
    "c1-cb": {
        ("[*]", "waiting"): ["CallbackAsked: in the caller's place"],
        ("waiting", "parked"): ["CallbacksPaused: quiet hours"],
        ("parked", "waiting"): [
            "TimerFired (retry): another attempt is due",
            "CallbacksPaused: they are over",
        ],
        ("parked", "[*]"): ["CallbackCancelled", "TimerFired (expiry)"],
        ("waiting", "ringing"): ["a seat may be rung (dispatch)"],
        ("waiting", "[*]"): ["CallbackCancelled", "TimerFired (expiry)"],
    },
}


def call_edges(call: str) -> dict[tuple[str, str], list[str]]:
    """A call's states by its offer's table; the one seat that there is cools down after a failure."""
    edges = {ends: list(texts) for ends, texts in BEFORE[call].items()}
    for state, way in WAYS[call].items():
        for kind in OFFER_EVENTS:
            play = one_seat(*way)
            play(offer_event(kind, play, call))
            view = play.floor.call(call)
            after = "[*]" if view is None else view.state.value
            if after != state.value:
                text = f"{kind.__name__}: {OFFER_TABLE[state][kind].value}"
                edges.setdefault((state.value, after), []).append(text)
    return edges


def offer_event(kind: type, play: Play, call: str) -> Event:
    if kind is OfferFailed:
        return OfferFailed(f"{call}.1", OfferOutcome.BUSY)
    if kind is CitizenFailed:
        return CitizenFailed(f"{call}.1", CalloutFailure.BUSY)
    if kind is CallerGone:
        return CallerGone(call)
    if kind is TimerFired:
        return TimerFired(token_of(play))
    return kind(f"{call}.1")


def picture(edges: dict[tuple[str, str], list[str]]) -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {a} --> {b}: {n}" for n, (a, b) in enumerate(edges, start=1)]
    lines += ["```", ""]
    lines += [
        f"{n}. {a.replace('[*]', '(outside)')} → {b.replace('[*]', '(settled)')}: {'; '.join(events)}"
        for n, ((a, b), events) in enumerate(edges.items(), start=1)
    ]
    return "\n".join(lines)


def overview(edges: dict[tuple[str, str], list[str]]) -> str:
    """The same picture with the names of the events on its arrows and nothing else."""
    lines = ["```mermaid", "stateDiagram-v2"]
    for (a, b), texts in edges.items():
        names = dict.fromkeys(re.split(r"[: ]", text)[0] for text in texts)
        lines.append(
            f"    {a} --> {b}: {', '.join(name for name in names if name[0].isupper()) or 'dispatch'}"
        )
    return "\n".join([*lines, "```"])


def blocks(doc: Path) -> dict[str, str]:
    if doc == ARCHITECTURE:
        return {
            "call states": overview(call_edges("c1")),
            "callback states": overview(call_edges("c1-cb")),
            "seat states": overview(seat_edges()),
        }
    return {
        "call states": picture(call_edges("c1")),
        "callback states": picture(call_edges("c1-cb")),
        "seat states": picture(seat_edges()),
        "offer table": moves(OFFER_TABLE, OFFER_EVENTS),
        "seat table": moves(SEAT_TABLE, SEAT_EVENTS),
        "matrix": matrix(),
    }


def parts(doc: Path) -> dict[str, str]:
    text = doc.read_text(encoding="utf-8")
    return dict(re.findall(r"<!-- begin (.*?) -->\n(.*?)\n<!-- end \1 -->", text, flags=re.DOTALL))


def main() -> None:
    for doc in (FLOOR, ARCHITECTURE):
        text = doc.read_text(encoding="utf-8")
        for name, made in blocks(doc).items():
            pattern = rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)"
            text = re.sub(pattern, lambda m, made=made: f"{m[1]}{made}\n{m[2]}", text, flags=re.DOTALL)
        doc.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
