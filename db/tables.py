"""The tables, as SQLAlchemy Core. db/migrations makes them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

# SQLite makes a 64-bit rowid alias only of the exact type INTEGER.
_Place = BigInteger().with_variant(Integer, "sqlite")

journal = Table(
    "journal",
    metadata,
    Column("seq", _Place, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("call", String(64)),
    Column("seat", Integer),
    Column("operator", String(64)),
    Column("offer", String(80)),
    Column("line", String(64)),
    # Canonical JSON text (keys sorted), not a JSON type: what was written is what is read, to the byte.
    Column("data", Text, nullable=False),
    Column("schema_version", Integer, nullable=False),
    # The run that wrote the row; tells after a lost connection which rows of ours the database has.
    Column("writer", String(32), nullable=False),
    # The chain (db.chain): the hash of the row before, and this row's own.
    Column("prev", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("journal_call", "call", "seq"),
    Index("journal_at", "at_ms"),
    Index("journal_kind_at", "kind", "at_ms"),
    Index("journal_writer", "writer", "seq"),
)

calls = Table(
    "calls",
    metadata,
    Column("call", String(64), primary_key=True),
    Column("received_ms", BigInteger, nullable=False),
    Column("has_received", Boolean, nullable=False),
    Column("line", String(64)),
    Column("open", Boolean),
    Column("withheld", String(64)),
    Column("called", String(64)),
    Column("answered_ms", BigInteger),
    Column("guidance_ms", BigInteger),
    Column("queued_ms", BigInteger),
    Column("first_offer_ms", BigInteger),
    Column("connected_ms", BigInteger),
    Column("talk_ended_ms", BigInteger),
    Column("ended_ms", BigInteger),
    Column("outcome", String(64)),
    Column("cause", Text),
    Column("seat", Integer),
    Column("operator", String(64)),
    Column("offers", Integer, nullable=False),
    Column("held_ms", BigInteger, nullable=False),
    Column("hold_since_ms", BigInteger),
    Column("priority", Integer, nullable=False),
    Column("need", String(64)),
    Column("queue_line", String(64)),
    Column("predicted_ms", BigInteger),
    Column("told", Integer, nullable=False),
    Column("told_at_ms", BigInteger),
    Column("told_predicted_ms", BigInteger),
    Column("moved", Integer, nullable=False),
    Column("overflows", Text, nullable=False),
    Column("settled", String(64)),
    Column("settled_ms", BigInteger),
    Column("ticket", String(80)),
    Column("merged", Boolean, nullable=False),
    Column("fallback", Boolean, nullable=False),
    Index("calls_received", "received_ms"),
    Index("calls_ended", "ended_ms"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("ticket", String(80), primary_key=True),
    Column("call", String(64), nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("offers", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_ms", BigInteger),
    Column("state", String(64), nullable=False),
    Column("seat", Integer),
    Column("operator", String(64)),
    Column("connected_ms", BigInteger),
    Column("talk_ended_ms", BigInteger),
    Column("closed_ms", BigInteger),
    Index("tickets_call", "call"),
    Index("tickets_closed", "closed_ms"),
)

# A row a seat and half hour (db.seat_slots).
seat_slots = Table(
    "seat_slots",
    metadata,
    Column("seat", Integer, primary_key=True, autoincrement=False),
    Column("from_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("state", String(64)),
    Column("operator", String(64)),
    Column("reason", Text),
    Column("wrap_ms", BigInteger),
    Column("seq", BigInteger, nullable=False),
    # JSON: the spans, after-call work, and offers of the half hour.
    Column("told", Text, nullable=False),
    Index("seat_slots_from", "from_ms"),
    Index("seat_slots_state", "state"),
    Index("seat_slots_seq", "seq"),
)

personal = Table(
    "personal",
    metadata,
    Column("call", String(64), primary_key=True),
    # Which key of the key file wraps the data key (db.vault).
    Column("key_id", String(32), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    # The number that called, sealed; null when it was withheld and only a number to call back was given.
    Column("number", LargeBinary),
    Column("number_hash", String(64)),
    Column("callback_number", LargeBinary),
    Column("callback_hash", String(64)),
    Index("personal_number_hash", "number_hash"),
    Index("personal_callback_hash", "callback_hash"),
    Index("personal_key", "key_id"),
)

# Who looked at whose record. Append-only like the journal.
access_log = Table(
    "access_log",
    metadata,
    Column("id", _Place, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("who", String(64), nullable=False),
    # Null: a search that found nobody.
    Column("call", String(64)),
    Column("what", String(64), nullable=False),
    Column("why", Text, nullable=False),
    Index("access_log_call", "call"),
    Index("access_log_at", "at_ms"),
)

# Legal hold: the personal data of this call must not be purged.
holds = Table(
    "holds",
    metadata,
    Column("call", String(64), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("who", String(64), nullable=False),
    Column("reason", Text, nullable=False),
)

# What operators wrote (db.ledger): a row a revision, never changed and never deleted.
ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("entry", String(40), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("ledger", String(32), nullable=False),
    Column("call", String(64)),
    Column("operator", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    # Which form it was written with, in ledger_forms.
    Column("form", String(64), nullable=False),
    # JSON: the fields that are not personal; and, sealed with the entry's own data key, those that are.
    Column("plain", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ledger_entries_at", "ledger", "revision", "at_ms"),
    Index("ledger_entries_call", "call"),
)

ledger_forms = Table(
    "ledger_forms",
    metadata,
    Column("form", String(64), primary_key=True),
    Column("ledger", String(32), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("definition", Text, nullable=False),
)

ledger_categories = Table(
    "ledger_categories",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("who", String(64), nullable=False),
    Column("tree", Text, nullable=False),
)

# The last number given out, by ledger and fiscal year.
ledger_numbers = Table(
    "ledger_numbers",
    metadata,
    Column("ledger", String(32), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

# An entry's data key. A purge deletes the row, and nothing opens the entry's sealed fields any more.
ledger_keys = Table(
    "ledger_keys",
    metadata,
    Column("entry", String(40), primary_key=True),
    # What purges and holds call it: the call; without one, the entry itself.
    Column("subject", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Index("ledger_keys_subject", "subject"),
    Index("ledger_keys_key", "key_id"),
)

# Keyed hashes of the telephone numbers in an entry.
ledger_phones = Table(
    "ledger_phones",
    metadata,
    Column("entry", String(40), primary_key=True),
    Column("hash", String(64), primary_key=True),
    Index("ledger_phones_hash", "hash"),
)

# What an operator is typing and has not saved yet (db.drafts); its key and its numbers lie with the entries'.
drafts = Table(
    "drafts",
    metadata,
    Column("draft", String(40), primary_key=True),
    # The call; an entry without one; or none.
    Column("subject", String(64), nullable=False),
    Column("operator", String(64), nullable=False),
    # booking, inquiry, note; or the entry that is being corrected.
    Column("about", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("drafts_subject", "subject"),
    Index("drafts_operator", "operator", "at_ms"),
)

# 予約枠 (db.slots): a row to lock by, and who has a place in it.
slots = Table("slots", metadata, Column("slot", String(120), primary_key=True))
slot_places = Table(
    "slot_places",
    metadata,
    Column("entry", String(40), primary_key=True),
    # Its beginning, "2026-11-24T10:00", and where, "|市役所", when that is counted apart.
    Column("slot", String(120), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("slot_places_slot", "slot"),
)

# 締め: each version of a closed month, and its documents as they were then.
closings = Table(
    "closings",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("who", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("head", String(96), nullable=False),
    Column("definitions_version", String(32), nullable=False),
    Column("settings", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
)

closing_documents = Table(
    "closing_documents",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("form", String(16), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# Accounts of the desk (db.people). An operator of the settings has a row when something is to be kept.
people = Table(
    "people",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("role", String(16), nullable=False),
    # Who this person is at a seat.
    Column("operator", String(8)),
    # JSON: ids of the lines that this person may see; null: all.
    Column("lines", Text),
    # Argon2id, in the form of its library. Null: logs in by the PIN of the telephone, or not at all.
    Column("password", Text),
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    # The secret of the second step, sealed like a ledger entry; the last time step that was used.
    Column("totp_key", String(32)),
    Column("totp_wrapped", LargeBinary),
    Column("totp_sealed", LargeBinary),
    Column("totp_step", BigInteger, nullable=False),
    # Failures in a row, and until when no log-in is taken (ms UTC of the machine's clock).
    Column("failed", Integer, nullable=False),
    Column("locked_until_ms", BigInteger, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("password_ms", BigInteger),
    Column("logged_in_ms", BigInteger),
)

# Who is logged in (db.desk_sessions): a restart logs nobody out. Times: ms UTC of the machine's clock.
desk_sessions = Table(
    "desk_sessions",
    metadata,
    # SHA-256 of the cookie, in hex: who reads the table cannot log in with it.
    Column("session", String(64), primary_key=True),
    Column("person", String(64), nullable=False),
    Column("began_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("address", String(64), nullable=False),
    Column("agent", String(120), nullable=False),
    Index("desk_sessions_person", "person"),
)

# Links that open the wallboard on a wall, and nothing else (desk.kiosks).
kiosk_links = Table(
    "kiosk_links",
    metadata,
    Column("link", String(24), primary_key=True),
    Column("label", String(80), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
    Column("revoked_by", String(64)),
)

APPEND_ONLY = (
    *(journal, access_log, ledger_entries, ledger_forms, ledger_categories),
    *(closings, closing_documents),
)
"""No role but the owner of the tables may change a row of these (db.roles), and a trigger refuses him too."""
