"""The laws of the floor under events in any order: duplicated, late, stale, crossing, made up."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from acd import events as ev
from acd.caller import Place
from acd.types import CalloutFailure, OfferOutcome, Phone
from tests.property.floor_events import MAKERS, seat_is_manned
from tests.property.floor_settings import LINES, any_settings
from tests.property.floor_world import World


def picking(data):
    """A `Pick` that hypothesis decides, and shrinks."""
    return lambda things: data.draw(st.sampled_from(things))


class FloorInAWorld(RuleBasedStateMachine):
    """Seats are manned, phones answer, people hang up, wires cross; each kind of event is a rule."""

    @initialize(data=st.data())
    def open(self, data):
        self.world = World(any_settings(picking(data)))
        for _ in range(4):
            self.happen(data, seat_is_manned)

    def happen(self, data, maker):
        for event in maker(self.world, picking(data)):
            self.world.feed(event)

    def teardown(self):
        if hasattr(self, "world"):
            self.world.close()


def rule_of(maker):
    return rule(data=st.data())(lambda self, data: self.happen(data, maker))


for one in MAKERS:
    setattr(FloorInAWorld, one.__name__, rule_of(one))

TestFloorInAWorld = FloorInAWorld.TestCase

seats = st.integers(0, 6)
operators = st.sampled_from(["", "op-1", "op-2", "op-3", "zoe"])
calls = st.integers(0, 8).map(lambda n: f"c{n}")
tickets = calls.map(lambda call: f"{call}-cb")
offers = st.builds(lambda c, n: f"{c}.{n}", calls | tickets, st.integers(1, 3)) | st.sampled_from(
    ["", ".", "x"]
)
tokens = st.builds(
    lambda purpose, about: f"{purpose}:{about}",
    st.sampled_from(["ring", "connect", "wrap_up", "cool_down", "relax", "review", "x"]),
    st.builds(lambda offer, seat: f"{offer}@{seat}", offers, seats) | st.builds(lambda n: f"c1#{n}", seats),
)
lines = st.sampled_from([*LINES, "nowhere"])
needs = st.sampled_from(["", "", "english", "unknown"])
keys = st.sampled_from(["k1", "k2", "k3"])
times = st.integers(-10, 20_000_000)
small = st.integers(-1, 3)
places = st.builds(Place, small, times, small | st.fractions(-1, 3, max_denominator=8), calls)
floor_settings = st.composite(lambda draw: any_settings(lambda things: draw(st.sampled_from(things))))()

MADE_UP = {
    ev.CallQueued: (
        calls,
        lines,
        small,
        needs,
        st.none() | keys,
        st.none() | small,
        st.none() | times,
        small,
        st.none() | places,
    ),
    ev.TalkRecovered: (
        calls,
        st.just(""),
        seats,
        operators,
        times,
        times,
        lines,
        st.none() | keys,
        times,
        small,
    ),
    ev.LogIn: (seats, operators),
    ev.Break: (seats, st.sampled_from(["", "lunch", "own_call"])),
    ev.ExtendWrapUp: (seats, small),
    ev.EntryWritten: (seats, calls),
    ev.PhoneChanged: (seats, st.sampled_from(Phone)),
    ev.OfferFailed: (offers, st.sampled_from(OfferOutcome)),
    ev.CitizenFailed: (offers, st.sampled_from(CalloutFailure)),
    ev.CallbackAsked: (calls, keys),
    ev.CallbackRecovered: (
        tickets,
        keys,
        times,
        times,
        lines,
        needs,
        small,
        small,
        small,
        times,
        st.none() | places,
    ),
    ev.CallbackCancelled: (tickets | calls,),
    ev.CallbacksPaused: (st.booleans(),),
    ev.CallerGone: (calls | tickets,),
    ev.LineClosed: (lines, times),
    ev.LineOpened: (lines,),
    ev.MoveCaller: (calls | tickets, small),
    ev.RaiseCaller: (calls | tickets, small),
    ev.OfferTo: (calls | tickets, seats),
    ev.TakeOut: (calls | tickets, st.just("")),
    ev.TimerFired: (tokens,),
    ev.Reconfigured: (floor_settings,),
    **dict.fromkeys((ev.LogOut, ev.Ready, ev.EndWrapUp, ev.OwnCallStarted, ev.OwnCallEnded), (seats,)),
    **dict.fromkeys(
        (ev.OfferAnswered, ev.Joined, ev.JoinFailed, ev.SeatLegGone, ev.HoldStarted, ev.HoldEnded), (offers,)
    ),
    ev.CitizenAnswered: (offers,),
}
"""Every event, with what its fields may hold: no event is left out."""
any_event = st.one_of([st.builds(kind, *fields) for kind, fields in MADE_UP.items()])


def test_given_the_events_of_the_floor_when_compared_then_none_is_left_out():
    assert set(MADE_UP) == set(ev.Event.__args__)


@given(start=floor_settings, events=st.lists(any_event, max_size=60))
def test_given_any_floor_when_any_events_come_then_the_laws_hold_and_nothing_is_raised(start, events):
    world = World(start)
    for event in events:
        world.now_ms += 3
        if isinstance(event, ev.TalkRecovered):
            call = event.call if event.callback is None else f"{event.call}-cb"
            event = replace(event, call=call, offer=f"{call}.1")  # an id is derived from its call
        world.feed(event)
    world.close()
