"""A database file of the present schema: made once, and copied where one is wanted, which takes no time."""

from pathlib import Path

from db import open_database, upgrade


def upgraded_file(folder: Path) -> Path:
    """An empty database, upgraded."""
    file = folder / "madoguchi.db"
    database = open_database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    return file
