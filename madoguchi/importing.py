"""Calls of a table (`madoguchi.call_table`) become rows of the journal: all of them, once, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from db import Database, Entry, journal_rows
from db.append import append
from db.closings import closings_of
from db.tables import calls
from madoguchi.call_table import CallTable, TableCall
from reports.calls import local_text
from reports.period import day_of

KIND = "calls.imported"
PREFIX = "import-"
"""Begins the ids of imported calls; those of our own begin with a digit."""


class ImportRefusedError(ValueError):
    """An import that would spoil figures; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did or, in a dry run, would do. ``done_before``: when the file was taken already."""

    calls: int
    rows: int
    outcomes: Counter[str]
    from_ms: int
    to_ms: int
    sha256: str
    done_before: str | None = None
    warnings: list[str] = field(default_factory=list)


class _DoneError(Exception):
    pass


def import_calls(
    database: Database, table: CallTable, *, by: str, now_ms: int, anyway: bool = False, dry_run: bool = False
) -> Imported:
    """Write the table's calls into the journal, in one transaction. The same file is taken once only.

    Raises:
        ImportRefusedError: unless ``anyway``: calls of our own, or a closed month, lie in its time.
    """
    entries = list(_entries(table))
    counted = Imported(
        calls=len(table.calls),
        rows=len(entries) + 1,
        outcomes=Counter(call.outcome for call in table.calls),
        from_ms=table.from_ms,
        to_ms=table.to_ms,
        sha256=table.sha256,
    )
    with database.read() as connection:
        before = _done(connection, table.sha256)
        if before is None:
            counted.warnings.extend(_objections(connection, table))
    if before is not None:
        return _as_before(counted, before)
    if counted.warnings and not anyway:
        raise ImportRefusedError(f"{counted.warnings[0]}; --anyway takes the file all the same")
    if dry_run:
        return counted
    told = Entry(
        now_ms,
        KIND,
        data={
            "by": by,
            "calls": counted.calls,
            "sha256": table.sha256,
            "from_ms": table.from_ms,
            "to_ms": table.to_ms,
        },
    )

    def also(connection: Connection) -> None:
        if _done(connection, table.sha256) is not None:
            raise _DoneError

    try:
        append(database, [told, *entries], also)
    except _DoneError:
        with database.read() as connection:
            return _as_before(counted, _done(connection, table.sha256) or "")
    return counted


def _as_before(counted: Imported, before: str) -> Imported:
    return Imported(
        counted.calls,
        0,
        counted.outcomes,
        counted.from_ms,
        counted.to_ms,
        counted.sha256,
        done_before=before,
    )


def _done(connection: Connection, sha256: str) -> str | None:
    rows = journal_rows(connection, kinds=[KIND], data_contains=sha256)
    return next((local_text(row.entry.at_ms)[:19] for row in rows), None)


def _objections(connection: Connection, table: CallTable) -> list[str]:
    own = (
        select(func.count(), func.min(calls.c.received_ms), func.max(calls.c.received_ms))
        .where(calls.c.received_ms >= table.from_ms, calls.c.received_ms <= table.to_ms)
        .where(calls.c.call.not_like(f"{PREFIX}%"))
    )
    found = []
    count, first, last = connection.execute(own).one()
    if count:
        found.append(
            f"{count:,} calls of our own came between {local_text(first)[:16]} and {local_text(last)[:16]}, "
            "in the file's time: they would be counted together"
        )
    months = sorted({f"{day_of(call.arrival_ms):%Y-%m}" for call in table.calls})
    closed = [known[-1] for month in months if (known := closings_of(connection, month))]
    found += [
        f"{one.month} is closed (version {one.version}): its report would not have the calls"
        for one in closed
    ]
    return found


def _entries(table: CallTable) -> Iterator[Entry]:
    for call in table.calls:
        yield from _rows(call, f"{PREFIX}{table.sha256[:16]}-{call.line_number}", table.sha256)


def _rows(call: TableCall, name: str, sha256: str) -> Iterator[Entry]:
    def row(at_ms: int, kind: str, **data: object) -> Entry:
        return Entry(at_ms, kind, call=name, line=call.line, data={**data, "imported": True})

    yield row(
        call.arrival_ms,
        "call.received",
        open=call.is_open,
        line=call.line,
        file=sha256[:16],
        name=call.name,
        withheld=None,
    )
    left_ms = call.end_ms
    if call.queue_ms is not None:
        yield row(call.queue_ms, "call.queued", line=call.line)
        if call.answer_ms is None and call.exit_ms is not None:
            # The wait ends when the queue is left, whatever the caller heard after that.
            left_ms = call.exit_ms
    if call.answer_ms is not None:
        yield Entry(
            call.answer_ms,
            "call.connected",
            call=name,
            seat=call.seat,
            operator=call.operator,
            line=call.line,
            data={"imported": True},
        )
        yield row(call.end_ms, "call.talk_ended")
    yield row(
        left_ms, "call.ended", outcome=call.outcome, queued=call.queue_ms is not None, end_ms=call.end_ms
    )
