"""What differs between two settings, key by key, and which of it only a restart can bring into force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from config.desk_work import DeskWork
from config.settings import Settings

NEEDS_RESTART = ("sip", "trunk", "ari", "desk", "stop", "watch")
"""Sections that the running processes were started with: addresses, ports, the carrier, the end. Of `[desk]`
what operators work with (`DeskWork`) is none of it.
"""
SECRET = frozenset({"trunk.password"})


@dataclass(frozen=True, slots=True)
class Change:
    """One key, dotted (`operators.101.name`), with its JSON values; None where it was, or is, not there."""

    key: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What reading the settings anew has changed, and what it would change after a restart."""

    changed: tuple[Change, ...]
    restart: tuple[Change, ...]


def changes(old: Settings, new: Settings) -> tuple[Change, ...]:
    """Every key whose value differs, in the file's order. Secrets are told as changed, never shown."""
    before = dict(_flat("", old.model_dump(mode="json")))
    after = dict(_flat("", new.model_dump(mode="json")))
    keys = [*after, *(key for key in before if key not in after)]
    found = (Change(key, before.get(key), after.get(key)) for key in keys)
    return tuple(_shown(change) for change in found if change.old != change.new)


def in_force(running: Settings, read: Settings) -> Settings:
    """`read`, but with what only a restart can change as it is in `running`."""
    kept = {section: getattr(running, section) for section in NEEDS_RESTART}
    at_once = {name: getattr(read.desk, name) for name in DeskWork.model_fields}
    return read.model_copy(update={**kept, "desk": running.desk.model_copy(update=at_once)})


def _flat(key: str, value: object) -> Iterator[tuple[str, object]]:
    """Dotted keys of all that is no table; tables in a list go by their id, else by their place."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{key}.{name}" if key else name, inner)
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for place, one in enumerate(value):
            yield from _flat(f"{key}.{one.get('id', place)}", one)
    else:
        yield key, value


def _shown(change: Change) -> Change:
    if change.key not in SECRET:
        return change
    hidden = [None if value is None else "***" for value in (change.old, change.new)]
    return Change(change.key, *hidden)
