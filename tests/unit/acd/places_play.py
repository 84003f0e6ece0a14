"""Callers who wait in a row, to play on."""

from acd.events import (
    Break,
    CallQueued,
)
from tests.unit.acd.floor_play import Play


def queue(*calls: str, **settings) -> Play:
    """These wait, 10 ms apart, the first since 10 s; nobody is there."""
    play = Play(seats=2, **settings)
    play(Break(1, "x"), Break(2, "x"), at=9_000)
    for n, call in enumerate(calls):
        play(CallQueued(call, caller=f"key of {call}"), at=10_000 + 10 * n)
    return play
