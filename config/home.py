"""The state directory of one installation (`--home DIR`, default `var/`)."""

from __future__ import annotations

from pathlib import Path


class Home:
    """Names every place inside the state directory, so that no other file spells a path."""

    def __init__(self, path: Path | str = "var") -> None:
        self.path = Path(path).absolute()
        self.toml = self.path / "madoguchi.toml"
        self.database = self.path / "madoguchi.db"
        self.keys = self.path / "keys"
        self.recordings = self.path / "recordings"
        self.announcements = self.path / "announcements"
        self.prompts = self.path / "prompts"
        self.templates = self.path / "templates"
        self.asterisk = self.path / "asterisk"
        self.logs = self.path / "logs"
        self.holidays = self.path / "holidays.csv"
        self.purges = self.path / "purges"
        self.leader = self.path / "leader"
        """Which process commands Asterisk, where several controllers stand by."""
        self.lease = self.path / "madoguchi.db.lease"
        """What the controllers of one machine lock."""
        self.run_json = self.path / "run.json"

    def prepare(self) -> None:
        """Make the directories that are missing; `keys` can be entered by its owner only."""
        sounds = (self.recordings, self.announcements, self.prompts)
        for directory in (self.path, *sounds, self.asterisk, self.logs):
            directory.mkdir(parents=True, exist_ok=True)
        self.keys.mkdir(mode=0o700, exist_ok=True)
        self.keys.chmod(0o700)

    def __str__(self) -> str:
        return str(self.path)
