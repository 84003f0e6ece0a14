"""The settings that are in force, kept beside the keys while an instance runs.

A controller that falls and is started again goes on with these: a file that is just being edited, or that has
a mistake, takes effect only when somebody asks for it (`config reload`, or a restart of the whole).
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from config.home import Home
from config.settings import Settings


def keep(home: Home, settings: Settings) -> None:
    """Take down what is in force from now on. For the owner only: a trunk's password may be in it."""
    path = _file(home)
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(settings.model_dump_json(indent=1))
    draft.replace(path)


def kept(home: Home) -> Settings | None:
    """What is in force in the instance that runs; None when none runs, or it cannot be told."""
    if not home.run_json.exists():
        return None
    try:
        return Settings.model_validate_json(_file(home).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def _file(home: Home) -> Path:
    return home.keys / "in-force.json"
