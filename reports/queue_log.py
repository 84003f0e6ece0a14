"""What the exchange's fallback did with a call, from Asterisk's queue_log; read on from where it was left.

The dialplan's [fallback] writes FALLBACK (a call came to it), SERVED (open or closed, for which line) and
LEFT (the call's end); Queue() writes ENTERQUEUE, CONNECT, COMPLETE…, ABANDON, EXIT…. Each line is written at
once, so it is known too what an Asterisk that was killed was doing. QUEUESTART tells of another one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

FILE = "queue_log"
_LEAST = 5
"""Fields of a line before what an event adds: second, call, queue, member, event."""


@dataclass(slots=True)
class Served:
    """One call in the fallback's hands. Times are ms UTC of the machine's clock; Queue()'s are whole seconds.

    ``pairs``: what Stasis() would have been told. ``how``: "open", "closed", "" before that was looked up.
    ``exit``: the event by which the caller left the queue without an operator. ``fell``: another Asterisk has
    started since, and this one was not over. ``ended_by``: whose hang-up ended the talk.
    """

    unique_id: str
    at_ms: int
    offset_ms: int = 0
    pairs: tuple[str, ...] = ()
    how: str = ""
    line: str = ""
    queued_ms: int | None = None
    position: int | None = None
    connected_ms: int | None = None
    seat: int | None = None
    talk_ended_ms: int | None = None
    ended_by: str = "caller"
    exit: str = ""
    exit_ms: int | None = None
    left_ms: int | None = None
    fell: bool = False


class QueueLog:
    """The log's files in a folder, those that rotation has put aside too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read_to: dict[tuple[int, int], int] = {}
        self._open: dict[str, Served] = {}

    def read(self) -> list[Served]:
        """Calls of which something new is known, in the order in which they came to the fallback.

        Raises:
            OSError: a file cannot be read.
        """
        changed: dict[str, Served] = {}
        for line in self._lines():
            cells = line.split("|")
            if len(cells) < _LEAST or not cells[0].isdecimal():
                continue
            second, call, _, member, event, *data = cells
            if event == "QUEUESTART":
                for fallen in self._open.values():
                    fallen.fell = True
                    changed[fallen.unique_id] = fallen
                self._open.clear()
                continue
            if event == "FALLBACK":
                self._open[call] = _begun(call, int(second) * 1000, data)
            if (one := self._open.get(call)) is None:
                continue
            changed[call] = one
            if (take := _EVENTS.get(event)) is not None:
                take(one, int(second) * 1000, member, data)
            if one.left_ms is not None:
                del self._open[call]
        return list(changed.values())

    def in_hand(self) -> list[Served]:
        """Calls that have not left the fallback, as far as was read."""
        return list(self._open.values())

    def fell(self, before_ms: int) -> list[Served]:
        """Calls in hand that came before this moment (machine's clock), when another Asterisk started: they
        fell with the one before. They are in hand no more.
        """
        fell = [one for one in self._open.values() if one.at_ms < before_ms]
        for one in fell:
            one.fell = True
            del self._open[one.unique_id]
        return fell

    def _lines(self) -> Iterator[str]:
        files = [path for path in self._folder.glob(f"{FILE}*") if path.suffix not in (".gz", ".xz")]
        for path in sorted(files, key=lambda path: (path.name == FILE, path.stat().st_mtime)):
            with path.open("rb") as file:
                found = path.stat()
                key = (found.st_dev, found.st_ino)
                begin = self._read_to.get(key, 0)
                file.seek(begin if begin <= found.st_size else 0)
                whole, newline, _ = file.read().rpartition(b"\n")  # the last line may not be finished
                self._read_to[key] = (begin if begin <= found.st_size else 0) + len(whole + newline)
            yield from whole.decode(errors="replace").splitlines()


def _begun(call: str, second_ms: int, data: list[str]) -> Served:
    told = [*data, "", "", ""]
    at_ms = int(told[0]) if re.fullmatch(r"[0-9]{12,14}", told[0]) else second_ms
    offset_ms = int(told[1]) if re.fullmatch(r"-?[0-9]{1,15}", told[1]) else 0
    return Served(call, at_ms, offset_ms, tuple(told[2].split("&")))


def _served(one: Served, _: int, __: str, data: list[str]) -> None:
    one.how, one.line = [*data, "", ""][:2]


def _queued(one: Served, at_ms: int, _: str, data: list[str]) -> None:
    one.queued_ms = max(at_ms, one.at_ms)
    one.position = int(data[2]) if len(data) > 2 and data[2].isdecimal() else None


def _connected(one: Served, at_ms: int, member: str, _: list[str]) -> None:
    one.connected_ms = max(at_ms, one.queued_ms or one.at_ms)
    seat = re.fullmatch(r"seat ([0-9]{1,4})", member)
    one.seat = int(seat[1]) if seat else None


def _talk_ended(by: str) -> Callable[[Served, int, str, list[str]], None]:
    def take(one: Served, at_ms: int, _: str, __: list[str]) -> None:
        one.talk_ended_ms, one.ended_by = max(at_ms, one.connected_ms or 0), by

    return take


def _exit(how: str) -> Callable[[Served, int, str, list[str]], None]:
    def take(one: Served, at_ms: int, _: str, __: list[str]) -> None:
        one.exit, one.exit_ms = how, max(at_ms, one.queued_ms or 0)

    return take


def _left(one: Served, second_ms: int, _: str, data: list[str]) -> None:
    told = data[0] if data else ""
    at_ms = int(told) if re.fullmatch(r"[0-9]{12,14}", told) else second_ms
    one.left_ms = max(at_ms, one.at_ms, one.queued_ms or 0, one.connected_ms or 0)


_EVENTS: Mapping[str, Callable[[Served, int, str, list[str]], None]] = MappingProxyType(
    {
        "SERVED": _served,
        "ENTERQUEUE": _queued,
        "CONNECT": _connected,
        "COMPLETECALLER": _talk_ended("caller"),
        "COMPLETEAGENT": _talk_ended("operator"),
        "ABANDON": _exit("abandoned"),
        "EXITWITHTIMEOUT": _exit("timed_out"),
        "EXITEMPTY": _exit("left_no_operator"),
        "LEFT": _left,
    }
)
