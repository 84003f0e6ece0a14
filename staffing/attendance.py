"""Who was at which seat, from the journal's rows: the roster of a day as it was, and its seat time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from acd.events import Break, LineClosed, LineOpened, LogIn, LogOut, PhoneChanged, Ready
from acd.types import OfferOutcome, Phone
from staffing.replay import DAY_MS, JAPAN_MS, day_of
from staffing.roster import PLANNED, Move
from staffing.tally import Tally

CONTACT = ("talking", "hold", "wrap_up")
BY_THE_FLOOR = frozenset(one.value for one in OfferOutcome)
"""Reasons of breaks that missed calls have brought: the replay decides anew about those."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of the journal that tells of a seat or a line."""

    at_ms: int
    kind: str
    seat: int | None
    operator: str | None
    line: str | None
    was: str = ""
    to: str = ""
    reason: str | None = None


@dataclass(slots=True)
class Attendance:
    """moves: by day, log-ins, log-outs and breaks. closings: by day. time: contact, idle and staffed ms."""

    moves: dict[int, list[Move]] = field(default_factory=lambda: defaultdict(list))
    closings: dict[int, list[Move]] = field(default_factory=lambda: defaultdict(list))
    time: Tally = field(default_factory=Tally)


def attendance(rows: Iterable[Seen], from_ms: int, to_ms: int) -> Attendance:
    """Of from_ms <= t < to_ms. rows: in order, from some hours before, so that who is there is known."""
    found = Attendance()
    here: dict[int, str] = {}
    resting: set[int] = set()
    shown: dict[int, tuple[str, int]] = {}
    begun = day_of(from_ms) - 1

    def begin(until: int) -> None:
        nonlocal begun
        while begun < until:
            begun += 1
            found.moves[begun] += _present(here, resting, max(from_ms, _midnight(begun)))

    for row in rows:
        day = day_of(row.at_ms)
        moves: list[Move] = []
        if row.at_ms >= from_ms:
            begin(day)
            moves = found.moves[day]
        if row.kind in ("line.closed", "line.opened") and row.at_ms >= from_ms:
            line = row.line or "main"
            event = LineClosed(line, row.at_ms) if row.kind == "line.closed" else LineOpened(line)
            found.closings[day].append((row.at_ms, event))
        if row.seat is None:
            continue
        if row.kind == "seat.login" and row.operator:
            if row.seat not in here:
                here[row.seat] = row.operator
                moves += _log_in(row.seat, row.operator, row.at_ms)
        elif row.kind == "seat.logout":
            if here.pop(row.seat, None) is not None:
                resting.discard(row.seat)
                moves.append((row.at_ms, LogOut(row.seat)))
        elif row.kind == "seat.state":
            _clock(found.time, shown, row, from_ms)
            if row.to == "break" and row.reason not in BY_THE_FLOOR and row.seat in here:
                resting.add(row.seat)
                moves.append((row.at_ms, Break(row.seat, PLANNED)))
            elif row.was == "break" and row.seat in resting and row.to != "logged_out":
                resting.discard(row.seat)
                moves.append((row.at_ms, Ready(row.seat)))
    begin(day_of(to_ms - 1))
    for state, since_ms in shown.values():
        _add(found.time, state, max(since_ms, from_ms), to_ms)
    found.time.span_ms = to_ms - from_ms
    return found


def _present(here: dict[int, str], resting: set[int], at_ms: int) -> list[Move]:
    """Those who were already there when the day began."""
    moves = [move for seat, operator in sorted(here.items()) for move in _log_in(seat, operator, at_ms)]
    return moves + [(at_ms, Break(seat, PLANNED)) for seat in sorted(resting)]


def _log_in(seat: int, operator: str, at_ms: int) -> list[Move]:
    return [(at_ms, PhoneChanged(seat, Phone.REGISTERED)), (at_ms, LogIn(seat, operator))]


def _midnight(day: int) -> int:
    return day * DAY_MS - JAPAN_MS


def _clock(time: Tally, shown: dict[int, tuple[str, int]], row: Seen, from_ms: int) -> None:
    if row.seat is None:
        return
    state, since_ms = shown.get(row.seat, (row.was, from_ms))
    _add(time, state, max(since_ms, from_ms), row.at_ms)
    shown[row.seat] = (row.to, row.at_ms)


def _add(time: Tally, state: str, from_ms: int, to_ms: int) -> None:
    length = max(0, to_ms - from_ms)
    if state in CONTACT:
        time.contact_ms += length
    if state == "ready":
        time.idle_ms += length
    if state != "logged_out":
        time.staffed_ms += length
