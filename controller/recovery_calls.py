"""Citizens' calls after a restart: talks go on, who waits gets his old place, who is alone is let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.events import TalkRecovered
from config import from_ms, to_ms
from controller.call import Call
from controller.exchange import UP
from controller.found import Found
from controller.known_calls import Known
from controller.legs import BRIDGE_PREFIX, CHANNEL_PREFIX, last_offer
from controller.onward import AWAY_PREFIX, ONWARD_PREFIX
from controller.recovery_seats import operator_at
from controller.unwritten_talk import with_talk
from controller.while_away import as_the_talk_ended
from db import CallFacts
from ivr.numbers import caller_id
from reports.cdr import Talk

if TYPE_CHECKING:
    from controller.controller import Controller


def take_up_talks(controller: Controller, known: list[Known], found: Found) -> None:
    """Go on with every talk whose two parties are together, also where the journal knows nothing of it."""
    for call in known:
        offer = found.talk_of(call.channel)
        if offer is not None:
            _take_up_talk(controller, call, offer, found)
    _take_up_unwritten_talks(controller, found)


def take_up_waiting(controller: Controller, known: Known, found: Found, talk: Talk | None) -> None:
    """Go on with a caller who is on the line without an operator. `talk`: his last one, by the record."""
    facts = with_talk(controller, known.facts, talk)
    call = _restore(controller, known)
    onward = ONWARD_PREFIX + call.id
    if found.channels[call.channel].data.state == UP:
        call.take_over()
        if facts.answered_ms is None:
            controller.recorder.record("call.answered", call=call.id)
    if facts.connected:
        # The operator is gone and the caller was left alone in the bridge: the talk is over.
        call.queued = True
        call.settle("answered")
        if facts.talk_ended_ms is None:
            with as_the_talk_ended(controller, facts, None if talk is None else talk.end_ms):
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
        if {call.channel, onward} <= found.members.get(AWAY_PREFIX + call.id, set()):
            controller.onward.recover(call)
        else:
            controller.exchange.hang_up(call.channel)
    elif facts.queued_ms is not None:
        offers = max(facts.offers, last_offer(call.id, found.channels))
        call.requeue(facts.queued_ms, offers, known.place)
    else:
        call.former_offers = last_offer(call.id, found.channels)
        call.start()


def _restore(controller: Controller, known: Known) -> Call:
    facts = known.facts
    line = facts.queue_line or controller.settings.line_of(facts.called or "")
    moment = controller.hours.calendar(line).at(from_ms(facts.received_ms))
    return controller.calls.restore(
        facts.call,
        known.channel,
        caller_id(num=known.number or ""),
        moment,
        facts.received_ms,
        line=line,
        need=facts.need or "",
    )


def _take_up_talk(controller: Controller, known: Known, offer: str, found: Found) -> None:
    """Go on with a talk. Its last rows may be missing: what a killed controller had not written yet."""
    facts = known.facts
    leg_seat = controller.phones.seat_on(found.leg_name(offer))
    seat = facts.seat or leg_seat
    if seat is None:
        return
    now_ms = controller.clock.now_ms()
    call = controller.calls.on(known.channel) or _restore(controller, known)
    call.queued = call.connected = True
    if found.channels[known.channel].data.state == UP:
        call.pick_up.known()
        if facts.answered_ms is None:
            controller.recorder.record("call.answered", call=call.id)
    else:
        call.pick_up.ask()  # it was lost with a connection, and the controller after it
    controller.legs.recover(offer, call.id, call.channel)
    queued_ms = facts.queued_ms or facts.received_ms
    # The row of this very offer may be missing: an earlier one's operator sits at another seat.
    operator = facts.operator or known.offered.get(offer) or operator_at(controller, leg_seat or 0)
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


def _take_up_unwritten_talks(controller: Controller, found: Found) -> None:
    """Go on with talks of which the journal knows nothing: the controller fell before their first row was
    stored, some milliseconds after the call came in. All that can be known is in Asterisk.
    """
    for bridge, inside in found.members.items():
        offer = bridge.removeprefix(BRIDGE_PREFIX)
        leg = CHANNEL_PREFIX + offer
        for channel in inside - {leg} if leg in inside and bridge.startswith(BRIDGE_PREFIX) else ():
            pairs = found.citizen(channel, controller.settings.ari.app)
            if controller.calls.on(channel) or pairs is None:
                continue
            came_ms = to_ms(found.channels[channel].data.creationtime) + controller.clock.offset_ms
            call = controller.calls.receive(channel, pairs, came_ms)
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
            _take_up_talk(controller, known, offer, found)
