"""The calls that the journal holds open: what a former controller knew of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from acd.caller import Place
from controller.old_places import Turn, last_place, turn
from db import CallFacts, Database, journal_of_call, open_calls, personal_number


@dataclass(frozen=True, slots=True)
class Known:
    """A call that the journal holds open, with what is needed to take it up again."""

    facts: CallFacts
    channel: str
    number: str | None
    offered: Mapping[str | None, str | None]
    """Whose telephone rang, by offer: those of which the rows are there."""
    place: Place | None = None
    """In the queue, by the last row that tells it."""

    @property
    def turn(self) -> Turn:
        """Whose turn comes first, by the smaller one."""
        return turn(self.place, self.facts.queued_ms or self.facts.received_ms)


def known_calls(database: Database, others: Collection[str]) -> list[Known]:
    """All that are open but `others` and those of the exchange's fallback. Asks the database."""
    found = []
    with database.read() as connection:
        for facts in open_calls(connection):
            if facts.call in others or facts.fallback:
                continue
            rows = [row.entry for row in journal_of_call(connection, facts.call)]
            channel = next(
                (str(row.data.get("channel", "")) for row in rows if row.kind == "call.received"), ""
            )
            offered = {row.offer: row.operator for row in rows if row.kind == "offer.started"}
            number = personal_number(connection, facts.call)
            found.append(Known(facts, channel, number, offered, last_place(rows, facts.call)))
    return found
