"""一回限りの変更: every override that was ever made, made of journal rows and of nothing else.

Rows of `calendar.override`, `calendar.confirmed` and `calendar.withdrawn`, in their order, give the book.
`line.override` is what an older version wrote: its newest row stands for every line, and ends the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal

from config.periods import parse_period, period_text
from db import JournalRow
from ivr.override import Override, OverrideKind

MADE, CONFIRMED, WITHDRAWN = "calendar.override", "calendar.confirmed", "calendar.withdrawn"
KINDS = (MADE, CONFIRMED, WITHDRAWN, "line.override")
"""The rows that the book is made of."""
NOW_BY_CALENDAR = "calendar"
BACK = "受付時間のとおりに戻しました"


class State(StrEnum):
    """What an override is at a moment."""

    PENDING = "pending"
    """It takes a second person, who has not confirmed it yet: no effect."""
    PLANNED = "planned"
    IN_FORCE = "in_force"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """Its end has come, and nobody had confirmed it."""

    @property
    def is_over(self) -> bool:
        """Whether nothing can become of it any more."""
        return self in (State.ENDED, State.WITHDRAWN, State.LAPSED)


@dataclass(frozen=True, slots=True)
class Step:
    """Who changed what, and when (ms UTC). `reason`: in his words, of a withdrawal."""

    at_ms: int
    what: Literal["made", "confirmed", "withdrawn"]
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One override with all that became of it. `needs_second`: it has effect only when confirmed."""

    override: Override
    needs_second: bool
    history: tuple[Step, ...]

    def state(self, now_ms: int) -> State:
        """What it is at `now_ms` (ms UTC)."""
        until_ms = self.override.until_ms
        if self.step("withdrawn"):
            return State.WITHDRAWN
        if until_ms is not None and until_ms <= now_ms:
            return State.LAPSED if self.is_pending else State.ENDED
        if self.is_pending:
            return State.PENDING
        return State.PLANNED if now_ms < self.override.from_ms else State.IN_FORCE

    @property
    def is_pending(self) -> bool:
        """Whether a second person is still awaited, or was in vain."""
        return self.needs_second and self.override.confirmed_by is None

    def step(self, what: Literal["made", "confirmed", "withdrawn"]) -> Step | None:
        """Who made, confirmed or withdrew it; None: nobody."""
        return next((step for step in self.history if step.what == what), None)

    def effect(self) -> Override | None:
        """As the calendar has it: from its confirmation on, and no longer than to its withdrawal.

        None: without any effect. So the calendar is right about the past, too.
        """
        if self.is_pending:
            return None
        from_ms, until_ms = self.override.from_ms, self.override.until_ms
        if self.needs_second and (confirmed := self.step("confirmed")):
            from_ms = max(from_ms, confirmed.at_ms)
        if withdrawn := self.step("withdrawn"):
            until_ms = withdrawn.at_ms if until_ms is None else min(until_ms, withdrawn.at_ms)
        if until_ms is not None and until_ms <= from_ms:
            return None
        return replace(self.override, from_ms=from_ms, until_ms=until_ms)


class OverrideBook:
    """All records, oldest first. Only `take` changes it."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._former: str | None = None
        """The override that the newest `line.override` made, while none came after it."""

    @classmethod
    def of(cls, rows: Iterable[JournalRow]) -> OverrideBook:
        """The book that these rows, in their order, give; rows of other kinds are passed over."""
        book = cls()
        for row in rows:
            book.take(row.entry.kind, row.entry.at_ms, row.entry.data, f"line-{row.seq}")
        return book

    def take(self, kind: str, at_ms: int, data: Mapping[str, Any], former_id: str = "") -> None:
        """Take up one row, written at `at_ms` (ms UTC). What cannot be read is passed over.

        `former_id`: what an override of an older version, which had no name, is called.
        """
        at_ms = data["at_ms"] if isinstance(data.get("at_ms"), int) else at_ms
        match kind:
            case "calendar.override":
                self._made(data)
            case "calendar.confirmed":
                self._confirmed(str(data.get("id")), Step(at_ms, "confirmed", str(data.get("by", ""))))
            case "calendar.withdrawn":
                by, reason = str(data.get("by", "")), str(data.get("reason", ""))
                self._withdrawn(str(data.get("id")), Step(at_ms, "withdrawn", by, reason))
            case "line.override":
                self._said(at_ms, data, former_id)
            case _:
                pass

    def __iter__(self) -> Iterator[Record]:
        """All of them, oldest first."""
        return iter(list(self._records.values()))

    def __len__(self) -> int:
        return len(self._records)

    def get(self, override: str) -> Record | None:
        """The record of this id."""
        return self._records.get(override)

    def in_effect(self) -> tuple[Override, ...]:
        """What the calendar has to know: all that had, has or will have effect, oldest first."""
        found = (record.effect() for record in self)
        return tuple(override for override in found if override is not None)

    def in_force(self, line: str, now_ms: int) -> Record | None:
        """What stands over this line's calendar at `now_ms` (ms UTC): the newest, for it wins."""
        standing = [
            record
            for record in self
            if record.override.concerns(line) and record.state(now_ms) is State.IN_FORCE
        ]
        return max(standing, key=lambda record: record.override.made_ms, default=None)

    def next_id(self) -> str:
        """What the next override is to be called: short, for people say it to each other."""
        number = len(self._records) + 1
        while f"o{number}" in self._records:
            number += 1
        return f"o{number}"

    def _made(self, data: Mapping[str, Any]) -> None:
        override = override_of(data)
        if override is not None and override.id not in self._records:
            step = Step(override.made_ms, "made", override.author)
            needs_second = data.get("needs_second") is True
            self._records[override.id] = Record(override, needs_second, (step,))

    def _confirmed(self, override: str, step: Step) -> None:
        record = self._records.get(override)
        if record is not None and record.is_pending and not record.step("withdrawn"):
            self._records[override] = Record(
                replace(record.override, confirmed_by=step.by), True, (*record.history, step)
            )

    def _withdrawn(self, override: str, step: Step) -> None:
        record = self._records.get(override)
        if record is not None and not record.step("withdrawn"):
            self._records[override] = replace(record, history=(*record.history, step))

    def _said(self, at_ms: int, data: Mapping[str, Any], override: str) -> None:
        by, reason, state = str(data.get("by", "")), str(data.get("reason", "")), data.get("state")
        if state not in ("closed", "open", NOW_BY_CALENDAR):
            return
        former, self._former = self._records.get(self._former or ""), None
        if former is not None and not former.state(at_ms).is_over:
            self._withdrawn(former.override.id, Step(at_ms, "withdrawn", by, BACK))
        if state == NOW_BY_CALENDAR:
            return
        said = override_of(
            {
                "id": override,
                "kind": state,
                "line": None,
                "from_ms": at_ms,
                "until_ms": data.get("until_ms"),
                "periods": (),
                "reason": reason,
                "author": by,
                "made_ms": at_ms,
            }
        )
        if said is not None:
            self._former = override
            self._records[override] = Record(said, needs_second=False, history=(Step(at_ms, "made", by),))


def override_data(override: Override) -> dict[str, Any]:
    """The override's fields as a journal row has them; the opposite of `override_of`."""
    return {
        "id": override.id,
        "kind": override.kind.value,
        "line": override.line,
        "from_ms": override.from_ms,
        "until_ms": override.until_ms,
        "periods": [period_text(period) for period in override.periods],
        "reason": override.reason,
        "author": override.author,
        "made_ms": override.made_ms,
    }


def override_of(data: Mapping[str, Any]) -> Override | None:
    """The override that a row tells of; None when it cannot be read."""
    try:
        line, until_ms = data["line"], data["until_ms"]
        return Override(
            id=str(data["id"]),
            kind=OverrideKind(data["kind"]),
            line=None if line is None else str(line),
            from_ms=int(data["from_ms"]),
            until_ms=None if until_ms is None else int(until_ms),
            reason=str(data["reason"]),
            author=str(data["author"]),
            made_ms=int(data["made_ms"]),
            periods=tuple(parse_period(text) for text in data["periods"]),
        )
    except (KeyError, TypeError, ValueError):
        return None
