"""What was found out about usual days, until the day or the settings change."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date


@dataclass
class UsualKept:
    """`of`: the day and the weeks that `answer` (JSON) is about; one asks, the others wait for it."""

    of: tuple[date, int] | None = None
    answer: str = ""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
