"""A day played on the real floor with its rows kept: a journal of which everything is known."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from acd import FloorSettings
from acd.commands import CallSettled, Command, Record
from acd.events import CallQueued, Event
from db import Entry
from staffing.demand import Call
from staffing.habits import Habits
from staffing.roster import Move
from staffing.tally import Tally
from staffing.world import World


def journal_of(
    settings: FloorSettings, calls: Sequence[Call], roster: Sequence[Move], habits: Habits, start_ms: int
) -> tuple[list[Entry], Tally]:
    """The rows that floor and controller would have written, and what became of the calls."""
    world = World(settings, calls, roster, habits, seed=1, start_ms=start_ms)
    world.floor.journals = True
    rows: list[Entry] = []
    apply = world._apply

    def watched(event: Event, now_ms: int) -> tuple[Command, ...]:
        if isinstance(event, CallQueued):
            rows.append(Entry(now_ms, "call.received", call=event.call, line="main", data={"open": True}))
        commands = apply(event, now_ms)
        for command in commands:
            if isinstance(command, Record):
                data = {key: _plain(value) for key, value in command.data.items()}
                rows.append(
                    Entry(
                        now_ms, command.kind, command.call, command.seat, command.operator, command.offer,
                        data=data,
                    )
                )  # fmt: skip
            elif isinstance(command, CallSettled):
                ended = {"outcome": command.outcome.value, "queued": True}
                rows.append(Entry(now_ms, "call.ended", call=command.call, data=ended))
        return commands

    world._apply = watched
    (tally,) = world.run()
    return rows, tally


def _plain(value: object) -> Any:
    return value.value if isinstance(value, Enum) else value
