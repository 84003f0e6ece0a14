"""The installation, as the desk's pages see it: phones, the settings' file, its health."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from config import ConfigError, Home, RunFile, load_settings
from desk.premises import HealthLine, PhoneFacts, SettingsChangedError, SettingsText

KEPT = 20
"""Former versions of the settings that are kept."""


class HomePremises:
    """The installation of one state directory."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def phones(self) -> list[PhoneFacts]:
        """From `run.json`: what the running exchange knows."""
        try:
            run = RunFile.read(self._home.run_json)
        except (OSError, ValueError):
            return []
        return [
            PhoneFacts(one.seat, one.extension, one.user, one.password, run.sip.host, run.sip.port)
            for one in (*run.phones, run.supervisor_phone)
        ]

    def health(self) -> list[HealthLine]:
        """The doctor's quick checks."""
        # Much to import: a controller that was killed is there again sooner without it.
        from madoguchi.doctor import all_checks, examine, scene_of

        with scene_of(self._home) as scene:
            return [
                HealthLine(found.name, found.level.value, found.what, found.remedy)
                for found in examine(scene, all_checks(quick=True))
            ]

    def settings(self) -> SettingsText:
        """`madoguchi.toml`."""
        text = self._path.read_text(encoding="utf-8")
        return SettingsText(text, _version(text), str(self._path))

    def check_settings(self, text: str) -> list[str]:
        """Read the text as the settings of a directory of its own: the same code, the same sentences."""
        with tempfile.TemporaryDirectory() as folder:
            trial = Home(Path(folder))
            (trial.path / "madoguchi.toml").write_text(text, encoding="utf-8")
            own = self._home.path / "prompts"
            if own.is_dir():
                (trial.path / "prompts").symlink_to(own.absolute())
            try:
                load_settings(trial, make=False)
            except ConfigError as error:
                return [
                    line.replace(f"{trial.toml}: ", "").replace(str(trial.path), "")
                    for line in str(error).splitlines()
                ]
        return []

    def write_settings(self, text: str, seen: str) -> SettingsText:
        """Whole or not at all; the former file stays in `settings-history/`."""
        former = self.settings()
        if former.version != seen:
            raise SettingsChangedError
        if text == former.text:
            return former
        history = self._home.path / "settings-history"
        history.mkdir(mode=0o700, exist_ok=True)
        number = max((int(one.stem) for one in history.glob("*.toml") if one.stem.isdigit()), default=0) + 1
        self._put(history / f"{number:06d}.toml", former.text)
        self._put(self._path, text)
        for old in sorted(history.glob("*.toml"))[:-KEPT]:
            if re.fullmatch(r"\d{6}", old.stem):
                old.unlink()
        return self.settings()

    @property
    def _path(self) -> Path:
        return Path(os.environ.get("MADOGUCHI_TOML") or self._home.toml)

    def _put(self, path: Path, text: str) -> None:
        draft = path.with_name(f".{path.name}.new")
        draft.write_text(text, encoding="utf-8")
        if path.exists():
            draft.chmod(path.stat().st_mode & 0o777)
        draft.replace(path)


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
