"""The journal (append-only), the call table and personal data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. Written out, not taken from db.tables: a migration must not change when they do."""
    op.create_table(
        "journal",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("call", sa.String(64)),
        sa.Column("seat", sa.Integer),
        sa.Column("operator", sa.String(64)),
        sa.Column("offer", sa.String(80)),
        sa.Column("line", sa.String(64)),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("writer", sa.String(32), nullable=False),
    )
    op.create_index("journal_call", "journal", ["call", "seq"])
    op.create_index("journal_at", "journal", ["at_ms"])
    op.create_index("journal_kind_at", "journal", ["kind", "at_ms"])
    op.create_index("journal_writer", "journal", ["writer", "seq"])
    op.create_table(
        "calls",
        sa.Column("call", sa.String(64), primary_key=True),
        sa.Column("received_ms", sa.BigInteger, nullable=False),
        sa.Column("has_received", sa.Boolean, nullable=False),
        sa.Column("line", sa.String(64)),
        sa.Column("open", sa.Boolean),
        sa.Column("withheld", sa.String(64)),
        sa.Column("called", sa.String(64)),
        sa.Column("answered_ms", sa.BigInteger),
        sa.Column("guidance_ms", sa.BigInteger),
        sa.Column("queued_ms", sa.BigInteger),
        sa.Column("first_offer_ms", sa.BigInteger),
        sa.Column("connected_ms", sa.BigInteger),
        sa.Column("talk_ended_ms", sa.BigInteger),
        sa.Column("ended_ms", sa.BigInteger),
        sa.Column("outcome", sa.String(64)),
        sa.Column("cause", sa.Text),
        sa.Column("seat", sa.Integer),
        sa.Column("operator", sa.String(64)),
        sa.Column("offers", sa.Integer, nullable=False),
        sa.Column("held_ms", sa.BigInteger, nullable=False),
        sa.Column("hold_since_ms", sa.BigInteger),
    )
    op.create_index("calls_received", "calls", ["received_ms"])
    op.create_index("calls_ended", "calls", ["ended_ms"])
    op.create_table(
        "personal",
        sa.Column("call", sa.String(64), primary_key=True),
        sa.Column("number", sa.Text, nullable=False),
    )
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


_REFUSAL = "the journal is append-only"
_APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER journal_no_{verb.lower()} BEFORE {verb} ON journal "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
        "CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal "
        "FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()",
    ],
}
