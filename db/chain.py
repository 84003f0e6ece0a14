"""The journal's hash chain: every row carries the hash of the one before and its own.

A row's hash is SHA-256 over the former row's hash (32 bytes) and the row as a JSON array in UTF-8, without
spaces: ``[seq, at_ms, kind, call, seat, operator, offer, line, data, schema_version, writer]``; ``data`` is
the text that is stored. The first row follows on 32 zero bytes. So whoever changes, removes or moves a row
must rewrite every later one, and then the last hash is not the one that was printed on a report.

Its own hash and the former one are both stored: that tells which of two neighbours was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import DBAPIError

from db.database import Database, DatabaseError
from db.tables import journal

ORIGIN = bytes(32)
"""What the first row follows on."""
HASHED: tuple[str, ...] = (
    *("seq", "at_ms", "kind", "call", "seat", "operator", "offer", "line", "data"),
    *("schema_version", "writer"),
)
_AT_ONCE = 5000


def link(prev: bytes, values: Sequence[Any]) -> bytes:
    """The hash of the row with these values, in the order of `HASHED`, behind a row with the hash ``prev``.

    Raises:
        TypeError, UnicodeEncodeError: a value that no row of ours can have.
    """
    seq, at_ms, kind, call, seat, operator, offer, line, data, version, writer = values
    if not (type(seq) is type(at_ms) is type(version) is int and (seat is None or type(seat) is int)):
        raise TypeError("a number of the row is none")
    # As json.dumps writes it, in a quarter of the time: millions of rows are verified.
    text = (
        f"[{seq},{at_ms},{encode_basestring(kind)},{_text(call)},{'null' if seat is None else seat},"
        f"{_text(operator)},{_text(offer)},{_text(line)},{encode_basestring(data)},{version},"
        f"{encode_basestring(writer)}]"
    )
    return sha256(prev + text.encode()).digest()


def _text(value: str | None) -> str:
    return "null" if value is None else encode_basestring(value)


@dataclass(frozen=True, slots=True)
class Head:
    """A row and its hash: with the journal up to it unchanged, a row of this place has this hash for ever."""

    seq: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read what `str` has made. Raises ValueError."""
        place, _, digest = text.strip().partition(":")
        try:
            made = cls(int(place), bytes.fromhex(digest))
        except ValueError:
            made = cls(0, b"")
        if made.seq < 1 or len(made.hash) != 32:
            raise ValueError(f"{text!r} is not a head of the journal: write SEQ:HASH, 64 hexadecimal digits")
        return made


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row that is not as it was written."""

    seq: int
    why: str

    def __str__(self) -> str:
        return f"row {self.seq}: {self.why}"


def head(connection: Connection, to_ms: int | None = None) -> Head | None:
    """The newest row's head; with ``to_ms``, that of the last row before this time (ms UTC): a period's end.

    None: there is no such row.
    """
    query = select(journal.c.seq, journal.c.hash)
    if to_ms is None:
        query = query.order_by(journal.c.seq.desc())
    else:
        query = query.where(journal.c.at_ms < to_ms).order_by(journal.c.at_ms.desc(), journal.c.seq.desc())
    found = connection.execute(query.limit(1)).first()
    return None if found is None else Head(found.seq, bytes(found.hash))


def head_at(connection: Connection, seq: int) -> Head | None:
    """The head of the row at this place; None: there is none."""
    found = connection.scalar(select(journal.c.hash).where(journal.c.seq == seq))
    return None if found is None else Head(seq, bytes(found))


def verify(
    database: Database, *, after: Head | None = None, tell: Callable[[int], None] | None = None
) -> Broken | None:
    """Read the whole journal, or what follows ``after``, and return the first broken row; None: all is well.

    Streams: memory does not grow with the journal. ``tell`` gets the place reached, from time to time.

    Raises:
        DatabaseError: the database cannot be read (a torn file); says behind which row.
    """
    seq, last = (0, ORIGIN) if after is None else (after.seq, after.hash)
    try:
        with database.read() as connection:
            if after is not None and (stored := head_at(connection, seq)) != after:
                return Broken(seq, "missing" if stored is None else "has another hash than it had")
            for rows in _streamed(connection, seq):
                for row in rows:
                    if (broken := _look(row, seq, last)) is not None:
                        return broken
                    seq, last = row[0], row[-1]
                if tell is not None:
                    tell(seq)
    except DBAPIError as problem:
        why = (str(problem.orig).strip().splitlines() or ["no reason given"])[0]
        raise DatabaseError(
            f"{database.name}: the journal cannot be read behind row {seq}: {why}; put back a backup"
        ) from None
    return None


def _look(row: Any, before: int, last: bytes) -> Broken | None:
    seq, prev, own = row[0], row[-2], row[-1]
    if seq != before + 1:
        return Broken(before + 1, "missing" if seq > before + 1 else "stands at an impossible place")
    try:
        fits = isinstance(prev, bytes) and link(prev, row[:-2]) == own
    except (TypeError, ValueError):
        fits = False
    if not fits:
        return Broken(seq, "was changed: its content does not have the hash that stands in it")
    if prev != last:
        if before == 0:
            return Broken(seq, "was rewritten: it is not the first row of a journal")
        return Broken(before, f"was rewritten: row {seq} was written behind a row with another hash")
    return None


def _streamed(connection: Connection, after: int) -> Iterator[Sequence[Row[Any]]]:
    # The driver's own rows: no type is converted, so a value of a wrong type is seen as what it is.
    columns = ", ".join(f'"{name}"' for name in (*HASHED, "prev", "hash"))
    text = f"SELECT {columns} FROM journal WHERE seq > {after:d} ORDER BY seq"  # noqa: S608  # our own names
    result = connection.execution_options(yield_per=_AT_ONCE).exec_driver_sql(text)
    yield from result.partitions(_AT_ONCE)
