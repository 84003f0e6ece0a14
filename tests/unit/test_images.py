"""What the containers' images are given: every package of ours, and nothing that they must not have."""

from __future__ import annotations

import tomllib

from tests.rig.world import ROOT


def let_through() -> set[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def test_given_our_packages_then_each_is_let_into_the_images() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(settings["tool"]["importlinter"]["root_packages"]) <= let_through()


def test_given_keys_tests_and_environments_then_none_is_let_into_the_images() -> None:
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
    assert not {"var", "tests", ".venv", ".git"} & let_through()
