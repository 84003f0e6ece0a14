"""Floors whose lines have rules of overflow, to play on."""

from acd.commands import CallSettled, Divert
from acd.settings import Destination, LineSettings, OverflowRule
from acd.types import OverflowCause, Toward
from tests.unit.acd.floor_play import Play

C, T = OverflowCause, Toward
ANNOUNCE, CHOICE, HANG_UP = Destination(T.ANNOUNCE), Destination(T.CHOICE), Destination(T.HANG_UP)
TO_LINE, TO_NUMBER = Destination(T.LINE, "other"), Destination(T.NUMBER, "0312345678")


def play_with(*rules: OverflowRule, seats: int = 1, logged_in: bool = True, other=(), **settings) -> Play:
    lines = {"main": LineSettings(overflow=rules), "other": LineSettings(overflow=other)}
    return Play(seats=seats, logged_in=logged_in, lines=lines, **settings)


def rule(cause: OverflowCause, limit: float, to: Destination = ANNOUNCE, **when: bool) -> OverflowRule:
    return OverflowRule(cause, limit, to, **when)


def diverted(play: Play, among: object = None) -> list[tuple[str, str, str]]:
    rows = play.all if among == "all" else play.last
    return [(d.call, d.cause.value, d.to.toward.value) for d in rows if isinstance(d, Divert)]


def outcomes(play: Play) -> dict[str, str]:
    return {c.call: c.outcome.value for c in play.all if isinstance(c, CallSettled)}
