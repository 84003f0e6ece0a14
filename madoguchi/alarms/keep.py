"""DIR/alarms.json: which alarms hold, and what has not been told yet. A restart tells nothing twice."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from config import Home
from madoguchi.alarms.book import Book, Notice
from madoguchi.atomic import put_atomically

LONGEST_QUEUE = 1000


class Outgoing(BaseModel):
    """A notice for one webhook. The id is the same at every try, so that the receiver can tell."""

    id: str
    url: str
    notice: Notice


class Kept(BaseModel):
    """The file."""

    book: Book = Book()
    outgoing: list[Outgoing] = []
    """In order; those of a webhook that does not answer wait here, the newest thousand of them."""
    unwritten: list[Notice] = []
    """Not yet in the journal: the database was away."""

    def write(self, home: Home) -> None:
        """Whole or not at all. Raises OSError."""
        put_atomically(home.path / "alarms.json", (self.model_dump_json(indent=1) + "\n").encode())

    @classmethod
    def read(cls, home: Home) -> Kept:
        """What was kept; nothing when there is no file, or none that can be read."""
        try:
            return cls.model_validate_json((home.path / "alarms.json").read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            return cls()
