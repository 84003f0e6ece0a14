"""Pinned packages against a copy of the Python Packaging Authority's advisory database, without a network.

    bin/audit --advisories COPY   of github.com/pypa/advisory-database, carried into a closed network

Each advisory is a file in OSV's format (https://ossf.github.io/osv-schema/): the versions that it affects are
listed, or given as ranges between `introduced` and `fixed` or `last_affected`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # its stubs would be one more package to pin
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

NOTHING, FOUND, UNUSABLE = 0, 1, 3


def pinned(lock: str) -> dict[str, Version]:
    """Every package of a lock file, for whatever platform it is."""
    found: dict[str, Version] = {}
    for line in lock.splitlines():
        if line[:1].isalnum():
            requirement = Requirement(line.rstrip(" \\"))
            found[canonicalize_name(requirement.name)] = Version(next(iter(requirement.specifier)).version)
    return found


def advisories(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """What is known of one package, less what was withdrawn."""
    for file in sorted((folder / "vulns" / name).glob("*.yaml")):
        told: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        if not told.get("withdrawn"):
            yield told


def affects(advisory: dict[str, Any], name: str, version: Version) -> bool:
    """Whether this version of the package is one of those."""
    for affected in advisory.get("affected", ()):
        if canonicalize_name(affected["package"]["name"]) != name:
            continue
        if any(_same(text, version) for text in affected.get("versions", ())):
            return True
        ranges = (one["events"] for one in affected.get("ranges", ()) if one["type"] == "ECOSYSTEM")
        if any(within(events, version) for events in ranges):
            return True
    return False


def within(events: Sequence[dict[str, str]], version: Version) -> bool:
    """Whether the version lies between an event that begins the fault and the one that ends it."""
    inside = False
    for event in events:
        if "introduced" in event:
            inside = inside or event["introduced"] == "0" or version >= Version(event["introduced"])
        elif _ended(event, version):
            inside = False
    return inside


def _ended(event: dict[str, str], version: Version) -> bool:
    if "fixed" in event:
        return version >= Version(event["fixed"])
    return "last_affected" in event and version > Version(event["last_affected"])


def _same(text: object, version: Version) -> bool:
    try:
        return Version(str(text)) == version
    except InvalidVersion:
        return False


def newest(folder: Path) -> str:
    """The date of the newest advisory: how old the copy is."""
    return max(
        str(yaml.safe_load(file.read_text(encoding="utf-8")).get("modified", ""))[:10]
        for file in (folder / "vulns").glob("*/*.yaml")
    )


def main(folder: Path, locks: Sequence[Path]) -> int:
    """Say what is known; the exit status."""
    if not any((folder / "vulns").glob("*/*.yaml")):
        sys.stderr.write(f"{folder}: no copy of the advisory database (there is no vulns/*/*.yaml)\n")
        return UNUSABLE
    sys.stdout.write(f"advisories up to {newest(folder)}\n")
    status = NOTHING
    for lock in locks:
        packages = pinned(lock.read_text(encoding="utf-8"))
        known = [
            f"{name} {version}: {one['id']} {' '.join(one.get('aliases', ()))}"
            for name, version in packages.items()
            for one in advisories(folder, name)
            if affects(one, name, version)
        ]
        sys.stdout.write(f"{lock.name}: {len(packages)} packages, {len(known) or 'nothing'} known\n")
        sys.stdout.writelines(f"  {line}\n" for line in known)
        status = FOUND if known else status
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [Path(text) for text in sys.argv[2:]]))
