"""What `simulate` and `replay` share: the floor's settings, and options that change them."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from acd import FloorSettings
from acd.types import Strategy
from config import ConfigError, Home, Settings, load_settings
from controller.floor_settings import floor_settings
from madoguchi.records import fail
from staffing.chance import Distribution
from staffing.estimate import Figures
from staffing.habits import Habits
from staffing.plan import with_wrap_up
from staffing.tables import MOST_SEATS

SEED_MOST = 2**63


@dataclass(frozen=True, slots=True)
class Configured:
    """Settings, the floor's part of them changed by the options, and who ends a wrap-up (None: the floor)."""

    settings: Settings
    floor: FloorSettings
    wrap_up: Distribution | None

    @property
    def operators(self) -> tuple[str, ...]:
        """Those of the settings, in their order: the first sits at seat 1."""
        return tuple(one.id for one in self.settings.operators)


def configured(home: Path, config: Path | None, strategy: str | None, wrap_up: str | None) -> Configured:
    """The settings of --config or of the home, the defaults where there is neither. Nothing is written."""
    settings = _settings(home, config)
    floor = floor_settings(settings)
    if strategy is not None:
        try:
            chosen = Strategy(strategy)
        except ValueError:
            fail(
                f"--strategy: {strategy!r} is unknown; choose from {', '.join(one.value for one in Strategy)}"
            )
        lines = {name: replace(line, strategy=None) for name, line in floor.lines.items()}
        floor = replace(floor, strategy=chosen, lines=lines)
    ended_by = None
    if wrap_up is not None:
        floor, ended_by = with_wrap_up(floor, distribution("--wrap-up", wrap_up, "constant"))
    return Configured(settings, floor, ended_by)


def distribution(option: str, text: str, plain: str) -> Distribution:
    """The distribution that an option names."""
    try:
        return Distribution.parse(text, plain)
    except ValueError as problem:
        fail(f"{option}: {problem}")


def seat_count(option: str, text: str) -> int:
    """One number of seats."""
    if not text.strip().isdecimal() or len(text.strip()) > 6:
        fail(f"{option}: {text.strip()!r} is not a number of seats")
    count = int(text)
    if count == 0:
        fail(f"{option}: zero seats: nobody could answer a call")
    if count > MOST_SEATS:
        fail(f"{option}: {count} is more than {MOST_SEATS} seats")
    return count


def seat_counts(option: str, text: str) -> list[int]:
    """`5,6,7` or `5-9`, ascending, each once."""
    counts: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        lowest = seat_count(option, first)
        highest = seat_count(option, last) if dash else lowest
        if highest < lowest:
            fail(f"{option}: {part.strip()!r} runs backwards")
        counts.update(range(lowest, highest + 1))
    if len(counts) > 100:
        fail(f"{option}: {len(counts)} numbers of seats are more than 100")
    return sorted(counts)


def share(option: str, percent: float, most: float) -> float:
    """A percentage as 0 to 1."""
    if not (math.isfinite(percent) and 0 <= percent <= most):
        fail(f"{option}: {percent:g} is not from 0 to {most:g} percent")
    return percent / 100


def check_seed(seed: int) -> None:
    """A seed is any whole number that fits."""
    if not 0 <= seed < SEED_MOST:
        fail(f"--seed: {seed} is not from 0 to {SEED_MOST - 1}")


def check_identity(figures: Figures) -> None:
    """No figure is shown of a run in which a call was lost or counted twice."""
    if not figures.holds:
        fail(
            "the calls of a run do not add up, a fault of the program:"
            f" {figures.queued} queued, but {figures.terms}"
        )


def check_pick_up(habits: Habits, floor: FloorSettings) -> None:
    """Phones that always ring longer than the floor lets them would never be answered."""
    pick_up = habits.pick_up
    if pick_up.kind == "constant" and pick_up.mean_s * 1000 >= floor.ring_time_ms:
        fail(
            f"--pick-up: {pick_up.mean_s:g} seconds are not less than the ring time of"
            f" {floor.ring_time_ms / 1000:g} seconds: no call would ever be answered"
        )


def percent(value: float | None, digits: int = 1) -> str:
    """A rate as people read it."""
    return "–" if value is None else f"{value * 100:.{digits}f} %"


def seconds(value_ms: float | None) -> str:
    """A time as people read it."""
    return "–" if value_ms is None else f"{value_ms / 1000:.1f}"


def _settings(home: Path, config: Path | None) -> Settings:
    if config is not None:
        if not config.is_file():
            fail(f"--config: {config} is no file")
        with _named(config):
            return _load(home)
    named = os.environ.get("MADOGUCHI_TOML")
    if not (Path(named) if named else Home(home).toml).exists():
        return Settings()
    return _load(home)


def _load(home: Path) -> Settings:
    try:
        return load_settings(Home(home))
    except ConfigError as problem:
        fail(str(problem))


@contextmanager
def _named(config: Path) -> Iterator[None]:
    """`load_settings` reads the file that MADOGUCHI_TOML names."""
    before = os.environ.get("MADOGUCHI_TOML")
    os.environ["MADOGUCHI_TOML"] = str(config)
    try:
        yield
    finally:
        if before is None:
            del os.environ["MADOGUCHI_TOML"]
        else:
            os.environ["MADOGUCHI_TOML"] = before
