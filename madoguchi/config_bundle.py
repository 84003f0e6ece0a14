"""A site's configuration as one zip: the settings, its own texts, readings and recordings, its holiday table.

Nothing secret is in it, so it can be sent and kept; a second installation takes it over whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath

from config import JST, ConfigError, Home, Settings, load_settings
from config.changes import Change, changes
from ivr.guidance import Guidance
from ivr.holiday_file import holidays_in
from ivr.texts import TextsError
from madoguchi.site import PROMPTS

ENTRIES = ("madoguchi.toml", "holidays.csv", "prompts")
LIMIT = 500_000_000
"""Bytes that may come out of a file: texts and recordings are far less."""


def export(home: Home) -> bytes:
    """The zip.

    Raises:
        ConfigError: the settings are wrong, or have a password in them.
    """
    settings = load_settings(home, make=False)
    if settings.trunk.password is not None:
        raise ConfigError(
            f"{home.toml}: [trunk] password: a secret is not exported; move it into keys/trunk-password"
        )
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in _files(home):
            packed.write(path, path.relative_to(home.path).as_posix())
    return out.getvalue()


def take_over(home: Home, file: Path, *, dry_run: bool) -> tuple[tuple[Change, ...], Path | None]:
    """Put an exported configuration in the place of the present one, which is moved aside.

    Returns what changes in the settings, and where the former files are.

    Raises:
        ConfigError: the file is no export, or something in it is wrong; then nothing has changed.
        OSError: the state directory cannot be written.
    """
    home.prepare()
    with _unpacked(home, file) as folder:
        read = _checked(file, folder)
        told = changes(load_settings(home, make=False), read)
        if dry_run:
            return told, None
        aside = home.path / f"replaced-{datetime.now(JST):%Y%m%d-%H%M%S}"
        aside.mkdir(mode=0o700)
        for name in ENTRIES:
            if (home.path / name).exists():
                (home.path / name).replace(aside / name)
            if (folder / name).exists():
                (folder / name).replace(home.path / name)
        home.prepare()
    return told, aside


def _files(home: Home) -> Iterator[Path]:
    for name in ENTRIES:
        place = home.path / name
        found = [place] if place.is_file() else sorted(place.rglob("*"))
        yield from (path for path in found if path.is_file() and path.suffix not in (".new", ".lock"))


@contextmanager
def _unpacked(home: Home, file: Path) -> Iterator[Path]:
    """The members, in a directory beside their places."""
    with tempfile.TemporaryDirectory(prefix=".importing-", dir=home.path) as folder:
        place = Path(folder)
        place.chmod(0o755)
        try:
            with zipfile.ZipFile(file) as packed:
                if sum(member.file_size for member in packed.infolist()) > LIMIT:
                    raise ConfigError(f"{file}: holds more than {LIMIT // 1_000_000} MB")
                for member in packed.infolist():
                    name = PurePosixPath(member.filename)
                    if name.is_absolute() or ".." in name.parts or name.parts[0] not in ENTRIES:
                        raise ConfigError(f"{file}: {member.filename!r} does not belong into a configuration")
                    packed.extract(member, place)
        except OSError as problem:
            raise ConfigError(f"{file}: cannot be read: {problem.strerror or problem}") from None
        except (zipfile.BadZipFile, RuntimeError, IndexError):
            raise ConfigError(f"{file}: is no configuration that was exported") from None
        yield place


def _checked(file: Path, folder: Path) -> Settings:
    """The settings in the unpacked directory, when all that stands there is right."""
    if not (folder / "madoguchi.toml").is_file():
        raise ConfigError(f"{file}: has no madoguchi.toml in it")
    there = Home(folder)
    elsewhere = os.environ.pop("MADOGUCHI_TOML", None)  # the file that is meant is the one that was unpacked
    try:
        settings = load_settings(there, make=False)
        holidays_in(there)
        Guidance([PROMPTS, there.prompts])
    except TextsError as problem:
        raise ConfigError(str(problem).replace(f"{folder}/", f"{file}: ")) from None
    except ConfigError as problem:
        raise ConfigError(str(problem).replace(f"{folder}/", f"{file}: ")) from None
    finally:
        if elsewhere is not None:
            os.environ["MADOGUCHI_TOML"] = elsewhere
    return settings
