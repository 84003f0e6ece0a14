"""Writing a file whole, or not at all: nobody reads half of it, and a full disk leaves the old one."""

from __future__ import annotations

import os
from pathlib import Path


def put_atomically(file: Path, content: bytes) -> None:
    """Write the file, whole and on the disk, or leave the one that is there. Raises OSError."""
    place = file.resolve()  # a link stays one
    if place.exists() and not place.is_file():
        place.write_bytes(content)  # a pipe or a device
        return
    draft = place.with_name(f".{place.name}.new")
    try:
        with draft.open("wb") as out:
            if place.exists():
                draft.chmod(place.stat().st_mode & 0o777)
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(place)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
