"""The tables, as SQLAlchemy Core. db/migrations makes them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

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
    Index("calls_received", "received_ms"),
    Index("calls_ended", "ended_ms"),
)

personal = Table(
    "personal",
    metadata,
    Column("call", String(64), primary_key=True),
    Column("number", Text, nullable=False),
)
