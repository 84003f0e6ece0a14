"""What is known of the last backup, DIR/backup.json; and the old ones, of which so many stay."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ValidationError

from config import Home
from madoguchi.atomic import put_atomically

NAME = "madoguchi-{at:%Y%m%d-%H%M%S}.backup"
_NAMED = re.compile(r"madoguchi-\d{8}-\d{6}\.backup")


class LastBackup(BaseModel):
    """The newest backup that was made and proved."""

    made_ms: int
    """UTC, the machine's own clock."""
    file: str
    bytes: int
    head: str | None
    keys: bool
    proved: bool

    def write(self, home: Home) -> None:
        """Keep it. Raises OSError."""
        put_atomically(_place(home), (self.model_dump_json(indent=1) + "\n").encode())

    @classmethod
    def read(cls, home: Home) -> LastBackup | None:
        """The last one; None: none was made, or it cannot be told."""
        try:
            return cls.model_validate_json(_place(home).read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            return None


def drop_old(directory: Path, keep: int) -> list[Path]:
    """Delete all but the newest ``keep`` backups of a directory (0: none); returns those that are gone."""
    named = sorted(path for path in directory.iterdir() if _NAMED.fullmatch(path.name))
    gone = named[:-keep] if keep else []
    for path in gone:
        path.unlink()
    return gone


def _place(home: Home) -> Path:
    return home.path / "backup.json"
