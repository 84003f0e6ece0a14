"""Children: started again when they die, left alone when they must be, stopped when told."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from madoguchi.supervise import LONGEST_DELAY_S, Child, Supervisor

WAITS = "import signal; print('up', flush=True); signal.pause()"


def child_of(tmp_path: Path, code: str, **more: float) -> Child:
    return Child(
        "the child", [sys.executable, "-c", code], dict(os.environ), tmp_path / "log" / "out", **more
    )


async def until(holds: Callable[[], bool], within_s: float = 10) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110  # a process's doings raise no event of ours
            await asyncio.sleep(0.01)


class Watcher:
    """A supervisor and what it said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.changes = 0
        self.supervisor = Supervisor(say=self.said.append, changed=self._changed)

    def _changed(self) -> None:
        self.changes += 1


async def test_given_a_child_that_is_killed_when_kept_then_it_runs_again_at_once_and_it_is_said(
    tmp_path: Path,
) -> None:
    watch, child = Watcher(), child_of(tmp_path, WAITS)
    await child.start()
    watch.supervisor.keep(child)
    await until(lambda: "up" in child.said())
    first = child.pid
    killed = time.monotonic()
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.starts == 2 and "up" in child.said())
    assert time.monotonic() - killed < 1
    assert child.pid not in {0, first}
    assert "the child ended (signal 9); starting it again" in watch.said[0]
    assert watch.changes == 2
    await watch.supervisor.stop(child, 5)
    assert not child.running
    assert child.starts == 2


def test_given_a_child_that_keeps_dying_when_asked_for_delays_then_they_grow_to_a_limit(
    tmp_path: Path,
) -> None:
    child = child_of(tmp_path, WAITS)
    child.started_at = time.monotonic()
    delays = [child.next_delay_s() for _ in range(6)]
    assert delays == [0, 1, 2, LONGEST_DELAY_S, LONGEST_DELAY_S, LONGEST_DELAY_S]
    child.started_at -= 61  # it lived long: whatever ails it now is another thing
    assert child.next_delay_s() == 0


async def test_given_a_controller_replaced_by_another_when_it_ends_then_it_is_not_started_again(
    tmp_path: Path,
) -> None:
    watch, child = Watcher(), child_of(tmp_path, "raise SystemExit(3)")
    await child.start()
    watch.supervisor.keep(child)
    await until(lambda: bool(watch.said))
    assert "not started again" in watch.said[0]
    assert child.starts == 1


async def test_given_a_stop_while_waiting_to_start_again_when_asked_then_it_is_not_started(
    tmp_path: Path,
) -> None:
    watch, child = Watcher(), child_of(tmp_path, "pass", first_delay_s=20)
    await child.start()
    watch.supervisor.keep(child)
    await until(lambda: bool(watch.said))
    started = time.monotonic()
    await watch.supervisor.stop(child, 5)
    assert time.monotonic() - started < 2
    assert child.starts == 1


async def test_given_a_child_that_ignores_sigterm_when_stopped_then_it_is_killed(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True); signal.pause()"
    watch, child = Watcher(), child_of(tmp_path, deaf)
    await child.start()
    await until(lambda: "up" in child.said())
    await watch.supervisor.stop(child, 0.2)
    assert child.status == -signal.SIGKILL


async def test_given_a_child_when_started_then_a_ctrl_c_at_the_terminal_does_not_reach_it(
    tmp_path: Path,
) -> None:
    watch, child = Watcher(), child_of(tmp_path, WAITS)
    await child.start()
    assert os.getpgid(child.pid) == child.pid
    await watch.supervisor.stop(child, 5)


async def test_given_a_second_life_when_asked_what_it_said_then_the_first_lifes_words_are_not_there(
    tmp_path: Path,
) -> None:
    child = child_of(tmp_path, "import os; print(os.getpid())")
    for _ in range(2):
        await child.start()
        assert await child.wait() == 0
        assert child.process is not None
        assert child.said().split() == [str(child.process.pid)]


async def test_given_a_stale_pid_file_when_started_then_it_is_removed(tmp_path: Path) -> None:
    child = child_of(tmp_path, WAITS)
    child.pid_file = tmp_path / "pid"
    child.pid_file.write_text("1")
    await child.start()
    assert child.process is not None
    assert child.pid == child.process.pid
    await child.stop(5)


async def test_given_a_child_behind_a_door_when_it_is_started_again_then_its_own_number_is_told(
    tmp_path: Path,
) -> None:
    pid_file = tmp_path / "pid"
    inner = f"import os, signal; open({str(pid_file)!r}, 'w').write(str(os.getpid())); signal.pause()"
    door = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {inner!r}]) % 256)"
    told: list[int] = []
    child = child_of(tmp_path, door)
    child.pid_file = pid_file
    supervisor = Supervisor(say=lambda _: None, changed=lambda: told.append(child.pid))
    await child.start()
    await child.until_named()
    supervisor.keep(child)
    await until(lambda: pid_file.read_text().isdigit())
    os.kill(child.pid, signal.SIGKILL)
    await until(lambda: len(told) == 2)
    assert child.process is not None
    assert told[0] == 0
    assert told[1] not in {0, child.process.pid}
    await supervisor.stop(child, 5)
    assert not child.running


async def test_given_a_program_that_is_not_there_when_started_then_an_os_error(tmp_path: Path) -> None:
    child = Child("x", ["/no/such/program"], {}, tmp_path / "out")
    with pytest.raises(OSError, match="No such file"):
        await child.start()
    await child.stop(1)


async def test_given_two_requests_to_stop_when_they_come_then_the_second_means_hurry() -> None:
    watch = Watcher()
    watch.supervisor.request_stop()
    assert (watch.supervisor.stopping.is_set(), watch.supervisor.hurry.is_set()) == (True, False)
    watch.supervisor.request_stop()
    assert watch.supervisor.hurry.is_set()
