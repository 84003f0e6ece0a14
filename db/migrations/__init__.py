"""Alembic migrations, shipped with the package. ``db.upgrade`` runs them."""
