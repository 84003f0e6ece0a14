"""予約枠: which entry has a place in which slot."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables only."""
    op.create_table("slots", sa.Column("slot", sa.String(120), primary_key=True))
    op.create_table(
        "slot_places",
        sa.Column("entry", sa.String(40), primary_key=True),
        sa.Column("slot", sa.String(120), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("slot_places_slot", "slot_places", ["slot"])
