"""What identifies a report's figures, wherever they are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def figures_hash(figures: Mapping[str, Any]) -> str:
    """SHA-256 of the figures as canonical JSON, hexadecimal."""
    text = json.dumps(figures, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
