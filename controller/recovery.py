"""Reconciliation: what Asterisk has, held against what the journal and this controller believe.

Runs on every connection to Asterisk, the first one too. What was missed is fed to the same floor as the same
events; there is no second way. Events that arrive meanwhile are routed as ever: each step below looks at what
is known by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from acd.types import CallState
from config import to_ms
from controller.call import Call, call_id
from controller.callbacks import CITIZEN_PREFIX
from controller.exchange import UP
from controller.found import Found
from controller.known_calls import Known, known_calls
from controller.lately import SURELY_LATELY_MS
from controller.legs import BRIDGE_PREFIX, CHANNEL_PREFIX
from controller.onward import ONWARD_PREFIX
from controller.outage import Outage, last_outage
from controller.recovery_callbacks import Unfinished, take_up_callback, take_up_callback_talks, unfinished
from controller.recovery_calls import take_up_talks, take_up_waiting
from controller.recovery_seats import log_in_again, look_at_phones
from controller.router import EVENTS
from controller.while_away import ended_lately, lost, unwritten, write_unwritten
from reports.cdr import CdrFile

if TYPE_CHECKING:
    from controller.controller import Controller


async def reconcile(controller: Controller) -> None:
    """Bring the controller into accord with Asterisk.

    Raises:
        AriError: the connection broke under it, or Asterisk was too slow: it has to be done again.
    """
    found = controller.router.found = Found()
    try:
        await _reconcile(controller, found)
        controller.router.recovered = True
    finally:
        controller.router.found = None


async def _reconcile(controller: Controller, found: Found) -> None:
    client = controller.client
    await controller.exchange.filter_events(EVENTS)
    await controller.exchange.count_in()
    await controller.exchange.subscribe(
        [f"endpoint:PJSIP/{name}" for name in controller.phones.endpoints.values()]
    )
    outage = await last_outage(controller)
    controller.fallback.asterisk_is(outage.booted_ms, outage.fell_ms)
    served = await controller.fallback.take_in()
    # What is asked for, or comes, from here on is not in the picture: nothing follows from that.
    # Who only waits is looked at first: if he is gone, no phone must ring for him that another frees.
    mine_before = sorted(controller.calls.values(), key=lambda mine: _hands_on(controller, mine))
    legs_before = (*controller.legs.channels(), *controller.outward.channels())
    pictured = await client.channels.list()
    found.pictured(pictured, await client.bridges.list())
    known: list[Known] = []
    waiting_tickets: list[Unfinished] = []
    talking_tickets: list[Unfinished] = []
    if not controller.router.recovered:
        # Later on we know better than the journal: our own last rows may still be on their way to it.
        known = await asyncio.to_thread(known_calls, controller.database, {*controller.calls, *served})
        waiting_tickets, talking_tickets = await asyncio.to_thread(unfinished, controller.database)

    asterisks_ms = controller.clock.now_ms() - controller.clock.offset_ms
    ended = await asyncio.to_thread(ended_lately, controller.exchange_log, asterisks_ms)
    _hear_of_ends(controller, mine_before, legs_before, served, outage, found, ended)
    _hear_of_joins(controller, legs_before, found)
    known = _without_lost(controller, known, found, outage, ended)
    take_up_talks(controller, known, found)
    done = take_up_callback_talks(controller, waiting_tickets, talking_tickets, found)
    await look_at_phones(controller)
    if not controller.router.recovered:
        await log_in_again(controller)
    # Who has hung up since the first look, before anybody had taken him up, has ended too.
    known = _without_lost(controller, known, found, outage, ended)
    # In the order of the queue: a seat that is ready now is given to who was first.
    waiting: list[Known | Unfinished] = [call for call in known if controller.calls.on(call.channel) is None]
    waiting += [ticket for ticket in waiting_tickets if ticket.facts.ticket not in done]
    for one in sorted(waiting, key=lambda one: one.turn):
        if isinstance(one, Unfinished):
            take_up_callback(controller, one)
        else:
            take_up_waiting(controller, one, found, ended.talk_of(one.channel))
    _sweep(controller, found, legs_before)
    # A killed controller's last rows may be missing, and so may an event that was lost with the connection.
    # What we know ourselves may still be on its way to the journal.
    ours = (controller.calls, controller.calls.lately)
    since_ms = 0 if await controller.recorder.stored() else asterisks_ms - SURELY_LATELY_MS
    others = [
        channel
        for channel, cdr in ended.calls.items()
        if cdr.end_ms >= since_ms and not any(call_id(channel) in known for known in ours)
    ]
    missing = await asyncio.to_thread(unwritten, controller.database, others)
    write_unwritten(controller, ended, missing)


def _hear_of_ends(
    controller: Controller,
    mine_before: Iterable[Call],
    legs_before: Iterable[str],
    served: Collection[str],
    outage: Outage,
    found: Found,
    ended: CdrFile,
) -> None:
    """Feed which of our own calls and legs ended while the connection was away; the others go on.

    They ended when Asterisk's record says so, if it has them: not now, when we hear of it.
    """
    for mine in mine_before:
        if mine.id in served:
            controller.calls.hand_over(mine)
    with controller.dispatcher.fallen(outage.fell_ms):
        for mine in mine_before:
            # Asterisk fell under it: nobody hung up
            if mine.channel not in found.channels and outage.took(mine.received_ms):
                # (in the middle of being joined is no talk yet)
                mine.settle("answered" if _talks(controller, mine) else "system_failed")
                controller.router.channel_gone(mine.channel, 0, None, why="asterisk_fell")
        if (controller.away_since_ms or outage.booted_ms) < outage.booted_ms:
            for leg in legs_before:
                if leg not in found.channels:
                    controller.router.channel_gone(leg, 0, None)
    for mine in mine_before:
        if mine.channel not in found.channels:
            cdr = ended.calls.get(mine.channel)
            with controller.recorder.ended_at(_recorded_ms(controller, None if cdr is None else cdr.end_ms)):
                controller.router.channel_gone(mine.channel, 0, None)
        elif mine.is_fallen or not mine.is_gone:
            mine.reconnected(is_up=found.channels[mine.channel].data.state == UP)
    for leg in legs_before:
        if leg not in found.channels:
            talk = ended.talk_of(controller.legs.caller_of(leg) or "")
            end_ms = _recorded_ms(controller, None if talk is None else talk.end_ms)
            with controller.recorder.ended_at(end_ms):
                controller.router.channel_gone(leg, 0, None)


def _without_lost(
    controller: Controller, known: Iterable[Known], found: Found, outage: Outage, ended: CdrFile
) -> list[Known]:
    """The calls of a former controller that have a channel; the others are ended, unless we have done it."""
    there = []
    for call in known:
        if call.channel in found.channels:
            there.append(call)
        elif call.facts.call not in controller.calls and call.facts.call not in controller.calls.lately:
            lost(controller, call.facts, outage, ended, call.channel)
    return there


def _recorded_ms(controller: Controller, end_ms: int | None) -> int | None:
    """An end in Asterisk's record, on our clock. It has whole seconds: the last moment of that one."""
    if end_ms is None:
        return None
    return min(controller.clock.now_ms(), end_ms + 999 + controller.clock.offset_ms)


def _hear_of_joins(controller: Controller, legs: Iterable[str], found: Found) -> None:
    """Feed what our own legs did while the connection was away: picked up, joined with their callers."""
    for leg in legs:
        if leg.startswith(CHANNEL_PREFIX) and leg in found.channels:
            offer = leg.removeprefix(CHANNEL_PREFIX)
            if found.channels[leg].data.state == UP and not controller.legs.is_up(offer):
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


def _sweep(controller: Controller, found: Found, legs_before: Collection[str]) -> None:
    """Take away what nobody knows any more: legs of a former controller, its empty bridges, lost citizens."""
    app = controller.settings.ari.app
    for channel, handle in sorted(found.channels.items(), key=lambda one: one[1].data.creationtime):
        if channel.startswith((CHANNEL_PREFIX, CITIZEN_PREFIX, ONWARD_PREFIX)):
            known = controller.legs.knows(channel) or controller.outward.knows(channel)
            if not known or (channel in legs_before and controller.legs.is_over(channel)):
                # (known, and over: what was to end it was lost with the connection)
                controller.exchange.hang_up(channel)
        elif controller.calls.on(channel) is None and handle.data.dialplan.app_name == "Stasis":
            pairs = found.citizen(channel, app)
            if pairs is not None:
                came_ms = to_ms(handle.data.creationtime) + controller.clock.offset_ms
                up = handle.data.state == UP
                controller.calls.adopt(channel, pairs, is_up=up, came_ms=came_ms, legs=found.channels)
            elif handle.data.dialplan.app_data.split(",")[0] == app:
                controller.exchange.hang_up(channel)
    for bridge in found.members:
        leg = CHANNEL_PREFIX + bridge.removeprefix(BRIDGE_PREFIX)
        if not (
            controller.legs.knows(leg) or controller.outward.knows(leg) or controller.onward.knows(bridge)
        ):
            controller.exchange.destroy_bridge(bridge)
