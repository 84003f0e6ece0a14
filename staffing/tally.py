"""What happened to the calls of one batch: a day, or a stretch of a steady run."""

from collections import Counter

from acd.types import Outcome

OTHERS = tuple(one.value for one in Outcome if one not in (Outcome.ANSWERED, Outcome.ABANDONED))
"""Outcomes of the floor other than answered and abandoned."""


class Tally:
    """Counts and waits (ms) of the calls that entered in one batch; every one of them is in exactly one term.

    waits: of the answered, queue entry to connection, ringing included. given_up: of the abandoned.
    finished: calls that the floor has settled as answered; talking: connected, and their talk not over.
    others: further outcomes of the floor by name. callbacks: how those asked for ended, by ticket's state.
    lines: the same of each line, where there are several; `add_up` brings them into this one.
    contact_ms, idle_ms: seat time in talk, hold and wrap-up; seat time ready without a call.
    staffed_ms: seat time of somebody logged in, breaks included. span_ms: how long the batch lasted.
    """

    __slots__ = (
        "callbacks", "contact_ms", "finished", "given_up", "idle_ms", "lines", "others", "queued", "span_ms",
        "staffed_ms", "still_waiting", "talking", "waits",
    )  # fmt: skip

    def __init__(self) -> None:
        self.queued = 0
        self.waits: list[int] = []
        self.given_up: list[int] = []
        self.finished = self.talking = self.still_waiting = 0
        self.others: Counter[str] = Counter()
        self.callbacks: Counter[str] = Counter()
        self.lines: dict[str, Tally] = {}
        self.contact_ms = self.idle_ms = self.staffed_ms = self.span_ms = 0

    def of_line(self, line: str) -> "Tally":
        """What happens to the calls of this line."""
        found = self.lines.get(line)
        if found is None:
            found = self.lines[line] = Tally()
        return found

    def add_up(self) -> None:
        """Once, at the end: bring in the calls of all lines; `queued` and seat time are known already."""
        for part in self.lines.values():
            self.waits += part.waits
            self.given_up += part.given_up
            self.finished += part.finished
            self.talking += part.talking
            self.still_waiting += part.still_waiting
            self.others += part.others
            self.callbacks += part.callbacks

    @property
    def answered(self) -> int:
        """Calls that an operator took, whether the talk is over or not."""
        return len(self.waits)

    @property
    def abandoned(self) -> int:
        """Callers who hung up while they waited."""
        return len(self.given_up)

    def terms(self) -> dict[str, int]:
        """What the queued calls became; the terms add up to `queued`, or calls were lost."""
        return {
            "answered": self.answered,
            "abandoned": self.abandoned,
            **{name: self.others[name] for name in OTHERS},
            "still_waiting": self.still_waiting,
        }

    @property
    def holds(self) -> bool:
        """The identity: queued = answered + abandoned + … + still waiting; and the floor's word for the
        answered agrees with the connections seen.
        """
        return self.answered == self.finished + self.talking and sum(self.terms().values()) == self.queued
