"""Overflow, predicted wait, priority and place of a call; callbacks; the number to call back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New columns and the table of tickets. Calls of before had none of it: they get the empty values."""
    for column in (
        sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
        sa.Column("need", sa.String(64)),
        sa.Column("queue_line", sa.String(64)),
        sa.Column("predicted_ms", sa.BigInteger),
        sa.Column("told", sa.Integer, nullable=False, server_default="0"),
        sa.Column("told_at_ms", sa.BigInteger),
        sa.Column("told_predicted_ms", sa.BigInteger),
        sa.Column("moved", sa.Integer, nullable=False, server_default="0"),
        sa.Column("overflows", sa.Text, nullable=False, server_default=""),
        sa.Column("settled", sa.String(64)),
        sa.Column("settled_ms", sa.BigInteger),
        sa.Column("ticket", sa.String(80)),
        sa.Column("merged", sa.Boolean, nullable=False, server_default=sa.false()),
    ):
        op.add_column("calls", column)
    op.execute("UPDATE calls SET queue_line = line WHERE queued_ms IS NOT NULL")
    op.create_table(
        "tickets",
        sa.Column("ticket", sa.String(80), primary_key=True),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("asked_ms", sa.BigInteger, nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("offers", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_ms", sa.BigInteger),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("seat", sa.Integer),
        sa.Column("operator", sa.String(64)),
        sa.Column("connected_ms", sa.BigInteger),
        sa.Column("talk_ended_ms", sa.BigInteger),
        sa.Column("closed_ms", sa.BigInteger),
    )
    op.create_index("tickets_call", "tickets", ["call"])
    op.create_index("tickets_closed", "tickets", ["closed_ms"])
    # SQLite cannot make a column nullable: there the table is copied.
    with op.batch_alter_table("personal") as table:
        table.alter_column("number", existing_type=sa.Text(), nullable=True)
        table.add_column(sa.Column("callback_number", sa.Text))
