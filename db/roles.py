"""PostgreSQL: the role that the application runs as may add to the journal, never change it."""

from __future__ import annotations

import re

from sqlalchemy import text

from db.database import Database, DatabaseError
from db.tables import APPEND_ONLY, metadata

_ROLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_ADD = "SELECT, INSERT"
_ALL = "SELECT, INSERT, UPDATE, DELETE"


def grant(database: Database, role: str) -> None:
    """Give ``role`` what the application needs of every table and no more. To be run by the tables' owner.

    Raises:
        DatabaseError: not PostgreSQL; no such role; a role that can do more whatever it is granted.
    """
    if database.is_sqlite:
        raise DatabaseError(f"{database.name}: SQLite has no roles; use PostgreSQL, or leave --role out")
    if not _ROLE.fullmatch(role):
        raise DatabaseError(f"--role {role!r}: is not the name of a role")
    append_only = {table.name for table in APPEND_ONLY}
    with database.write() as connection:
        known = text("SELECT rolsuper FROM pg_roles WHERE rolname = :role")
        is_super = connection.execute(known, {"role": role}).first()
        if is_super is None:
            raise DatabaseError(
                f"--role {role}: there is no such role; CREATE ROLE {role} LOGIN PASSWORD '…'"
            )
        if is_super[0]:
            raise DatabaseError(f"--role {role}: is a superuser, who may change every row; name another")
        member = text("SELECT pg_has_role(:role, current_user, 'MEMBER')")
        if connection.scalar(member, {"role": role}):
            raise DatabaseError(f"--role {role}: is the tables' owner or one of its members; name another")
        schema = connection.scalar(text("SELECT quote_ident(current_schema())"))
        statements = [
            f'GRANT USAGE ON SCHEMA {schema} TO "{role}"',
            f'REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM "{role}"',
            f'GRANT SELECT ON alembic_version TO "{role}"',
            f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO "{role}"',
            *(
                f'GRANT {_ADD if name in append_only else _ALL} ON "{name}" TO "{role}"'
                for name in metadata.tables
            ),
        ]
        for statement in statements:
            connection.execute(text(statement))


def excess_powers(database: Database) -> list[str]:
    """What the role that we are connected as may do to append-only tables; empty: nothing, as it should be.

    For SQLite always empty: there, whoever may write the file may do anything.
    """
    if database.is_sqlite:
        return []
    found = []
    with database.read() as connection:
        row = connection.execute(
            text("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        ).one()
        if row[1]:
            found.append(f"{row[0]} is a superuser")
        for table in APPEND_ONLY:
            owner = text(
                "SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = to_regclass(:name)"
            )
            if connection.scalar(owner, {"name": table.name}):
                found.append(f"{row[0]} owns {table.name}")
                continue
            may = text("SELECT has_table_privilege(:name, :verb)")
            found += [
                f"{row[0]} may {verb} {table.name}"
                for verb in ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
                if connection.scalar(may, {"name": table.name, "verb": verb})
            ]
    return found
