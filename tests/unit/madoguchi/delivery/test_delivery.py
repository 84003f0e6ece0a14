"""Sending reports as it is set up, tried by hand, and tidied up after."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import ValidationError
from typer.testing import CliRunner

from config import Home
from config.delivery import Sftp
from madoguchi.commands import report_sent
from madoguchi.report_files import drop_ledgers
from tests.unit.madoguchi.delivery.machine import Machine
from tests.unit.madoguchi.delivery.mail_server import MailServer, mail, parsed
from tests.unit.madoguchi.delivery.sftp_server import SftpServer


def test_given_a_ledger_in_an_open_mail_when_configured_then_it_is_refused(papers: Path) -> None:
    with pytest.raises(ValidationError, match="booking names citizens"):
        mail(587, papers, parts=["report", "booking"])
    assert mail(587, papers, parts=["booking"], certificates=["x.pem"]).parts == ("booking",)
    for wrong in ({"host_key": "ssh-ed25519"}, {"user": "a b"}, {"directory": ""}):
        good = {"host": "sftp.example.jp", "user": "u", "host_key": "ssh-ed25519 " + "A" * 68}
        Sftp.model_validate(good)
        with pytest.raises(ValidationError):
            Sftp.model_validate(good | wrong)


async def test_given_ledgers_that_lie_too_long_when_looked_at_then_they_go_and_the_figures_stay(
    machine: Callable[..., Machine],
) -> None:
    one = machine()
    await one.make()
    directory = one.home / "reports"
    assert len(list(directory.iterdir())) == 2
    assert drop_ledgers(directory, 0) == []
    assert drop_ledgers(directory, None) == ["madoguchi-booking-2026-11-20.csv"]
    assert [path.name for path in directory.iterdir()] == ["madoguchi-day-2026-11-20.csv"]


async def test_given_receivers_when_tried_by_hand_then_each_says_whether_it_goes_and_what_went_is_listed(
    machine: Callable[..., Machine], city: SftpServer, post: tuple[MailServer, int], papers: Path
) -> None:
    one = machine(sftp=city.target(), mail=mail(post[1], papers), parts=("report",))
    city.give_key(one.home)
    toml = ["[report]", 'formats = ["csv"]', 'parts = ["report"]']
    for name, section in (("sftp", one.rules.sftp), ("mail", one.rules.mail)):
        assert section is not None
        shown = section.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        toml += [f"[report.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in shown.items())]
    Home(one.home).toml.write_text("\n".join(toml) + "\n", encoding="utf-8")
    app = typer.Typer()
    report_sent.add_to(app)
    app.command("other")(lambda: None)

    async def run(*words: str) -> tuple[int, Any]:
        arguments = ["sent", *words, "--format", "json", "--home", str(one.home)]
        done = await asyncio.to_thread(CliRunner().invoke, app, arguments, catch_exceptions=False)
        return done.exit_code, json.loads(done.stdout)

    status, tried = await run("--try")
    assert (status, tried["sftp"]) == (1, "")
    assert "give the password" in tried["mail"]
    (one.home / "keys/mail-password").write_text("secret of the mail")
    assert await run("--try") == (0, {"sftp": "", "mail": ""})
    assert city.names() == ["madoguchi-trial.txt"]
    assert parsed(bytes(post[0].got[0].content or b""))["Subject"] == "窓口 送付の試験"
    await one.make()
    await one.look()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_sent, "now_ms", lambda: one.now_ms)
        status, told = await run()
    assert (status, told["waiting"], told["failed"]) == (0, [], [])
    assert sorted((row["target"], row["paper"]) for row in told["sent"]) == [
        ("mail", "日次報告 2026-11-20"), ("sftp", "日次報告 2026-11-20"),
    ]  # fmt: skip
