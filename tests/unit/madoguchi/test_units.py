"""The units of systemd: filled in they are right, hardened, and start what is there."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from madoguchi import notify

PROJECT = Path(__file__).resolve().parents[3]
MOST_EXPOSED = 2.0


@pytest.fixture
def units(tmp_path: Path) -> Path:
    done = subprocess.run(
        [PROJECT / "bin/install", "--render", tmp_path, "--bind", "192.0.2.10"],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_given_the_units_when_filled_in_then_nothing_is_left_open_and_each_program_is_there(
    units: Path,
) -> None:
    files = sorted(units.iterdir())
    assert len(files) == 7
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"@[A-Z_]+@", text), file
        for module in re.findall(r"^ExecStart=\S+ -m (\S+)", text, re.MULTILINE):
            assert importlib.util.find_spec(module), module
    assert "--bind 192.0.2.10" in (units / "madoguchi.service").read_text(encoding="utf-8")


def test_given_the_units_when_systemd_reads_them_then_it_finds_no_fault_and_little_exposed(
    units: Path,
) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    services = sorted(units.glob("*.service"))
    done = subprocess.run(
        ["systemd-analyze", "verify", *services, *units.glob("*.timer")],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    # The programs are where bin/install puts them, which here is nowhere.
    said = [line for line in done.stderr.splitlines() if line and "is not executable" not in line]
    assert [line for line in said if "madoguchi" in line] == []
    for service in services:
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=yes", service],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        found = re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)
        assert found, done.stderr
        assert float(found[1]) <= MOST_EXPOSED, service.name


@pytest.mark.parametrize("words", [["--bind", "a b"], ["--home", "/a b"], ["--what"]])
def test_given_a_wrong_argument_when_installing_then_it_is_named(words: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [PROJECT / "bin/install", "--render", tmp_path / "x", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert words[0] in done.stderr or words[1] in done.stderr


def test_given_a_service_manager_when_we_are_up_then_it_is_told_and_elsewhere_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(notify.SOCKET, raising=False)
    assert not notify.notify("READY=1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "s"))
        monkeypatch.setenv(notify.SOCKET, str(tmp_path / "s"))
        assert notify.notify("READY=1")
        assert manager.recv(100) == b"READY=1"
    assert not notify.notify("READY=1")  # nobody listens any more


async def test_given_a_watchdog_when_the_loop_turns_then_it_hears_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "s"))
        manager.setblocking(False)
        monkeypatch.setenv(notify.SOCKET, str(tmp_path / "s"))
        monkeypatch.setenv(notify.WATCHDOG, "30000")
        telling = asyncio.create_task(notify.keep_notifying())
        async with asyncio.timeout(5):
            heard = [await asyncio.get_running_loop().sock_recv(manager, 100) for _ in range(3)]
        telling.cancel()
    assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]


def test_given_the_lock_of_a_service_when_it_becomes_another_program_then_it_is_still_held(
    tmp_path: Path,
) -> None:
    from config import Home
    from madoguchi.home_lock import is_running

    code = (
        "import os, sys\nfrom config import Home\nfrom madoguchi.home_lock import HomeLock\n"
        f"HomeLock.take(Home({str(tmp_path)!r})).keep_over_exec()\n"
        "os.execv('/bin/sh', ['sh', '-c', 'echo up; read line'])\n"
    )
    with subprocess.Popen(
        [shutil.which("python3") or "python3", "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == "up\n"
        assert is_running(Home(tmp_path))
        process.stdin.close()
        process.wait(10)
    assert not is_running(Home(tmp_path))
