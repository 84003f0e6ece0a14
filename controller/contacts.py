"""Who is with which seat: what an operator needs to know of the citizen, from the ring to the entry's end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from acd import Floor
from controller.call import Call
from ivr.numbers import Withheld, shown


@dataclass(frozen=True, slots=True)
class Contact:
    """The citizen whom a seat is offered, talks with, or has talked with. Times are ms UTC.

    `call`: as the seat names it; of a callback its ticket, and `asked_in` is the call in which it was asked
    for. `number`: E.164, None where it was withheld; `display`: for the eye, or the reason in words.
    `path`: `menu:key` of every key. `language`: ja, en or easy. `queued_ms`: entered the queue.
    """

    call: str
    asked_in: str
    is_callback: bool
    number: str | None = field(repr=False)
    display: str = field(repr=False)
    withheld: Withheld
    line: str
    need: str
    path: tuple[str, ...]
    language: str
    queued_ms: int


class Contacts:
    """Remembers each seat's contact while the floor names its call: the citizen himself may have hung up."""

    def __init__(
        self, floor: Callable[[], Floor], calls: Mapping[str, Call], number_of: Callable[[str], str | None]
    ) -> None:
        """`number_of`: whom an open callback is about, E.164, by its ticket."""
        self._floor = floor
        self._calls = calls
        self._number_of = number_of
        self._by_seat: dict[int, Contact] = {}

    def look(self) -> None:
        """Take the floor's change in; called after each, so that nobody is missed."""
        floor, known = self._floor(), self._by_seat
        for number, seat in floor.seats.items():
            if seat.call is None:
                known.pop(number, None)
            elif number not in known or known[number].call != seat.call:
                contact = self._of(floor, seat.call, seat.line or "")
                if contact is None:
                    known.pop(number, None)
                else:
                    known[number] = contact
        for number in known.keys() - floor.seats.keys():
            del known[number]

    def at(self, seat: int) -> Contact | None:
        """Who is with this seat now."""
        return self._by_seat.get(seat)

    def _of(self, floor: Floor, call: str, line: str) -> Contact | None:
        view = floor.call(call)
        queued_ms = view.queued_ms if view else floor.now_ms
        if citizen := self._calls.get(call):
            return Contact(
                call=call,
                asked_in=call,
                is_callback=False,
                number=citizen.caller.number,
                display=citizen.caller.display,
                withheld=citizen.caller.withheld,
                line=view.line if view else line,
                need=view.need if view else citizen.need,
                path=citizen.path,
                language=citizen.language,
                queued_ms=queued_ms,
            )
        if view is None or not view.ticket:
            return None
        number = self._number_of(call)
        return Contact(
            call=call,
            asked_in=call.removesuffix("-cb"),
            is_callback=True,
            number=number,
            display=shown(number) if number else "",
            withheld=Withheld.NONE if number else Withheld.UNKNOWN,
            line=view.line,
            need=view.need,
            path=(),
            language="ja",
            queued_ms=queued_ms,
        )
