"""One journal row, as it is written (:class:`Entry`) and as it is read back (:class:`JournalRow`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SCHEMA_VERSION = 1
"""Version of the journal's vocabulary (docs/journal.md). Stored with every row, so that a reader of an old
row knows which words it was written in."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, once.

    ``at_ms`` is milliseconds UTC. ``kind`` and the keys of ``data`` are those of docs/journal.md; ``data``
    must be plain JSON values. ``private`` holds personal data: ``{"number": "+81…"}`` (who called),
    ``{"callback_number": "+81…"}`` (where to call back), stored in the table ``personal`` under ``call`` and
    never in the journal's row.
    """

    at_ms: int
    kind: str
    call: str | None = None
    seat: int | None = None
    operator: str | None = None
    offer: str | None = None
    line: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    private: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class JournalRow:
    """An entry that stands in the journal, at its place ``seq`` (ascending, unique); no private data.

    ``writer`` is the run that wrote it: rows of one writer are of one floor.
    """

    seq: int
    entry: Entry
    schema_version: int = SCHEMA_VERSION
    writer: str = ""

    def to_json(self) -> dict[str, Any]:
        """The row as the API and ``--format json`` show it; empty fields are left out."""
        entry = self.entry
        shown: dict[str, Any] = {"seq": self.seq, "at_ms": entry.at_ms, "kind": entry.kind}
        for name in ("call", "seat", "operator", "offer", "line"):
            value = getattr(entry, name)
            if value is not None:
                shown[name] = value
        shown["data"] = dict(entry.data)
        return shown


def clean(value: str) -> str:
    """Text from the network without what a database refuses: NUL (PostgreSQL) and halves of characters."""
    return value.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")
