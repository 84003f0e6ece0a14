"""A world around the floor: phones, callers and timers, and the laws that hold in it after every event.

`World.feed` gives the floor one event and checks every law. What the commands lead to (legs that end, joins,
citizens who answer) lies in `coming` and may happen later, in any order, or never.
"""

from collections import Counter

from acd import Floor, FloorSettings, events, step
from acd import commands as cmd
from acd.events import Event
from acd.offer import OFFER_TABLE
from acd.seat import SEAT_TABLE, standing
from acd.types import (
    CalloutFailure,
    OfferOutcome,
    Outcome,
    TicketState,
)
from tests.property.floor_laws import Laws, same
from tests.property.floor_rows import Rows
from tests.unit.acd.floor_check import check


class World(Laws):
    """now_ms: its clock, which may stand still or jump. seen: which cells of the tables were visited.

    step_every: after so many events `step` is asked the same, twice, beside `apply`; so often too it is seen
    that what was refused or came late has changed nothing.
    """

    def __init__(self, settings: FloorSettings, *, step_every: int = 4) -> None:
        super().__init__()
        self.now_ms = 10_000_000
        self.floor = Floor.open(settings, self.now_ms)
        self.step_every = step_every
        self.rows = Rows()
        self.coming: list[Event] = []
        self.past: list[Event] = []
        self.timers: dict[str, int] = {}
        self.old_tokens: list[str] = []
        self.ids: set[str] = set()
        self.seen: Counter[tuple[object, type]] = Counter()
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
        order = [view.call for view in floor.waiting()] if isinstance(event, events.CallbackAsked) else []
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
            assert commands[0].why.endswith("."), "one sentence"
            assert kept is None or same(kept, floor), "a refusal changes the floor"
            return
        self._enter(event)
        for command in commands:
            self._obey(command, event)
        check(floor)
        self.check_laws(event, cooling, commands)
        if kept is not None:
            self.check_memory()
        if isinstance(event, events.CallbackAsked):
            self.check_place_kept(event.call, order, commands)

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
                known = call.removesuffix("-cb") in self.ids and call not in self.floor.callers
                return offer in self.rows.offers or known
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
        kept.journals = False  # as in a simulation
        rest = tuple(command for command in commands if not isinstance(command, cmd.Record))
        assert kept.apply(event, self.now_ms) == rest, "other decisions where no journal is kept"
        kept.journals = True
        assert same(kept, after), "another memory where no journal is kept"

    def _enter(self, event: Event) -> None:
        match event:
            case events.CallQueued(call=call):
                self.ids.add(call)
                self.queued.add(call)
                caller = self.floor.callers.get(call)
                kept = event.caller is not None and self.floor.settings.keep_place_ms
                if caller is not None and event.position is None and event.place is None and not kept:
                    at = (-event.priority, caller.queued_ms, len(self.past))
                    self.order[call] = (event.line, *at)
            case events.TalkRecovered(call=call, callback=callback):
                self.ids.add(call.removesuffix("-cb") if callback is not None else call)
                (self.queued if callback is None else self.tickets).add(call)
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
                if command.kind == "seat.wrap_up":
                    seat = self.floor.seats[command.seat or 0]
                    rule = self.floor.settings.wrap_up(seat.line or "", seat.operator)
                    lasts_ms = command.data["until_ms"] - (seat.wrap_up_from_ms or 0)
                    assert lasts_ms <= max(rule.ms, rule.most_ms), "a wrap-up without end"
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
