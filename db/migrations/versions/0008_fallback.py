"""Which calls the exchange served by itself, while no controller was there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No call before this version is known as such."""
    op.add_column("calls", sa.Column("fallback", sa.Boolean, nullable=False, server_default=sa.false()))
