"""`bin/up` and its bootstrap: what is refused before anything starts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from madoguchi import up
from madoguchi.site import PROJECT


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["--at", "yesterday"], "--at: 'yesterday' is not a time"),
        (["--bind", "localhost"], "--bind: 'localhost' is not an IP address"),
        (["--frobnicate"], "--frobnicate"),
        (["--free"], "--free"),
        (["extra"], "extra"),
    ],
)
def test_given_a_wrong_argument_when_up_then_it_is_named_and_the_status_is_2(
    given: list[str], named: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        up.main([*given, "--home", str(tmp_path / "home")])
    assert ended.value.code == 2
    assert named in capsys.readouterr().err
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("[seats]\ncuont = 7\n", "[seats] cuont: unknown key"),
        ('[seats]\ncount = "7"\n', "[seats] count"),
        ("[calendar]\nopen = 17:00:00\nclose = 08:00:00\n", "[calendar]"),
        ('[[seats.seat]]\nnumber = 3\nextension = "701"\n', "extension 701 is given to two seats"),
        ("[seats\n", "is not TOML"),
    ],
)
def test_given_a_wrong_setting_when_up_then_one_sentence_names_file_and_key_and_nothing_is_started(
    toml: str, named: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up, "find_asterisk", lambda _: pytest.fail("started"))
    (tmp_path / "madoguchi.toml").write_text(toml)
    assert up.main(["--home", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "madoguchi.toml" in said.err
    assert named in said.err
    assert "Traceback" not in said.err


def test_given_a_home_that_cannot_be_made_when_up_then_it_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert up.main(["--home", str(tmp_path / "file" / "home")]) == 2
    assert str(tmp_path / "file" / "home") in capsys.readouterr().err


@pytest.mark.parametrize("program", ["up", "madoguchi"])
def test_given_a_directory_that_is_no_environment_when_bootstrapping_then_it_is_not_emptied(
    program: str, tmp_path: Path
) -> None:
    treasure = tmp_path / "treasure"
    treasure.write_text("not to be lost")
    environment = {**os.environ, "MADOGUCHI_VENV": str(tmp_path)}
    ended = subprocess.run(
        [PROJECT / "bin" / program], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert "is no virtual environment" in ended.stderr
    assert "MADOGUCHI_VENV" in ended.stderr
    assert treasure.read_text() == "not to be lost"


@pytest.mark.parametrize("script", ["setup.sh", "up", "test", "madoguchi"])
def test_given_a_shell_script_when_read_by_bash_then_it_has_no_syntax_error(script: str) -> None:
    subprocess.run(["bash", "-n", PROJECT / "bin" / script], check=True, timeout=10)
