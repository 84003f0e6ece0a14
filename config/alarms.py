"""`[alarms]`: what is told by webhook, when, and to whom."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.section import Amount, Int, Section

Url = Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+(/\S*)?$", max_length=500)]
"""No user and password in it: they would stand in the settings."""


class AlarmRules(Section):
    """警報. A condition must hold for its time before it is an alarm, and be gone for as long at the end."""

    webhooks: tuple[Url, ...] = Field(default=(), max_length=10)
    """Where a JSON document is sent (POST) when an alarm begins, still holds, and ends. Empty: nowhere;
    alarms are in the journal, in /metrics and in `madoguchi alarms` all the same."""
    no_seat_after_s: Amount = Field(default=60, ge=0, le=3600)
    """Open, and no seat is staffed."""
    few_seats_after_s: Amount = Field(default=300, ge=0, le=7200)
    """Open, and fewer seats are staffed than [report] staffed_seats."""
    wait_s: Amount = Field(default=300, ge=10, le=7200)
    """Somebody waits longer; it ends when nobody waits longer than four fifths of it."""
    away_after_s: Amount = Field(default=15, ge=5, le=600)
    """Controller, Asterisk, database or trunk are away for so long."""
    disk_free_gb: Amount = Field(default=2, ge=0, le=10_000)
    certificate_days: Int = Field(default=30, ge=1, le=365)
    again_min: Amount = Field(default=60, ge=0, le=1440)
    """An alarm that still holds is told again after so long; 0: never."""
