"""One run a home, and the remains of one that was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config import ConfigError, Home, RunFile
from config.runfile import AriAccess, Phone, SipAddress, TrunkAddress
from madoguchi.home_lock import HomeLock, end_leftovers

WAITS = "import sys; sys.stdin.read()"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.prepare()
    return made


def write_run_file(home: Home, *, controller: int, asterisk: int) -> None:
    RunFile(
        pid=1, controller_pid=controller, asterisk_pid=asterisk, desk_url="", api_token="",
        sip=SipAddress(host="127.0.0.1", port=5060), trunk=TrunkAddress(host="127.0.0.2"), number="",
        phones=[], supervisor_phone=Phone(seat=0, user="", password="", extension="700"), operators=[],
        ari=AriAccess(url="", user="", password="", app=""),
    ).write(home.run_json)  # fmt: skip


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def test_given_a_running_home_when_taken_again_then_directory_and_process_are_named(home: Home) -> None:
    with closing(HomeLock.take(home)), pytest.raises(ConfigError) as refused:
        HomeLock.take(home)
    said = str(refused.value)
    assert f"--home {home.path}" in said
    assert f"process {os.getpid()}" in said
    with closing(HomeLock.take(home)):
        pass


def test_given_a_killed_run_when_the_next_begins_then_what_it_left_running_is_ended(
    home: Home, processes: list[subprocess.Popen[bytes]]
) -> None:
    for place in (str(home.path), f"{home.path}/asterisk/etc/asterisk.conf"):
        processes.append(subprocess.Popen([sys.executable, "-c", WAITS, place], stdin=subprocess.PIPE))
    write_run_file(home, controller=processes[0].pid, asterisk=processes[1].pid)
    assert [name.split()[0] for name in end_leftovers(home)] == ["controller", "Asterisk"]
    assert [process.wait(5) != 0 for process in processes] == [True, True]
    assert not home.run_json.exists()


def test_given_a_number_that_now_is_another_process_when_the_next_begins_then_it_is_left_alone(
    home: Home, processes: list[subprocess.Popen[bytes]]
) -> None:
    other = subprocess.Popen([sys.executable, "-c", WAITS, f"{home.path}-other/x"], stdin=subprocess.PIPE)
    processes.append(other)
    write_run_file(home, controller=other.pid, asterisk=0)
    assert end_leftovers(home) == []
    assert other.poll() is None


@pytest.mark.parametrize("text", [None, "", "{", '{"pid": 1}'])
def test_given_no_or_a_broken_run_file_when_the_next_begins_then_nothing_happens(
    home: Home, text: str | None
) -> None:
    if text is not None:
        home.run_json.write_text(text)
    assert end_leftovers(home) == []
