"""`bin/install` on a bare machine: what an engineer does, from nothing to calls that are counted."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import pytest

from config.runfile import RunFile
from tests.rig.booted import BootedDebian, can_boot
from tests.rig.carrier import Carrier
from tests.rig.world import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.long, pytest.mark.timeout(1800)]
HOME = "/var/lib/madoguchi"
UNITS = ("madoguchi", "madoguchi-asterisk", "madoguchi-alarms", "madoguchi-night.timer")
SECRET = "twelve letters or more"


class Installed:
    """What the installed machine says of itself, from outside."""

    def __init__(self, machine: BootedDebian) -> None:
        self.machine = machine
        self.run_json = machine.root / HOME.lstrip("/") / "run.json"

    async def get(self, path: str) -> dict | None:
        run = RunFile.read(self.run_json)
        header = {"Authorization": f"Bearer {run.api_token}"}
        try:
            async with (
                aiohttp.ClientSession(headers=header) as session,
                session.get(run.desk_url + path) as answer,
            ):
                return await answer.json() if answer.status == 200 else None
        except (OSError, aiohttp.ClientError):
            return None

    async def ready(self) -> bool:
        told = await self.get("/readyz")
        return told is not None and told["ready"] and told["asterisk"]

    async def calls(self) -> int:
        told = await self.get("/api/v1/calls")
        return 0 if told is None else sum(one["ended_ms"] is not None for one in told["calls"])

    async def one_more_call(self) -> None:
        run, before = RunFile.read(self.run_json), await self.calls()
        carrier = Carrier(f"{run.sip.host}:{run.sip.port}")
        result = await (await carrier.call(run.number, hold_ms=1500)).result(timeout_s=30)
        assert (result.successful, result.failed) == (1, 0)

        async def counted() -> bool:
            return await self.calls() == before + 1

        await eventually(counted, 15, "the call is counted")


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
async def test_given_a_bare_machine_when_installed_then_it_serves_restarts_what_dies_and_keeps_its_nights(
    tmp_path: Path, suite: str
) -> None:
    if why := can_boot():
        pytest.skip(why)
    async with BootedDebian.started(tmp_path, suite) as machine:
        installed = Installed(machine)
        for _ in range(2):  # once more is nothing, or an upgrade
            status, said = await machine.run("bin/install --bind 127.0.0.1 --start", within_s=900)
            assert status == 0, said
            assert "Installed." in said
            assert "needs a passphrase" in said
            await eventually(installed.ready, 60, "ready after the installation")
        await installed.one_more_call()

        for unit in UNITS:
            assert (await machine.run(f"systemctl is-active {unit}"))[1].strip() == "active", unit
            assert (await machine.run(f"systemctl is-enabled {unit}"))[1].strip() == "enabled", unit
        _, who = await machine.run("ps -o user= -C asterisk; ps -o user:20= -C python | sort -u")
        assert "root" not in who.split(), who
        for unit in ("madoguchi", "madoguchi-asterisk"):
            await machine.run(f"systemctl kill --signal=KILL {unit}")

            async def restarted(unit: str = unit) -> bool:
                _, told = await machine.run(f"systemctl show --property=NRestarts {unit}")
                return told.strip() == "NRestarts=1" and await installed.ready()

            await eventually(restarted, 30, f"{unit} is there again")
            await installed.one_more_call()

        status, said = await machine.run("systemctl start madoguchi-night", within_s=120)
        assert status != 0, "a night without a passphrase for the backup is a failed unit"
        told = (await machine.run("journalctl --unit madoguchi-night --output cat"))[1]
        assert "backup-passphrase" in told
        assert "journal.chain" in told, "doctor ran all the same"
        secret = f"{HOME}/keys/backup-passphrase"
        await machine.run(f"install -o madoguchi -m 600 /dev/null {secret}; echo '{SECRET}' > {secret}")
        status, said = await machine.run("systemctl start madoguchi-night", within_s=120)
        assert status == 0, said
        assert (await machine.run(f"ls {HOME}/backups"))[1].strip().endswith(".backup")

        command = f"sudo -u madoguchi bin/madoguchi doctor --home {HOME} --format json"
        status, said = await machine.run(command)
        assert status < 2, said
        found = json.loads(said)
        assert [one for one in found["checks"] if one["level"] == "fail"] == []
