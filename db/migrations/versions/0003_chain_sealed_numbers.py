"""The journal's hash chain; sealed numbers; the access log; legal holds.

Rows of before get their chain here: it proves that they have not changed since this migration.
"""

from __future__ import annotations

from itertools import islice

import sqlalchemy as sa
from alembic import op

from db.chain import HASHED, ORIGIN, link
from db.vault import Vault

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_AT_ONCE = 5000


def upgrade() -> None:
    """New columns and tables; what is there is chained and sealed. In one transaction, like all of it."""
    connection = op.get_bind()
    _append_only(connection, "journal", allowed=True)
    for name in ("prev", "hash"):
        # SQLite adds a column that is never null only with a default; no row of ours ever takes it.
        op.add_column(
            "journal", sa.Column(name, sa.LargeBinary, nullable=False, server_default=sa.text("''"))
        )
    _chain(connection)
    _append_only(connection, "journal", allowed=False)

    known = connection.execute(sa.text('SELECT "call", number, callback_number FROM personal')).all()
    # secure_delete (db.database) overwrites the pages of the old table.
    op.drop_table("personal")
    personal = op.create_table(
        "personal",
        sa.Column("call", sa.String(64), primary_key=True),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("number", sa.LargeBinary),
        sa.Column("number_hash", sa.String(64)),
        sa.Column("callback_number", sa.LargeBinary),
        sa.Column("callback_hash", sa.String(64)),
    )
    op.create_index("personal_number_hash", "personal", ["number_hash"])
    op.create_index("personal_callback_hash", "personal", ["callback_hash"])
    op.create_index("personal_key", "personal", ["key_id"])
    vault: Vault = connection.get_execution_options()["vault"]
    rows = iter(known)
    while some := list(islice(rows, _AT_ONCE)):
        connection.execute(personal.insert(), [_sealed(vault, *row) for row in some])

    op.create_table(
        "access_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("call", sa.String(64)),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("access_log_call", "access_log", ["call"])
    op.create_index("access_log_at", "access_log", ["at_ms"])
    _guard(connection, "access_log")
    op.create_table(
        "holds",
        sa.Column("call", sa.String(64), primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )


def _sealed(vault: Vault, call: str, number: str | None, callback_number: str | None) -> dict[str, object]:
    given = {"number": number, "callback_number": callback_number}
    row = vault.seal(call, {name: value for name, value in given.items() if value})
    return {
        "call": row.call,
        "key_id": row.key_id,
        "wrapped": row.wrapped,
        "number": row.number,
        "number_hash": row.number_hash,
        "callback_number": row.callback_number,
        "callback_hash": row.callback_hash,
    }


def _chain(connection: sa.Connection) -> None:
    last = 0
    prev = ORIGIN
    columns = ", ".join(f'"{name}"' for name in HASHED)
    update = sa.text("UPDATE journal SET prev = :prev, hash = :hash WHERE seq = :seq")
    read = sa.text(f"SELECT {columns} FROM journal WHERE seq > :last ORDER BY seq LIMIT {_AT_ONCE}")  # noqa: S608
    while rows := connection.execute(read, {"last": last}).all():
        written = []
        for row in rows:
            own = link(prev, list(row))
            written.append({"seq": row[0], "prev": prev, "hash": own})
            prev = own
        connection.execute(update, written)
        last = rows[-1][0]


_REFUSAL = "is append-only"


def _append_only(connection: sa.Connection, table: str, *, allowed: bool) -> None:
    """Let this migration, and nobody else, write into old rows: others wait for its transaction."""
    if connection.dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} {'DISABLE' if allowed else 'ENABLE'} TRIGGER {table}_append_only")
    elif allowed:
        op.execute(f"DROP TRIGGER {table}_no_update")
    else:
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the {table} {_REFUSAL}'); END"
        )


def _guard(connection: sa.Connection, table: str) -> None:
    said = f"the {table.replace('_', ' ')} {_REFUSAL}"
    if connection.dialect.name == "postgresql":
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
