"""The laws of the floor: what holds after every event, whatever has happened before."""

from collections import Counter

from acd import Floor, events
from acd import commands as cmd
from acd.caller import HEAD, Caller, Place
from acd.events import Event
from acd.offer import call_of
from acd.pools import may_take
from acd.seat import Seat
from acd.settings import OverflowRule
from acd.tables import Tables
from acd.types import OfferState, Outcome, OverflowCause, SeatState, Strategy, TicketState, Toward
from tests.property.floor_rows import Rows
from tests.property.floor_types import check_types

MANY = (Strategy.RING_ALL, Strategy.RING_PROGRESSIVELY)
CHOICES = {
    Strategy.LONGEST_IDLE: lambda _, seat: seat.able_ms,
    Strategy.FEWEST_CALLS: lambda _, seat: seat.answered,
    Strategy.LEAST_TALK: lambda _, seat: seat.talked_ms,
    Strategy.LINEAR: lambda settings, seat: settings.seats.index(seat.number),
}
BLAMELESS = ("caller_gone", "lost_race", "withdrawn")
ON_TIME = (OverflowCause.WAITED, OverflowCause.CLOSING, OverflowCause.NO_SEAT)
NOT_COMPARED = {"commands", "now_ms", "pools", "queue", "waits"}


class Laws:
    """What the world knows of its calls beside the floor, and the laws.

    timers: the live ones with their times. order: of who was never moved: line, -priority, ms, nth.
    came_ms: since when each call waits. older_breaks: seats whose break began under other settings.
    places, lines: everybody's, after the last event; stood: both, before it. able_ms: the seat's, by offer,
    when it was rung. by_hand: whom the supervisor has moved.
    """

    floor: Floor
    rows: Rows
    timers: dict[str, int]

    def __init__(self) -> None:
        self.queued: set[str] = set()
        self.settled: dict[str, Outcome] = {}
        self.tickets: set[str] = set()
        self.closed_tickets: dict[str, TicketState] = {}
        self.order: dict[str, tuple[str, int, int, int]] = {}
        self.came_ms: dict[str, int] = {}
        self.older_breaks: set[int] = set()
        self.places: dict[str, Place] = {}
        self.lines: dict[str, str] = {}
        self.stood: dict[str, tuple[str, Place]] = {}
        self.able_ms: dict[str, int | None] = {}
        self.by_hand: set[str | None] = set()
        self.most_strikes = 0

    def check_laws(
        self, event: Event, cooling: dict[str, set[int]], commands: tuple[cmd.Command, ...]
    ) -> None:
        """cooling: the seats that cooled down for each call before the event."""
        for command in commands:
            check_types(command)
        self._check_places(event, commands)
        self._check_rings(event, cooling, commands)
        self._check_diverts(event, commands)
        self._check_liveness()
        self._check_clocks()
        self._check_seats(event)
        self._check_blameless(commands)
        self._check_counts()

    def check_memory(self) -> None:
        """All that the floor remembers is of the types that it says."""
        floor = self.floor
        for caller in floor.callers.values():
            for thing in (caller, caller.place, caller.pool, *([caller.ticket] if caller.ticket else [])):
                check_types(thing)
        for thing in (*floor.seats.values(), *floor.offers.values(), *floor.timers.values()):
            check_types(thing)

    def check_place_kept(self, call: str, order: list[str], commands: tuple[cmd.Command, ...]) -> None:
        """order: who waited before `call` asked to be called back; the ticket stands where the call stood."""
        asked = [row for row in commands if isinstance(row, cmd.Record) and row.kind == "callback.asked"]
        ticket = str(asked[0].data["ticket"])
        merged = asked[0].data["merged"] or self.floor.callbacks_paused
        after = [ticket if other == call and not merged else other for other in order]
        now = [view.call for view in self.floor.waiting()]
        assert now == [other for other in after if other != call], "the callback has lost its place"

    def _check_places(self, event: Event, commands: tuple[cmd.Command, ...]) -> None:
        """Nobody's place changes but by a row that says so; who asks for a place has it."""
        floor = self.floor
        rows = [row for row in commands if isinstance(row, cmd.Record)]
        by_hand = [row for row in rows if row.data.get("why") in {"position", "priority"}]
        self.by_hand |= {row.call for row in by_hand}
        moved = {row.data.get("ticket", row.call) for row in rows if row.kind.endswith(".moved")}
        for call, caller in floor.callers.items():
            assert call in moved or self.places.get(call, caller.place) == caller.place, "moved in silence"
        self.stood = {call: (self.lines[call], place) for call, place in self.places.items()}
        self.places = {call: caller.place for call, caller in floor.callers.items()}
        self.lines = {call: caller.line for call, caller in floor.callers.items()}
        view = floor.call(event.call) if isinstance(event, events.MoveCaller | events.CallQueued) else None
        if view is None or view.position is None or event.position is None:
            return
        if isinstance(event, events.MoveCaller):
            others = floor.waiting()
            parked = floor.callers[event.call].parked
            assert parked or view.position == min(event.position, len(others)), "not where it was put"
        elif event.call not in moved:
            equals = [other.call for other in floor.waiting() if other.priority == view.priority]
            assert equals.index(event.call) + 1 == min(event.position, len(equals)), "not where it was put"

    def _check_rings(
        self, event: Event, cooling: dict[str, set[int]], commands: tuple[cmd.Command, ...]
    ) -> None:
        floor = self.floor
        rung = [command for command in commands if isinstance(command, cmd.Ring)]
        chosen = event.call if isinstance(event, events.OfferTo) else None
        if chosen is not None:
            alone = floor.callers[chosen]
            assert len(alone.live) == 1, "others ring beside the chosen seat"
            assert "round" not in alone.tokens, "others will ring beside the chosen seat"
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
            if len(rung) == 1 and not caller.tried and caller.prefers is None and ring.call != chosen:
                self._check_choice(caller, seat)
            if caller.offers == 1 and ring.call != chosen:
                for other in never:
                    if other.pool == caller.pool:
                        assert caller.place < other.place, "not first come first served"
                    self._check_turn(ring.call, other.call)

    def _check_choice(self, caller: Caller, seat: Seat) -> None:
        """The one seat that rings is the one that the strategy names; by what a ringing does not change."""
        floor = self.floor
        key = CHOICES.get(floor.pools.strategy(caller.line))
        if key is not None:
            for number in floor.pools.free:
                other = floor.seats[number]
                if may_take(floor.settings, caller.pool, other.operator):
                    mine, its = key(floor.settings, seat), key(floor.settings, other)
                    assert (mine, seat.number) < (its, number), "not the seat that the strategy names"

    def _check_diverts(self, event: Event, commands: tuple[cmd.Command, ...]) -> None:
        """Who is sent to another line waits there, since ever; who gets a seat at once is not sent away."""
        floor = self.floor
        for divert in commands:
            if not isinstance(divert, cmd.Divert):
                continue
            caller = floor.callers.get(divert.call)
            assert (caller is None) == divert.to.final
            if caller is not None and divert.to.toward is Toward.LINE:
                assert caller.line == divert.to.target
            elif caller is not None and isinstance(event, events.CallQueued):
                assert not caller.live, "sent away on entry while a seat is free"
        for row in commands:
            if (
                isinstance(row, cmd.Record)
                and row.kind == "call.overflowed"
                and row.data["stage"] == "waiting"
            ):
                self._check_last_first(row)
        for caller in floor.callers.values():
            asked = caller.ticket.call if caller.ticket is not None else caller.call
            assert self.came_ms.setdefault(asked, caller.queued_ms) == caller.queued_ms, (
                "waits since another time"
            )

    def _check_last_first(self, row: cmd.Record) -> None:
        """Where a queue is too long, the first ones of the line stay."""
        if row.data["cause"] == OverflowCause.QUEUE_FULL.value and row.call not in self.floor.callers:
            line, place = self.stood[row.call or ""]
            views = [view for view in self.floor.waiting() if view.line == line]
            before = [view for view in views if self.floor.callers[view.call].place < place]
            assert len(before) >= row.data["limit"], "the first one is sent away, not the last"

    def _check_seats(self, event: Event) -> None:
        """A wrap-up ends in time; a break that has a limit has its clock, unless older than the limit."""
        floor = self.floor
        limits = floor.settings.break_limits_ms
        for number, seat in floor.seats.items():
            if seat.wrap_up_token is not None:
                assert self.timers[seat.wrap_up_token] >= seat.wrap_up_until_ms
            limited = seat.state is SeatState.BREAK and seat.reason in limits
            if isinstance(event, events.Reconfigured) and seat.state is SeatState.BREAK:
                self.older_breaks.add(number)
            elif seat.state is not SeatState.BREAK:
                self.older_breaks.discard(number)
            if number not in self.older_breaks:
                assert limited == (seat.break_token is not None or seat.over), "a break without its clock"
            assert all(0 < count < self.most_strikes for count in seat.misses.values())

    def _check_blameless(self, commands: tuple[cmd.Command, ...]) -> None:
        """An offer that was no fault of the seat does not cost it its place among the idle."""
        for row in commands:
            if isinstance(row, cmd.Ring):
                self.able_ms[row.offer] = self.floor.seats[row.seat].able_ms
            elif isinstance(row, cmd.Record) and row.data.get("outcome") in BLAMELESS:
                seat = self.floor.seats.get(row.seat or 0)
                if seat is not None and seat.able and row.offer in self.able_ms:
                    assert seat.able_ms == self.able_ms[row.offer], "a place lost without blame"

    def _check_fairness(self, caller: Caller) -> None:
        """Who has no clock towards the head of all is there, unless somebody has put him elsewhere."""
        asked = caller.ticket.call if caller.ticket is not None else caller.call
        if not self.floor.settings.fair_after_ms:
            assert "fair" not in caller.tokens
        elif asked not in self.by_hand:
            assert ("fair" in caller.tokens) != (caller.place.minus_priority == HEAD), "a clock for nothing"

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
                self._check_fairness(caller)
                more = caller.pool.stage + 1 < len(steps)
                assert ("relax" in caller.tokens) == more, "a need that never relaxes"
            if caller.ticket is not None:
                assert ("retry" in caller.tokens) == (caller.ticket.state is TicketState.RETRY)
                assert caller.parked or caller.live or not floor.callbacks_paused
                continue
            if talking:
                continue
            rules = list(enumerate(floor.settings.line(caller.line).overflow))
            clocks = {int(name[8:]) for name in caller.tokens if name.startswith("overflow")}
            assert clocks <= {number for number, rule in rules if rule.cause in ON_TIME}, (
                "another line's clock"
            )
            for number, rule in rules:
                if rule.while_waiting and (caller.line, number) not in caller.told:
                    known = number in clocks and rule.cause is not OverflowCause.NO_SEAT
                    known = known or self._cannot_pass(caller, rule)
                    assert known or floor.review is not None, "a rule that nobody comes back to"

    def _cannot_pass(self, caller: Caller, rule: OverflowRule) -> bool:
        """Whether this rule cannot be passed until something else happens than that time goes by."""
        floor = self.floor
        if rule.cause is OverflowCause.CLOSING:
            return caller.line not in floor.closed
        seats = (seat for seat in floor.seats.values() if seat.staffed)
        somebody = any(may_take(floor.settings, caller.pool, seat.operator) for seat in seats)
        return rule.cause is OverflowCause.NO_SEAT and somebody

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


def same(one: Floor, other: Floor) -> bool:
    """Whether two floors remember the same; the last command and the last time asked are no memory."""
    names = set(Tables.__slots__) - NOT_COMPARED
    if any(getattr(one, name) != getattr(other, name) for name in names):
        return False
    parts = [(one.queue, other.queue), (one.waits, other.waits)]
    if any(getattr(a, name) != getattr(b, name) for a, b in parts for name in type(a).__slots__):
        return False
    return one.pools.free == other.pools.free and one.pools.staffed == other.pools.staffed
