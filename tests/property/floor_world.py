"""A world around the floor: phones, callers and timers, and the laws that hold in it after every event.

`World.feed` gives the floor one event and checks every law. What the commands lead to (legs that end, joins,
citizens who answer) lies in `coming` and may happen later, in any order, or never.
"""

from collections import Counter

from acd import Floor, FloorSettings, events, step
from acd import commands as cmd
from acd.events import Event
from acd.offer import OFFER_TABLE, call_of
from acd.pools import may_take
from acd.seat import SEAT_TABLE, standing
from acd.types import CalloutFailure, OfferOutcome, OfferState, Outcome, Strategy, TicketState
from tests.property.floor_rows import Rows
from tests.unit.acd.floor_check import check, floor_slots

MANY = (Strategy.RING_ALL, Strategy.RING_PROGRESSIVELY)
NOT_COMPARED = {"commands", "now_ms", "pools", "queue", "waits"}


class World:
    """now_ms: its clock, which may stand still or jump. seen: which cells of the tables were visited.

    step_every: after so many events `step` is asked the same, twice, beside `apply`; so often too it is seen
    that what was refused or came late has changed nothing.
    """

    def __init__(self, settings: FloorSettings, *, step_every: int = 4) -> None:
        self.now_ms = 10_000_000
        self.floor = Floor.open(settings, self.now_ms)
        self.step_every = step_every
        self.rows = Rows()
        self.coming: list[Event] = []
        self.past: list[Event] = []
        self.timers: dict[str, int] = {}
        self.old_tokens: list[str] = []
        self.ids: set[str] = set()
        self.queued: set[str] = set()
        self.settled: dict[str, Outcome] = {}
        self.tickets: set[str] = set()
        self.closed_tickets: dict[str, TicketState] = {}
        self.order: dict[
            str, tuple[str, int, int, int]
        ] = {}  # of who was never moved: line, -priority, ms, nth
        self.seen: Counter[tuple[object, type]] = Counter()
        self.most_strikes = 0
        self.calls = 0

    def new_call(self) -> str:
        self.calls += 1
        return f"c{self.calls}"

    def feed(self, event: Event) -> None:
        """Let the event happen, unless the shell promises that it never does, and check everything."""
        if self._never_sent(event):
            return
        floor, now_ms = self.floor, self.now_ms
        self._note(event)
        kept = floor.copy() if len(self.past) % self.step_every == 0 else None
        cooling = {call: set(caller.cooling) for call, caller in floor.callers.items()}
        was_live = isinstance(event, events.TimerFired) and event.token in self.timers
        if was_live:
            del self.timers[event.token]
            self.old_tokens.append(event.token)
        commands = floor.apply(event, now_ms)
        self.past.append(event)
        if kept is not None:
            self._check_step(kept, event, commands)
        if isinstance(event, events.TimerFired) and not was_live:
            assert not commands, "an old token has an effect"
            assert kept is None or same(kept, floor), "an old token has an effect"
            return
        if any(isinstance(command, cmd.Refused) for command in commands):
            assert len(commands) == 1, "a refusal does something"
            assert commands[0].event == event
            assert kept is None or same(kept, floor), "a refusal changes the floor"
            return
        self._enter(event)
        for command in commands:
            self._obey(command, event)
        check(floor)
        self._check_rings(event, cooling, commands)
        self._check_liveness()
        self._check_clocks()
        self._check_counts()

    def pass_time(self, jump_ms: int) -> None:
        """The clock jumps and nothing else happens: no prediction grows by it, backwards or forwards."""
        before = {view.call: view.predicted_ms for view in self.floor.waiting()}
        self.now_ms += jump_ms
        self.feed(events.TimerFired("ring:nobody.1@1"))
        assert before == {view.call: view.predicted_ms for view in self.floor.waiting()}

    # What goes in

    def _never_sent(self, event: Event) -> bool:
        """The shell never queues a call again, and no callback of a call that it does not know."""
        match event:
            case events.CallQueued(call=call):
                return call in self.ids and call not in self.floor.callers
            case events.TalkRecovered(call=call, offer=offer):
                return offer in self.rows.offers or (call in self.ids and call not in self.floor.callers)
            case events.CallbackRecovered(ticket=ticket):
                return ticket.removesuffix("-cb") in self.ids and ticket not in self.floor.callers
        return False

    def _note(self, event: Event) -> None:
        floor = self.floor
        offer = floor.offers.get(getattr(event, "offer", ""))
        if isinstance(event, events.CallerGone) and event.call in floor.callers:
            live = floor.callers[event.call].live
            offer = floor.offers[live[-1]] if live else None
        if isinstance(event, events.TimerFired) and event.token in floor.timers:
            offer = floor.offers.get(floor.timers[event.token].offer)
        if offer is not None and type(event) in OFFER_TABLE[offer.state]:
            self.seen[offer.state, type(event)] += 1
        seat = floor.seats.get(getattr(event, "seat", 0))
        if seat is not None and type(event) in SEAT_TABLE[standing(seat)]:
            self.seen[standing(seat), type(event)] += 1
        rules = [floor.settings.miss(cause).strikes for cause in OfferOutcome]
        self.most_strikes = max(self.most_strikes, *rules)

    def _check_step(self, before: Floor, event: Event, commands: tuple[cmd.Command, ...]) -> None:
        kept = before.copy()
        after, stepped = step(before, event, self.now_ms)
        assert stepped == commands, "step and apply disagree"
        assert same(after, self.floor), "step and apply disagree"
        assert same(before, kept), "step changes the floor that it was given"
        again, stepped = step(before, event, self.now_ms)
        assert stepped == commands, "not deterministic"
        assert same(again, after), "not deterministic"

    def _enter(self, event: Event) -> None:
        match event:
            case events.CallQueued(call=call):
                self.ids.add(call)
                self.queued.add(call)
                caller = self.floor.callers.get(call)
                kept = event.caller is not None and self.floor.settings.keep_place_ms
                if caller is not None and event.position is None and not kept:
                    at = (-event.priority, caller.queued_ms, len(self.past))
                    self.order[call] = (event.line, *at)
            case events.TalkRecovered(call=call):
                self.ids.add(call)
                self.queued.add(call)
                self.rows.connected.add(call)
            case events.CallbackRecovered(ticket=ticket):
                self.ids.add(ticket.removesuffix("-cb"))
                self.tickets.add(ticket)
            case events.Reconfigured():  # other priorities and weights: places stay as they were
                self.order.clear()

    # What comes out

    def _obey(self, command: cmd.Command, event: Event) -> None:
        match command:
            case cmd.Ring(offer=offer):
                assert offer not in self.rows.offers, "an offer id twice"
                answers = (events.OfferAnswered(offer), events.OfferFailed(offer, OfferOutcome.DECLINED))
                self.coming.append(answers[len(self.rows.offers) % 3 % 2])
            case cmd.CancelRing(offer=offer):
                self.coming.append(events.OfferFailed(offer, OfferOutcome.LOST_RACE))
            case cmd.CallOut(offer=offer):
                answers = (events.CitizenAnswered(offer), events.CitizenFailed(offer, CalloutFailure.BUSY))
                self.coming.append(answers[len(self.rows.offers) % 2])
            case cmd.CancelCallOut(offer=offer):
                self.coming.append(events.CitizenFailed(offer, CalloutFailure.FAILED))
            case cmd.Connect(offer=offer):
                self.coming.append(events.Joined(offer))
            case cmd.ReleaseSeat(offer=offer):
                self.coming.append(events.SeatLegGone(offer))
            case cmd.ReleaseCaller(call=call) | cmd.TakeOutCaller(call=call):
                self.coming.append(events.CallerGone(call))
            case cmd.StartTimer(token=token, at_ms=at_ms):
                assert token not in self.timers, "a live token twice"
                assert token not in self.old_tokens, "a token again"
                assert at_ms >= self.now_ms
                self._check_length(token, at_ms - self.now_ms)
                self.timers[token] = at_ms
            case cmd.StopTimer(token=token):
                del self.timers[token]
                self.old_tokens.append(token)
            case cmd.CallSettled(call=call, outcome=outcome):
                self._settle(call, outcome, event)
            case cmd.TicketClosed(ticket=ticket, state=state):
                assert ticket in self.tickets
                assert ticket not in self.closed_tickets, "a callback closed twice"
                self.closed_tickets[ticket] = state
                assert (state is TicketState.REACHED) == (ticket in self.rows.connected)
            case cmd.Record():
                self.rows.read(command)
                if command.kind == "callback.asked" and not command.data["merged"]:
                    self.tickets.add(str(command.data["ticket"]))
                if command.kind in {"call.moved", "callback.moved", "call.overflowed"}:
                    self.order.pop(command.call or "", None)

    def _settle(self, call: str, outcome: Outcome, event: Event) -> None:
        assert call in self.queued
        assert call not in self.settled, "settled twice"
        self.settled[call] = outcome
        assert (outcome is Outcome.ANSWERED) == (call in self.rows.connected)
        assert (outcome is Outcome.CALLBACK) == isinstance(event, events.CallbackAsked)
        assert (outcome is Outcome.WITHDRAWN) == isinstance(event, events.TakeOut)
        if outcome is Outcome.ABANDONED:
            assert isinstance(event, events.CallerGone)
        if outcome in {Outcome.OVERFLOWED, Outcome.TIMED_OUT, Outcome.LEFT_NO_OPERATOR}:
            assert call in self.rows.sent_away
        if outcome in {Outcome.CALLBACK, Outcome.OVERFLOWED}:
            self.coming.append(events.CallerGone(call))

    def _check_length(self, token: str, length_ms: int) -> None:
        """No reservation is longer than the settings say."""
        now = self.floor.settings
        purpose = token.partition(":")[0]
        lengths = {"ring": now.ring_time_ms, "connect": now.connect_time_ms, "round": now.round_ms}
        assert length_ms == lengths.get(purpose, length_ms)
        if purpose == "callout":
            assert now.callback.callout_ms < length_ms <= now.callback.callout_ms + 10_000

    # The laws

    def _check_rings(
        self, event: Event, cooling: dict[str, set[int]], commands: tuple[cmd.Command, ...]
    ) -> None:
        floor = self.floor
        rung = [command for command in commands if isinstance(command, cmd.Ring)]
        chosen = event.call if isinstance(event, events.OfferTo) else None
        never = [c for c in floor.callers.values() if c.waits and not c.offers]
        for ring in rung:
            caller = floor.callers[ring.call]
            assert ring.offer in caller.live
            assert call_of(ring.offer) == ring.call
            assert not caller.connected
            seat = floor.seats[ring.seat]
            if ring.call != chosen:
                assert may_take(floor.settings, caller.pool, seat.operator), "a seat that may not have it"
                if not isinstance(event, events.TimerFired):
                    assert ring.seat not in cooling.get(ring.call, ()), "rung again before it has cooled down"
            if len(caller.live) > 1:
                assert floor.pools.strategy(caller.line) in MANY, "two phones ring for one caller"
            if caller.offers == 1 and ring.call != chosen:
                for other in never:
                    if other.pool == caller.pool:
                        assert caller.place < other.place, "not first come first served"
                    self._check_turn(ring.call, other.call)

    def _check_turn(self, first: str, other: str) -> None:
        """Independent of the floor's own places: of one line and priority, who came first is served first."""
        pools = {self.floor.callers[call].pool for call in (first, other)}
        if first in self.order and other in self.order and len(pools) == 1:
            assert self.order[first] < self.order[other], "not first come first served"

    def _check_liveness(self) -> None:
        floor = self.floor
        for caller in floor.callers.values():
            if caller.waits:
                for number in floor.pools.free - set(caller.cooling):
                    operator = floor.seats[number].operator
                    assert not may_take(floor.settings, caller.pool, operator), "idle seat, waiting caller"
        for seat in floor.seats.values():
            assert all(0 < count < self.most_strikes for count in seat.misses.values())

    def _check_clocks(self) -> None:
        """The floor's timers are the world's; what must come by itself has one."""
        floor = self.floor
        assert {token: timer.at_ms for token, timer in floor.timers.items()} == self.timers
        for caller in floor.callers.values():
            for token in (*caller.tokens.values(), *caller.cooling.values()):
                assert token in self.timers, "a timer that will never fire is waited for"
            talking = any(not floor.offers[offer].unconnected for offer in caller.live)
            steps = floor.settings.needs.get(caller.pool.need, ())
            if not talking:
                more = caller.pool.stage + 1 < len(steps)
                assert ("relax" in caller.tokens) == more, "a need that never relaxes"
            if caller.ticket is not None:
                assert ("retry" in caller.tokens) == (caller.ticket.state is TicketState.RETRY)
                assert caller.parked or caller.live or not floor.callbacks_paused
                continue
            if talking:
                continue
            rules = enumerate(floor.settings.line(caller.line).overflow)
            if any(rule.while_waiting and (caller.line, number) not in caller.told for number, rule in rules):
                assert floor.review is not None, "a rule that nobody comes back to"

    def _check_counts(self) -> None:
        floor = self.floor
        live = {c for c, caller in floor.callers.items() if caller.ticket is None}
        assert self.queued == set(self.settled) | live, "queued = settled + on the floor"
        assert not set(self.settled) & live
        open_tickets = set(floor.callers) - live
        assert self.tickets == set(self.closed_tickets) | open_tickets, "asked = closed + open"
        assert not set(self.closed_tickets) & open_tickets
        talking = {o.call for o in floor.offers.values() if not o.unconnected}
        done = {c for c, outcome in self.settled.items() if outcome is Outcome.ANSWERED}
        reached = {t for t, state in self.closed_tickets.items() if state is TicketState.REACHED}
        assert self.rows.connected == talking | done | reached
        rounds = {c for c, of in floor.callers.items() if of.live and not of.connected}
        assert set(floor.rounds) == {
            c for c in rounds if len(floor.callers[c].live) < floor.callers[c].round_size
        }
        parked = {c for c, caller in floor.callers.items() if caller.parked}
        assert {view.call for view in floor.waiting()} == set(floor.callers) - talking - parked
        ringing = {o.id for o in floor.offers.values() if o.unconnected}
        assert {offer for offer, end in self.rows.offers.items() if end == "started"} == ringing
        assert len({o.seat for o in floor.offers.values()}) == len(floor.offers), "a seat with two offers"
        beyond = Counter(o.call for o in floor.offers.values() if o.state is not OfferState.RINGING)
        assert all(count == 1 for count in beyond.values()), "a call connected to two seats"
        states = {n: seat.state for n, seat in floor.seats.items()}
        self.rows.check_seats(states, {n: seat.operator for n, seat in floor.seats.items() if seat.operator})
        assert set(floor.settings.seats) <= set(floor.seats)

    def close(self) -> None:
        """Let the time run out, then all callers go: nothing may be left."""
        idle = 0  # reviews come for ever while somebody waits
        for _ in range(2_000):
            tokens = [token for token in self.timers if token != self.floor.review or idle < 2]
            if not tokens:
                break
            token = min(tokens, key=self.timers.__getitem__)
            idle = idle + 1 if token == self.floor.review else 0
            self.now_ms = max(self.now_ms, self.timers[token])
            self.feed(events.TimerFired(token))
        assert set(self.timers) <= {self.floor.review}, "time alone does not end the reservations"
        for caller in list(self.floor.callers.values()):
            assert caller.ticket is None or caller.connected, "a callback that never expires"
            self.feed(events.CallerGone(caller.call))
        while self.timers:
            self.feed(events.TimerFired(next(iter(self.timers))))
        assert not self.floor.callers
        assert not self.floor.offers
        assert not self.floor.queue.groups
        assert not self.floor.queue.ringing
        assert not any(self.floor.queue.lines.values())
        assert not self.floor.tickets
        assert not self.floor.rounds
        assert set(self.settled) == self.queued
        assert set(self.closed_tickets) == self.tickets


def same(one: Floor, other: Floor) -> bool:
    """Whether two floors remember the same; the last command and the last time asked are no memory."""
    names = floor_slots(one) - NOT_COMPARED
    if any(getattr(one, name) != getattr(other, name) for name in names):
        return False
    parts = [(one.queue, other.queue), (one.waits, other.waits)]
    if any(getattr(a, name) != getattr(b, name) for a, b in parts for name in type(a).__slots__):
        return False
    return one.pools.free == other.pools.free and one.pools.staffed == other.pools.staffed
