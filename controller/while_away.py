"""What citizens did while no controller was there, from Asterisk's own record of calls (CDR).

Asterisk tells nobody what happens in its application while the application is away. A call that ended
meanwhile has its line in the record, with the moment; one that came and went before a killed controller had
written its first row is in the record only, and is journalled from it, so that no call is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from config import from_ms
from controller.call import call_id
from controller.incoming import Incoming
from controller.outage import Outage
from controller.unwritten_talk import with_talk
from db import CallFacts, Database, call_facts
from reports.cdr import Cdr, CdrFile, recent_cdrs

if TYPE_CHECKING:
    from controller.controller import Controller

log = structlog.get_logger()
RECENT_MS = 7_200_000
"""Who ended longer ago is of another time: a controller that falls is started again within seconds, but the
database may have been away for longer, and the clock may have been set by an hour.
"""


def ended_lately(log_folder: Path | None, now_ms: int) -> CdrFile:
    """Citizens' calls and talks that ended not long before ``now_ms`` (Asterisk's clock). Reads files."""
    read = CdrFile() if log_folder is None else recent_cdrs(log_folder / "cdr-csv")
    since_ms = now_ms - RECENT_MS
    calls = {name: one for name, one in read.calls.items() if one.end_ms >= since_ms and not one.fallback}
    return replace(read, calls=calls)


def lost(controller: Controller, facts: CallFacts, outage: Outage, ended: CdrFile, channel: str) -> None:
    """The call's channel is no more. Who ended it? Asterisk's own fall, or one of the two parties."""
    if outage.took(facts.received_ms):
        last_ms = max(outage.fell_ms, facts.received_ms, facts.connected_ms or 0)
        with controller.recorder.as_of(last_ms):
            _close(controller, facts, fell=True)
    else:
        facts = with_talk(controller, facts, ended.talk_of(channel))
        with _as_it_ended(controller, facts, ended.calls.get(channel)):
            _close(controller, facts, fell=False)


@contextmanager
def as_the_talk_ended(controller: Controller, facts: CallFacts, end_ms: int | None) -> Iterator[None]:
    """For the row of a talk that the operator ended meanwhile, at ``end_ms`` (Asterisk's clock), if known."""
    now_ms = controller.clock.now_ms()
    at_ms = now_ms if end_ms is None else end_ms + controller.clock.offset_ms
    with controller.recorder.as_of(max(at_ms, facts.connected_ms or at_ms)):
        yield


@contextmanager
def _as_it_ended(controller: Controller, facts: CallFacts, cdr: Cdr | None) -> Iterator[None]:
    """For rows of a call that ended meanwhile: they get the moment at which it did, where that is known."""
    if cdr is None:
        yield
        return
    offset_ms = controller.clock.offset_ms
    # The record has whole seconds: what happened in the same one came before.
    known = (facts.received_ms, facts.answered_ms, facts.queued_ms, facts.connected_ms, facts.settled_ms)
    last_ms = max(at_ms for at_ms in known if at_ms is not None)
    if facts.answered_ms is None and cdr.answer_ms is not None:
        with controller.recorder.as_of(max(facts.received_ms, cdr.answer_ms + offset_ms)):
            controller.recorder.record("call.answered", call=facts.call)
    with controller.recorder.as_of(max(last_ms, cdr.end_ms + offset_ms)):
        yield


def _close(controller: Controller, facts: CallFacts, *, fell: bool) -> None:
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


def unwritten(database: Database, ended: Iterable[str]) -> set[str]:
    """Which of these channels' calls the journal does not know. Asks the database."""
    ids = {call_id(channel): channel for channel in ended}
    with database.read() as connection:
        known = call_facts(connection, ids)
    return {channel for call, channel in ids.items() if call not in known}


def write_unwritten(controller: Controller, ended: CdrFile, channels: Iterable[str]) -> None:
    """Journal the calls that only the record has. Who had no operator had not come into the queue, as far as
    anybody knows.
    """
    record, offset_ms = controller.recorder.record, controller.clock.offset_ms
    for channel in sorted(channels):
        cdr, call = ended.calls[channel], call_id(channel)
        if call in controller.calls or cdr.arguments[:2] != (controller.settings.ari.app, "call"):
            continue
        # The record cuts the arguments off: what it has of them says which number was called.
        pairs = [pair for pair in cdr.arguments[2:] if "=" in pair]
        called = Incoming.read(pairs, controller.settings.numbers()).called
        line = controller.settings.line_of(called.number)
        moment = controller.hours.calendar(line).at(from_ms(cdr.start_ms + offset_ms))
        log.warning("call.unwritten", call=call, channel=channel)
        data = {
            "called": called.number,
            "called_raw": called.raw,
            "withheld": None,
            "open": moment.is_open,
            "calendar": moment.reason,
            "channel": channel,
            "line": line,
        }
        facts = CallFacts(call, cdr.start_ms + offset_ms, has_received=True, line=line, open=moment.is_open)
        with controller.recorder.as_of(facts.received_ms):
            record("call.received", call=call, data=data)
        if cdr.answer_ms is not None:
            facts = replace(facts, answered_ms=cdr.answer_ms + offset_ms)
            with controller.recorder.as_of(cdr.answer_ms + offset_ms):
                record("call.answered", call=call)
        facts = with_talk(controller, facts, ended.talk_of(channel))
        with _as_it_ended(controller, facts, cdr):
            _close(controller, facts, fell=False)
        controller.calls.lately.add(call, asyncio.get_running_loop().time())
