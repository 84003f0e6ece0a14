"""What the container `madoguchi` does before it serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import Home, RunFile
from madoguchi import container


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("MADOGUCHI_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("MADOGUCHI_ARI_HOST", "asterisk")
    monkeypatch.setenv("MADOGUCHI_TRUNK_ADDRESSES", "172.30.77.1, 10.0.0.9")
    monkeypatch.setenv("MADOGUCHI_RTP_RANGE", "13000-13049")
    monkeypatch.setenv("MADOGUCHI_SIP_PORT", "15060")
    return Home(tmp_path / "data")


def test_given_a_first_start_when_prepared_then_asterisk_finds_its_configuration_and_people_the_run_file(
    home: Home,
) -> None:
    command = container.prepare(home)
    etc = home.asterisk / "etc"
    assert (etc / "rendered").exists()
    assert "bindaddr = 0.0.0.0" in (etc / "http.conf").read_text()
    assert "rtpstart = 13000" in (etc / "rtp.conf").read_text()
    assert "match = 10.0.0.9" in (etc / "pjsip.conf").read_text()
    run = RunFile.read(home.run_json)
    assert (run.sip.host, run.sip.port) == ("127.0.0.1", 15060)
    assert run.ari.url == "http://asterisk:8088/ari"
    assert command[-4:] == ["--desk-host", "0.0.0.0", "--desk-port", "8080"]
    assert run.ari.password not in command


def test_given_a_second_start_when_prepared_then_passwords_are_the_same(home: Home) -> None:
    container.prepare(home)
    first = RunFile.read(home.run_json)
    container.prepare(home)
    assert RunFile.read(home.run_json).phones == first.phones


def test_given_a_wrong_setting_when_started_then_it_is_named_and_nothing_serves(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADOGUCHI_RTP_RANGE", "all of them")
    monkeypatch.setattr("os.execv", lambda *_: pytest.fail("served"))
    assert container.main([]) == 2
    said = capsys.readouterr().err
    assert "rtp_first" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("standby", [False, True])
def test_given_controllers_on_other_machines_when_started_then_it_stands_by(
    home: Home, monkeypatch: pytest.MonkeyPatch, standby: bool
) -> None:
    served: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _program, command: served.append(command))
    assert container.main(["--standby"] if standby else []) == 0
    assert ("--standby" in served[0]) is standby
