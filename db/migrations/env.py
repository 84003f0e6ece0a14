"""Alembic's entry. The connection, inside a transaction that holds the upgrade lock, comes from db.schema."""

from __future__ import annotations

from alembic import context

from db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can roll DDL back too; a half-made database must not stay behind.
    transactional_ddl=True,
)
context.run_migrations()
