"""A callback in each stage of its life, to play on."""

from acd.caller import TicketView
from acd.commands import (
    Record,
)
from acd.events import (
    CallbackAsked,
    CallQueued,
    CitizenAnswered,
    Joined,
    LogIn,
    OfferAnswered,
    PhoneChanged,
)
from acd.settings import (
    CallbackSettings,
)
from acd.types import (
    Phone,
)
from tests.unit.acd.floor_play import Play

TICKET, OFFER = "c1-cb", "c1-cb.1"
RULES = CallbackSettings(attempts=2, retry_ms=60_000, expiry_ms=600_000, callout_ms=30_000)


def asked(seats: int = 1, **settings) -> Play:
    """c1 has asked for a callback at 5,010 ms and nobody is logged in yet."""
    play = Play(seats=seats, logged_in=False, **{"callback": RULES, **settings})
    for number in range(1, seats + 1):
        play(PhoneChanged(number, Phone.REGISTERED))
    play(CallQueued("c1", caller="key"), at=5_000)
    play(CallbackAsked("c1", "key"))
    return play


def rung(seats: int = 1, **settings) -> Play:
    play = asked(seats, **settings)
    play(LogIn(1, "op-1"), at=6_000)
    return play


def called(seats: int = 1, **settings) -> Play:
    play = rung(seats, **settings)
    play(OfferAnswered(OFFER), at=8_000)
    return play


def talking(**settings) -> Play:
    play = called(**settings)
    play(CitizenAnswered(OFFER), at=18_000)
    play(Joined(OFFER), at=18_100)
    return play


def ticket(play: Play) -> TicketView:
    (only,) = play.floor.open_tickets()
    return only


def rows(play: Play, among: object = None) -> list[str]:
    return [c.kind for c in (play.all if among else play.last) if isinstance(c, Record)]
