"""A controller that falls, and the next one, on the same database."""

from db import call_facts, journal_of_call
from tests.unit.controller.controller_rig import TUESDAY, SetClock

LATER = TUESDAY + 60_000


async def fallen(open_whole, what):
    """A controller that falls after `what(it)`; returns what `what` did, with all its rows stored."""
    old = open_whole()
    await old.connects()
    left = what(old)
    old.stored()
    old.controller._away()  # no more of it: a killed process says nothing
    return left


def risen(open_whole, channels=(), bridges=(), **how):
    """The next controller, a minute later, not connected yet; what Asterisk has by then."""
    new = open_whole(clock=SetClock(LATER), **how)
    new.asterisk.answers["/channels"] = list(channels)
    new.asterisk.answers["/bridges"] = list(bridges)
    new.asterisk.requests.clear()
    return new


def facts_of(whole, call):
    """What the journal knows of a call, and the kinds of its rows."""
    whole.stored()
    with whole.database.read() as connection:
        rows = [row.entry.kind for row in journal_of_call(connection, call)]
        return call_facts(connection, [call])[call], rows
