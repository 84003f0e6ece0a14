"""A small world around the floor: phones, callers and timers, and the laws that hold in it.

`World.feed` gives the floor one event and checks every law. The commands become things that may
happen later (`coming`), in any order: legs that end, joins, timers. Nothing here decides when.
"""

from acd import Floor, FloorSettings, step
from acd.commands import (
    CallSettled,
    CancelRing,
    Connect,
    Record,
    Refused,
    ReleaseCaller,
    ReleaseSeat,
    Ring,
    StartTimer,
    StopTimer,
)
from acd.dispatch import choose_seat
from acd.events import (
    CallerGone,
    CallQueued,
    Event,
    Joined,
    OfferAnswered,
    OfferFailed,
    SeatLegGone,
    TalkRecovered,
    TimerFired,
)
from acd.offer import JOINT_STATES
from acd.types import Activity, OfferOutcome, OfferState, Outcome, SeatState

DATA_KEYS = {
    "call.queued": {"position"},
    "offer.started": set(),
    "offer.ended": {"outcome", "ring_ms"},
    "call.connected": {"wait_ms"},
    "call.held": set(),
    "call.resumed": set(),
    "call.talk_ended": {"by"},
    "seat.state": {"from", "to", "reason"},
    "seat.login": set(),
    "seat.logout": set(),
    "seat.phone": {"state"},
}


class World:
    def __init__(self, settings: FloorSettings) -> None:
        self.now_ms = 1_000_000
        self.floor = Floor.open(settings, self.now_ms)
        self.coming: list[Event] = []
        self.past: list[Event] = []
        self.timers: dict[str, int] = {}
        self.old_tokens: list[str] = []
        self.queued: set[str] = set()
        self.settled: dict[str, Outcome] = {}
        self.connected: set[str] = set()
        self.offers: dict[str, str] = {}  # offer -> "started" or its outcome
        self.seats_last: dict[int, str] = {}
        self.operator_of: dict[int, str] = {}
        self.calls = 0
        self.most_misses = settings.max_misses

    def new_call(self) -> str:
        self.calls += 1
        return f"c{self.calls}"

    def feed(self, event: Event) -> None:
        if isinstance(event, CallQueued | TalkRecovered) and event.call in self.settled:
            return  # the shell never queues a call again
        before = self.floor
        if isinstance(event, TimerFired) and event.token in self.timers:
            del self.timers[event.token]
            self.old_tokens.append(event.token)
        after, commands = step(before, event, self.now_ms)
        assert (after, commands) == step(before, event, self.now_ms), "not deterministic"
        self.past.append(event)
        self.floor = after
        refused = [c for c in commands if isinstance(c, Refused)]
        if refused:
            assert commands == (refused[0],), "a refusal does something"
            assert after is before, "a refusal changes the floor"
            return
        if isinstance(event, CallQueued | TalkRecovered):
            self.queued.add(event.call)
        if isinstance(event, TalkRecovered):
            self.connected.add(event.call)
        self.most_misses = max(self.most_misses, after.settings.max_misses)
        for command in commands:
            self._obey(command)
        self._check_structure()
        self._check_liveness(before, commands)
        self._check_timers()
        self._check_counts()

    def _obey(self, command: object) -> None:
        match command:
            case Ring(offer=offer):
                assert offer not in self.offers, "an offer id twice"
                answers = [OfferAnswered(offer), OfferFailed(offer, OfferOutcome.DECLINED)]
                self.coming.append(answers[len(self.offers) % 3 % 2])
            case CancelRing(offer=offer):
                self.coming.append(OfferFailed(offer, OfferOutcome.LOST_RACE))
            case Connect(offer=offer):
                self.coming.append(Joined(offer))
            case ReleaseSeat(offer=offer):
                self.coming.append(SeatLegGone(offer))
            case ReleaseCaller(call=call):
                self.coming.append(CallerGone(call))
            case StartTimer(token=token, at_ms=at_ms):
                assert token not in self.timers, "a live token twice"
                self.timers[token] = at_ms
            case StopTimer(token=token):
                del self.timers[token]
                self.old_tokens.append(token)
            case CallSettled(call=call, outcome=outcome):
                assert call in self.queued
                assert call not in self.settled, "settled twice"
                self.settled[call] = outcome
                assert (outcome is Outcome.ANSWERED) == (call in self.connected)
            case Record():
                self._read(command)

    def _read(self, row: Record) -> None:
        assert set(row.data) - {"abandoned_at_answer"} == DATA_KEYS[row.kind], row
        match row.kind:
            case "offer.started":
                self.offers[row.offer] = "started"
            case "offer.ended":
                assert self.offers[row.offer] == "started", "an offer ends twice or never began"
                self.offers[row.offer] = row.data["outcome"]
                assert row.data["ring_ms"] >= 0
            case "call.connected":
                assert row.call not in self.connected
                assert self.offers[row.offer] == "answered"
                self.connected.add(row.call)
                assert row.data["wait_ms"] >= 0
            case "seat.login":
                assert row.seat not in self.operator_of
                assert row.operator not in self.operator_of.values()
                self.operator_of[row.seat] = row.operator
            case "seat.logout":
                assert self.operator_of.pop(row.seat) == row.operator
            case "seat.state":
                assert row.data["from"] == self.seats_last.get(row.seat, "logged_out"), row
                assert row.operator == self.operator_of[row.seat]
                self.seats_last[row.seat] = row.data["to"]

    def _check_structure(self) -> None:
        floor = self.floor
        assert floor.queue == tuple(sorted(c.place for c in floor.callers.values() if c.offer is None))
        able = [s for s in floor.seats.values() if s.state is SeatState.READY]
        assert floor.free == tuple(sorted((s.able_ms, s.number) for s in able))
        assert len({o.call for o in floor.offers.values()}) == len(floor.offers), "a call with two offers"
        assert len({o.seat for o in floor.offers.values()}) == len(floor.offers), "a seat with two calls"
        assert {c.offer for c in floor.callers.values()} - {None} == set(floor.offers)
        for offer in floor.offers.values():
            seat = floor.seats[offer.seat]
            assert (seat.offer, seat.call) == (offer.id, offer.call)
            assert floor.callers[offer.call].offer == offer.id
            assert seat.activity is JOINT_STATES[offer.state][1]
        for seat in floor.seats.values():
            busy = seat.activity not in {Activity.IDLE, Activity.WRAP_UP}
            assert busy == (seat.offer in floor.offers)
            assert (seat.call is None) == (seat.activity is Activity.IDLE)
            assert self.operator_of.get(seat.number) == seat.operator
            assert self.seats_last.get(seat.number, "logged_out") == seat.state.value
            assert (seat.state is SeatState.LOGGED_OUT) == (seat.operator is None)
            assert seat.number in floor.settings.seats or seat.leaving
            assert not seat.leaving or busy, "a removed seat stays"
            assert 0 <= seat.misses < self.most_misses
        operators = [s.operator for s in floor.seats.values() if s.operator]
        assert len(operators) == len(set(operators)), "an operator at two seats"
        assert set(floor.settings.seats) <= set(floor.seats)

    def _check_liveness(self, before: Floor, commands: tuple[object, ...]) -> None:
        floor = self.floor
        for place in floor.queue:
            assert choose_seat(floor.callers[place.call], floor.free) is None, "idle seat, waiting caller"
            for _, number in floor.free:
                assert number in floor.callers[place.call].cooling
        never_offered = [floor.callers[p.call] for p in floor.queue]
        never_offered = [c for c in never_offered if c.offers == 0]
        for ring in commands:
            if isinstance(ring, Ring) and floor.callers[ring.call].offers == 1:
                place = floor.callers[ring.call].place
                assert all(place < other.place for other in never_offered), "not first come first served"
            if isinstance(ring, Ring):
                old = before.seats.get(ring.seat)
                assert old is None or old.activity is not Activity.TALKING or old.offer != ring.offer

    def _check_timers(self) -> None:
        floor = self.floor
        assert {token: t.at_ms for token, t in floor.timers.items()} == self.timers
        due = set(self.timers)
        for offer in floor.offers.values():
            if offer.state in {OfferState.RINGING, OfferState.CONNECTING}:
                assert offer.token in due, "a reservation without a timer"
            else:
                assert offer.token is None
        for seat in floor.seats.values():
            assert (seat.activity is Activity.WRAP_UP) == (seat.wrap_up_token is not None)
            assert seat.wrap_up_token is None or seat.wrap_up_token in due
        wanted = {o.token for o in floor.offers.values()} | {s.wrap_up_token for s in floor.seats.values()}
        wanted |= {token for c in floor.callers.values() for token in c.cooling.values()}
        assert due == wanted - {None}, "a timer that nobody waits for"

    def _check_counts(self) -> None:
        assert self.queued == set(self.settled) | set(self.floor.callers)
        assert not set(self.settled) & set(self.floor.callers)
        talking = {
            o.call for o in self.floor.offers.values() if o.state in {OfferState.TALKING, OfferState.HOLD}
        }
        assert self.connected == talking | {c for c, o in self.settled.items() if o is Outcome.ANSWERED}
        waiting = self.floor.waiting()
        assert [v.position for v in waiting] == list(range(1, len(waiting) + 1))
        assert {v.call for v in waiting} == set(self.floor.callers) - talking
        live = {o for o, state in self.offers.items() if state == "started"}
        assert live == {o.id for o in self.floor.offers.values() if o.unconnected}

    def close(self) -> None:
        """Let the time run out, then all callers go: nothing may be left."""
        for _ in range(10_000):
            if not self.timers:
                break
            token = min(self.timers, key=self.timers.__getitem__)
            self.now_ms = max(self.now_ms, self.timers[token])
            self.feed(TimerFired(token))
        assert not self.timers, "time alone does not end the reservations"
        for call in list(self.floor.callers):
            self.feed(CallerGone(call))
        while self.timers:
            self.feed(TimerFired(next(iter(self.timers))))
        assert not self.floor.callers
        assert not self.floor.offers
        assert set(self.settled) == self.queued
