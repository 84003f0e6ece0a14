"""Logs that nobody else keeps short are turned over while their writers go on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import aiohttp
from aiohttp import web

from config import Home
from madoguchi.alarms import rotation
from tests.unit.madoguchi.test_doctor_host import run_file


async def test_given_long_logs_when_kept_short_then_asterisk_turns_its_own_over_and_the_others_are_emptied(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path)
    home.prepare()
    (home.asterisk / "log").mkdir()
    asked = []

    async def turned(request: web.Request) -> web.Response:
        asked.append((request.match_info["name"], request.headers["Authorization"][:6]))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_put("/ari/asterisk/logging/{name}/rotate", turned)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    run = run_file()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/ari"
    run.model_copy(update={"ari": run.ari.model_copy(update={"url": url})}).write(home.run_json)

    (home.asterisk / "log" / "messages.log").write_text("x" * 200)
    (home.asterisk / "log" / "security.log").write_text("x")
    (home.asterisk / "log" / "queue_log").write_text("x" * 200)
    for number in range(15):
        (home.asterisk / "log" / f"messages.log.{number}").write_text(str(number))
    (home.logs / "up.log").write_text("y" * 200)
    (home.logs / "controller.log").write_text("y" * 200)
    async with aiohttp.ClientSession() as session:
        assert await rotation.rotate(session, home, limit=100) == ["messages.log", "up.log"]
        await runner.cleanup()
        assert await rotation.rotate(session, home, limit=100) == []  # Asterisk is away: nothing is lost
    assert asked == [("messages.log", "Basic ")]
    assert (home.logs / "up.log").read_text() == ""
    assert (home.logs / "up.log.1").read_text() == "y" * 200
    assert (home.logs / "controller.log").read_text() == "y" * 200  # keeps itself short
    assert (home.asterisk / "log" / "queue_log").read_text() == "x" * 200
    left = sorted(path.name for path in (home.asterisk / "log").glob("messages.log.*"))
    assert left == [f"messages.log.{number}" for number in range(9)]


def test_given_a_writer_that_goes_on_when_its_log_is_turned_over_then_no_line_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "out.log"
    writer = (
        "import os, sys\n"
        f"out = os.open({str(file)!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)\n"
        "for line in sys.stdin: os.write(out, line.encode()); print('ok', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", writer], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        for number in range(30):
            process.stdin.write(f"line {number}\n")
            process.stdin.flush()
            assert process.stdout.readline() == "ok\n"
            if number % 7 == 6:
                rotation.turn_over(file)
        process.stdin.close()
    found = "".join(
        path.read_text() for path in [*(file.with_name(f"out.log.{n}") for n in range(4, 0, -1)), file]
    )
    assert found == "".join(f"line {number}\n" for number in range(30))
    for _ in range(20):
        rotation.turn_over(file)
    assert len(list(tmp_path.iterdir())) == rotation.KEPT
