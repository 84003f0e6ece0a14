"""Reconciliation: what Asterisk has, held against what the journal and this controller believe.

Runs on every connection to Asterisk, the first one too. What was missed is fed to the same floor as the same
events; there is no second way. Events that arrive meanwhile are routed as ever: each step below looks at what
is known by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import structlog

from acd.caller import Place
from acd.events import Break, LogIn, TalkRecovered
from acd.types import CallState
from config import from_ms, to_ms
from controller.call import Call, call_id
from controller.callbacks import CITIZEN_PREFIX
from controller.legs import BRIDGE_PREFIX, CHANNEL_PREFIX, last_offer
from controller.old_places import Turn, last_place, turn
from controller.onward import AWAY_PREFIX, ONWARD_PREFIX
from controller.recovery_callbacks import Unfinished, take_up_callback, take_up_callback_talks, unfinished
from controller.while_away import (
    as_it_ended,
    as_the_talk_ended,
    ended_lately,
    unwritten,
    write_unwritten,
)
from db import CallFacts, Database, journal_of_call, newest_ms, open_calls, personal_number
from db.standing import Standing, standing_seats
from ivr.numbers import caller_id
from reports.cdr import Cdr

if TYPE_CHECKING:
    from controller.controller import Controller

log = structlog.get_logger()


EVENTS = (
    "ApplicationReplaced",
    "ChannelDestroyed",
    "ChannelDtmfReceived",
    "ChannelEnteredBridge",
    "ChannelHangupRequest",
    "ChannelHold",
    "ChannelUnhold",
    "ContactStatusChange",
    "EndpointStateChange",
    "PlaybackFinished",
    "RESTResponse",
    "StasisEnd",
    "StasisStart",
)
"""All that `Controller._route` knows; the filter is Asterisk's own and ends with the connection."""
SEEN_WITHIN_MS = 30_000
"""A fall that the supervisor saw longer before the journal's last row was an earlier one."""
STANDING_WITHIN_MS = 12 * 3600 * 1000
"""A log-in older than a day's work is nobody's any more."""


@dataclass(frozen=True, slots=True)
class Known:
    """A call that the journal holds open, with what is needed to take it up again."""

    facts: CallFacts
    channel: str
    number: str | None
    offered: Mapping[str | None, str | None]
    """Whose telephone rang, by offer: those of which the rows are there."""
    place: Place | None = None
    """In the queue, by the last row that tells it."""

    @property
    def turn(self) -> Turn:
        """Whose turn comes first, by the smaller one."""
        return turn(self.place, self.facts.queued_ms or self.facts.received_ms)


class Found:
    """What Asterisk has, kept true while it is being looked through: people hang up and call meanwhile.

    Asterisk's answer is a picture of one moment. What its events tell afterwards is of a later one: a caller
    who hung up must not be taken up again from the picture, and one who is not in it yet has not gone.
    """

    def __init__(self) -> None:
        self.channels: dict[str, Any] = {}
        self.members: dict[str, set[str]] = {}
        """Who is in which of our bridges."""
        self._gone: set[str] = set()

    def pictured(self, channels: Iterable[Any], bridges: Iterable[Any]) -> None:
        """Asterisk has answered. Channels that have come by event meanwhile stay."""
        listed = {one.id: one for one in channels if one.id not in self._gone}
        self.channels = {**listed, **self.channels}
        self.members = {
            one.id: set(one.data.channels) - self._gone
            for one in bridges
            if one.id.startswith((BRIDGE_PREFIX, AWAY_PREFIX))
        }

    def came(self, channel: Any) -> None:
        """An event: a channel has entered the application."""
        if channel.id not in self._gone:
            self.channels[channel.id] = SimpleNamespace(id=channel.id, data=channel)

    def gone(self, channel: str) -> None:
        """An event: a channel is at its end."""
        self._gone.add(channel)
        self.channels.pop(channel, None)
        for inside in self.members.values():
            inside.discard(channel)


async def reconcile(controller: Controller) -> None:
    """Bring the controller into accord with Asterisk.

    Raises:
        AriError: the connection broke under it; the next connection reconciles again.
    """
    controller.found = Found()
    try:
        await _reconcile(controller, controller.found)
        controller.recovered = True
    finally:
        controller.found = None


async def _reconcile(controller: Controller, found: Found) -> None:
    client = controller.client
    await controller.exchange.filter_events(EVENTS)
    await controller.exchange.count_in()
    await controller.exchange.subscribe(
        [f"endpoint:PJSIP/{name}" for name in controller.phones.endpoints.values()]
    )
    info = await client.asterisk.get_info()
    booted_ms = _booted_ms(info, controller)
    fell_ms = await _fell_ms(controller, booted_ms)
    controller.fallback.asterisk_is(booted_ms, fell_ms)
    served = await controller.fallback.take_in()
    # What is asked for, or comes, from here on is not in the picture: nothing follows from that.
    # Who only waits is looked at first: if he is gone, no phone must ring for him that another frees.
    mine_before = sorted(controller.calls.values(), key=lambda mine: _hands_on(controller, mine))
    legs_before = (*controller.legs.channels(), *controller.outward.channels())
    pictured = await client.channels.list()
    found.pictured(pictured, await client.bridges.list())
    channels, members = found.channels, found.members
    known: list[Known] = []
    waiting_tickets: list[Unfinished] = []
    talking_tickets: list[Unfinished] = []
    if not controller.recovered:
        # Later on we know better than the journal: our own last rows may still be on their way to it.
        known = await asyncio.to_thread(_open_calls, controller.database, {*controller.calls, *served})
        waiting_tickets, talking_tickets = await asyncio.to_thread(unfinished, controller.database)

    for mine in mine_before:
        if mine.id in served:
            controller.let_go(mine)
    with controller.dispatcher.fallen(fell_ms):
        for mine in mine_before:
            # Asterisk fell under it: nobody hung up
            if mine.channel not in channels and mine.received_ms < booted_ms:
                # (in the middle of being joined is no talk yet)
                mine.settle("answered" if _talks(controller, mine) else "system_failed")
                controller.channel_gone(mine.channel, 0, None, why="asterisk_fell")
        if (controller.away_since_ms or booted_ms) < booted_ms:
            for leg in legs_before:
                if leg not in channels:
                    controller.channel_gone(leg, 0, None)
    for mine in mine_before:
        if mine.channel not in channels:
            controller.channel_gone(mine.channel, 0, None)
        elif not mine.is_gone:
            mine.reconnected()
    for leg in legs_before:
        if leg not in channels:
            controller.channel_gone(leg, 0, None)
    _catch_up(controller, legs_before, found)
    asterisks_ms = controller.clock.now_ms() - controller.clock.offset_ms
    ended = await asyncio.to_thread(ended_lately, controller.exchange_log, asterisks_ms)
    for call in known:
        if call.channel not in channels and call.facts.call not in controller.calls:
            _lost(controller, call, booted_ms, fell_ms, ended.calls.get(call.channel))
    for call in known:
        offer = _talk_of(call, members)
        if offer is not None:
            _take_up_talk(controller, call, offer, channels[CHANNEL_PREFIX + offer].data.name)
    _unwritten_talks(controller, channels, members)
    done = take_up_callback_talks(controller, waiting_tickets, talking_tickets, channels, members)
    await _phones(controller)
    if not controller.recovered:
        await _seats(controller)
    # In the order of the queue: a seat that is ready now is given to who was first.
    waiting: list[Known | Unfinished] = [
        call for call in known if call.channel in channels and controller.call_on(call.channel) is None
    ]
    waiting += [ticket for ticket in waiting_tickets if ticket.facts.ticket not in done]
    for one in sorted(waiting, key=lambda one: one.turn):
        if isinstance(one, Unfinished):
            take_up_callback(controller, one)
        else:
            _take_up_waiting(controller, one, channels, members, ended.talks.get(one.channel))
    _sweep(controller, channels, members, legs_before)
    # A killed controller's last rows may be missing, and so may an event that was lost with the connection.
    # What we know ourselves may still be on its way to the journal.
    ours = (controller.calls, controller.lately)
    others = [channel for channel in ended.calls if not any(call_id(channel) in known for known in ours)]
    missing = await asyncio.to_thread(unwritten, controller.database, others)
    write_unwritten(controller, ended.calls, missing)


def _catch_up(controller: Controller, legs: Iterable[str], found: Found) -> None:
    """Feed what our own legs did while the connection was away: picked up, joined with their callers."""
    for leg in legs:
        if leg.startswith(CHANNEL_PREFIX) and leg in found.channels:
            offer = leg.removeprefix(CHANNEL_PREFIX)
            if found.channels[leg].data.state == "Up" and not controller.legs.is_up(offer):
                controller.legs.started(offer)
    for bridge, inside in list(found.members.items()):
        for channel in sorted(inside):
            controller.legs.entered(bridge, channel)
            controller.onward.entered(bridge, channel)


def _talks(controller: Controller, call: Call) -> bool:
    view = controller.dispatcher.floor.call(call.id)
    return view is not None and view.state in (CallState.TALKING, CallState.HOLD)


def _hands_on(controller: Controller, call: Call) -> int:
    """0: nobody deals with this caller yet; 1: a phone rings; 2: a talk."""
    view = controller.dispatcher.floor.call(call.id)
    return 2 if call.connected else int(view is not None and view.offer is not None)


def _booted_ms(info: Any, controller: Controller) -> int:
    """When Asterisk started, on the controller's clock (ms UTC); 0 when it does not say."""
    started = info.status.startup_time if info.status else None
    return to_ms(started) + controller.clock.offset_ms if started else 0


async def _fell_ms(controller: Controller, booted_ms: int) -> int:
    """When the Asterisk before this one fell, ms UTC. A controller that lived saw the connection break; else
    the supervisor wrote it down; where nobody did, it was after the journal's last row of before.
    """
    since_ms = controller.away_since_ms
    if since_ms is not None and since_ms < booted_ms:
        return since_ms
    newest_ms = await asyncio.to_thread(_newest_ms, controller.database, booted_ms)
    seen_ms = controller.seen_fall_ms()
    if seen_ms is not None and newest_ms - SEEN_WITHIN_MS <= seen_ms <= booted_ms:
        return seen_ms
    return newest_ms


def _newest_ms(database: Database, before_ms: int) -> int:
    with database.read() as connection:
        return newest_ms(connection, before_ms) or before_ms


def _open_calls(database: Database, others: set[str]) -> list[Known]:
    found = []
    with database.read() as connection:
        for facts in open_calls(connection):
            if facts.call in others or facts.fallback:
                continue
            rows = [row.entry for row in journal_of_call(connection, facts.call)]
            channel = next(
                (str(row.data.get("channel", "")) for row in rows if row.kind == "call.received"), ""
            )
            offered = {row.offer: row.operator for row in rows if row.kind == "offer.started"}
            number = personal_number(connection, facts.call)
            found.append(Known(facts, channel, number, offered, last_place(rows, facts.call)))
    return found


def _lost(controller: Controller, call: Known, booted_ms: int, fell_ms: int, cdr: Cdr | None) -> None:
    """The call's channel is no more. Who ended it? Asterisk's own fall, or one of the two parties."""
    if call.facts.received_ms < booted_ms:
        last_ms = max(fell_ms, call.facts.received_ms, call.facts.connected_ms or 0)
        with controller.recorder.as_of(last_ms):
            _close(controller, call, fell=True)
    else:
        with as_it_ended(controller, call.facts, cdr):
            _close(controller, call, fell=False)


def _close(controller: Controller, call: Known, *, fell: bool) -> None:
    facts = call.facts
    if facts.connected:
        outcome = "answered"
        if facts.talk_ended_ms is None:
            controller.recorder.record(
                "call.talk_ended",
                call=facts.call,
                seat=facts.seat,
                operator=facts.operator,
                data={"by": "system" if fell else "caller"},
            )
    elif facts.settled is not None:
        outcome = facts.settled
    elif facts.open is False:
        outcome = "closed"
    elif fell:
        outcome = "system_failed"
    else:
        outcome = "abandoned" if facts.queued else "abandoned_in_guidance"
    controller.recorder.record(
        "call.ended",
        call=facts.call,
        data={"outcome": outcome, "queued": facts.queued, "cause": "asterisk_fell" if fell else "while_away"},
    )


def _talk_of(call: Known, members: dict[str, set[str]]) -> str | None:
    """The offer of the bridge in which this caller is with an operator's leg; None when there is none."""
    for bridge, inside in members.items():
        offer = bridge.removeprefix(BRIDGE_PREFIX)
        if {call.channel, CHANNEL_PREFIX + offer} <= inside:
            return offer
    return None


def _restore(controller: Controller, known: Known) -> Call:
    facts = known.facts
    line = facts.queue_line or controller.settings.line_of(facts.called or "")
    moment = controller.hours.calendar(line).at(from_ms(facts.received_ms))
    call = controller.restored(
        facts.call,
        known.channel,
        caller_id(num=known.number or ""),
        moment,
        facts.received_ms,
        line=line,
        need=facts.need or "",
    )
    controller.add(call)
    return call


def _take_up_talk(controller: Controller, known: Known, offer: str, leg_name: str) -> None:
    """Go on with a talk. Its last rows may be missing: what a killed controller had not written yet."""
    facts = known.facts
    seat = facts.seat or controller.phones.seat_of(leg_name.removeprefix("PJSIP/").rpartition("-")[0])
    if seat is None:
        return
    now_ms = controller.clock.now_ms()
    call = controller.call_on(known.channel) or _restore(controller, known)
    call.queued = call.connected = True
    controller.legs.recover(offer, call.id, call.channel)
    queued_ms = facts.queued_ms or facts.received_ms
    # The row of this very offer may be missing: an earlier one's operator sits at another seat.
    operator = facts.operator or known.offered.get(offer) or _operator_at(controller, leg_name)
    operator = operator or f"?{seat}"
    if not facts.connected:
        controller.recorder.record(
            "call.connected",
            call=call.id,
            seat=seat,
            operator=operator,
            offer=offer,
            data={"wait_ms": now_ms - queued_ms},
        )
    controller.dispatcher.submit(
        TalkRecovered(
            call.id,
            offer,
            seat,
            operator,
            facts.connected_ms or now_ms,
            queued_ms,
            line=facts.queue_line or "main",
        )
    )


def _unwritten_talks(
    controller: Controller, channels: Mapping[str, Any], members: Mapping[str, set[str]]
) -> None:
    """Go on with talks of which the journal knows nothing: the controller fell before their first row was
    stored, some milliseconds after the call came in. All that can be known is in Asterisk.
    """
    for bridge, inside in members.items():
        offer = bridge.removeprefix(BRIDGE_PREFIX)
        leg = CHANNEL_PREFIX + offer
        for channel in inside - {leg} if leg in inside and bridge.startswith(BRIDGE_PREFIX) else ():
            arguments = channels[channel].data.dialplan.app_data.split(",") if channel in channels else []
            if controller.call_on(channel) or arguments[:2] != [controller.settings.ari.app, "call"]:
                continue
            came_ms = to_ms(channels[channel].data.creationtime) + controller.clock.offset_ms
            call = controller.receive(channel, arguments[2:], came_ms)
            call.picking_up(None)
            data = {
                "position": 1,
                "predicted_ms": None,
                "staffed": None,
                "line": call.line,
                "need": call.need,
                "priority": 0,
                "place": None,
            }
            controller.recorder.record("call.queued", call=call.id, data=data)
            facts = CallFacts(
                call.id, call.received_ms, queued_ms=call.received_ms, queue_line=call.line, offers=1
            )
            known = Known(facts, channel, None, {})
            _take_up_talk(controller, known, offer, channels[leg].data.name)


def _operator_at(controller: Controller, leg_name: str) -> str | None:
    """Who was logged in where this leg's phone stands, by the journal."""
    seat = controller.phones.seat_of(leg_name.removeprefix("PJSIP/").rpartition("-")[0])
    was = _standing(controller.database, controller.clock.now_ms() - STANDING_WITHIN_MS).get(seat or 0)
    return was.operator if was else None


def _take_up_waiting(
    controller: Controller,
    known: Known,
    channels: Mapping[str, Any],
    members: Mapping[str, set[str]],
    talk_end_ms: int | None,
) -> None:
    facts = known.facts
    call = _restore(controller, known)
    onward = ONWARD_PREFIX + call.id
    if channels[call.channel].data.state == "Up":
        call.take_over()
        if facts.answered_ms is None:
            controller.recorder.record("call.answered", call=call.id)
    if facts.connected:
        # The operator is gone and the caller was left alone in the bridge: the talk is over.
        call.queued = True
        call.settle("answered")
        if facts.talk_ended_ms is None:
            with as_the_talk_ended(controller, facts, talk_end_ms):
                controller.recorder.record(
                    "call.talk_ended",
                    call=facts.call,
                    seat=facts.seat,
                    operator=facts.operator,
                    data={"by": "operator"},
                )
        controller.exchange.hang_up(call.channel)
    elif facts.settled is not None:
        # The floor had let him go: he talks with the number outside, or was being told good-bye.
        call.queued = True
        call.settle(facts.settled)
        if {call.channel, onward} <= members.get(AWAY_PREFIX + call.id, set()):
            controller.onward.recover(call)
        else:
            controller.exchange.hang_up(call.channel)
    elif facts.queued_ms is not None:
        call.requeue(facts.queued_ms, max(facts.offers, last_offer(call.id, channels)), known.place)
    else:
        call.former_offers = last_offer(call.id, channels)
        call.start()


async def _phones(controller: Controller) -> None:
    for endpoint in await controller.client.endpoints.list_by_tech("PJSIP"):
        data = endpoint.data
        controller.phones.found(data.resource, data.state == "online", tuple(data.channel_ids))


async def _seats(controller: Controller) -> None:
    """Operators stay logged in over a fall of the controller; an orderly stop has logged them out."""
    since_ms = controller.clock.now_ms() - STANDING_WITHIN_MS
    standing = await asyncio.to_thread(_standing, controller.database, since_ms)
    for seat, was in standing.items():
        now = controller.dispatcher.floor.seat(seat)
        if now is None or was.operator not in controller.people.names:
            continue
        if now.operator is None:
            controller.dispatcher.submit(LogIn(seat, was.operator))
            if was.state == "break":
                controller.dispatcher.submit(Break(seat, was.reason))


def _standing(database: Database, since_ms: int) -> dict[int, Standing]:
    with database.read() as connection:
        return standing_seats(connection, since_ms)


def _sweep(
    controller: Controller,
    channels: dict[str, Any],
    members: dict[str, set[str]],
    legs_before: Collection[str],
) -> None:
    """Take away what nobody knows any more: legs of a former controller, its empty bridges, lost citizens."""
    app = controller.settings.ari.app
    for channel, handle in sorted(channels.items(), key=lambda one: one[1].data.creationtime):
        if channel.startswith((CHANNEL_PREFIX, CITIZEN_PREFIX, ONWARD_PREFIX)):
            known = controller.legs.knows(channel) or controller.outward.knows(channel)
            if not known or (channel in legs_before and controller.legs.is_over(channel)):
                # (known, and over: what was to end it was lost with the connection)
                controller.exchange.hang_up(channel)
        elif controller.call_on(channel) is None and handle.data.dialplan.app_name == "Stasis":
            arguments = handle.data.dialplan.app_data.split(",")
            if arguments[:2] == [app, "call"]:
                came_ms = to_ms(handle.data.creationtime) + controller.clock.offset_ms
                up = handle.data.state == "Up"
                controller.adopt(channel, arguments[2:], is_up=up, came_ms=came_ms, legs=channels)
            elif arguments[:1] == [app]:
                controller.exchange.hang_up(channel)
    for bridge in members:
        leg = CHANNEL_PREFIX + bridge.removeprefix(BRIDGE_PREFIX)
        if not (
            controller.legs.knows(leg) or controller.outward.knows(leg) or controller.onward.knows(bridge)
        ):
            controller.exchange.destroy_bridge(bridge)
