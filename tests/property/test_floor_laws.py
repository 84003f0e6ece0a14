"""The laws of the floor under events in any order: duplicated, late, stale, crossing, made up."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from acd import FloorSettings
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
from acd.types import Activity, OfferOutcome, OfferState, Phone
from tests.property.floor_world import World

seat_numbers = st.integers(0, 5)
operators = st.sampled_from(["", "a", "b", "c", "d"])
calls = st.integers(0, 8).map(lambda n: f"c{n}")
offers = st.builds(lambda c, n: f"{c}.{n}", calls, st.integers(1, 3)) | st.sampled_from(
    ["", ".", "c1", "x.y"]
)
tokens = st.builds(
    lambda p, o, s: f"{p}:{o}@{s}",
    st.sampled_from(["ring", "connect", "wrap_up", "cool_down", "x"]),
    offers,
    seat_numbers,
)
floor_settings = st.builds(
    FloorSettings,
    seats=st.lists(st.integers(1, 5), unique=True, max_size=5).map(tuple),
    wrap_up_ms=st.sampled_from([0, 30_000]),
    max_misses=st.integers(1, 3),
)
requests = st.one_of(
    st.builds(LogIn, seat_numbers, operators),
    st.builds(LogOut, seat_numbers),
    st.builds(Ready, seat_numbers),
    st.builds(Break, seat_numbers, st.sampled_from(["", "lunch", "own_call"])),
    st.builds(EndWrapUp, seat_numbers),
)
phones = st.one_of(
    st.builds(PhoneChanged, seat_numbers, st.sampled_from(Phone)),
    st.builds(OwnCallStarted, seat_numbers),
    st.builds(OwnCallEnded, seat_numbers),
)
offer_facts = st.one_of(
    st.builds(OfferAnswered, offers),
    st.builds(OfferFailed, offers, st.sampled_from(OfferOutcome)),
    st.builds(Joined, offers),
    st.builds(JoinFailed, offers),
    st.builds(SeatLegGone, offers),
    st.builds(HoldStarted, offers),
    st.builds(HoldEnded, offers),
)
times = st.integers(-10, 2_000_000)
any_event: st.SearchStrategy[Event] = st.one_of(
    requests,
    phones,
    offer_facts,
    st.builds(CallerGone, calls),
    st.builds(TimerFired, tokens),
    st.builds(CallQueued, calls, priority=st.integers(-1, 1), queued_ms=st.none() | times),
    st.builds(TalkRecovered, calls, offers, seat_numbers, operators, times, times),
    st.builds(Reconfigured, floor_settings),
)


class FloorInAWorld(RuleBasedStateMachine):
    """Mostly plausible days: seats are manned, phones answer the commands, people hang up."""

    @initialize(seats=st.integers(1, 4), wrap_up_ms=st.sampled_from([0, 30_000]), misses=st.integers(1, 3))
    def open(self, seats: int, wrap_up_ms: int, misses: int) -> None:
        numbers = tuple(range(1, seats + 1))
        self.world = World(FloorSettings(numbers, wrap_up_ms=wrap_up_ms, max_misses=misses))
        for number in numbers:
            self.world.feed(PhoneChanged(number, Phone.REGISTERED))
            self.world.feed(LogIn(number, f"op-{number}"))

    def pick(self, data: st.DataObject, things: list) -> object:
        return data.draw(st.sampled_from(things)) if things else None

    @rule(priority=st.sampled_from([0, 0, 0, 1]), ago_ms=st.none() | st.integers(-5, 99_999))
    def call_queued(self, priority: int, ago_ms: int | None) -> None:
        queued_ms = None if ago_ms is None else self.world.now_ms - ago_ms
        self.world.feed(CallQueued(self.world.new_call(), priority=priority, queued_ms=queued_ms))

    @rule(seat=seat_numbers, operator=operators)
    def talk_recovered(self, seat: int, operator: str) -> None:
        call = self.world.new_call()
        now_ms = self.world.now_ms
        self.world.feed(TalkRecovered(call, f"{call}.1", seat, operator, now_ms - 5, now_ms - 9))

    @rule(data=st.data())
    def something_comes(self, data: st.DataObject) -> None:
        event = self.pick(data, self.world.coming)
        if event is not None:
            self.world.coming.remove(event)
            self.world.feed(event)

    @rule(data=st.data())
    def caller_hangs_up(self, data: st.DataObject) -> None:
        call = self.pick(data, list(self.world.floor.callers))
        if call is not None:
            self.world.feed(CallerGone(call))

    def offer_in(self, data: st.DataObject, *states: OfferState) -> str | None:
        offers = self.world.floor.offers.values()
        return self.pick(data, [offer.id for offer in offers if not states or offer.state in states])

    @rule(data=st.data())
    def phone_answers(self, data: st.DataObject) -> None:
        offer = self.offer_in(data, OfferState.RINGING)
        if offer is not None:
            self.world.feed(OfferAnswered(offer))

    @rule(data=st.data())
    def both_are_in_the_bridge(self, data: st.DataObject) -> None:
        offer = self.offer_in(data, OfferState.CONNECTING)
        if offer is not None:
            self.world.feed(Joined(offer))

    @rule(data=st.data())
    def a_call_gets_through(self, data: st.DataObject) -> None:
        offer = self.offer_in(data, OfferState.RINGING, OfferState.CONNECTING)
        if offer is not None:
            self.world.feed(OfferAnswered(offer))
            self.world.feed(Joined(offer))

    @rule(data=st.data(), kind=st.sampled_from([HoldStarted, HoldStarted, HoldEnded]))
    def hold(self, data: st.DataObject, kind: type) -> None:
        offer = self.offer_in(data, OfferState.TALKING, OfferState.HOLD)
        if offer is not None:
            self.world.feed(kind(offer))

    @rule(
        data=st.data(),
        kind=st.sampled_from([OfferAnswered, Joined, JoinFailed, SeatLegGone, HoldStarted, HoldEnded]),
    )
    def something_happens_to_an_offer(self, data: st.DataObject, kind: type) -> None:
        offer = self.offer_in(data)
        if offer is not None:
            self.world.feed(kind(offer))

    @rule(data=st.data(), cause=st.sampled_from(OfferOutcome))
    def phone_fails(self, data: st.DataObject, cause: OfferOutcome) -> None:
        offer = self.offer_in(data)
        if offer is not None:
            self.world.feed(OfferFailed(offer, cause))

    @rule(data=st.data(), event=requests | phones)
    def something_about_a_busy_seat(self, data: st.DataObject, event: Event) -> None:
        seats = self.world.floor.seats.values()
        seat = self.pick(data, [seat.number for seat in seats if seat.activity is not Activity.IDLE])
        if seat is not None:
            self.world.feed(replace(event, seat=seat))

    @rule(data=st.data(), late_ms=st.integers(0, 50))
    def timer_fires(self, data: st.DataObject, late_ms: int) -> None:
        token = self.pick(data, list(self.world.timers))
        if token is not None:
            self.world.now_ms = max(self.world.now_ms, self.world.timers[token] + late_ms)
            self.world.feed(TimerFired(token))

    @rule(data=st.data())
    def stopped_timer_fires(self, data: st.DataObject) -> None:
        tokens = [token for token in self.world.old_tokens if token not in self.world.timers]
        token = self.pick(data, tokens)
        if token is not None:
            before = self.world.floor
            self.world.feed(TimerFired(token))
            assert self.world.floor is before, "an old token has an effect"

    @rule(data=st.data())
    def something_comes_twice(self, data: st.DataObject) -> None:
        event = self.pick(data, self.world.past)
        if event is not None:
            self.world.feed(event)

    @rule(event=requests)
    def somebody_asks(self, event: Event) -> None:
        self.world.feed(event)

    @rule(event=phones)
    def phone_changes(self, event: Event) -> None:
        self.world.feed(event)

    @rule(seat=seat_numbers)
    def seat_is_manned_again(self, seat: int) -> None:
        self.world.feed(OwnCallEnded(seat))
        self.world.feed(PhoneChanged(seat, Phone.REGISTERED))
        self.world.feed(LogIn(seat, f"op-{seat}"))
        self.world.feed(Ready(seat))

    @rule(seat=st.integers(1, 5), new=floor_settings)
    def reconfigured(self, seat: int, new: FloorSettings) -> None:
        seats = tuple(sorted(set(self.world.floor.settings.seats) ^ {seat}))
        self.world.feed(Reconfigured(replace(new, seats=seats)))

    @rule(jump_ms=st.sampled_from([0, 1, 500, 60_000, -700]))
    def time_passes(self, jump_ms: int) -> None:
        self.world.now_ms += jump_ms

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()


TestFloorInAWorld = FloorInAWorld.TestCase
TestFloorInAWorld.settings = settings(
    max_examples=120, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@settings(max_examples=150, deadline=None)
@given(start=floor_settings, events=st.lists(any_event, max_size=60))
def test_given_any_floor_when_any_events_come_then_the_laws_hold_and_nothing_is_raised(start, events):
    world = World(start)
    for event in events:
        world.now_ms += 3
        world.feed(event)
    world.close()
