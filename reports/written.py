"""What was written of the calls: 完結率, 内容分類 and other choices of the ledgers; who answered how many.

Counted from what is not personal, so that a purge changes no figure. A call counts in the period of its t0,
an entry in the period in which it was first written.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from config.forms import LEDGERS, Form, form_of
from db import CallFacts
from db.ledger_read import forms_of
from db.tables import ledger_entries
from reports.period import DAY_MS, Period
from reports.spread import average_s
from reports.tally import digits, rate

_COUNTED = ("choice", "category", "flag")


@dataclass(frozen=True, slots=True)
class Count:
    """How often a choice, a category or a flag was written. ``value``: of a category its path with " / "."""

    ledger: str
    field: str
    label: str
    value: str
    count: int


@dataclass(slots=True)
class Answered:
    """An operator's answered calls of the period. Times are ms; ``held`` only of calls that were held."""

    calls: int = 0
    talks: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """``closed`` 完結: answered calls with an entry, of which none says that it was handed on; ``recorded``:
    answered calls with any entry.
    """

    answered: int
    recorded: int
    closed: int
    entries: Mapping[str, int]
    counts: tuple[Count, ...]
    operators: Mapping[str, Answered]

    @property
    def closed_rate(self) -> float | None:
        """完結率: closed ÷ answered. None as long as nothing at all is written: it is then not known."""
        return rate(self.closed, self.answered) if self.recorded else None

    def to_json(self) -> dict[str, Any]:
        """The object ``written``."""
        return {
            "answered": self.answered,
            "recorded": self.recorded,
            "closed": self.closed,
            "closed_rate": digits(self.closed_rate),
            "entries": dict(self.entries),
            "counts": [asdict(one) for one in self.counts],
            "operators": [
                {
                    "operator": operator, "answered": one.calls, "average_talk_s": average_s(one.talks),
                    "average_hold_s": average_s(one.held), "entries": one.entries,
                }
                for operator, one in self.operators.items()
            ],
        }  # fmt: skip


def written_of(
    connection: Connection,
    calls: Iterable[CallFacts],
    period: Period,
    closed_when: Mapping[str, tuple[str, ...]],
) -> Written:
    """Of calls and entries. ``closed_when``: by field of 問合せ記録簿, what closes a call here."""
    answered = {
        facts.call: facts
        for facts in calls
        if facts.connected_ms is not None and period.from_ms <= facts.received_ms < period.to_ms
    }
    # A day more: of a call before midnight one writes after it.
    rows = _newest(connection, period.from_ms, period.to_ms + DAY_MS)
    known = forms_of(connection, {row[4] for row in rows})
    forms = {version: _counted(form_of(one.definition)) for version, one in known.items()}
    by_call: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    entries: Counter[str] = Counter()
    counts: Counter[tuple[str, str, str]] = Counter()
    labels: dict[tuple[str, str], str] = {}
    operators: dict[str, Answered] = defaultdict(Answered)
    for ledger, call, made_ms, operator, form, plain in rows:
        if call in answered:
            by_call[call].append((ledger, plain))
        if made_ms >= period.to_ms:
            continue
        entries[ledger] += 1
        operators[operator].entries += 1
        for key, label in forms.get(form, ()):
            value = plain.get(key)
            if value:
                labels.setdefault((ledger, key), label)
                counts[ledger, key, _shown(value)] += 1
    for facts in answered.values():
        one = operators[facts.operator or ""]
        one.calls += 1
        if facts.talk_ms is not None:
            one.talks.append(facts.talk_ms)
        if facts.held_ms:
            one.held.append(facts.held_ms)
    closed = sum(all(_is_closed(*entry, closed_when) for entry in found) for found in by_call.values())
    order = {key: n for n, key in enumerate(labels)}
    told = sorted(counts.items(), key=lambda item: (order[item[0][:2]], -item[1], item[0][2]))
    return Written(
        len(answered),
        len(by_call),
        closed,
        {ledger: entries[ledger] for ledger in LEDGERS},
        tuple(Count(*key[:2], labels[key[:2]], key[2], count) for key, count in told),
        {operator: operators[operator] for operator in sorted(operators) if operator},
    )


def _newest(
    connection: Connection, from_ms: int, to_ms: int
) -> list[tuple[str, str | None, int, str, str, dict[str, Any]]]:
    """Of each entry first written in this time: ledger, call, when and by whom first, form, what is plain."""
    first = ledger_entries.alias()
    every = ledger_entries.c
    query = (
        select(
            *(every.entry, every.revision, every.ledger, every.call, first.c.at_ms, first.c.operator),
            *(every.form, every.plain),
        )
        .join(first, first.c.entry == every.entry)
        # Both ledgers by name: the index begins with it.
        .where(first.c.ledger.in_(LEDGERS), first.c.revision == 1)
        .where(first.c.at_ms >= from_ms, first.c.at_ms < to_ms)
    )
    newest: dict[str, Any] = {}
    for row in connection.execute(query):
        entry, revision = row[0], row[1]
        if revision == 1:
            newest.setdefault(entry, row)
        elif entry not in newest or newest[entry][1] < revision:
            newest[entry] = row
    return [
        (ledger, call, at_ms, operator, form, json.loads(plain))
        for _, _, ledger, call, at_ms, operator, form, plain in newest.values()
    ]


def _counted(form: Form) -> list[tuple[str, str]]:
    """Keys and labels of the fields that are counted."""
    return [(one.key, one.label) for one in form.fields if one.kind in _COUNTED and not one.is_personal]


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " / ".join(map(str, value))
    return "あり" if value is True else str(value)


def _is_closed(ledger: str, plain: Mapping[str, Any], closed_when: Mapping[str, tuple[str, ...]]) -> bool:
    return ledger != "inquiry" or all(plain.get(key) in values for key, values in closed_when.items())
