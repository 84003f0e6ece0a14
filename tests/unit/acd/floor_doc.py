"""The tables and pictures of docs/floor.md, made from the floor's own tables and behaviour.

`python -m tests.unit.acd.floor_doc` writes them anew; a test compares every cell.
"""

import re
from collections.abc import Callable
from pathlib import Path

from acd import FloorSettings
from acd.commands import Refused
from acd.events import (
    Break,
    CallerGone,
    CallQueued,
    EndWrapUp,
    Event,
    HoldEnded,
    HoldStarted,
    Joined,
    JoinFailed,
    LogIn,
    LogOut,
    OfferAnswered,
    OfferFailed,
    OwnCallEnded,
    OwnCallStarted,
    PhoneChanged,
    Ready,
    Reconfigured,
    SeatLegGone,
    TalkRecovered,
    TimerFired,
)
from acd.offer import OFFER_EVENTS, OFFER_TABLE
from acd.seat import SEAT_EVENTS, SEAT_TABLE
from acd.types import OfferOutcome, OfferState, Phone
from tests.unit.acd.floor_play import Play

DOC = Path(__file__).parents[3] / "docs" / "floor.md"


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

SCENES: dict[str, Callable[[], Play]] = {
    "logged_out": lambda: one_seat(),
    "ready": lambda: one_seat(IN),
    "break": lambda: one_seat(IN, Break(1, "lunch")),
    "unreachable": lambda: one_seat(IN, registered=False),
    "talking (own call)": lambda: one_seat(IN, OwnCallStarted(1)),
    "ringing": lambda: one_seat(*RING),
    "ringing (last miss)": lambda: one_seat(*MISSED),
    "ringing (answered)": lambda: one_seat(*JOIN),
    "talking": lambda: one_seat(*TALK),
    "talking (log-out asked)": lambda: one_seat(*TALK, LogOut(1)),
    "hold": lambda: one_seat(*TALK, HoldStarted("c1.1")),
    "wrap_up": lambda: one_seat(*TALK, CallerGone("c1")),
    "wrap_up (break asked)": lambda: one_seat(*TALK, Break(1, "lunch"), CallerGone("c1")),
}
"""One seat in each of its shown states; where something else decides too, one scene for each."""


def offer_of(play: Play) -> str:
    return play.floor.seats[1].offer or "c0.1"


def token_of(play: Play) -> str:
    return next(iter(play.floor.timers), "ring:c0.1@1")


EVENTS: dict[str, Callable[[Play], Event]] = {
    "CallQueued": lambda _: CallQueued("c2"),
    "CallQueued (the seat's call, if any)": lambda play: CallQueued(play.floor.seats[1].call or "c0"),
    "CallerGone": lambda play: CallerGone(play.floor.seats[1].call or "c0"),
    "OfferAnswered": lambda play: OfferAnswered(offer_of(play)),
    "OfferFailed BUSY": lambda play: OfferFailed(offer_of(play), OfferOutcome.BUSY),
    "OfferFailed FAILED": lambda play: OfferFailed(offer_of(play), OfferOutcome.FAILED),
    "Joined": lambda play: Joined(offer_of(play)),
    "JoinFailed": lambda play: JoinFailed(offer_of(play)),
    "SeatLegGone": lambda play: SeatLegGone(offer_of(play)),
    "HoldStarted": lambda play: HoldStarted(offer_of(play)),
    "HoldEnded": lambda play: HoldEnded(offer_of(play)),
    "TimerFired (live)": lambda play: TimerFired(token_of(play)),
    "TimerFired (stale)": lambda _: TimerFired("wrap_up:c0.1@1"),
    "LogIn (same operator)": lambda _: LogIn(1, "op-1"),
    "LogIn (another)": lambda _: LogIn(1, "op-2"),
    "LogOut": lambda _: LogOut(1),
    "Ready": lambda _: Ready(1),
    "Break": lambda _: Break(1, "training"),
    "EndWrapUp": lambda _: EndWrapUp(1),
    "PhoneChanged REGISTERED": lambda _: PhoneChanged(1, Phone.REGISTERED),
    "PhoneChanged UNREACHABLE": lambda _: PhoneChanged(1, Phone.UNREACHABLE),
    "PhoneChanged UNREGISTERED": lambda _: PhoneChanged(1, Phone.UNREGISTERED),
    "OwnCallStarted": lambda _: OwnCallStarted(1),
    "OwnCallEnded": lambda _: OwnCallEnded(1),
    "TalkRecovered": lambda _: TalkRecovered("c9", "c9.1", 1, "op-1", 0, 0),
    "Reconfigured (seat removed)": lambda _: Reconfigured(FloorSettings(seats=())),
    "Reconfigured (more seats)": lambda _: Reconfigured(FloorSettings(seats=(1, 2))),
}


def cell(scene: str, event: str) -> str:
    """What happens: the seat's new state, a refusal, `noted` (nothing that people see), or `-`."""
    play = SCENES[scene]()
    before = play.floor
    seat = before.seats[1]
    play(EVENTS[event](play))
    if play.of(Refused):
        return f"✗ {play.of(Refused)[0].code.value}"
    after = play.floor.seats.get(1)
    if after is None:
        return "gone"
    if (after.state, after.reason) != (seat.state, seat.reason):
        return after.state.value
    return "-" if play.floor == before and not play.last else "noted"


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


def call_edges() -> dict[tuple[str, str], list[str]]:
    """The call's states by its offer's table; the one seat that there is cools down after a failure."""
    edges: dict[tuple[str, str], list[str]] = {
        ("[*]", "waiting"): ["CallQueued"],
        ("waiting", "ringing"): ["a seat may be rung (dispatch)"],
        ("waiting", "[*]"): ["CallerGone: abandoned"],
    }
    for state in OfferState:
        for kind in OFFER_EVENTS:
            play = Play(seats=1)
            play(*{"ringing": RING, "connecting": JOIN, "talking": TALK}.get(state.value, TALK)[1:])
            if state is OfferState.HOLD:
                play(HoldStarted("c1.1"))
            play(offer_event(kind, play))
            view = play.floor.call("c1")
            after = "[*]" if view is None else view.state.value
            if after != state.value:
                text = f"{kind.__name__}: {OFFER_TABLE[state][kind].value}"
                edges.setdefault((state.value, after), []).append(text)
    return edges


def offer_event(kind: type, play: Play) -> Event:
    if kind is OfferFailed:
        return OfferFailed("c1.1", OfferOutcome.BUSY)
    if kind is CallerGone:
        return CallerGone("c1")
    if kind is TimerFired:
        return TimerFired(token_of(play))
    return kind("c1.1")


def picture(edges: dict[tuple[str, str], list[str]]) -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {a} --> {b}: {n}" for n, (a, b) in enumerate(edges, start=1)]
    lines += ["```", ""]
    lines += [
        f"{n}. {a.replace('[*]', '(outside)')} → {b.replace('[*]', '(settled)')}: {'; '.join(events)}"
        for n, ((a, b), events) in enumerate(edges.items(), start=1)
    ]
    return "\n".join(lines)


def blocks() -> dict[str, str]:
    return {
        "call states": picture(call_edges()),
        "seat states": picture(seat_edges()),
        "offer table": moves(OFFER_TABLE, OFFER_EVENTS),
        "seat table": moves(SEAT_TABLE, SEAT_EVENTS),
        "matrix": matrix(),
    }


def parts(text: str) -> dict[str, str]:
    found = re.findall(r"<!-- begin (.*?) -->\n(.*?)\n<!-- end \1 -->", text, flags=re.DOTALL)
    return dict(found)


def main() -> None:
    text = DOC.read_text(encoding="utf-8")
    for name, made in blocks().items():
        pattern = rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)"
        text = re.sub(pattern, lambda m, made=made: f"{m[1]}{made}\n{m[2]}", text, flags=re.DOTALL)
    DOC.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
