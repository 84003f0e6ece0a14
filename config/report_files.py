"""`[report]` daily_at and the rest: the reports that the instance makes by itself."""

from __future__ import annotations

from datetime import time
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.delivery import PARTS, Mail, Part, Sftp
from config.section import Int, Section

FileForm = Literal["xlsx", "csv", "html", "pdf", "json"]


class ReportFiles(Section):
    """When the reports are written, where and as what. Made once each, late where the machine was off."""

    daily_at: time = time(6, 0)
    """Yesterday's, at this time of every day (Asia/Tokyo)."""
    monthly_at: time = time(6, 30)
    """The last month's, at this time of its first day after it."""
    directory: Annotated[str, Field(min_length=1, max_length=200)] = "reports"
    """Absolute, or below the state directory."""
    formats: tuple[FileForm, ...] = ("xlsx",)
    """Empty: none is made."""
    parts: tuple[Part, ...] = PARTS
    """Which of the contract's papers are made. The ledgers name citizens."""
    keep_ledgers_days: Int = Field(default=7, ge=1, le=400)
    """How long a ledger's file stays in the directory; it can be made again at any time."""
    sftp: Sftp | None = None
    mail: Mail | None = None

    @model_validator(mode="after")
    def _files_possible(self) -> Self:
        if any(moment.tzinfo is not None for moment in (self.daily_at, self.monthly_at)):
            raise ValueError("daily_at, monthly_at: a time of day in Japan, without an offset")
        if ".." in PurePosixPath(self.directory).parts or "\0" in self.directory:
            raise ValueError(f"directory: {self.directory!r} leads out of the state directory")
        if len(set(self.formats)) != len(self.formats):
            raise ValueError("formats: one of them stands there twice")
        return self
