"""Calls that really came: what is known of each, and what has to be assumed to let them come again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from staffing.chance import Distribution, stream
from staffing.demand import Call
from staffing.tables import MOST_CALLS, Row, TableError, duration_ms, moment_ms, read_table, whole
from staffing.tally import OTHERS, Tally

ANSWERED, ABANDONED, UNKNOWN = "answered", "abandoned", "unknown"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call as it was. at_ms: entered the queue (ms UTC). service_ms: its talk, None where unknown.

    outcome: ANSWERED, ABANDONED, another outcome of the floor, "still_waiting", or UNKNOWN.
    wait_ms: to the connection or to the end without one, None where unknown.
    patience_ms: where it is known beforehand (a made-up file), else None.
    """

    name: str
    at_ms: int
    outcome: str
    wait_ms: int | None
    service_ms: int | None
    patience_ms: int | None = None
    line: str = "main"
    priority: int = 0
    need: str = ""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What no record tells: how long those who were served would have waited, how long those who were not
    would have talked. patience_s: mean of what is left of the patience when the record ends; None: endless.
    """

    patience_s: float | None
    service: Distribution


def assume(calls: Sequence[Recorded], *, endless: bool) -> Assumed:
    """Estimated from the calls themselves. Raises ValueError when no call has a talk.

    The patience: waits of all / number of abandons, the maximum likelihood estimate for exponential patience
    of which only the abandons show the end (Mandelbaum & Zeltyn 2007, §3). It has no memory, so whoever was
    served after w would have waited w and this much more on average.
    """
    service = Distribution.observed([call.service_ms for call in calls if call.service_ms is not None])
    known = [(call.wait_ms, call.outcome == ABANDONED) for call in calls if call.wait_ms is not None]
    abandoned = sum(gone for _, gone in known)
    if endless or not abandoned:
        return Assumed(None, service)
    return Assumed(max(0.001, sum(wait for wait, _ in known) / abandoned / 1000), service)


def again(calls: Sequence[Recorded], assumed: Assumed, seed: int) -> list[Call]:
    """The same calls, to be played: by the time of entry. The same seed assumes the same for each."""
    service = assumed.service.draws(stream(seed, "service of the unserved"))
    rest = None
    if assumed.patience_s is not None:
        rest = Distribution("exponential", assumed.patience_s).draws(stream(seed, "patience of the served"))
    played = []
    for call in sorted(calls, key=lambda one: one.at_ms):
        talk_ms, more_ms = service(), rest() if rest else 0
        if call.patience_ms is not None:
            patience_ms = call.patience_ms
        elif call.outcome == ABANDONED and call.wait_ms is not None:
            patience_ms = call.wait_ms
        elif rest is None or call.wait_ms is None:
            patience_ms = -1
        else:
            patience_ms = call.wait_ms + more_ms
        if call.service_ms is not None:
            talk_ms = call.service_ms
        played.append(Call(call.at_ms, talk_ms, patience_ms, call.name, call.line, call.priority, call.need))
    return played


def really(calls: Sequence[Recorded]) -> Tally:
    """The tally of what happened; of calls whose outcome is known."""
    tally = Tally()
    for call in calls:
        if call.outcome == UNKNOWN:
            continue
        tally.queued += 1
        if call.outcome == ANSWERED:
            tally.finished += 1
            tally.waits.append(call.wait_ms or 0)
        elif call.outcome == ABANDONED:
            tally.given_up.append(call.wait_ms or 0)
        elif call.outcome in OTHERS:
            tally.others[call.outcome] += 1
        else:
            tally.still_waiting += 1
    return tally


NEEDED = ("arrival", "service")
OPTIONAL = ("patience", "abandoned", "connected", "line", "priority", "id")


def read_calls(file: Path, lines: Sequence[str]) -> list[Recorded]:
    """Calls of a CSV file, by arrival; docs/simulation.md describes the columns.

    lines: those that the settings know. Raises TableError.
    """
    rows = read_table(file, NEEDED, OPTIONAL)
    if not {"patience", "abandoned"} & rows[0].cells.keys():
        raise TableError(f"{file}, line 1: column patience or abandoned is missing: one of the two is needed")
    if len(rows) > MOST_CALLS:
        raise TableError(f"{file}: has more than {MOST_CALLS} calls")
    seen: dict[str, int] = {}
    calls = []
    for row in rows:
        call = _call(row, lines)
        if call.name in seen:
            raise row.wrong("id", f"{call.name!r} is already the id of line {seen[call.name]}")
        seen[call.name] = row.line
        calls.append(call)
    if all(call.service_ms is None for call in calls):
        raise TableError(f"{file}, column service: no call has a service time")
    return sorted(calls, key=lambda one: one.at_ms)


def _call(row: Row, lines: Sequence[str]) -> Recorded:
    at_ms = row.get("arrival", moment_ms)
    patience_ms = row.maybe("patience", duration_ms)
    gone_ms = row.maybe("abandoned", moment_ms)
    joined_ms = row.maybe("connected", moment_ms)
    service_ms = row.maybe("service", duration_ms)
    if gone_ms is not None and joined_ms is not None:
        raise row.wrong("connected", "a call that was abandoned cannot have been connected too")
    if gone_ms is not None and patience_ms is not None:
        raise row.wrong("patience", "give the patience or the time when it was abandoned, not both")
    for column, moment in (("abandoned", gone_ms), ("connected", joined_ms)):
        if moment is not None and moment < at_ms:
            raise row.wrong(column, f"{row.cells[column]} is before the arrival, {row.cells['arrival']}")
    if gone_ms is not None and service_ms is not None:
        raise row.wrong("service", "a call that was abandoned has no service time")
    line = row.cells.get("line") or "main"
    if line not in lines:
        raise row.wrong("line", f"{line!r} is no line of the settings; they have {', '.join(lines)}")
    priority = row.maybe("priority", whole) or 0
    ended_ms = joined_ms if gone_ms is None else gone_ms
    name = row.cells.get("id") or f"line-{row.line}"
    outcome = UNKNOWN if ended_ms is None else ANSWERED if gone_ms is None else ABANDONED
    wait_ms = None if ended_ms is None else ended_ms - at_ms
    return Recorded(name, at_ms, outcome, wait_ms, service_ms, patience_ms, line, priority)
