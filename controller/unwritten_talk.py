"""A talk that the journal does not know: the database was away from its beginning on, and the controller fell
before it was back. The exchange's own record (CDR) tells who was in a bridge with whom, so it counts as one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from controller.recovery_seats import operator_at
from db import CallFacts
from reports.cdr import Talk

if TYPE_CHECKING:
    from controller.controller import Controller


def with_talk(controller: Controller, facts: CallFacts, talk: Talk | None) -> CallFacts:
    """`facts` with the talk of which only the record tells, its beginning written; else as they are. Asks the
    database.
    """
    if talk is None or facts.connected or facts.settled is not None:
        return facts
    recorder, offset_ms = controller.recorder, controller.clock.offset_ms
    queued_ms = facts.queued_ms
    if queued_ms is None:
        queued_ms = facts.answered_ms or facts.received_ms
        with recorder.as_of(queued_ms):
            data = {"position": None, "predicted_ms": None, "staffed": None, "line": facts.line}
            recorder.record("call.queued", call=facts.call, data={**data, "need": "", "priority": 0})
    connected_ms = max(talk.begin_ms + offset_ms, queued_ms)
    seat = controller.phones.seat_on(talk.channel)
    operator = None if seat is None else operator_at(controller, seat)
    with recorder.as_of(connected_ms):
        recorder.record(
            "call.connected",
            call=facts.call,
            seat=seat,
            operator=operator,
            data={"wait_ms": connected_ms - queued_ms},
        )
    return replace(facts, queued_ms=queued_ms, connected_ms=connected_ms, seat=seat, operator=operator)
