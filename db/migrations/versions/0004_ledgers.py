"""The ledgers that operators write: entries by revision, their forms, categories, numbers and keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables only."""
    op.create_table(
        "ledger_entries",
        sa.Column("entry", sa.String(40), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ledger", sa.String(32), nullable=False),
        sa.Column("call", sa.String(64)),
        sa.Column("operator", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("form", sa.String(64), nullable=False),
        sa.Column("plain", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("ledger_entries_at", "ledger_entries", ["ledger", "revision", "at_ms"])
    op.create_index("ledger_entries_call", "ledger_entries", ["call"])
    op.create_table(
        "ledger_forms",
        sa.Column("form", sa.String(64), primary_key=True),
        sa.Column("ledger", sa.String(32), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
    )
    op.create_table(
        "ledger_categories",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("tree", sa.Text, nullable=False),
    )
    op.create_table(
        "ledger_numbers",
        sa.Column("ledger", sa.String(32), primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "ledger_keys",
        sa.Column("entry", sa.String(40), primary_key=True),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_index("ledger_keys_subject", "ledger_keys", ["subject"])
    op.create_index("ledger_keys_key", "ledger_keys", ["key_id"])
    op.create_table(
        "ledger_phones",
        sa.Column("entry", sa.String(40), primary_key=True),
        sa.Column("hash", sa.String(64), primary_key=True),
    )
    op.create_index("ledger_phones_hash", "ledger_phones", ["hash"])
    for table in ("ledger_entries", "ledger_forms", "ledger_categories"):
        _guard(table)


def _guard(table: str) -> None:
    """No role may change or delete a row, not even the tables' owner without dropping this."""
    said = f"the {table.replace('_', ' ')} are append-only"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{said}'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
