"""Whole instances on a real Asterisk with real SIP, shared by the tests of a session, left clean by each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.rig.carrier import Carrier
from tests.rig.phones import Phone, Phones
from tests.rig.world import Madoguchi

QUICK = """
[guidance]
greeting = false
please_hold_every_s = 5
[floor]
ring_time_s = 3
wrap_up_s = 1
"""
"""No greeting and short times: these tests are about the floor."""
WEEKDAY = "2026-11-24 10:00:00"
SEATS = range(1, 8)


def home_with(directory: Path, toml: str) -> Path:
    """A state directory whose settings are `toml`."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "madoguchi.toml").write_text(toml, encoding="utf-8")
    return directory


class Office:
    """An open line with seven registered phones; nobody is logged in between two tests."""

    def __init__(self, world: Madoguchi, phones: Phones, seats: dict[int, Phone], carrier: Carrier) -> None:
        self.world = world
        self.phones = phones
        self.seats = seats
        self.carrier = carrier

    async def staff(self, *numbers: int, answer_after_ms: int | None = None) -> list[Phone]:
        """Log operators in at these seats; their phones answer by themselves, or just ring."""
        staffed = []
        for number in numbers:
            await self.seats[number].behaves(
                **({} if answer_after_ms is None else {"answer_after_ms": answer_after_ms})
            )
            await self.world.log_in(number)
            staffed.append(self.seats[number])
        return staffed

    async def tidy(self) -> None:
        """End of a test: everybody out, nothing left in Asterisk."""
        live = await self.world.api("GET", "/live")
        for seat in live["seats"]:
            if seat["state"] != "logged_out":
                await self.world.api("POST", f"/seats/{seat['seat']}/logout")
            self.seats[seat["seat"]].behave()
        await self.carrier.stop()
        await self.world.nothing_left(10)

    async def outcome(self, **wanted: object) -> list[dict[str, object]]:
        """Today's calls, newest last."""
        found: list[dict[str, object]] = (await self.world.api("GET", "/calls"))["calls"]
        return [call for call in found if all(call.get(k) == v for k, v in wanted.items())]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_office(tmp_path_factory) -> AsyncIterator[Office]:
    home = home_with(tmp_path_factory.mktemp("office") / "home", QUICK)
    async with Madoguchi.started(home, at=WEEKDAY) as world, Phones.started() as phones:
        seats = {number: await world.seat_phone(phones, number) for number in SEATS}
        for number in SEATS:
            await phone_known(world, number)
        yield Office(world, phones, seats, Carrier(world.server))


async def phone_known(world: Madoguchi, seat: int) -> None:
    """Wait until the floor knows the seat's phone as registered."""
    from tests.rig.world import eventually

    async def look() -> bool:
        live = await world.api("GET", "/live")
        return any(s["seat"] == seat and s["phone"] == "registered" for s in live["seats"])

    await eventually(look, 5, f"phone of seat {seat} registered")


@pytest_asyncio.fixture(loop_scope="session")
async def office(running_office: Office) -> AsyncIterator[Office]:
    for phone in running_office.seats.values():
        phone.forget()
    yield running_office
    await running_office.tidy()
