"""Who guesses is told from Asterisk's own lines; nobody else can be made to look so."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from config import Home, Settings
from madoguchi.alarms import blocking
from madoguchi.alarms.blocking import Blocking, SecurityLog, changing, read
from madoguchi.alarms.guesses import Guesses, guesser, never_blocked, proved

LINES = (Path(__file__).parent / "security.log").read_text(encoding="utf-8").splitlines()
"""Written by Asterisk 22.10.1, addresses changed; those with two addresses by a guesser who forged them."""
GUESSED = [None, "192.0.2.66", "192.0.2.67", None, "192.0.2.68", None, None, "2001:db8::66"]
FILTER = Path(__file__).resolve().parents[3] / "contrib" / "fail2ban" / "filter.d" / "madoguchi-sip.conf"


def test_given_lines_of_asterisk_then_the_guessers_address_is_told_and_never_a_forged_one() -> None:
    assert [guesser(line) for line in LINES] == GUESSED
    assert [proved(line) for line in LINES] == [None] * 3 + ["192.0.2.71"] + [None] * 4


def test_given_the_filter_of_fail2ban_then_it_finds_the_same(tmp_path: Path) -> None:
    text = FILTER.read_text(encoding="utf-8")
    remote = re.search(r"^_remote = (.*)$", text, re.MULTILINE)
    assert remote
    rules = re.search(r"^failregex = ((?:.+\n)+?)ignoreregex", text, re.MULTILINE)
    assert rules
    host = r"(?P<host>[0-9A-Fa-f.:]+)"
    patterns = [
        re.compile(rule.strip().replace("%(_remote)s", remote[1]).replace("<HOST>", host))
        for rule in rules[1].splitlines()
    ]
    for line, wanted in zip(LINES, GUESSED, strict=True):
        # fail2ban takes the time out of the line before it looks.
        rest = re.sub(r"^\[[^\]]*\]", "", line)
        found = {match["host"] for pattern in patterns if (match := pattern.search(rest))}
        assert found == ({wanted} if wanted else set()), line


def test_given_fail2ban_itself_when_it_reads_the_lines_then_it_finds_the_same() -> None:
    program = shutil.which("fail2ban-regex")
    if program is None:
        pytest.skip("fail2ban is not here (Debian package fail2ban)")
    log = Path(__file__).parent / "security.log"
    done = subprocess.run(
        [program, "-o", "ip", log, FILTER], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [one for one in GUESSED if one]


def test_given_guesses_when_they_come_fast_then_counted_and_when_slowly_not() -> None:
    guesses = Guesses()
    assert [guesses.take("192.0.2.1", second, 3, []) for second in (0, 1, 2, 3)] == [None, None, 3, None]
    assert [guesses.take("192.0.2.2", second, 3, []) for second in range(0, 400, 40)] == [None] * 10
    assert [guesses.take("192.0.2.3", second, 0, []) for second in range(9)] == [None] * 9
    never = never_blocked(["192.0.2.4", "198.51.100.0/24", "no address"])
    for address in ("192.0.2.4", "198.51.100.7", "127.0.0.1", "::1", "no address"):
        assert [guesses.take(address, second, 3, never) for second in range(9)] == [None] * 9
    guesses.know("192.0.2.5", 0)
    assert [guesses.take("192.0.2.5", second, 3, []) for second in range(9)] == [None] * 9
    assert [guesses.take("192.0.2.5", 1000 + second, 3, []) for second in range(3)] == [None, None, 3]
    guesses.forget(5000)
    assert guesses._seen == guesses._known_s == {}


def test_given_a_log_when_it_grows_and_is_turned_over_then_every_line_comes_once(tmp_path: Path) -> None:
    file = tmp_path / "security.log"
    file.write_text("before\n")
    log = SecurityLog(file)
    assert log.lines() == []
    with file.open("a") as out:
        out.write("one\ntw")
    assert log.lines() == ["one"]
    with file.open("a") as out:
        out.write("o\n")
    assert log.lines() == ["two"]
    file.rename(tmp_path / "security.log.0")
    assert log.lines() == []
    file.write_text("three\n")
    assert log.lines() == ["three"]
    os.truncate(file, 0)
    assert log.lines() == []
    file.write_text("four\n")
    assert log.lines() == ["four"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    home = Home(tmp_path)
    home.prepare()
    (home.asterisk / "etc").mkdir()
    (home.asterisk / "log").mkdir()
    (home.asterisk / "log" / "security.log").write_text("")

    async def away(_: Home) -> bool:
        return False

    monkeypatch.setattr(blocking, "reload", away)
    return home


async def test_given_a_guesser_when_there_are_enough_then_refused_for_a_time_and_let_in_again(
    home: Home,
) -> None:
    settings = Settings.model_validate({"sip": {"block_after": 3, "block_min": 10}})
    guard = Blocking(home)
    with (home.asterisk / "log" / "security.log").open("a") as log:
        log.write(f"{LINES[1]}\n" * 2)
        log.flush()
        assert await guard.look(settings, 1000) == []
        log.write(f"{LINES[1]}\n{LINES[7]}\n" * 3)
    happened = await guard.look(settings, 2000)
    assert [(kind, address) for kind, address, _ in happened] == [
        ("sip.blocked", "192.0.2.66"), ("sip.blocked", "2001:db8::66"),
    ]  # fmt: skip
    conf = home.asterisk / "etc" / "blocked.d" / "blocked.conf"
    assert conf.read_text() == "deny = 192.0.2.66/32\ndeny = 2001:db8::66/128\n"
    assert conf.stat().st_mode & 0o777 == 0o640
    assert await guard.look(settings, 600_000) == []
    assert [kind for kind, *_ in await guard.look(settings, 602_000)] == ["sip.released"] * 2
    assert conf.read_text() == ""


def test_given_more_guessers_than_can_be_kept_then_the_oldest_are_let_in(home: Home) -> None:
    with changing(home) as blocks:
        blocks.until_ms = {f"192.0.2.{n}": n for n in range(5)}
    assert read(home).until_ms["192.0.2.4"] == 4
