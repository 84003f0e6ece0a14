"""Reports go to a real SFTP server: once each, in the end, over the right key only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import asyncssh

from config import Home, Settings
from config.report import Report
from madoguchi.delivery.clock import failures
from madoguchi.doctor.check import Level, Scene
from madoguchi.doctor.keeping import reports_sent
from tests.unit.madoguchi.delivery.machine import NAME, Machine
from tests.unit.madoguchi.delivery.sftp_server import SftpServer


async def test_given_reports_that_were_made_when_sent_by_sftp_then_each_is_there_once_and_whole(
    machine: Callable[..., Machine], city: SftpServer
) -> None:
    one = machine(sftp=city.target())
    city.give_key(one.home)
    await one.make()
    assert sorted(await one.look()) == [
        "madoguchi-booking-2026-11-20", "madoguchi-day-2026-11-20",
    ]  # fmt: skip
    assert city.names() == ["madoguchi-booking-2026-11-20.csv", "madoguchi-day-2026-11-20.csv"]
    assert NAME in (city.files / "in/2026/madoguchi-booking-2026-11-20.csv").read_text("utf-8-sig")
    sent = one.told("report.sent")
    assert {row["part"]: row["target"] for row in sent} == {"report": "sftp", "booking": "sftp"}
    (city.files / "in/2026/madoguchi-day-2026-11-20.csv").unlink()  # the city has taken it away
    assert await one.look() == []
    one.delivery = one.started()  # and a restart sends nothing again either
    assert await one.look() == []
    assert city.names() == ["madoguchi-booking-2026-11-20.csv"]
    assert failures(one.database, one.rules, one.now_ms) == []


async def test_given_a_crash_after_the_upload_when_started_again_then_what_is_there_is_not_written_again(
    machine: Callable[..., Machine], city: SftpServer
) -> None:
    one = machine(sftp=city.target(), parts=("report",))
    city.give_key(one.home)
    await one.make()
    record, one.record = one.record, lambda *_: None  # type: ignore[method-assign]
    one.delivery = one.started()
    await one.look()
    file = city.files / "in/2026/madoguchi-day-2026-11-20.csv"
    before = file.stat().st_mtime_ns
    one.record = record  # type: ignore[method-assign]
    one.delivery = one.started()
    assert await one.look() == ["madoguchi-day-2026-11-20"]
    assert file.stat().st_mtime_ns == before
    assert len(one.told("report.sent")) == 1


async def test_given_a_server_that_is_away_when_it_is_back_then_it_gets_everything_late_and_backoff_grows(
    machine: Callable[..., Machine], city: SftpServer
) -> None:
    one = machine(sftp=city.target(), parts=("report",))
    city.give_key(one.home)
    await city.close()
    await one.make()
    for tries, after_s in enumerate((0, 60, 120, 240), 1):
        one.monotonic_s += after_s - 1
        assert await one.look() == []
        assert len(one.told("report.not_sent")) == max(1, tries - 1) if tries > 1 else True
        one.monotonic_s += 1
        assert await one.look() == []
        assert len(one.told("report.not_sent")) == tries
    scene = Scene(
        Home(one.home), Settings(report=Report(**one.rules.model_dump())), one.database, None, one.now_ms
    )
    found = reports_sent(scene)
    assert (found.level, "127.0.0.1" in found.what) == (Level.WARN, True)
    assert "127.0.0.1" in one.delivery.warnings[0]
    assert "madoguchi-day-2026-11-20" in one.delivery.warnings[0]
    (one.home / "reports/madoguchi-day-2026-11-20.csv").unlink()  # somebody has tidied up meanwhile
    await city.open()
    one.monotonic_s += 3600
    one.now_ms += 5 * 86_400_000
    assert await one.look() == ["madoguchi-day-2026-11-20"]
    assert one.delivery.warnings == []
    assert reports_sent(replace(scene, now_ms=one.now_ms)).level is Level.OK
    assert city.names() == ["madoguchi-day-2026-11-20.csv"]


async def test_given_another_server_or_a_wrong_key_then_nothing_is_sent_and_the_reason_is_said(
    machine: Callable[..., Machine], city: SftpServer
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    one = machine(sftp=city.target(host_key=other), parts=("report",))
    await one.make()

    async def why(**more: Any) -> str:
        one.rules = one.rules.model_copy(update={"sftp": city.target(**more)})
        one.delivery = one.started()
        assert await one.look() == []
        return str(one.told("report.not_sent")[-1]["why"])

    assert "no such key; make one" in await why()
    key = one.home / "keys/sftp"
    key.write_bytes(city.user_key.export_private_key())
    key.chmod(0o644)
    assert "others may read it" in await why()
    key.chmod(0o600)
    assert "is not [report.sftp] host_key" in await why(host_key=other)
    key.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    assert "does not let us in" in await why()
    key.write_bytes(city.user_key.export_private_key())
    city.files.joinpath("in").write_text("a file where the directory should be")
    assert "in/2026" in await why()
    assert city.names() == ["in"]
    city.files.joinpath("in").unlink()
    one.delivery = one.started()
    assert await one.look() == ["madoguchi-day-2026-11-20"]
