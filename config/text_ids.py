"""The ids of the spoken texts, for settings that name one. The texts themselves are `ivr`'s business."""

from __future__ import annotations

import tomllib
from pathlib import Path

from config.section import ConfigError

SHIPPED = Path(__file__).resolve().parent.parent / "prompts"


def text_ids(*folders: Path) -> frozenset[str]:
    """The ids of every `[[text]]` in the folders' `texts.toml`; a folder without one has none.

    Raises:
        ConfigError: such a file cannot be read.
    """
    found: set[str] = set()
    for folder in folders:
        path = folder / "texts.toml"
        try:
            entries = tomllib.loads(path.read_text(encoding="utf-8")).get("text", [])
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path}: cannot be read: {error}") from None
        if isinstance(entries, list):
            found |= {str(entry["id"]) for entry in entries if isinstance(entry, dict) and "id" in entry}
    return frozenset(found)
