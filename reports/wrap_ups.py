"""After-call work (後処理), folded from the seats' journal rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from db import Entry

KINDS = ("seat.state", "system.started")
_STATE = "wrap_up"


@dataclass(frozen=True, slots=True)
class WrapUp:
    """One span of after-call work at a seat."""

    seat: int
    began_ms: int
    length_ms: int


@dataclass(slots=True)
class WrapUps:
    """Folds rows; ``ended`` are the spans that are complete. Rows of other kinds change nothing."""

    ended: list[WrapUp] = field(default_factory=list)
    began: dict[int, int] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Take one row."""
        if entry.kind == "system.started":
            # Whoever was in after-call work when the system stopped: nobody knows when it ended.
            self.began.clear()
        elif entry.kind == "seat.state" and entry.seat is not None:
            was, now = entry.data.get("from") == _STATE, entry.data.get("to") == _STATE
            if now and not was:
                self.began[entry.seat] = entry.at_ms
            elif was and not now:
                began_ms = self.began.pop(entry.seat, None)
                if began_ms is not None:
                    self.ended.append(WrapUp(entry.seat, began_ms, max(0, entry.at_ms - began_ms)))

    def between(self, from_ms: int, to_ms: int) -> list[int]:
        """Lengths (ms) of those that began in from_ms <= t < to_ms."""
        return [one.length_ms for one in self.ended if from_ms <= one.began_ms < to_ms]

    def forget_before(self, from_ms: int) -> None:
        """Drop what began earlier."""
        self.ended = [one for one in self.ended if one.began_ms >= from_ms]
