"""折り返し: whether callers may be called back instead of waiting, and how that is done."""

from __future__ import annotations

from datetime import time
from typing import Self

from pydantic import Field, model_validator

from config.section import Amount, Flag, Int, Section


class CallbackRules(Section):
    """Callbacks show the city's number.

    With `call_from` and `call_to` citizens are called between these times (Asia/Tokyo, half-open), also when
    the line is closed; without them only while it is open.
    """

    enabled: Flag = False
    attempts: Int = Field(default=3, ge=1, le=20)
    retry_min: Amount = Field(default=15, gt=0, le=1440)
    expiry_h: Amount = Field(default=8, gt=0, le=168)
    """From the request on; who was not reached by then is not called any more."""
    ring_s: Amount = Field(default=45, ge=5, le=180)
    """How long the citizen's phone is rung."""
    max_open: Int = Field(default=100, ge=1, le=10_000)
    """Callbacks that may be open at once; beyond, none is offered."""
    call_from: time | None = None
    call_to: time | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.call_from is None) != (self.call_to is None):
            missing = "call_from" if self.call_from is None else "call_to"
            raise ValueError(f"{missing} is missing: call_from and call_to go together")
        if self.call_from and self.call_to and self.call_to <= self.call_from:
            raise ValueError(
                f"call_to ({self.call_to:%H:%M}) must be later than call_from ({self.call_from:%H:%M})"
            )
        return self

    def within_hours(self, now: time, *, is_open: bool) -> bool:
        """Whether citizens may be called at this time of day (Asia/Tokyo). `is_open`: the line, now."""
        if self.call_from is None or self.call_to is None:
            return is_open
        return self.call_from <= now < self.call_to
