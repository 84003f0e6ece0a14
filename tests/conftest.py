"""How long the tests run: as a rule as short as finds most; with `--long` to the full size of each proof."""

import os

import pytest
from hypothesis import HealthCheck, settings

LONG = "MADOGUCHI_LONG_TESTS"
LONG_S = 4 * 3600
QUICK = {"deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("quick", max_examples=100, stateful_step_count=40, **QUICK)
settings.register_profile("long", max_examples=10_000, stateful_step_count=40, print_blob=True, **QUICK)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="the full size of each proof: hours, not minutes")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("long" if config.getoption("--long") or os.environ.get(LONG) else "quick")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `long` run with --long, or when `-m long` asks for them, or nothing else is asked for."""
    if config.getoption("--long") or os.environ.get(LONG):
        for item in items:
            if item.get_closest_marker("timeout") is None and item.get_closest_marker("asterisk") is None:
                item.add_marker(pytest.mark.timeout(LONG_S))
        return
    if "long" in config.getoption("markexpr"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long and len(long) < len(items):
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
