"""Steps: what whoever waits for a set-up sees."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

import pytest

from madoguchi.steps import StepError, Steps, as_root, cache_directory


def test_given_a_step_that_succeeds_when_it_ends_then_one_line_says_number_title_and_time() -> None:
    out = io.StringIO()
    steps = Steps(3, out)
    with steps.step("Asterisk"):
        pass
    assert out.getvalue().startswith("[1/3] Asterisk … done (0.")
    assert out.getvalue().count("\n") == 1


def test_given_a_note_when_the_step_ends_then_the_note_has_a_line_of_its_own() -> None:
    out = io.StringIO()
    steps = Steps(2, out)
    with steps.step("Asterisk"):
        steps.note("22.10.1")
    assert out.getvalue().splitlines()[:2] == ["[1/2] Asterisk …", "      22.10.1"]


def test_given_a_command_that_fails_when_run_then_the_error_says_what_command_last_lines_and_advice() -> None:
    steps = Steps(1, io.StringIO())
    script = "print('one'); print('no such mirror'); raise SystemExit(7)"
    with pytest.raises(StepError) as failed, steps.step("Root"):
        steps.run("Debian root", [sys.executable, "-c", script], advice="check the network")
    said = str(failed.value)
    assert said.splitlines()[0] == "Debian root: exit status 7"
    for part in ("Command: ", sys.executable, "    no such mirror", "What to do: check the network"):
        assert part in said


def test_given_a_command_that_does_not_exist_when_run_then_it_is_named() -> None:
    with pytest.raises(StepError, match="no-such-program"):
        Steps(1, io.StringIO()).run("Tool", ["no-such-program"], advice="install it")


def test_given_a_command_that_never_ends_when_its_time_is_over_then_it_is_ended_and_named() -> None:
    steps = Steps(1, io.StringIO())
    started = time.monotonic()
    with pytest.raises(StepError, match="not done after"):
        steps.run("Slow", ["tail", "-f", "/dev/null"], advice="", timeout_s=0.2)
    assert time.monotonic() - started < 5


def test_given_an_interrupt_while_a_command_runs_when_it_leaves_then_the_command_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid_file = tmp_path / "pid"
    steps = Steps(1, io.StringIO())

    def interrupt(process: object, *_: object) -> None:
        deadline = time.monotonic() + 5
        while not (pid_file.exists() and pid_file.read_text().strip()):
            assert time.monotonic() < deadline
        raise KeyboardInterrupt

    monkeypatch.setattr(steps, "_wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        steps.run("Slow", ["sh", "-c", f"echo $$ >{pid_file}; exec tail -f /dev/null"], advice="")
    assert not Path(f"/proc/{pid_file.read_text().strip()}").exists()


def test_given_no_root_and_no_sudo_when_root_is_needed_then_it_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(StepError, match="must run as root"):
        as_root(["chroot", "/x"])
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert as_root(["chroot", "/x"]) == ["sudo", "chroot", "/x"]


def test_given_a_cache_that_cannot_be_made_when_asked_for_then_the_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MADOGUCHI_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(StepError, match="MADOGUCHI_CACHE"):
        cache_directory()
