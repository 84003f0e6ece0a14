"""Records on a real Asterisk: a citizen is purged while the instance runs, and is nowhere any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asterisk.conftest import QUICK, WEEKDAY, home_with
from tests.rig.carrier import Carrier
from tests.rig.processes import command
from tests.rig.world import Madoguchi, eventually

pytestmark = pytest.mark.asterisk

CITIZEN, OTHER = "0262261234", "09011112222"


def standing(home: Path, digits: str) -> list[str]:
    """The files in which the number stands."""
    forms = (digits.encode(), b"81" + digits[1:].encode())
    files = (file for file in home.rglob("*") if file.is_file() and not file.is_symlink())
    return [str(file) for file in files if any(form in file.read_bytes() for form in forms)]


async def test_given_a_citizen_who_called_when_purged_while_calls_go_on_then_the_number_is_nowhere(
    tmp_path: Path,
) -> None:
    home = home_with(tmp_path / "home", QUICK)
    async with Madoguchi.started(home, at=WEEKDAY) as world:
        carrier = Carrier(world.server)
        for number in (CITIZEN, OTHER, CITIZEN):
            run = await carrier.call(
                world.run.number, hold_ms=1000, caller=f'"{number}" <sip:{number}@127.0.0.2>'
            )
            await run.result(timeout_s=30)

        async def found() -> list[str]:
            _, calls = await command(home, "person", "--number", CITIZEN, "--why", "test")
            return calls if len(calls) == 2 else []

        calls = await eventually(found, 20, "the two calls")
        assert standing(home, CITIZEN) != []
        status, told = await command(home, "keys", "rotate")
        assert (status, told["records"]) == (0, 3)

        waiting = await carrier.call(
            world.run.number, hold_ms=15_000, caller=f'"{OTHER}" <sip:{OTHER}@127.0.0.2>'
        )
        status, told = await command(home, "purge", "--number", CITIZEN)
        assert (status, told["calls"], told["swept"]) == (0, calls, True)
        assert standing(home, CITIZEN) == []
        assert standing(home, OTHER) != []
        result = await waiting.result(timeout_s=30)
        assert len(result.answered) == 1

        status, told = await command(home, "doctor")
        levels = {one["name"]: one["level"] for one in told["checks"]}
        assert levels["journal.chain"] == levels["figures.identity"] == levels["instance"] == "ok", told
        assert levels["personal.keys"] == "ok"
        _, calls = await command(home, "person", "--number", OTHER, "--why", "test")
        assert len(calls) == 2
