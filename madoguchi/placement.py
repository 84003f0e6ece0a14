"""Where the parts of a run are: written when it starts, read when its configuration is rendered again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from config import ConfigError, Home, Secrets, Settings
from ivr.override import Override
from madoguchi.site import Ports, asterisk_paths, site_context
from madoguchi.site_context import SiteContext


class Placement(BaseModel):
    """What a run was started with and cannot change while it runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ports: Ports
    bind: str
    """Address that SIP listens on."""
    ari_bind: str | None = None
    """Address that the REST interface listens on, when it is not the settings' host."""
    run: Path
    """Where Asterisk sees its own socket's directory."""
    offset_ms: int = 0
    """What `--at` adds to the machine's time."""

    @staticmethod
    def file(home: Home) -> Path:
        """Where it is kept."""
        return home.asterisk / "placement.json"

    def write(self, home: Home) -> None:
        """Keep it for the run; whole or not at all."""
        path = self.file(home)
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(self.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8")
        draft.replace(path)

    @classmethod
    def read(cls, home: Home) -> Placement:
        """That of the present run.

        Raises:
            ConfigError: there is none, or it is not readable.
        """
        path = cls.file(home)
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            why = error.strerror if isinstance(error, OSError) else "is not what bin/up writes"
            raise ConfigError(f"{path}: {why}; restart Madoguchi") from None

    def context(
        self,
        home: Home,
        settings: Settings,
        secrets: Secrets,
        *,
        now_ms: int,
        leaving: Mapping[int, str] | None = None,
        overrides: Sequence[Override] = (),
    ) -> SiteContext:
        """What Asterisk's configuration is rendered with.

        Args:
            home: See `site_context`, as `settings`, `secrets` and `now_ms` (the machine's own time).
            settings: What the site is.
            secrets: Its passwords.
            now_ms: ms since 1970 UTC.
            leaving: Extensions, by number, of seats that the settings have no more but that still talk.
            overrides: See `site_context`.

        Raises:
            ConfigError: something cannot be written into Asterisk's configuration; says what.
        """
        return site_context(
            home, settings, secrets,
            ports=self.ports, bind=self.bind, ari_bind=self.ari_bind, paths=asterisk_paths(home, self.run),
            now_ms=now_ms, offset_ms=self.offset_ms, leaving=leaving or {},
            overrides=overrides,
        )  # fmt: skip
