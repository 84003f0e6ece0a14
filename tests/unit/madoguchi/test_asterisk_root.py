"""Which Asterisk is taken, refused, or warned of."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from madoguchi import asterisk_root
from madoguchi.asterisk_process import declined
from madoguchi.asterisk_root import NEEDED_MODULES, check_version, find_asterisk, parse_version, verify_root
from madoguchi.steps import StepError, Steps


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("22.10.1+dfsg+~cs6.17.60671434-1", (22, 10, 1)),
        ("Asterisk 22.8", (22, 8)),
        ("certified/20.7-cert5", (20, 7)),
        ("GIT-master-1a2b3c", None),
    ],
)
def test_given_what_asterisk_says_when_parsed_then_its_numbers(said: str, numbers: tuple[int, ...]) -> None:
    assert parse_version(said) == numbers


@pytest.mark.parametrize("version", ["22.7.9", "20.19.0", "GIT-master", ""])
def test_given_an_old_or_unknown_version_when_checked_then_refused(version: str) -> None:
    with pytest.raises(StepError, match=r"too old: 22\.8 or newer is needed"):
        check_version(version, Steps(1, io.StringIO()))


@pytest.mark.parametrize(
    ("version", "warned"), [("22.9.0", True), ("22.9.3", True), ("22.11.0", True), ("22.11.1", False),
                            ("22.10.1", False), ("22.8.0", False), ("23.0.0", False)],
)  # fmt: skip
def test_given_a_version_when_checked_then_only_the_doubtful_are_warned_of(
    version: str, warned: bool
) -> None:
    out = io.StringIO()
    check_version(version, Steps(1, out))
    assert ("WARNING" in out.getvalue()) is warned


def fake_asterisk(directory: Path, version: str) -> None:
    binary = directory / "asterisk"
    binary.write_text(f"#!/bin/sh\necho 'Asterisk {version}'\n")
    binary.chmod(0o755)


@pytest.fixture
def own_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Stands in for the root in the cache."""
    modules = tmp_path / "root/usr/lib/x86_64-linux-gnu/asterisk/modules"
    modules.mkdir(parents=True)
    monkeypatch.setattr(
        asterisk_root, "ensure", lambda recipe, steps: (tmp_path / "root", {"version": "22.10.1"})
    )
    return tmp_path / "root"


def test_given_a_new_enough_asterisk_on_the_path_when_looked_for_then_it_is_taken(
    own_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_asterisk(tmp_path, "22.8.1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    modules = tmp_path / "modules"
    modules.mkdir()
    for name in NEEDED_MODULES:
        (modules / f"{name}.so").write_text("")
    monkeypatch.setattr(asterisk_root, "_directories", lambda _: {"astmoddir": modules})
    found = find_asterisk(Steps(1, io.StringIO()))
    assert (found.version, found.own_root, found.modules) == ("22.8.1", False, modules)


@pytest.mark.parametrize("version", ["22.7.0", "18.26.2", "GIT-master"])
def test_given_an_old_asterisk_on_the_path_when_looked_for_then_our_own_is_taken_and_it_says_so(
    own_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    fake_asterisk(tmp_path, version)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    out = io.StringIO()
    assert find_asterisk(Steps(1, out)).root == own_root
    assert "older than 22.8; using one of our own" in out.getvalue()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("MADOGUCHI_ASTERISK_SUITE", "../etc"), ("MADOGUCHI_ASTERISK_VERSION", "22; rm"),
     ("MADOGUCHI_ASTERISK_VERSION", "22.5.0"), ("MADOGUCHI_ASTERISK_VERSION", "1:20.9.3+dfsg-1")],
)  # fmt: skip
def test_given_a_wrong_pin_when_looked_for_then_refused_before_anything_is_made(
    own_root: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr(asterisk_root, "ensure", lambda *_: pytest.fail("made"))
    with pytest.raises(StepError):
        find_asterisk(Steps(1, io.StringIO()))


def test_given_a_root_without_a_module_when_verified_then_the_module_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = tmp_path / "usr/lib/x86_64-linux-gnu/asterisk/modules"
    modules.mkdir(parents=True)
    for name in NEEDED_MODULES:
        (modules / f"{name}.so").write_text("")
    for needed in ("etc/hosts", "etc/resolv.conf", "etc/passwd", "usr/share/zoneinfo/Asia/Tokyo"):
        (tmp_path / needed).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / needed).write_text("")
    monkeypatch.setattr(asterisk_root, "chroot_output", lambda *_: "Asterisk 22.10.1")
    whole = verify_root(tmp_path)
    assert whole["version"] == "22.10.1"
    (modules / "res_ari.so").write_text("cut short")
    assert verify_root(tmp_path) != whole
    (modules / "res_ari.so").unlink()
    with pytest.raises(StepError, match="modules are missing: res_ari"):
        verify_root(tmp_path)


def test_given_what_asterisk_prints_when_modules_fail_then_they_are_named() -> None:
    printed = """
[2026-11-22 19:25:39] ERROR[1]: loader.c:2687 load_modules: Error loading module 'nonexist.so': gone
[2026-11-22 19:25:42] ERROR[2]: loader.c:2687 load_modules: *** Failed to load required module cdr_pgsql.so
*** Failed to load module other.so - Required
[2026-11-22 19:25:42.882] WARNING[2]: loader.c: Module 'app_voicemail.so' declined to load.
Asterisk Ready.
"""
    assert declined(printed) == ["app_voicemail.so", "cdr_pgsql.so", "nonexist.so", "other.so"]
    assert declined("Asterisk Ready.\n") == []
