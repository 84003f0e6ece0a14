"""Long days at random: hundreds of events each, so that the rare joint states come up too.

Hypothesis draws the seed only; the state machine of test_floor_laws.py shrinks, this one goes far.
"""

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from acd import FloorSettings
from acd.events import (
    Break,
    CallerGone,
    CallQueued,
    EndWrapUp,
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
from acd.offer import OFFER_TABLE
from acd.seat import SEAT_TABLE, standing
from acd.types import Activity, OfferOutcome, OfferState, Phone
from tests.property.floor_world import World

SEEN: Counter = Counter()
LEG_EVENTS = [OfferAnswered, Joined, JoinFailed, SeatLegGone, HoldStarted, HoldEnded]


class Day:
    """One shift of random events; `likely` ones keep calls flowing, the others get in the way."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.seats = tuple(range(1, self.random.randint(1, 5) + 1))
        wrap_up_ms = self.random.choice([0, 30_000, 30_000])
        misses = self.random.randint(1, 4)
        self.world = World(FloorSettings(self.seats, wrap_up_ms=wrap_up_ms, max_misses=misses))
        for seat in self.seats:
            self.man(seat)

    def man(self, seat: int) -> None:
        for event in (OwnCallEnded(seat), PhoneChanged(seat, Phone.REGISTERED), LogIn(seat, f"op-{seat}")):
            self.feed(event)
        self.feed(Ready(seat))

    def feed(self, event: object) -> None:
        floor = self.world.floor
        offer = floor.offers.get(getattr(event, "offer", None))
        if isinstance(event, CallerGone) and event.call in floor.callers:
            offer = floor.offers.get(floor.callers[event.call].offer)
        if offer is not None:
            SEEN[offer.state, type(event)] += 1
        seat = floor.seats.get(getattr(event, "seat", None))
        if seat is not None:
            SEEN[standing(seat), type(event)] += 1
        self.world.feed(event)

    def pick(self, things: object) -> object:
        things = list(things)
        return self.random.choice(things) if things else None

    def offer(self, *states: OfferState) -> str | None:
        return self.pick(o.id for o in self.world.floor.offers.values() if not states or o.state in states)

    def seat(self) -> int:
        seats = [s.number for s in self.world.floor.seats.values() if s.activity is not Activity.IDLE]
        return self.random.choice([*seats, self.random.randint(0, 6)])

    def likely(self) -> None:
        match self.random.randrange(7):
            case 0:
                if len(self.world.floor.callers) < 12:
                    self.feed(CallQueued(self.world.new_call(), priority=self.random.choice([0, 0, 0, 1])))
            case 1 | 2:
                if offer := self.offer(OfferState.RINGING):
                    self.feed(OfferAnswered(offer))
            case 3:
                if offer := self.offer(OfferState.CONNECTING):
                    self.feed(Joined(offer))
            case 4:
                if offer := self.offer(OfferState.TALKING, OfferState.HOLD):
                    self.feed(self.random.choice([HoldStarted, HoldEnded, SeatLegGone])(offer))
            case 5:
                if token := self.pick(self.world.timers):
                    self.world.now_ms = max(self.world.now_ms, self.world.timers[token])
                    self.feed(TimerFired(token))
            case 6:
                self.man(self.random.randint(1, 6))

    def unlikely(self) -> None:
        operator = f"op-{self.random.randint(1, 6)}"
        offer = self.offer() or "c0.1"
        seat = self.seat()
        world = self.world
        match self.random.randrange(18):
            case 0:
                if call := self.pick(world.floor.callers):
                    self.feed(CallerGone(call))
            case 1:
                self.feed(OfferFailed(offer, self.random.choice(list(OfferOutcome))))
            case 2:
                kind = self.random.choice(
                    [OfferAnswered, Joined, JoinFailed, SeatLegGone, HoldStarted, HoldEnded]
                )
                self.feed(kind(offer))
            case 3:
                self.feed(JoinFailed(self.offer(OfferState.CONNECTING) or offer))
            case 4:
                self.feed(LogIn(seat, operator))
            case 5:
                self.feed(LogOut(seat))
            case 6:
                self.feed(Ready(seat))
            case 7:
                self.feed(Break(seat, self.random.choice(["lunch", "own_call", ""])))
            case 8:
                self.feed(EndWrapUp(seat))
            case 9:
                self.feed(PhoneChanged(seat, self.random.choice(list(Phone))))
            case 10:
                self.feed(OwnCallStarted(seat))
            case 11:
                self.feed(OwnCallEnded(seat))
            case 12:
                call = world.new_call()
                self.feed(
                    TalkRecovered(call, f"{call}.1", seat, operator, world.now_ms - 7, world.now_ms - 9)
                )
            case 13:
                seats = tuple(sorted(set(world.floor.settings.seats) ^ {self.random.randint(1, 6)}))
                self.feed(Reconfigured(replace(world.floor.settings, seats=seats)))
            case 14:
                if token := self.pick(sorted(set(world.old_tokens[-9:]) - set(world.timers))):
                    before = world.floor
                    self.feed(TimerFired(token))
                    assert world.floor is before, "an old token has an effect"
            case 15:
                self.feed(self.pick(world.past[-30:]))
            case 16:
                if event := self.pick(world.coming):
                    world.coming.remove(event)
                    self.feed(event)
            case 17:
                world.now_ms += self.random.choice([0, 1, 400, -300])
                self.feed(
                    CallQueued(world.new_call(), queued_ms=world.now_ms - self.random.randint(-9, 9_999))
                )


def play_day(seed: int) -> None:
    day = Day(seed)
    for _ in range(400):
        day.likely() if day.random.random() < 0.6 else day.unlikely()
    day.world.close()


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_given_a_long_day_when_anything_happens_then_the_laws_hold(seed):
    play_day(seed)


def test_given_fixed_days_when_counted_then_every_cell_of_the_tables_was_visited():
    SEEN.clear()
    for seed in range(12):
        play_day(seed)
    cells = {
        (row, kind)
        for table in (OFFER_TABLE, SEAT_TABLE)
        for row, moves in table.items()
        for kind in moves
        if kind is not TimerFired
    }
    assert cells - set(SEEN) == set()
