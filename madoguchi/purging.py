"""Purging: deleting what was kept of citizens, so that it is gone, and a signed record that it was done."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from config import JST, Home, from_ms
from config.retention import KINDS, Retention
from db import Database, Entry, head, open_calls
from db.append import append
from db.holds import all_holds
from db.personal import calls_of, due, erase, kept_as, numbers_of, unreadable
from db.schema import sweep
from db.tickets import open_tickets
from madoguchi.report_files import drop_ledgers
from madoguchi.signing import canonical, sign
from madoguchi.traces import Traces, trace

DAY_MS = 86_400_000
IN_PROGRESS_MS = DAY_MS
"""A call without an ending that is younger may still be going on."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which calls: by retention, older than so many days, one call, one number (E.164), or unreadable ones.

    ``words`` go into the record: they name no number.
    """

    words: dict[str, Any]
    call: str | None = None
    number: str | None = None
    older_than_days: int | None = None
    retention: Retention | None = None
    unreadable: bool = False


@dataclass(slots=True)
class Found:
    """What a purge would do. ``kept``: calls that it leaves, with the reason.

    ``kinds``: of which kind (`config.retention.KINDS`) it deletes what of these calls.
    """

    calls: list[str]
    kinds: dict[str, list[str]]
    kept: dict[str, str] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)
    """Of citizens of whom nothing stays: to be made unreadable in files."""
    staying: set[str] = field(default_factory=set)
    """Numbers that stay in files, because another call of the same citizen stays."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a purge did; ``file`` is the signed record, None when there was nothing to do."""

    found: Found
    traces: Traces
    swept: bool
    file: str | None


def look_up(database: Database, rule: Rule, now_ms: int) -> Found:
    """Which calls the rule means, and what of them must stay. Changes nothing."""
    with database.read() as connection:
        meant = _meant(connection, rule, now_ms)
        kept = _kept(connection, _together(meant), now_ms)
        kinds = {kind: [call for call in calls if call not in kept] for kind, calls in meant.items()}
        found = Found(_together(kinds), kinds, kept)
        if rule.unreadable:
            return found
        going = {(call, kind) for kind, calls in kinds.items() for call in calls}
        for kind, calls in kinds.items():
            for numbers in numbers_of(connection, calls, kind).values():
                for number in numbers - found.numbers - found.staying:
                    if going.issuperset(kept_as(connection, number)):
                        found.numbers.add(number)
                    else:
                        found.staying.add(number)
    return found


def overdue(database: Database, retention: Retention, now_ms: int) -> list[str]:
    """The calls that a purge by retention would delete, without a look at what is kept of them."""
    with database.read() as connection:
        meant = _together(_meant(connection, Rule({}, retention=retention), now_ms))
        kept = _kept(connection, meant, now_ms)
    return [call for call in meant if call not in kept]


def purge(
    home: Home,
    database: Database,
    rule: Rule,
    *,
    who: str,
    reason: str,
    now_ms: int,
    found: Found,
    reports: Path | None = None,
) -> Done:
    """Delete what was found, make the numbers unreadable in files, sign and journal the record of it.

    ``reports``: where ledgers lie as files that were made by themselves. All of them go: they name whom the
    purge is about, and can be made again.

    Files first: killed half-way, the purge is simply run again, for the database still knows the numbers.
    """
    removed = drop_ledgers(reports, None) if reports is not None and found.calls else []
    traces = trace(home, found.numbers, change=True)
    if not found.calls:
        return Done(found, traces, swept=True, file=None)
    with database.read() as connection:
        before = head(connection)
    record = {
        "kind": "purge",
        "version": 1,
        "at": from_ms(now_ms).astimezone(JST).isoformat(timespec="seconds"),
        "at_ms": now_ms,
        "by": who,
        "reason": reason,
        "rule": rule.words,
        "calls": found.calls,
        "kinds": {kind: calls for kind, calls in found.kinds.items() if calls},
        "kept": found.kept,
        "files": {"masked": traces.masked, "left": traces.left, "removed": removed},
        "journal_before": None if before is None else str(before),
    }
    signed = sign(home, record)
    digest = hashlib.sha256(canonical(record)).hexdigest()
    data = {
        "by": who,
        "reason": reason,
        "rule": rule.words,
        "calls": len(found.calls),
        "kept": len(found.kept),
        "record_sha256": digest,
        "signature": signed["signature"],
    }

    def delete(connection: Connection) -> None:
        # Asked again inside: a hold that was placed a moment ago counts.
        held = {hold.call for hold in all_holds(connection)} & set(found.calls)
        if held:
            raise ValueError(f"{min(held)} was put on hold meanwhile; nothing was purged, run it again")
        for kind, calls in found.kinds.items():
            erase(connection, calls, kind)

    home.purges.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = f"{datetime.fromtimestamp(now_ms / 1000, JST):%Y%m%d-%H%M%S}-{digest[:8]}"
    file = home.purges / f"purge-{stamp}.json"
    draft = file.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(signed, out, ensure_ascii=False, indent=1)
        out.write("\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        append(database, [Entry(now_ms, "records.purged", data=data)], delete)
    except BaseException:
        draft.unlink()
        raise
    draft.replace(file)
    return Done(found, traces, sweep(database), str(file))


def _meant(connection: Connection, rule: Rule, now_ms: int) -> dict[str, list[str]]:
    """What is to go, by kind. What is meant by name goes whole."""
    if rule.unreadable:
        return _whole(unreadable(connection))
    if rule.call is not None:
        return _whole([rule.call] if numbers_of(connection, [rule.call]) else [])
    if rule.number is not None:
        return _whole(calls_of(connection, rule.number))
    if rule.older_than_days is not None:
        return _whole(due(connection, now_ms - rule.older_than_days * DAY_MS, None))
    rules = rule.retention or Retention()
    own, meant = list(rules.lines), dict[str, list[str]]()
    for kind in KINDS:
        calls = due(connection, now_ms - rules.days(kind) * DAY_MS, None, own, kind)
        for line in own:
            calls += due(connection, now_ms - rules.days(kind, line) * DAY_MS, line, (), kind)
        meant[kind] = calls
    return meant


def _whole(calls: list[str]) -> dict[str, list[str]]:
    return dict.fromkeys(KINDS, calls)


def _together(kinds: dict[str, list[str]]) -> list[str]:
    """Every call once, in the order of the first kind that has it."""
    return list(dict.fromkeys(call for calls in kinds.values() for call in calls))


def _kept(connection: Connection, meant: Iterable[str], now_ms: int) -> dict[str, str]:
    wanted = set(meant)
    kept = {
        one.facts.call: "callback still to be done"
        for one in open_tickets(connection)
        if one.facts.call in wanted
    }
    for facts in open_calls(connection):
        if facts.call in wanted and now_ms - facts.received_ms < IN_PROGRESS_MS:
            kept[facts.call] = "call in progress"
    kept |= {hold.call: "legal hold" for hold in all_holds(connection) if hold.call in wanted}
    return dict(sorted(kept.items()))
