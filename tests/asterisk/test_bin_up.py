"""`bin/up` as its user sees it: READY, one run a home; what dies comes back, what is stopped is gone."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from config import RunFile
from madoguchi.asterisk_cli import run_cli
from tests.rig.world import ROOT, Madoguchi, eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]


async def up(*arguments: str) -> tuple[int, str]:
    """A bin/up that is expected to end by itself: exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        str(ROOT / "bin" / "up"), *arguments, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, printed.decode()


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def user_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


async def until_gone(*pids: int) -> None:
    async def look() -> bool:
        return not any(alive(pid) for pid in pids)

    await eventually(look, 10, f"processes {pids} gone")


async def answering(world: Madoguchi) -> bool:
    """Whether the run is whole: /readyz is the controller's word on Asterisk and the database."""
    try:
        async with world._http.get(f"{world.run.desk_url}/readyz") as answer:
            return answer.status == 200
    except OSError:
        return False


async def test_given_a_run_when_started_then_run_json_is_true_and_only_its_owner_reads_it(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    async with Madoguchi.started(home) as world:
        assert (home / "run.json").stat().st_mode & 0o777 == 0o600
        run = RunFile.read(home / "run.json")
        assert all(alive(pid) for pid in (run.pid, run.controller_pid, run.asterisk_pid))
        assert world.printed[-1].strip() == f"READY {run.desk_url}"
        assert await answering(world)
        version = await run_cli(home / "asterisk/run/asterisk.ctl", "core show version")
        assert run.asterisk_version
        assert run.asterisk_version in version
        assert user_of(run.asterisk_pid) != 0, "Asterisk must not run as root"
        for secret in home.rglob("*.conf"):
            assert secret.stat().st_mode & 0o007 == 0, secret
        assert len({phone.user for phone in run.phones}) == 7
        assert [phone.extension for phone in run.phones] == [str(701 + n) for n in range(7)]
    await until_gone(run.pid, run.controller_pid, run.asterisk_pid)
    assert not (home / "run.json").exists()


async def test_given_a_running_home_when_started_again_then_refused_and_the_first_runs_on(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    async with Madoguchi.started(home) as world:
        status, printed = await up("--home", str(home), "--free-ports")
        assert status == 2
        assert f"process {world.run.pid}" in printed
        assert printed.count("\n") == 1
        assert await answering(world)


async def test_given_two_homes_when_both_run_then_they_share_nothing(tmp_path: Path) -> None:
    async with Madoguchi.started(tmp_path / "one") as one, Madoguchi.started(tmp_path / "two") as two:
        assert one.run.sip.port != two.run.sip.port
        assert one.run.ari.password != two.run.ari.password
        assert one.run.asterisk_pid != two.run.asterisk_pid
        for world in (one, two):
            assert await answering(world)


async def test_given_the_controller_killed_when_it_comes_back_then_run_json_names_the_new_one(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    async with Madoguchi.started(home) as world:
        os.kill(world.run.controller_pid, signal.SIGKILL)

        async def replaced() -> bool:
            now = RunFile.read(home / "run.json")
            return now.controller_pid not in {0, world.run.controller_pid} and await answering(world)

        await eventually(replaced, 15, "another controller answers")
        assert RunFile.read(home / "run.json").asterisk_pid == world.run.asterisk_pid


async def test_given_asterisk_killed_when_it_comes_back_then_the_controller_has_found_it_again(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    async with Madoguchi.started(home) as world:
        os.kill(world.run.asterisk_pid, signal.SIGKILL)

        async def replaced() -> bool:
            now = RunFile.read(home / "run.json")
            return now.asterisk_pid not in {0, world.run.asterisk_pid} and await answering(world)

        await eventually(replaced, 30, "another Asterisk is connected")


async def test_given_a_run_that_was_killed_when_started_again_then_its_remains_are_ended_first(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    world = await Madoguchi.start(home)
    left = RunFile.read(home / "run.json")
    os.kill(left.pid, signal.SIGKILL)
    await until_gone(left.pid)
    await world.stop()
    assert alive(left.asterisk_pid), "calls go on without the one who watches"
    async with Madoguchi.started(home) as again:
        assert any("has been ended" in line for line in again.printed)
        await until_gone(left.asterisk_pid, left.controller_pid)
        assert await answering(again)


async def test_given_a_busy_sip_port_when_started_then_port_and_key_are_named_and_nothing_runs(
    tmp_path: Path,
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as busy:
        busy.bind(("127.0.0.1", 0))
        port = busy.getsockname()[1]
        (tmp_path / "madoguchi.toml").write_text(f"[sip]\nport = {port}\n")
        status, printed = await up("--home", str(tmp_path))
    assert status == 2
    assert f"[sip] port: UDP port {port} on 127.0.0.1 is already in use" in printed
    assert printed.count("\n") == 1
    assert not (tmp_path / "run.json").exists()


async def test_given_a_database_that_cannot_be_used_when_started_then_one_sentence_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADOGUCHI_DATABASE_URL", "mysql://somewhere/else")
    status, printed = await up("--home", str(tmp_path), "--free-ports")
    assert status == 2
    assert "MADOGUCHI_DATABASE_URL" in printed
    assert "Traceback" not in printed
    assert not (tmp_path / "run.json").exists()
    assert not (tmp_path / "asterisk/run/asterisk.pid").exists()


async def test_given_a_clock_set_elsewhere_when_ready_then_it_shows_that_time(tmp_path: Path) -> None:
    async with Madoguchi.started(tmp_path / "home", at="2022-05-08 08:29:50") as world:
        live = await world.api("GET", "/live")
        assert live["now"].startswith(("2022-05-08T08:29:5", "2022-05-07T23:29:5")), live["now"]
        assert live["line"]["state"] == "closed"
