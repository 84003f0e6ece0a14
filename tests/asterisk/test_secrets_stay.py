"""No secret of a running instance stands in a process list, a log, or a file that others may read."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.carrier import Carrier
from tests.rig.world import ROOT, eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]


def secrets_of(home: Path) -> dict[str, str]:
    """Every secret, by what it is: passwords, token, keys. (PINs are four digits, which stand everywhere.)"""
    found = json.loads((home / "keys" / "secrets.json").read_text())
    named = {name: found[name] for name in ("ari_password", "api_token", "caller_key")}
    named |= {f"phone {seat}": phone["password"] for seat, phone in found["phones"].items()}
    named["supervisor"] = found["supervisor_phone"]["password"]
    for key in json.loads((home / "keys" / "personal.json").read_text())["keys"]:
        named |= {f"key {key['id']} wrap": key["wrap"], f"key {key['id']} search": key["search"]}
    assert all(len(value) >= 20 for value in named.values())
    return named


def processes() -> Iterator[tuple[str, bytes]]:
    """Arguments of every process of this machine, and the environment of those that may be read."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            for name in ("cmdline", "environ"):
                try:
                    yield f"/proc/{folder.name}/{name}", (folder / name).read_bytes()
                except OSError:
                    continue


async def test_given_an_instance_that_has_worked_then_no_secret_is_where_others_may_read_it(office):
    await office.staff(1, answer_after_ms=0)
    result = await (await Carrier(office.world.server).call("0260001234", hold_ms=300, media=False)).result(
        20
    )
    assert result.successful == 1
    home = office.world.home

    async def told() -> bool:
        return any(call["outcome"] for call in await office.outcome())

    await eventually(told, 5, "the call's end")
    secrets = {name: value.encode() for name, value in secrets_of(home).items()}
    own = str(os.getpid())
    for where, content in processes():
        if own in where:  # what the test itself knows
            continue
        assert not [name for name, value in secrets.items() if value in content], where

    may_hold = {home / "keys", home / "run.json", home / "asterisk" / "etc"}
    for file in home.rglob("*"):
        if not file.is_file() or any(place == file or place in file.parents for place in may_hold):
            continue
        content = file.read_bytes()
        assert not [name for name, value in secrets.items() if value in content], file

    for file in home.rglob("*"):
        if file.is_symlink() or not file.is_file():
            continue
        content = file.read_bytes()
        if any(value in content for value in secrets.values()):
            assert file.stat().st_mode & 0o007 == 0, file
            closed = [folder for folder in file.parents if folder.is_relative_to(home)]
            assert file.stat().st_mode & 0o040 == 0 or home / "asterisk" / "etc" in closed, file


def test_given_the_repository_then_no_key_or_password_is_in_it():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.split():
        assert not name.startswith(("var/", "keys/")), name
        assert Path(name).suffix not in (".pem", ".key", ".p12"), name
        content = (ROOT / name).read_bytes()
        assert b"-----BEGIN " + b"PRIVATE KEY-----" not in content, name
        assert b"-----BEGIN RSA " + b"PRIVATE KEY-----" not in content, name
