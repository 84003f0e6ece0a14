"""The seats' half hours, made from the rows that are there."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from db.entry import Entry
from db.seat_slots import KINDS, SeatFold
from db.seat_table import as_row

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_AT_ONCE = 1_000


def upgrade() -> None:
    """One more table that follows from the journal, as ``calls`` does."""
    table = op.create_table(
        "seat_slots",
        sa.Column("seat", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("from_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(64)),
        sa.Column("operator", sa.String(64)),
        sa.Column("reason", sa.Text),
        sa.Column("wrap_ms", sa.BigInteger),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
    )
    op.create_index("seat_slots_from", "seat_slots", ["from_ms"])
    op.create_index("seat_slots_state", "seat_slots", ["state"])
    op.create_index("seat_slots_seq", "seat_slots", ["seq"])
    journal = sa.table(
        "journal", *(sa.column(name) for name in ("seq", "at_ms", "kind", "seat", "operator", "data"))
    )
    query = sa.select(journal).where(journal.c.kind.in_(KINDS)).order_by(journal.c.seq)
    fold = SeatFold()
    for seq, at_ms, kind, seat, operator, data in op.get_bind().execute(query):
        fold.add(Entry(at_ms, kind, seat=seat, operator=operator, data=json.loads(data)), seq)
    slots = list(fold.slots.values())
    for first in range(0, len(slots), _AT_ONCE):
        op.bulk_insert(table, [as_row(slot) for slot in slots[first : first + _AT_ONCE]])
