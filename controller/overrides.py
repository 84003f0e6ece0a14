"""一回限りの変更, live: a supervisor makes, confirms and withdraws what stands over the calendar.

Two people close the line in open hours (`[calendar] second_person`): one makes the override, another confirms
it, and until then it has no effect. Opening never waits for anybody.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy import inspect

from config import JST, Clock, from_ms
from config.periods import Periods, in_order
from controller.override_book import (
    CONFIRMED,
    KINDS,
    MADE,
    WITHDRAWN,
    OverrideBook,
    Record,
    State,
    override_data,
)
from controller.refused import RefusedError
from db import Database, journal_rows
from ivr.override import LAST_MS, Override, OverrideKind

LONGEST_REASON = 200
LONGEST_NAME = 40
MOST_PERIODS = 6
"""Open hours of one day, in so many pieces at most."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An override that somebody asks for. Times are ms UTC, half-open; `line` None: every line.

    `from_ms` None: from now. `until_ms` None: until it is withdrawn (a closing only). `periods`: the open
    hours of each date, of HOURS only. `confirmed_by`: the second person, where he is at hand.
    """

    kind: OverrideKind
    reason: str
    author: str
    line: str | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    periods: Periods = ()
    confirmed_by: str | None = None


def stored_book(database: Database) -> OverrideBook:
    """The book as the journal has it. Raises DBAPIError when the database is away."""
    with database.read() as connection:
        return OverrideBook.of(journal_rows(connection, kinds=KINDS))


def stored_overrides(database: Database) -> tuple[Override, ...]:
    """What the calendar has to know, for who has no running instance to ask. None where there is no journal.

    Raises DBAPIError when the database is away.
    """
    if database.file is not None and not database.file.exists():
        return ()
    with database.read() as connection:
        if not inspect(connection).has_table("journal"):
            return ()
    return stored_book(database).in_effect()


class Overrides:
    """Changes the book, and writes each change into the journal."""

    def __init__(
        self,
        book: OverrideBook,
        clock: Clock,
        record: Callable[[str, Mapping[str, object]], None],
        *,
        lines: Callable[[], Collection[str]],
        second_person: Callable[[], bool],
        takes_away: Callable[[Override], bool],
        changed: Callable[[], None],
    ) -> None:
        """`lines`: their ids. `takes_away`: whether an override closes time that is open without it.
        `record`: writes a row. `changed`: called when the calendar is another one.
        """
        self.book = book
        self._clock = clock
        self._record = record
        self._lines = lines
        self._second_person = second_person
        self._takes_away = takes_away
        self._changed = changed

    @property
    def second_person(self) -> bool:
        """Whether closing in open hours needs a second person."""
        return self._second_person()

    def make(self, wish: Wish, *, replace: bool = False) -> Record:
        """Make an override; it has effect at once, or when a second person confirms it.

        `replace`: it may contradict others, and wins where they overlap.

        Raises:
            RefusedError: `past`, `contradicts` (names the other one), `exists`, `same_person`,
                `no_such_line`, or `bad_…` with the field that is wrong.
        """
        now_ms = self._clock.now_ms()
        override = self._checked(wish, now_ms)
        if not replace:
            self._compare(override, now_ms)
        second = (wish.confirmed_by or "").strip()
        needs_second = self._second_person() and self._takes_away(override)
        if needs_second and second:
            _name("confirmed_by", second)
            self._another(override.author, second)
        self._write(MADE, {**override_data(override), "needs_second": needs_second})
        if needs_second and second:
            self._write(CONFIRMED, {"id": override.id, "by": second, "at_ms": now_ms})
        if not needs_second or second:
            self._changed()
        return self._get(override.id)

    def confirm(self, override: str, by: str) -> Record:
        """The second person agrees: it has effect from now on.

        Raises:
            RefusedError: `no_such_override`, `same_person`, `not_pending`, `over`, `bad_by`.
        """
        record, now_ms = self._get(override), self._clock.now_ms()
        by = _name("by", by)
        state = record.state(now_ms)
        if state.is_over:
            raise RefusedError("over", f"{override} is {state.value}: there is nothing to confirm.")
        if state is not State.PENDING:
            raise RefusedError("not_pending", f"{override} holds already; it needs no confirmation.")
        self._another(record.override.author, by)
        self._write(CONFIRMED, {"id": override, "by": by, "at_ms": now_ms})
        self._changed()
        return self._get(override)

    def withdraw(self, override: str, by: str, reason: str) -> Record:
        """It has no effect any more, from now on. Needs no second person.

        Raises:
            RefusedError: `no_such_override`, `over`, `bad_by`, `bad_reason`.
        """
        record, now_ms = self._get(override), self._clock.now_ms()
        by, reason = _name("by", by), _words("reason", reason, LONGEST_REASON)
        state = record.state(now_ms)
        if state.is_over:
            raise RefusedError("over", f"{override} is {state.value} already.")
        self._write(WITHDRAWN, {"id": override, "by": by, "reason": reason, "at_ms": now_ms})
        self._changed()
        return self._get(override)

    def _get(self, override: str) -> Record:
        record = self.book.get(override)
        if record is None:
            raise RefusedError("no_such_override", f"there is no override {override[:40]!r}")
        return record

    def _write(self, kind: str, data: dict[str, Any]) -> None:
        self._record(kind, data)
        self.book.take(kind, self._clock.now_ms(), data)

    def _checked(self, wish: Wish, now_ms: int) -> Override:
        reason, author = _words("reason", wish.reason, LONGEST_REASON), _name("by", wish.author)
        if wish.line is not None and wish.line not in self._lines():
            raise RefusedError("no_such_line", f"there is no line {wish.line[:40]!r}")
        if wish.until_ms is None and wish.kind is not OverrideKind.CLOSED:
            _bad("until", "is missing; only a closing may last until it is withdrawn")
        from_ms = now_ms if wish.from_ms is None else wish.from_ms
        if wish.until_ms is not None and wish.until_ms <= max(from_ms, now_ms):
            if wish.until_ms <= now_ms:
                raise RefusedError("past", f"{_shown(wish.until_ms)} is past.")
            _bad("until", f"{_shown(wish.until_ms)} is not after the beginning, {_shown(from_ms)}")
        if from_ms < now_ms:
            raise RefusedError("past", f"{_shown(from_ms)} is past; leave the beginning out for now.")
        if max(from_ms, wish.until_ms or 0) > LAST_MS:
            _bad("until", "is after the year 2099")
        return Override(
            id=self.book.next_id(),
            kind=wish.kind,
            line=wish.line,
            from_ms=from_ms,
            until_ms=wish.until_ms,
            reason=reason,
            author=author,
            made_ms=self._made_ms(now_ms),
            periods=_periods(wish),
        )

    def _made_ms(self, now_ms: int) -> int:
        """Now, but never the very moment of another one: the newest wins, so one of them must be."""
        taken = {record.override.made_ms for record in self.book}
        while now_ms in taken:
            now_ms += 1
        return now_ms

    def _compare(self, override: Override, now_ms: int) -> None:
        """Refuse what contradicts another override of the same line and time, or says the same again."""
        for record in self.book:
            other = record.override
            if record.state(now_ms).is_over or not _meet(override, other):
                continue
            what = f"{other.id} ({other.kind.value}, {other.reason!r} by {other.author}, {_span(other)})"
            if (other.kind, other.periods) != (override.kind, override.periods):
                raise RefusedError(
                    "contradicts", f"{what} says otherwise of the same time; withdraw it, or say replace."
                )
            if _same(override, other, now_ms):
                raise RefusedError("exists", f"{what} says the same already.")

    @staticmethod
    def _another(author: str, by: str) -> None:
        if _folded(author) == _folded(by):
            raise RefusedError("same_person", f"{author} made it: another person must confirm it.")


def _meet(one: Override, other: Override) -> bool:
    """Whether both concern one line at one moment."""
    if None not in (one.line, other.line) and one.line != other.line:
        return False
    return (other.until_ms is None or one.from_ms < other.until_ms) and (
        one.until_ms is None or other.from_ms < one.until_ms
    )


def _same(one: Override, other: Override, now_ms: int) -> bool:
    """Whether both say one and the same from now on."""
    return (one.line, one.until_ms) == (other.line, other.until_ms) and one.from_ms == max(
        other.from_ms, now_ms
    )


def _periods(wish: Wish) -> Periods:
    if wish.kind is not OverrideKind.HOURS:
        if wish.periods:
            _bad("periods", 'are open hours; they belong to kind "hours"')
        return ()
    if not wish.periods:
        _bad("periods", "are missing: the open hours of the day; a day without any is closed")
    if len(wish.periods) > MOST_PERIODS:
        _bad("periods", f"are more than {MOST_PERIODS}")
    try:
        return in_order(wish.periods)
    except ValueError as error:
        _bad("periods", str(error))


def _words(argument: str, text: str, longest: int) -> str:
    """The text without blanks at its ends. Refuses an empty or long one, and characters that no one reads."""
    text = text.strip()
    if not text:
        _bad(argument, "is empty")
    if len(text) > longest:
        _bad(argument, f"has {len(text)} characters; at most {longest}")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co", "Zl", "Zp") for character in text):
        _bad(argument, "has control characters or such as are none")
    return text


def _name(argument: str, text: str) -> str:
    return _words(argument, text, LONGEST_NAME)


def _folded(name: str) -> str:
    """One person, however the name is typed."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _shown(ms: int) -> str:
    return from_ms(ms).astimezone(JST).strftime("%Y-%m-%d %H:%M:%S")


def _span(override: Override) -> str:
    until = "until withdrawn" if override.until_ms is None else f"to {_shown(override.until_ms)}"
    return f"from {_shown(override.from_ms)} {until}"


def _bad(argument: str, why: str) -> NoReturn:
    raise RefusedError(f"bad_{argument}", f"{argument}: {why}")
