"""The journal (記録台帳), the call table made from it, and the database below them.

The journal is the truth: every transition is one append-only row. The ``calls`` table is a projection of
it, written in the same transaction by :func:`db.facts.fold`, the one reducer that the reports use too;
``tickets`` is one of the callbacks, ``seat_slots`` one of the seats' half hours. Every row carries the hash
of the one before (``db.chain``). Citizens'
numbers stand apart, sealed (``db.personal``).
"""

from db.access_log import Looked, looks
from db.chain import Broken, Head, head, head_at, verify
from db.closings import Closing
from db.database import Database, DatabaseAwayError, DatabaseError, open_database, wait_for
from db.entry import SCHEMA_VERSION, Entry, JournalRow
from db.facts import CallFacts, Overflow, fold
from db.journal import Journal
from db.personal import Person, caller_hashes, find, look, personal_number
from db.read import (
    call_facts,
    calls_between,
    entries_of,
    first_of_writer,
    first_received,
    journal_of_call,
    journal_rows,
    last_of_seat,
    newest_ms,
    newest_seq,
    open_calls,
    received_while_open,
    seat_rows_since,
)
from db.schema import require_current, schema_state, upgrade
from db.seat_slots import SeatFold, SeatSlot
from db.seat_table import seat_fold, slots_between
from db.tickets import (
    OpenTicket,
    TicketFacts,
    fold_ticket,
    open_tickets,
    ticket_facts,
    ticket_of,
    tickets_between,
)
from db.unstored import Unstored

__all__ = [
    "SCHEMA_VERSION",
    "Broken",
    "CallFacts",
    "Closing",
    "Database",
    "DatabaseAwayError",
    "DatabaseError",
    "Entry",
    "Head",
    "Journal",
    "JournalRow",
    "Looked",
    "OpenTicket",
    "Overflow",
    "Person",
    "SeatFold",
    "SeatSlot",
    "TicketFacts",
    "Unstored",
    "call_facts",
    "caller_hashes",
    "calls_between",
    "entries_of",
    "find",
    "first_of_writer",
    "first_received",
    "fold",
    "fold_ticket",
    "head",
    "head_at",
    "journal_of_call",
    "journal_rows",
    "last_of_seat",
    "look",
    "looks",
    "newest_ms",
    "newest_seq",
    "open_calls",
    "open_database",
    "open_tickets",
    "personal_number",
    "received_while_open",
    "require_current",
    "schema_state",
    "seat_fold",
    "seat_rows_since",
    "slots_between",
    "ticket_facts",
    "ticket_of",
    "tickets_between",
    "upgrade",
    "verify",
    "wait_for",
]
