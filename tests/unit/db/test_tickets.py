"""Callbacks as the database holds them, on SQLite and on PostgreSQL, for a controller that starts anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alembic import command
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from acd import Floor, FloorSettings
from acd.commands import Record
from acd.events import CallbackRecovered
from db import (
    Database,
    Entry,
    Journal,
    TicketFacts,
    call_facts,
    journal_rows,
    newest_seq,
    open_calls,
    open_database,
    open_tickets,
    personal_number,
    ticket_facts,
    tickets_between,
    upgrade,
)
from db.schema import _config
from db.tables import tickets

Start = Callable[[Database], Journal]
NOW = 1_795_150_000_000


def row(at_ms: int, kind: str, call: str = "c1", **data: object) -> Entry:
    return Entry(NOW + at_ms, kind, call=call, line="main", data=data)


def asked(call: str, at_ms: int, number: str | None = "+81260001111", **data: object) -> list[Entry]:
    private = None if number is None else {"callback_number": number}
    return [
        row(at_ms, "call.received", call, open=True),
        row(
            at_ms + 1_000,
            "call.queued",
            call,
            position=1,
            predicted_ms=90_000,
            staffed=1,
            line="water",
            need="english",
            priority=2,
        ),
        Entry(
            NOW + at_ms + 9_000,
            "callback.asked",
            call=call,
            data={"ticket": f"{call}-cb", "merged": False, **data},
            private=private,
        ),
        row(at_ms + 12_000, "call.ended", call, outcome="callback", queued=True),
    ]


def written(journal: Journal, *rows: list[Entry]) -> None:
    for one in rows:
        for entry in one:
            journal.write(entry)
    assert journal.flush()


def test_given_the_tickets_table_when_compared_with_the_fold_then_the_columns_are_its_fields() -> None:
    assert [column.name for column in tickets.c] == list(TicketFacts.__dataclass_fields__)


def test_given_an_open_callback_when_a_controller_starts_then_it_finds_all_that_the_floor_needs(
    database: Database, journal: Journal
) -> None:
    tried = [
        row(60_000, "callback.offered", ticket="c1-cb", strategy="longest_idle"),
        row(65_000, "callback.calling", ticket="c1-cb", attempt=1),
        row(90_000, "callback.failed", ticket="c1-cb", cause="busy", attempt=1, due_ms=NOW + 990_000),
        row(90_000, "callback.offer_ended", ticket="c1-cb", outcome="withdrawn", ring_ms=5_000),
    ]
    written(journal, asked("c1", 0), tried)
    with database.read() as connection:
        (found,) = open_tickets(connection)
        assert open_calls(connection) == []
    assert found.number == "+81260001111"
    assert (found.facts.call, found.facts.asked_ms, found.queued_ms) == ("c1", NOW + 9_000, NOW + 1_000)
    assert (found.line, found.need, found.priority) == ("water", "english", 2)
    assert (found.facts.attempts, found.facts.offers, found.facts.due_ms) == (1, 1, NOW + 990_000)
    assert found.facts.state == "retry"
    floor = Floor.open(FloorSettings(seats=(1,)), NOW + 100_000)
    commands = floor.apply(
        CallbackRecovered(
            found.facts.ticket,
            "key",
            found.facts.asked_ms,
            found.queued_ms,
            line=found.line,
            priority=found.priority,
            attempts=found.facts.attempts,
            offers=found.facts.offers,
            due_ms=found.facts.due_ms or 0,
        ),
        NOW + 100_000,
    )
    (view,) = floor.open_tickets()
    assert (view.ticket, view.call, view.attempts) == ("c1-cb", "c1", 1)
    assert not any(isinstance(one, Record) for one in commands)


@pytest.mark.parametrize(
    "end",
    [
        [row(50_000, "callback.connected", ticket="c1-cb", wait_ms=1)],
        [row(50_000, "callback.closed", ticket="c1-cb", state="cancelled", attempts=0)],
    ],
)
def test_given_a_callback_that_is_made_or_closed_when_asked_for_then_it_is_not_open(
    database: Database, journal: Journal, end: list[Entry]
) -> None:
    written(journal, asked("c1", 0), asked("c2", 1_000), end)
    with database.read() as connection:
        assert [one.facts.ticket for one in open_tickets(connection)] == ["c2-cb"]
        known = tickets_between(connection, NOW, NOW + 1)
        assert [one.ticket for one in known] == ["c1-cb"]
        assert ticket_facts(connection, ["c1-cb"])["c1-cb"] == known[0]
        assert call_facts(connection, ["c1"])["c1"].outcome == "callback"
        assert not call_facts(connection, ["c1"])["c1"].connected


def test_given_a_second_request_when_merged_then_there_is_one_ticket_with_two_requests(
    database: Database, journal: Journal
) -> None:
    written(journal, asked("c1", 0), asked("c2", 5_000, ticket="c1-cb", merged=True))
    with database.read() as connection:
        (found,) = open_tickets(connection)
        calls = call_facts(connection, ["c1", "c2"])
    assert (found.facts.ticket, found.facts.requests) == ("c1-cb", 2)
    assert (calls["c2"].ticket, calls["c2"].merged, calls["c1"].merged) == ("c1-cb", True, False)


@pytest.mark.parametrize("withheld", [False, True])
def test_given_a_number_to_call_when_written_then_it_stands_beside_the_callers_own_and_in_no_row(
    database: Database, journal: Journal, withheld: bool
) -> None:
    rows = asked("c1", 0, "+81901112222")
    if not withheld:
        rows[0] = Entry(NOW, "call.received", call="c1", private={"number": "+81260003333"})
    written(journal, rows[:2])
    written(journal, rows[2:])
    with database.read() as connection:
        (found,) = open_tickets(connection)
        assert found.number == "+81901112222"
        assert personal_number(connection, "c1") == (None if withheld else "+81260003333")
        kept = [connection.execute(text(f"SELECT * FROM {name}")).all() for name in ("journal", "calls")]
        kept.append(connection.execute(text("SELECT * FROM tickets")).all())
    assert "901112222" not in repr(kept)
    assert "901112222" not in repr(found.facts)


def test_given_a_number_that_was_purged_when_a_controller_starts_then_the_ticket_says_so(
    database: Database, journal: Journal
) -> None:
    written(journal, asked("c1", 0))
    with database.write() as connection:
        connection.execute(text("DELETE FROM personal"))
    with database.read() as connection:
        assert [one.number for one in open_tickets(connection)] == [None]


def test_given_rows_of_a_ticket_in_two_runs_when_folded_then_it_goes_on_where_it_was(
    database: Database, start_journal: Start
) -> None:
    first = start_journal(database)
    written(first, asked("c1", 0))
    assert first.close()
    second = start_journal(database)
    written(second, [row(60_000, "callback.calling", ticket="c1-cb", attempt=1)])
    with database.read() as connection:
        assert open_tickets(connection)[0].facts.attempts == 1


def test_given_a_database_of_the_first_version_when_upgraded_then_its_calls_are_kept(empty_url: str) -> None:
    database = open_database(empty_url)
    with database.write() as connection:
        command.upgrade(_config(connection), "0001")
        connection.execute(
            text(
                "INSERT INTO calls (call, received_ms, has_received, line, open, queued_ms, ended_ms,"
                " outcome, offers, held_ms) VALUES ('old', 1, true, 'main', true, 2, 3, 'abandoned', 0, 0)"
            )
        )
        connection.execute(text("INSERT INTO personal (call, number) VALUES ('old', '+81260001111')"))
    assert upgrade(database)
    with database.read() as connection:
        facts = call_facts(connection, ["old"])["old"]
        assert personal_number(connection, "old") == "+81260001111"
    assert (facts.outcome, facts.queue_line, facts.overflows, facts.merged) == (
        "abandoned",
        "main",
        "",
        False,
    )
    database.close()


_KINDS = (
    *("call.received", "call.queued", "call.wait_told", "call.moved", "call.overflowed", "call.withdrawn"),
    *("callback.asked", "callback.offered", "callback.offer_ended", "callback.calling", "callback.failed"),
    *("callback.connected", "callback.talk_ended", "callback.closed", "call.ended"),
)
_KEYS = (
    *("ticket", "merged", "attempt", "due_ms", "state", "attempts", "predicted_ms", "priority", "line"),
    *("need", "cause", "toward", "target", "stage", "outcome", "open", "withheld", "called"),
)
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["x" * 300, "hang_up", "line", "closed", "\0"]),
    st.lists(st.integers(), max_size=2),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([("callback.asked", {"ticket": "\0"})])  # PostgreSQL: no NUL, in a query neither
@given(
    st.lists(st.tuples(st.sampled_from(_KINDS), st.dictionaries(st.sampled_from(_KEYS), _VALUES)), max_size=8)
)
def test_given_any_data_when_written_then_every_row_stands_in_the_journal_and_its_facts_can_be_read(
    database: Database, journal: Journal, rows: list[tuple[str, dict[str, object]]]
) -> None:
    with database.read() as connection:
        before = newest_seq(connection)
    written(
        journal,
        [Entry(NOW, "call.received", call="any"), *(row(0, kind, "any", **data) for kind, data in rows)],
    )
    with database.read() as connection:
        kinds = [one.entry.kind for one in journal_rows(connection)][before:]
        assert kinds == ["call.received", *(kind for kind, _ in rows)]
        assert call_facts(connection, ["any"])["any"].overflow_events is not None
        open_tickets(connection)
