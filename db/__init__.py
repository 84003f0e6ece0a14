"""The journal (記録台帳), the call table made from it, and the database below them.

The journal is the truth: every transition is one append-only row. The ``calls`` table is a projection of
it, written in the same transaction by :func:`db.facts.fold`, the one reducer that the reports use too;
``tickets`` is one of the callbacks.
"""

from db.database import Database, DatabaseAwayError, DatabaseError, open_database, wait_for
from db.entry import SCHEMA_VERSION, Entry, JournalRow
from db.facts import CallFacts, Overflow, fold
from db.journal import Journal
from db.read import (
    call_facts,
    calls_between,
    first_of_writer,
    journal_of_call,
    journal_rows,
    last_of_seat,
    newest_seq,
    open_calls,
    personal_number,
    received_while_open,
)
from db.schema import require_current, schema_state, upgrade
from db.tickets import (
    OpenTicket,
    TicketFacts,
    fold_ticket,
    open_tickets,
    ticket_facts,
    ticket_of,
    tickets_between,
)

__all__ = [
    "SCHEMA_VERSION",
    "CallFacts",
    "Database",
    "DatabaseAwayError",
    "DatabaseError",
    "Entry",
    "Journal",
    "JournalRow",
    "OpenTicket",
    "Overflow",
    "TicketFacts",
    "call_facts",
    "calls_between",
    "first_of_writer",
    "fold",
    "fold_ticket",
    "journal_of_call",
    "journal_rows",
    "last_of_seat",
    "newest_seq",
    "open_calls",
    "open_database",
    "open_tickets",
    "personal_number",
    "received_while_open",
    "require_current",
    "schema_state",
    "ticket_facts",
    "ticket_of",
    "tickets_between",
    "upgrade",
    "wait_for",
]
