"""手上げ and カスハラ: who asks for the supervisor, since when and why. The journal is the truth of it.

A raised hand ends when the operator or the supervisor lowers it, or with the log-out. An incident stays until
somebody closes it; its row, and what is held because of it, stay for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from acd import Floor
from config import Clock
from controller.recorder import Recorder
from controller.refused import RefusedError
from db import Database, JournalRow, journal_rows

KINDS = ("hand.raised", "hand.lowered", "incident.reported", "incident.closed")
BY_LOG_OUT = "logout"


@dataclass(frozen=True, slots=True)
class Hand:
    """手上げ. `since_ms`: ms UTC."""

    seat: int
    operator: str
    reason: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Incident:
    """カスハラ: reported by an operator about a call, and not closed yet. `since_ms`: ms UTC."""

    id: str
    seat: int
    operator: str
    kind: str
    call: str | None
    since_ms: int


class Help:
    """The hands that are up and the incidents that are open, by seat."""

    def __init__(
        self, recorder: Recorder, clock: Clock, floor: Callable[[], Floor], rows: Iterable[JournalRow]
    ) -> None:
        """`rows`: of `KINDS`, as a former controller wrote them."""
        self._recorder = recorder
        self._clock = clock
        self._floor = floor
        self._hands: dict[int, Hand] = {}
        self._incidents: dict[int, Incident] = {}
        for row in rows:
            entry = row.entry
            self._fold(entry.kind, entry.at_ms, entry.seat, entry.operator, entry.call, entry.data)

    def hand(self, seat: int) -> Hand | None:
        """The seat's raised hand."""
        return self._hands.get(seat)

    def incident(self, seat: int) -> Incident | None:
        """The seat's open incident."""
        return self._incidents.get(seat)

    def raise_hand(self, seat: int, reason: str) -> None:
        """Ask for the supervisor; asked again with another reason, it is the same hand since the first time.

        Raises:
            RefusedError: `not_logged_in`.
        """
        operator = self._operator(seat)
        known = self._hands.get(seat)
        if known is None or known.reason != reason:
            self._record("hand.raised", seat, operator, {"reason": reason})

    def lower_hand(self, seat: int, by: str) -> None:
        """Nobody is needed any more. Raises RefusedError (`no_hand`)."""
        hand = self._hands.get(seat)
        if hand is None:
            raise RefusedError("no_hand", f"No hand is raised at seat {seat}.")
        self._record("hand.lowered", seat, hand.operator, {"by": by})

    def report(self, seat: int, kind: str, call: str | None) -> Incident:
        """Report an incident; while one is open at this seat, that one is meant.

        Raises:
            RefusedError: `not_logged_in`.
        """
        operator = self._operator(seat)
        if seat not in self._incidents:
            name = f"incident-{self._clock.now_ms()}-{seat}"
            self._record("incident.reported", seat, operator, {"id": name, "kind": kind}, call)
        return self._incidents[seat]

    def close_incident(self, seat: int, by: str) -> None:
        """It is dealt with. Raises RefusedError (`no_incident`)."""
        incident = self._incidents.get(seat)
        if incident is None:
            raise RefusedError("no_incident", f"No incident is open at seat {seat}.")
        data = {"id": incident.id, "by": by}
        self._record("incident.closed", seat, incident.operator, data, incident.call)

    def look(self) -> None:
        """After a change of the floor: a hand ends when its operator has left the seat."""
        if not self._hands:
            return
        for seat, hand in list(self._hands.items()):
            sits = self._floor().seats.get(seat)
            if sits is None or sits.operator != hand.operator:
                self._record("hand.lowered", seat, hand.operator, {"by": BY_LOG_OUT})

    def _operator(self, seat: int) -> str:
        sits = self._floor().seats.get(seat)
        if sits is None or sits.operator is None:
            raise RefusedError("not_logged_in", f"Nobody is logged in at seat {seat}.")
        return sits.operator

    def _record(
        self, kind: str, seat: int, operator: str, data: Mapping[str, object], call: str | None = None
    ) -> None:
        self._recorder.record(kind, call=call, seat=seat, operator=operator, data=data)
        self._fold(kind, self._clock.now_ms(), seat, operator, call, data)

    def _fold(
        self,
        kind: str,
        at_ms: int,
        seat: int | None,
        operator: str | None,
        call: str | None,
        data: Mapping[str, object],
    ) -> None:
        if seat is None or operator is None:
            return
        match kind:
            case "hand.raised":
                known = self._hands.get(seat)
                same = known is not None and known.operator == operator
                since_ms = known.since_ms if known and same else at_ms
                self._hands[seat] = Hand(seat, operator, str(data.get("reason", "")), since_ms)
            case "hand.lowered":
                self._hands.pop(seat, None)
            case "incident.reported":
                what = str(data.get("kind", ""))
                self._incidents[seat] = Incident(str(data.get("id", "")), seat, operator, what, call, at_ms)
            case "incident.closed":
                self._incidents.pop(seat, None)
            case _:
                pass


def stored_help(database: Database, from_ms: int) -> list[JournalRow]:
    """The rows of `KINDS` since then (ms UTC)."""
    with database.read() as connection:
        return list(journal_rows(connection, from_ms=from_ms, kinds=KINDS))
