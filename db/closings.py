"""締め: the frozen versions of a month's report. Written once, like the journal; nothing of them changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from db.tables import closing_documents, closings


@dataclass(frozen=True, slots=True)
class Closing:
    """One version of a closed month ("2026-10"); the first is 1.

    ``head``: of the journal when it was closed, SEQ:HASH ("" for an empty journal). ``settings``: those that
    the figures depend on. ``sha256``: of the figures as JSON, which stands in the journal's row, too.
    """

    month: str
    version: int
    at_ms: int
    by: str
    reason: str
    head: str
    definitions_version: str
    settings: Mapping[str, Any]
    sha256: str


def add_closing(connection: Connection, closing: Closing, documents: Mapping[str, bytes]) -> None:
    """Store a version and its documents by form ("json", "csv", …).

    Raises:
        IntegrityError: somebody else has just stored this version.
    """
    connection.execute(
        closings.insert(),
        {
            "month": closing.month,
            "version": closing.version,
            "at_ms": closing.at_ms,
            "who": closing.by,
            "reason": closing.reason,
            "head": closing.head,
            "definitions_version": closing.definitions_version,
            "settings": json.dumps(closing.settings, ensure_ascii=False, sort_keys=True),
            "sha256": closing.sha256,
        },
    )
    rows = [
        {"month": closing.month, "version": closing.version, "form": form, "content": content}
        for form, content in documents.items()
    ]
    connection.execute(closing_documents.insert(), rows)


def closings_of(connection: Connection, month: str) -> list[Closing]:
    """Every version of a month, the first first; empty: it is not closed."""
    query = select(closings).where(closings.c.month == month).order_by(closings.c.version)
    return [_closing(found) for found in connection.execute(query).mappings()]


def closings_since(connection: Connection, at_ms: int) -> list[Closing]:
    """Every version of any month that was made at this time (ms UTC) or later."""
    query = select(closings).where(closings.c.at_ms >= at_ms).order_by(closings.c.at_ms)
    return [_closing(found) for found in connection.execute(query).mappings()]


def document_of(connection: Connection, closing: Closing, form: str) -> bytes | None:
    """The document as it was frozen; None: this form was not made."""
    query = select(closing_documents.c.content).where(
        closing_documents.c.month == closing.month,
        closing_documents.c.version == closing.version,
        closing_documents.c.form == form,
    )
    found = connection.scalar(query)
    return None if found is None else bytes(found)


def _closing(found: RowMapping) -> Closing:
    return Closing(
        month=found["month"],
        version=found["version"],
        at_ms=found["at_ms"],
        by=found["who"],
        reason=found["reason"],
        head=found["head"],
        definitions_version=found["definitions_version"],
        settings=json.loads(found["settings"]),
        sha256=found["sha256"],
    )
