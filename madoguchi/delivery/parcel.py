"""A parcel: the files of one paper for one receiver; and why it did not go."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field


class DeliveryError(Exception):
    """It did not go; one sentence that names the receiver and what is wrong, without any secret."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """``title`` names the paper for people; nothing in it names a citizen."""

    title: str
    part: str
    files: Mapping[str, bytes] = field(repr=False)

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each file, by name."""
        return {name: hashlib.sha256(content).hexdigest() for name, content in self.files.items()}
