"""The journal's writer: entries go in at once and never hurt; one thread brings them to the database.

A call never waits for the database. ``write`` gives the entry its place (``seq``), tells the subscribers and
puts it into a queue; the writer thread takes what has gathered and stores it in one transaction, together
with the ``calls`` rows that follow from it. While the database is away it tries again, in order, with
growing pauses, and keeps what waits on our own disk (`db.unstored`): a fall in an outage loses nothing. A
commit whose answer was lost is found again by (writer, seq), so nothing is stored twice.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import structlog
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from db.database import Database
from db.entry import Entry
from db.read import newest_seq
from db.server_lease import LeaseOverError
from db.store import Batch, Item, store
from db.tables import journal as journal_table
from db.unstored import Unstored

Subscriber = Callable[[int, Entry], None]

_BATCH = 500
_GATHER_S = 0.02
_PAUSE_FIRST_S = 0.05
_PAUSE_LONGEST_S = 2.0

log = structlog.get_logger("db.journal")


@dataclass(frozen=True, slots=True)
class _Wake:
    """Put into the queue to make the writer look around."""


class Journal:
    """The one writer of a database. ``start`` before the first ``write``; ``close`` at the end."""

    def __init__(
        self,
        database: Database,
        *,
        fence: Callable[[Connection], None] | None = None,
        unstored: Unstored | None = None,
    ) -> None:
        """`fence` is asked in every transaction; when it raises LeaseOverError nothing is stored any more.
        `unstored`: where rows are kept while the database is away; None: in memory only.
        """
        self._database = database
        self._fence = fence
        self._unstored = unstored
        self._kept = 0
        """How many of the rows in hand, from the first one on, are there."""
        self._keeps = False
        """Whether something is there."""
        self._former = unstored is not None
        """Whether a run before us may have left something there."""
        self._writer = uuid.uuid4().hex
        self._queue: SimpleQueue[Item | _Wake] = SimpleQueue()
        self._subscribers: tuple[Subscriber, ...] = ()
        # Re-entrant: a subscriber may write.
        self._lock = threading.RLock()
        self._seq = 0
        self._early: list[Entry] | None = []
        self._stored = threading.Condition()
        self._stored_count = 0
        self._written_count = 0
        self._oldest: float | None = None
        self._closing = threading.Event()
        self._abandon = threading.Event()
        self._closed = False
        self._batch = Batch()
        self._shift = 0
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)

    def start(self) -> None:
        """Take in what a run before us could not store, and take up the numbering where the database ends.
        The database must be there and upgraded.

        Raises sqlalchemy's DBAPIError when it is not.
        """
        try:
            self._take_in()
        except DBAPIError:
            log.warning("journal.taken_in_later")  # it can be read, as we are told, but not written
        with self._database.read() as connection:
            newest = newest_seq(connection)
        with self._lock:
            if self._early is None:
                raise RuntimeError("the journal was started before")
            early, self._early = self._early, None
            self._seq = newest
            for entry in early:
                self._accept(entry)
        self._thread.start()

    def write(self, entry: Entry) -> None:
        """Record an entry. Returns at once (some microseconds), from any thread; never raises."""
        try:
            with self._lock:
                if self._closed:
                    log.error("journal.write_after_close", kind=entry.kind, call=entry.call)
                elif self._early is not None:
                    self._early.append(entry)
                else:
                    self._accept(entry)
        except Exception:
            # A call must never fail because it could not be written down; the log still has the kind.
            log.exception("journal.write_failed", kind=entry.kind, call=entry.call)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber(seq, entry)`` inside every ``write``, in order. Returns what ends it.

        Subscribers must be quick and must not block; one that raises is logged and stays.
        """
        with self._lock:
            self._subscribers = (*self._subscribers, subscriber)

        def unsubscribe() -> None:
            with self._lock:
                self._subscribers = tuple(one for one in self._subscribers if one is not subscriber)

        return unsubscribe

    def step_over(self, seq: int) -> None:
        """Number on behind ``seq``, which another writer of ours (`db.append`) has stored.

        Without it the next entry would find its number taken, and be moved: nothing is lost either way. While
        entries are on their way it is left to that.
        """
        with self._lock:
            if self._early is None and self.pending == 0:
                self._seq = max(self._seq, seq)

    @property
    def pending(self) -> int:
        """Entries that the database does not have yet."""
        return self._written_count - self._stored_count

    @property
    def lag_ms(self) -> int:
        """Age of the oldest entry that the database does not have yet, ms; 0 when it has all."""
        oldest = self._oldest
        return 0 if oldest is None else max(0, int((time.monotonic() - oldest) * 1000))

    lag = lag_ms

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until all that was written before is stored. False when ``timeout_s`` passed first."""
        with self._lock:
            wanted = self._written_count
        with self._stored:
            return self._stored.wait_for(lambda: self._stored_count >= wanted, timeout_s)

    def close(self, timeout_s: float = 10.0) -> bool:
        """Store what is left and end the thread. False, and an error in the log, when some could not be."""
        with self._lock:
            if self._closed:
                return self.pending == 0
            self._closed = True
        if not self._thread.is_alive():
            return self.pending == 0
        self._closing.set()
        self._queue.put(_Wake())
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self._abandon.set()
            self._thread.join(_PAUSE_LONGEST_S)
            kept = self._kept
            log.error(
                "journal.entries_left", kept=kept, lost=self.pending - kept, database=self._database.name
            )
        return self.pending == 0

    def _accept(self, entry: Entry) -> None:
        item = as_item(self._seq + 1, entry, self._shift)
        self._seq += 1
        self._written_count += 1
        self._queue.put(item)
        for subscriber in self._subscribers:
            try:
                subscriber(self._seq, entry)
            except Exception:
                log.exception("journal.subscriber_failed", kind=entry.kind)

    # What follows runs on the writer's thread.

    def _run(self) -> None:
        while not (self._closing.is_set() and self._queue.empty()):
            items = self._take()
            if items and not self._bring(items):
                return

    def _take(self) -> list[Item]:
        first = self._queue.get()
        # Let a little gather: one commit then serves several rows, and this thread does not take the
        # interpreter from the event loop at the very moment when a call is being answered or connected.
        self._closing.wait(_GATHER_S)
        items = [first.moved(self._shift - first.shift)] if isinstance(first, Item) else []
        return items + self._waiting(_BATCH - len(items))

    def _waiting(self, most: int | None = None) -> list[Item]:
        """What has gathered in the queue."""
        items: list[Item] = []
        while most is None or len(items) < most:
            try:
                item = self._queue.get_nowait()
            except Empty:
                break
            if isinstance(item, Item):
                items.append(item.moved(self._shift - item.shift))
        return items

    def _take_in(self) -> None:
        """Bring what a run before us has left to the database, behind which ours stands."""
        if self._unstored is not None and self._former:
            try:
                self._unstored.take_in(self._database, self._writer)
            except OSError as problem:
                log.error("journal.unstored_unreadable", why=str(problem))  # noqa: TRY400  # tells all
            self._former = False

    def _keep(self, items: list[Item]) -> list[Item]:
        """The items, and what has come since; all of it is now where our fall does not lose it."""
        items = items + self._waiting()
        if self._unstored is not None and self._kept < len(items):
            try:
                self._unstored.keep(items[self._kept :], self._writer)
                self._kept, self._keeps = len(items), True
            except OSError as problem:
                log.warning("journal.not_kept", why=str(problem), rows=len(items) - self._kept)
        return items

    def _keep_no_more(self) -> None:
        if self._unstored is not None and self._keeps:
            try:
                self._unstored.clear(self._writer)
            except OSError as problem:
                log.error("journal.unstored_stays", why=str(problem))  # noqa: TRY400  # tells all
        self._kept, self._keeps = 0, False

    def _behind(self, count: int, items: list[Item]) -> list[Item]:
        """The items without the first ones, which the database has."""
        self._kept = max(0, self._kept - count)
        with self._stored:
            self._stored_count += count
            self._stored.notify_all()
        return items[count:]

    def _bring(self, items: list[Item]) -> bool:
        """Store the items, however long it takes. False: told to give up."""
        pause_s = _PAUSE_FIRST_S
        at_once = _BATCH
        is_retry = False
        while items:
            self._oldest = items[0].taken_s
            try:
                self._take_in()
                if is_retry:
                    with self._database.read() as connection:
                        stored = self._stored_of(connection, items)
                    items = self._behind(stored, items)
                chunk = items[:at_once]
                if chunk:
                    self._store(chunk)
                items = self._behind(len(chunk), items)
                is_retry, pause_s = False, _PAUSE_FIRST_S
                continue
            except LeaseOverError:
                # What we have not stored the one who commands now finds in Asterisk.
                log.error("journal.lease_over", lost=self.pending)  # noqa: TRY400  # nothing is broken here
                return False
            except Exception as problem:
                self._batch.forget()
                is_retry = True
                if isinstance(problem, IntegrityError) and (moved := self._renumbered(items)) is not None:
                    items = moved
                elif _is_poison(problem):
                    # One entry that the database will never take must not hold up all after it.
                    if at_once == 1:
                        log.exception("journal.unwritable", seq=items[0].seq)
                        items = [items[0].unwritable(problem), *items[1:]]
                    at_once = 1
                    continue
                else:
                    items = self._keep(items)
                    log.warning("journal.database_away", why=str(problem)[:300], pending=self.pending)
            if self._abandon.wait(pause_s):
                self._keep(items)
                return False
            pause_s = min(pause_s * 2, _PAUSE_LONGEST_S)
        self._oldest = None
        self._keep_no_more()
        return True

    def _store(self, items: list[Item]) -> None:
        with self._database.write() as connection:
            if self._fence is not None:
                self._fence(connection)
            store(connection, items, self._writer, self._batch)

    def _stored_of(self, connection: Connection, items: list[Item]) -> int:
        """How many of the items, from the first one on, the database has: only the answer to it was lost."""
        own = select(func.max(journal_table.c.seq)).where(journal_table.c.writer == self._writer)
        newest = connection.scalar(own) or 0
        return sum(item.seq <= newest for item in items)

    def _renumbered(self, items: list[Item]) -> list[Item] | None:
        """The items behind those of another writer, which took our numbers; None: that is not the fault.

        Happens when a command writes beside the instance that runs. Nothing is lost; subscribers saw other
        numbers of what was under way, and see the true ones from now on.
        """
        try:
            with self._database.read() as connection:
                stored, newest = self._stored_of(connection, items), newest_seq(connection)
        except DBAPIError:
            return items
        left = self._behind(stored, items)
        if left and newest < left[0].seq:
            return None
        step = newest + 1 - left[0].seq if left else 0
        log.warning("journal.number_taken", moved_by=step, database=self._database.name)
        with self._lock:
            self._shift += step
            self._seq += step
        return [item.moved(step) for item in left]


def as_item(seq: int, entry: Entry, shift: int = 0) -> Item:
    """An entry on its way to this place. Made text now: the caller may go on to change what it points to."""
    return Item(seq, entry, _json(entry.data), time.monotonic(), shift)


def _is_poison(problem: Exception) -> bool:
    """Whether the fault is in the data (so that trying again is of no use), not in the database."""
    return isinstance(problem, DataError | IntegrityError) or not isinstance(problem, DBAPIError | OSError)


def _json(data: Mapping[str, Any]) -> str:
    """Canonical JSON. What JSON cannot say becomes its text; halves of characters become '?'."""
    try:
        text = json.dumps(dict(data), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps({"unreadable": ascii(data)[:2000]})
    return text.encode("utf-8", "replace").decode("utf-8")
