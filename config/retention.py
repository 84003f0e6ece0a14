"""`[retention]`: how long what was kept of citizens stays; `madoguchi purge` deletes what is older."""

from __future__ import annotations

from pydantic import Field

from config.section import Int, Section, Word


class LineRetention(Section):
    """A line that keeps otherwise than the others."""

    personal_days: Int = Field(ge=1, le=3650)


class Retention(Section):
    """保存期間. Counted from the call's reception."""

    personal_days: Int = Field(default=400, ge=1, le=3650)
    """Numbers of callers and numbers to call back. A fiscal year and the month after it, so that its last
    report can still be checked against single calls."""
    lines: dict[Word, LineRetention] = Field(default_factory=dict)
    """By the id of the line that was called."""

    def days(self, line: str) -> int:
        """How many days a line keeps personal data."""
        own = self.lines.get(line)
        return self.personal_days if own is None else own.personal_days
