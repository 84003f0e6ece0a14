"""The watchdog of `bin/up`: when callers are handed on, and when a controller is started anew."""

from __future__ import annotations

from pydantic import Field

from config.section import Amount, Flag, Section


class Watch(Section):
    """Seconds without a sign of life; 0 is never."""

    hand_over_s: Amount = Field(default=15, ge=0, le=3600)
    """No heartbeat for so long: waiting callers go to the exchange's own queue."""
    restart_s: Amount = Field(default=30, ge=0, le=3600)
    """The controller's process does not answer for so long: it is ended, and another started."""
    standby: Flag = False
    """A second controller stands by, loaded, and goes on at once when the first one falls."""
