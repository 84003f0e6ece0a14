"""`[backup]`: where `madoguchi backup` puts its files, and how many stay."""

from __future__ import annotations

from pydantic import Field

from config.section import Amount, Int, Section


class BackupRules(Section):
    """バックアップ. Made by command (a timer of the machine), not by the instance itself."""

    directory: str = Field(default="backups", min_length=1, max_length=200)
    """An absolute path, or a place below the state directory. Better on another disk or machine."""
    keep: Int = Field(default=14, ge=0, le=1000)
    """So many of the newest files stay in the directory; 0: all."""
    warn_after_h: Amount = Field(default=26, gt=0, le=24 * 366)
    """`doctor` warns when the newest backup is older."""
