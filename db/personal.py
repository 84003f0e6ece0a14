"""The table ``personal``: the only place that reads or writes citizens' numbers. They lie there sealed.

The program's own use (calling back, taking a call up again) leaves no trace. What a person looks at does:
`look` and `find` write a row of the access log in the same transaction, and nothing is shown without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import islice
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Connection, delete, func, insert, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite

from config.mynumber import REFUSAL, contains_my_number
from db.database import Database, DatabaseError
from db.entry_keys import (
    due_subjects,
    erase_keys,
    keys_in_use,
    phones_of,
    rewrap,
    subjects_with,
    unreadable_subjects,
    with_number,
)
from db.sealed_totp import rewrap_totp
from db.tables import access_log, calls, holds, personal, tickets
from db.vault import Sealed, Vault, VaultError

_COLUMNS = [personal.c[one.name] for one in fields(Sealed)]
_AT_ONCE = 500
"""SQLite takes at most some thousand parameters in a statement."""
LONGEST_WHO, LONGEST_WHY = 64, 500
NUMBER = "number"
"""The kind of what stands in the table `personal`; the other kinds are the ledgers' and the drafts'."""
TAIL = 4

log = structlog.get_logger("db.personal")


@dataclass(frozen=True, slots=True)
class Person:
    """What is kept of a citizen in one call. Numbers are E.164; None: withheld, not given, or purged."""

    call: str
    number: str | None
    callback_number: str | None
    is_held: bool


class Looked(NamedTuple):
    """A row of the access log: ``call`` is None for a search that found nobody. ms UTC."""

    at_ms: int
    who: str
    call: str | None
    what: str
    why: str


def vault_of(connection: Connection) -> Vault:
    """The keys that go with a connection of ours."""
    vault: Vault = connection.get_execution_options()["vault"]
    return vault


def put(connection: Connection, numbers: Mapping[str, Mapping[str, str]]) -> None:
    """Keep the numbers (`db.vault.FIELDS`) of calls. One that is not given stays what it was.

    Raises:
        VaultError: there is no usable key.
    """
    wanted = [call for call, both in numbers.items() if both]
    if not wanted:
        return
    hold_keys(connection)
    vault, known = vault_of(connection), {row.call: row for row in _sealed(connection, wanted)}
    rows = []
    for call in wanted:
        try:
            rows.append(vault.seal(call, numbers[call], known.get(call)))
        except VaultError:
            if call not in known:
                raise
            log.warning("personal.unreadable", call=call)
            rows.append(vault.seal(call, numbers[call]))
    _write(connection, rows)


def hold_keys(connection: Connection) -> None:
    """Let no rotation end before this transaction has: it would destroy the key that we are about to use.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE personal IN ROW EXCLUSIVE MODE"))


def personal_number(connection: Connection, call: str) -> str | None:
    """For the program's own use: the caller's number; None: withheld, purged or unknown."""
    return _opened(connection, [call]).get(call, {}).get("number")


def callback_numbers(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    """For the program's own use: where to call back, by call, as far as it is known."""
    found = _opened(connection, wanted)
    return {call: both["callback_number"] for call, both in found.items() if "callback_number" in both}


def look(database: Database, call: str, *, who: str, why: str, at_ms: int) -> Person | None:
    """Show a person the record of a citizen in one call, and write down who looked, when (ms UTC) and why.

    None: nothing is kept of this call; that somebody asked is written down as well.

    Raises:
        ValueError: ``who`` or ``why`` is empty or too long.
        VaultError: what is kept cannot be opened.
    """
    checked(who, why)
    with database.write() as connection:
        note(connection, [Looked(at_ms, who, call, "record", why)])
        sealed = next(_sealed(connection, [call]), None)
        if sealed is None:
            return None
        both = database.vault.open(sealed)
        held = connection.scalar(select(func.count()).where(holds.c.call == call))
        return Person(call, both.get("number"), both.get("callback_number"), bool(held))


def find(database: Database, number: str, *, who: str, why: str, at_ms: int) -> list[str]:
    """The calls of exactly this number (E.164), as the caller's own or to call back, the oldest first.

    Each call that is found is written to the access log; the number is not.

    Raises:
        ValueError: ``who`` or ``why`` is empty or too long.
    """
    checked(who, why)
    with database.write() as connection:
        found = calls_of(connection, number)
        seen: Sequence[str | None] = found or [None]
        note(connection, [Looked(at_ms, who, call, "search", why) for call in seen])
    return found


def shown(database: Database, call: str, *, who: str, why: str, at_ms: int) -> None:
    """Write down that a person is shown who is on the line; the number came with the call, not from here.

    Raises:
        ValueError: ``who`` or ``why`` is empty or too long.
    """
    checked(who, why)
    with database.write() as connection:
        note(connection, [Looked(at_ms, who, call, "present", why)])


def earlier_calls(
    database: Database, number: str, *, but: str, from_ms: int, most: int, who: str, why: str, at_ms: int
) -> list[str]:
    """The last calls that came from this number (E.164) since ``from_ms`` (UTC), the newest first, at most so
    many; the call ``but`` is none of them. Each one found is written to the access log, nothing is opened.

    Raises:
        ValueError: ``who`` or ``why`` is empty or too long.
    """
    checked(who, why)
    with database.write() as connection:
        query = (
            select(personal.c.call)
            .join(calls, calls.c.call == personal.c.call)
            .where(personal.c.number_hash.in_(vault_of(connection).hashes(number)))
            .where(calls.c.received_ms >= from_ms, personal.c.call != but)
            .order_by(calls.c.received_ms.desc(), personal.c.call.desc())
            .limit(most)
        )
        found = list(connection.scalars(query))
        note(connection, [Looked(at_ms, who, call, "earlier", why) for call in found])
    return found


def looks(connection: Connection, call: str | None = None) -> list[Looked]:
    """The access log, or what of it concerns one call, the oldest first."""
    query = select(*(access_log.c[name] for name in Looked._fields)).order_by(access_log.c.id)
    if call is not None:
        query = query.where(access_log.c.call == call)
    return [Looked(*row) for row in connection.execute(query)]


def calls_of(connection: Connection, number: str) -> list[str]:
    """For the program's own use: the calls of this number, the oldest first; then those in whose ledger entry
    it stands, and such entries without a call.
    """
    hashes = vault_of(connection).hashes(number)
    query = (
        select(personal.c.call)
        .join(calls, calls.c.call == personal.c.call, isouter=True)
        .where(or_(personal.c.number_hash.in_(hashes), personal.c.callback_hash.in_(hashes)))
        .order_by(calls.c.received_ms, personal.c.call)
    )
    found = list(connection.scalars(query))
    return found + [one for one in subjects_with(connection, number) if one not in found]


def caller_hashes(connection: Connection, from_ms: int, to_ms: int) -> dict[str, str]:
    """Who called, as a keyed hash, by call, for those received in from_ms <= t0 < to_ms (UTC).

    Calls whose number was withheld or purged are not in it. Equal hashes are equal numbers; rows that a
    rotation has not reached yet are hashed with the new key as well.
    """
    query = (
        select(personal.c.call, personal.c.key_id, personal.c.number_hash)
        .join(calls, calls.c.call == personal.c.call)
        .where(calls.c.received_ms >= from_ms, calls.c.received_ms < to_ms)
        .where(personal.c.number_hash.is_not(None))
    )
    rows = connection.execute(query).all()
    if len({key for _, key, _ in rows}) <= 1:
        return {call: known for call, _, known in rows}
    return rehashed(connection, [call for call, _, _ in rows])


def opened_numbers(connection: Connection) -> dict[str, dict[str, str]]:
    """For handing everything over: all numbers by call, `number` and `callback_number`, as far as known.

    Raises:
        VaultError: one cannot be opened.
    """
    rows = connection.execute(select(*_COLUMNS)).all()
    return {row.call: vault_of(connection).open(Sealed(*row)) for row in rows}


def rehashed(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    """For the program's own use: the callers' hashes by call, all with the newest key."""
    vault = vault_of(connection)
    return {
        call: vault.hashes(both["number"])[-1]
        for call, both in _opened(connection, wanted).items()
        if "number" in both
    }


def tails_of(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    """The last four digits of who called, by call: enough to tell callers in a list apart, and to find one
    whom one already knows; not enough to ring anybody up. Not a look, so nothing is written down.
    """
    return {
        call: both["number"][-TAIL:]
        for call, both in _opened(connection, wanted).items()
        if len(both.get("number", "")) > 2 * TAIL
    }


def numbers_of(connection: Connection, wanted: Iterable[str], kind: str | None = None) -> dict[str, set[str]]:
    """For a purge: all numbers of these calls, or those of one kind, by call. Rows that cannot be opened have
    none.
    """
    asked, found = list(wanted), dict[str, set[str]]()
    if kind is None or kind == NUMBER:
        found = {call: set(both.values()) for call, both in _opened(connection, asked).items()}
    if kind == NUMBER:
        return found
    for subject, numbers in phones_of(connection, asked, kind).items():
        found.setdefault(subject, set()).update(numbers)
    return found


def kept_as(connection: Connection, number: str) -> set[tuple[str, str]]:
    """For a purge: where exactly this number stands, as (call or entry without one, kind).

    The kind is `number`, or what the entry's name begins with: booking, inquiry, draft.
    """
    hashes = vault_of(connection).hashes(number)
    query = select(personal.c.call).where(
        or_(personal.c.number_hash.in_(hashes), personal.c.callback_hash.in_(hashes))
    )
    found = {(call, NUMBER) for call in connection.scalars(query)}
    return found | {(subject, entry.partition("-")[0]) for subject, entry in with_number(connection, number)}


def due(
    connection: Connection,
    before_ms: int,
    line: str | None,
    others: Sequence[str] = (),
    kind: str | None = None,
) -> list[str]:
    """The calls received before this time (ms UTC) that still have personal data, of this kind or of any.

    ``line``: only those of this line (the number that was called); None: of every line but ``others``. A
    call whose callback is still to be done is none of them. A draft's time is when it was typed at last.
    """
    if kind is not None and kind != NUMBER:
        return due_subjects(connection, before_ms, line, others, kind)
    query = (
        select(personal.c.call)
        .join(calls, calls.c.call == personal.c.call, isouter=True)
        .join(tickets, tickets.c.call == personal.c.call, isouter=True)
        .where(func.coalesce(calls.c.received_ms, 0) < before_ms)
        .where(or_(tickets.c.ticket.is_(None), tickets.c.closed_ms.is_not(None)))
        .order_by(calls.c.received_ms, personal.c.call)
        .distinct()
        .add_columns(calls.c.received_ms)
    )
    known = func.coalesce(calls.c.line, "main")
    query = query.where(known == line) if line is not None else query.where(known.not_in(list(others)))
    found = [row.call for row in connection.execute(query)]
    if kind is not None:
        return found
    known_already = set(found)
    entries = due_subjects(connection, before_ms, line, others)
    return found + [one for one in entries if one not in known_already]


def erase(connection: Connection, wanted: Iterable[str], kind: str | None = None) -> int:
    """Delete the rows of these calls with their data keys, and the keys of their ledger entries, or only what
    is of this kind. Returns how many rows there were.
    """
    subjects, erased = list(wanted), 0
    if kind is not None and kind != NUMBER:
        return erase_keys(connection, subjects, kind)
    if kind is None:
        erase_keys(connection, subjects)
    for some in _portions(subjects):
        erased += connection.execute(delete(personal).where(personal.c.call.in_(some))).rowcount
    return erased


def key_ids(connection: Connection) -> dict[str, int]:
    """How many rows each key seals, by its id."""
    rows = connection.execute(select(personal.c.key_id, func.count()).group_by(personal.c.key_id))
    found = {row[0]: row[1] for row in rows}
    for key, count in keys_in_use(connection).items():
        found[key] = found.get(key, 0) + count
    return found


def require_keys(database: Database) -> None:
    """Refuse to go on with a database whose key file is not there: a new one would never open its rows.

    Raises:
        DatabaseError: says what to do.
    """
    vault = database.vault
    try:
        if vault.exists:
            vault.all_keys()
            return
        with database.read() as connection:
            sealed = connection.execute(select(personal.c.call).limit(1)).first()
            entries = keys_in_use(connection)
        if sealed is not None or entries:
            raise DatabaseError(
                f"{vault.file}: the key of personal data is missing, and {database.name} holds data sealed "
                "with it; put its copy back, or give the data up: madoguchi purge --unreadable"
            )
        vault.all_keys()
    except VaultError as problem:
        raise DatabaseError(str(problem)) from None


def unreadable(connection: Connection) -> list[str]:
    """The calls whose data no key in the key file can open; all, when there is no file."""
    vault = vault_of(connection)
    known = [key.id for key in vault.all_keys()] if vault.exists else []
    found = list(connection.scalars(select(personal.c.call).where(personal.c.key_id.not_in(known))))
    return found + [one for one in unreadable_subjects(connection, known) if one not in found]


def reseal(database: Database, at_once: int = _AT_ONCE) -> Iterator[int]:
    """Rotate: make a new key, seal every row with it (data keys, hashes), destroy the older keys.

    Yields how many rows are done, after each portion; the rotation is over when the iteration is. Calls go on
    meanwhile. Interrupted, it is finished by the next one: all rows can be opened at any time.

    Raises:
        VaultError: another rotation runs, or rows cannot be opened (the older keys then stay).
    """
    vault = database.vault
    with vault.alone():
        new, done = vault.add(), 0
        with database.write() as connection:
            rewrap_totp(connection, new.id)
        behind, stuck = "", list[str]()
        behind_entries, stuck_entries = "", list[str]()
        while True:
            with database.write() as connection:
                if not database.is_sqlite:
                    # Whoever took the older key before we made the new one is waited for.
                    connection.execute(text("LOCK TABLE personal IN SHARE ROW EXCLUSIVE MODE"))
                older = personal.c.key_id != new.id
                query = select(*_COLUMNS).where(older, personal.c.call > behind).order_by(personal.c.call)
                rows = [Sealed(*row) for row in connection.execute(query.limit(at_once))]
                if rows:
                    behind = rows[-1].call
                    fresh = []
                    for row in rows:
                        try:
                            fresh.append(vault.seal(row.call, {}, row))
                        except VaultError:
                            stuck.append(row.call)
                    _write(connection, fresh)
                    done += len(fresh)
                else:
                    seen, unopened = rewrap(connection, new.id, behind_entries, at_once)
                    if seen:
                        behind_entries = seen[-1]
                        stuck_entries += unopened
                        done += len(seen) - len(unopened)
                    else:
                        left = (connection.scalar(select(func.count()).where(older)) or 0) + sum(
                            count for key, count in keys_in_use(connection).items() if key != new.id
                        )
                        if left == 0:
                            vault.keep_only(new.id)
                            return
                        if left == len(stuck) + len(stuck_entries):
                            break
                        behind, stuck = "", []  # rows written meanwhile
                        behind_entries, stuck_entries = "", []
            yield done
        raise VaultError(
            f"{len(stuck) + len(stuck_entries)} rows cannot be opened (the first: "
            f"{f'call {stuck[0]}' if stuck else stuck_entries[0]}), the older keys are kept; put "
            "back the key file that has their key, or give them up: madoguchi purge --unreadable"
        )


def _sealed(connection: Connection, wanted: Iterable[str]) -> Iterator[Sealed]:
    for some in _portions(wanted):
        for row in connection.execute(select(*_COLUMNS).where(personal.c.call.in_(some))):
            yield Sealed(*row)


def _opened(connection: Connection, wanted: Iterable[str]) -> dict[str, dict[str, str]]:
    found = {}
    for sealed in _sealed(connection, wanted):
        try:
            found[sealed.call] = vault_of(connection).open(sealed)
        except VaultError:
            log.warning("personal.unreadable", call=sealed.call)
    return found


def _write(connection: Connection, rows: Sequence[Sealed]) -> None:
    if not rows:
        return
    new = sqlite.insert(personal) if connection.dialect.name == "sqlite" else postgresql.insert(personal)
    others = {column.name: new.excluded[column.name] for column in _COLUMNS if column.name != "call"}
    upsert = new.on_conflict_do_update(index_elements=["call"], set_=others)
    connection.execute(upsert, [asdict(row) for row in rows])


def note(connection: Connection, rows: Sequence[Looked]) -> None:
    """Write rows of the access log."""
    if not rows:
        return
    connection.execute(insert(access_log), [dict(row._asdict()) for row in rows])


def checked(who: str, why: str) -> None:
    """Refuse (ValueError) a look of nobody, or without a reason."""
    for name, value, longest in (("who", who, LONGEST_WHO), ("why", why, LONGEST_WHY)):
        if not value.strip():
            raise ValueError(f"{name} is empty: whoever looks at a citizen's record says who and why")
        if len(value) > longest:
            raise ValueError(f"{name} is longer than {longest} characters")
        if contains_my_number(value):
            raise ValueError(f"{name}: {REFUSAL}")


def _portions(wanted: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(wanted)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
