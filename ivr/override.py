"""一回限りの変更: what a person has said over the calendar, for once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from config import JST, from_ms
from config.periods import in_order

LAST_MS = 4_102_412_400_000
"""2100-01-01 00:00 in Japan: no change reaches further."""


class OverrideKind(StrEnum):
    """What is different: 臨時休止, 臨時受付, 時間変更."""

    CLOSED = "closed"
    OPEN = "open"
    HOURS = "hours"


WORDS = {OverrideKind.CLOSED: "臨時休止", OverrideKind.OPEN: "臨時受付", OverrideKind.HOURS: "時間変更"}


@dataclass(frozen=True, slots=True)
class Override:
    """One change: from `from_ms` (ms UTC, included) to `until_ms` (excluded; None: until withdrawn).

    CLOSED and OPEN hold for every second of that span. HOURS gives each date that the span touches other open
    hours, `periods`, whatever the rules say of the date: a Saturday in the span is open, too. Times of such a
    date outside the span stay as the rules have them.

    `line` None is every line. `made_ms` is when it was said; of several the newest counts. `confirmed_by`:
    the second person, where one was needed.

    Raises ValueError, naming the field, when it contradicts itself.
    """

    id: str
    kind: OverrideKind
    line: str | None
    from_ms: int
    until_ms: int | None
    reason: str
    author: str
    made_ms: int
    periods: tuple[tuple[time, time], ...] = ()
    confirmed_by: str | None = None

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("id: is empty")
        for field, at_ms in (("from_ms", self.from_ms), ("until_ms", self.until_ms)):
            if at_ms is not None and not 0 <= at_ms <= LAST_MS:
                raise ValueError(f"{field}: {at_ms} is not between 1970 and 2099")
        if self.until_ms is not None and self.until_ms <= self.from_ms:
            raise ValueError(f"until_ms: {self.until_ms} is not after from_ms {self.from_ms}")
        if (self.kind is OverrideKind.HOURS) is not bool(self.periods):
            raise ValueError(f"periods: needed for hours, and for nothing else; the kind is {self.kind}")
        try:
            object.__setattr__(self, "periods", in_order(self.periods))
        except ValueError as error:
            raise ValueError(f"periods: {error}") from None

    @property
    def words(self) -> str:
        """The reason as people are told it: "臨時休止: 停電のため"."""
        return f"{WORDS[self.kind]}: {self.reason}" if self.reason else WORDS[self.kind]

    @property
    def begins(self) -> datetime:
        """`from_ms` in Japan."""
        return from_ms(self.from_ms).astimezone(JST)

    @property
    def ends(self) -> datetime | None:
        """`until_ms` in Japan."""
        return None if self.until_ms is None else from_ms(self.until_ms).astimezone(JST)

    def concerns(self, line: str) -> bool:
        """Whether it is about this line, or about every line."""
        return self.line is None or self.line == line
