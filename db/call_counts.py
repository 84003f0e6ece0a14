"""Calls counted by the database, for a comparison that needs sums only: a month in a tenth of the time.

What a call counts as is not decided here. The calls are put together that the reducer cannot tell apart, and
each such group comes with the `CallFacts` of one that stands for all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, select

from db.facts import CallFacts
from db.tables import calls


class CallGroup(NamedTuple):
    """``number`` calls that end alike. ``facts`` stands for them: its wait is the least of the limits that is
    not below theirs, else 1 ms more than all; its other times mean nothing. ``longest_ms``: their longest
    wait, None where nobody waited.
    """

    facts: CallFacts
    number: int
    longest_ms: int | None


def call_groups(
    connection: Connection, from_ms: int, to_ms: int, limits_ms: Sequence[int]
) -> list[CallGroup]:
    """The calls received in from_ms <= t0 < to_ms (UTC). ``limits_ms``: at least one wait up to which,
    included, calls are to be told apart.
    """
    limits = sorted(limits_ms)
    column = calls.c
    wait = _wait()
    steps = [(wait <= limit, limit) for limit in limits]
    each = (
        select(
            *(column.has_received, column.open, column.outcome, column.settled),
            column.queued_ms.is_not(None).label("queued"),
            column.connected_ms.is_not(None).label("connected"),
            column.ticket.is_not(None).label("asked"),
            case(*steps, (wait.is_not(None), limits[-1] + 1)).label("step"),
            wait.label("wait"),
        )
        .where(column.received_ms >= from_ms, column.received_ms < to_ms)
        .subquery()
    )
    alike = [each.c[name] for name in _ALIKE]
    sums = func.count(), func.max(each.c.wait)
    return [
        CallGroup(_facts(*found[: len(_ALIKE)]), found[-2], found[-1])
        for found in connection.execute(select(*alike, *sums).group_by(*alike))
    ]


def answered_waits(connection: Connection, from_ms: int, to_ms: int) -> list[int]:
    """How long each answered call waited, ms, of those received in from_ms <= t0 < to_ms (UTC)."""
    column = calls.c
    query = select(_wait()).where(
        *(column.received_ms >= from_ms, column.received_ms < to_ms, column.has_received),
        *(column.queued_ms.is_not(None), column.connected_ms.is_not(None)),
    )
    return list(connection.scalars(query))


_ALIKE = ("has_received", "open", "queued", "connected", "asked", "outcome", "settled", "step")


def _wait() -> ColumnElement[int | None]:
    """`CallFacts.wait_ms`."""
    column = calls.c
    left = func.coalesce(column.connected_ms, column.settled_ms, column.ended_ms)
    waited = left - column.queued_ms
    return case((waited < 0, 0), else_=waited)


def _facts(
    has_received: bool,
    is_open: bool | None,
    queued: bool,
    connected: bool,
    asked: bool,
    outcome: str | None,
    settled: str | None,
    step: int | None,
) -> CallFacts:
    return CallFacts(
        call="",
        received_ms=0,
        has_received=has_received,
        open=is_open,
        queued_ms=0 if queued else None,
        connected_ms=step or 0 if connected else None,
        ended_ms=step,
        outcome=outcome,
        settled=settled,
        ticket="-" if asked else None,
    )
