"""Checks of the records: the database, the journal's chain, the identity, what is overdue."""

from __future__ import annotations

from sqlalchemy import text

from db import Database, DatabaseError, Unstored, head, schema_state, verify
from db.personal import key_ids, unreadable
from db.roles import excess_powers
from madoguchi.doctor.check import Finding, Level, Scene
from madoguchi.purging import overdue
from reports import month_report
from reports.period import day_around, day_of

MINUTE_MS = 60_000


def database_tables(scene: Scene) -> Finding:
    """The database answers, and its tables are those of this version."""
    name = "database.tables"
    database = _database(scene)
    state = schema_state(database)
    if state == "current":
        return Finding(name, Level.OK, f"{database.name}: up to date")
    said = {
        "empty": ("has no tables", "start Madoguchi once, or run: madoguchi db upgrade"),
        "older": ("was made by an older version", "run: madoguchi db upgrade"),
        "newer": ("was made by a newer version of Madoguchi", "use that version"),
    }
    what, remedy = said[state]
    return Finding(name, Level.FAIL, f"{database.name}: {what}", remedy)


def database_file(scene: Scene) -> Finding:
    """The SQLite file is whole (PRAGMA quick_check)."""
    name = "database.file"
    database = _database(scene)
    if database.file is None:
        return Finding(name, Level.OK, "a server's matter")
    with database.read() as connection:
        said = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    if said == "ok":
        return Finding(name, Level.OK, f"{database.file}: whole, {database.file.stat().st_size >> 20} MB")
    remedy = "stop Madoguchi, put back a backup"
    return Finding(name, Level.FAIL, f"{database.file}: torn: {said.splitlines()[0]}", remedy)


def journal_chain(scene: Scene) -> Finding:
    """No row of the journal was changed, removed or moved; names the first that was."""
    name = "journal.chain"
    database = _database(scene)
    broken = verify(database)
    if broken is not None:
        return Finding(
            name, Level.FAIL, f"journal: {broken}", "keep this database as it is, ask who had access to it"
        )
    with database.read() as connection:
        newest = head(connection)
    return Finding(name, Level.OK, "empty" if newest is None else f"{newest.seq} rows, head {newest}")


def journal_unstored(scene: Scene) -> Finding:
    """No rows wait on the disk beside the database."""
    name = "journal.unstored"
    waiting = Unstored.of(scene.home.path, _database(scene)).count()
    if not waiting:
        return Finding(name, Level.OK, "nothing waits to be stored")
    what = f"{waiting} rows wait in {scene.home.path}/journal.unstored.*: the database was away"
    return Finding(name, Level.WARN, what, "they are stored when it is back, or at the next start")


def journal_printed(scene: Scene) -> Finding:
    """The head that a report shows is still in the journal."""
    name = "journal.printed"
    if scene.printed is None:
        return Finding(name, Level.OK, "no head of a report was given (--head)")
    broken = verify(_database(scene), after=scene.printed)
    if broken is None:
        return Finding(name, Level.OK, f"row {scene.printed.seq} has the hash that the report shows")
    if broken.seq == scene.printed.seq:
        what = f"journal: row {broken.seq} is not what the report shows: {broken.why}"
        return Finding(name, Level.FAIL, what, "rows up to it were rewritten: ask who had access")
    return Finding(name, Level.FAIL, f"journal: behind the report's head: {broken}", "ask who had access")


def figures_identity(scene: Scene) -> Finding:
    """This month's and last month's calls are each counted once (the identity of docs/figures.md)."""
    name = "figures.identity"
    database = _database(scene)
    today = day_of(scene.now_ms)
    last = day_of(day_around(scene.now_ms).from_ms - today.day * 24 * 3_600_000)
    for month in (f"{last:%Y-%m}", f"{today:%Y-%m}"):
        identity = month_report(database, month, scene.now_ms).figures.identity
        if not identity.holds:
            named = ", ".join(identity.unexplained[:5]) or "no single call"
            remedy = "look at one: madoguchi calls ID"
            return Finding(name, Level.FAIL, f"{month}: the identity does not hold: {named}", remedy)
    return Finding(name, Level.OK, f"holds for {last:%Y-%m} and {today:%Y-%m}")


def database_role(scene: Scene) -> Finding:
    """The role that the application runs as cannot change the journal."""
    name = "database.role"
    database = _database(scene)
    if database.file is not None:
        mode = database.file.stat().st_mode & 0o777
        if mode & 0o077:
            may = "write" if mode & 0o022 else "read"
            level = Level.FAIL if may == "write" else Level.WARN
            what = f"{database.file}: others than its owner may {may} it (mode {mode:03o})"
            return Finding(name, level, what, f"chmod 600 {database.file}*")
        return Finding(name, Level.OK, "a SQLite file of its owner; the chain shows changes")
    excess = excess_powers(database)
    if not excess:
        return Finding(name, Level.OK, "may add to the journal and not change it")
    remedy = "make a role of its own for the application: docs/journal.md, Two roles"
    return Finding(name, Level.WARN, f"too mighty: {'; '.join(excess)}", remedy)


def personal_keys(scene: Scene) -> Finding:
    """Every sealed number can be opened with the key file."""
    name = "personal.keys"
    database = _database(scene)
    vault = database.vault
    with database.read() as connection:
        sealed = sum(key_ids(connection).values())
        lost = unreadable(connection)
    if lost:
        remedy = f"put back the copy of {vault.file}, or give them up: madoguchi purge --unreadable"
        return Finding(
            name, Level.FAIL, f"{len(lost)} of {sealed} records have no key in {vault.file}", remedy
        )
    if vault.exists and len(vault.all_keys()) > 1:
        return Finding(name, Level.WARN, "a rotation of keys was not finished", "run: madoguchi keys rotate")
    return Finding(name, Level.OK, f"{sealed} records, all with a key")


def personal_retention(scene: Scene) -> Finding:
    """No personal data are kept longer than [retention] says."""
    name = "personal.retention"
    if scene.settings is None:
        return Finding(name, Level.WARN, "the settings cannot be read")
    late = overdue(_database(scene), scene.settings.retention, scene.now_ms)
    if late:
        what = f"{len(late)} calls have personal data beyond their time"
        return Finding(name, Level.WARN, what, "run: madoguchi purge")
    return Finding(name, Level.OK, "nothing is overdue")


def journal_clock(scene: Scene) -> Finding:
    """The newest row is not of the future: a clock that was set back."""
    name = "journal.clock"
    database = _database(scene)
    with database.read() as connection:
        newest = connection.execute(text("SELECT max(at_ms) FROM journal")).scalar_one()
    ahead_ms = (newest or 0) - scene.now_ms
    if ahead_ms > MINUTE_MS:
        what = f"the newest row is {ahead_ms // MINUTE_MS} minutes ahead of the clock"
        return Finding(name, Level.WARN, what, "look at the machine's clock (NTP)")
    return Finding(name, Level.OK, "no row is of the future")


def _database(scene: Scene) -> Database:
    if scene.database is None:
        raise DatabaseError("the database cannot be opened")
    if scene.database.file is not None and not scene.database.file.exists():
        raise DatabaseError(f"{scene.database.name}: no such database; start Madoguchi once, or give --home")
    return scene.database
