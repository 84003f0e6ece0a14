"""An instance with settings of its own, seats, citizens' telephones, and one behind the carrier."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.asterisk.conftest import home_with, phone_known
from tests.rig.carrier import Carrier
from tests.rig.phones import PHONES_A_PROCESS, Phone, Phones
from tests.rig.world import Madoguchi, eventually


class Site:
    """What a test on a floor with other settings needs."""

    def __init__(self, world: Madoguchi, phones: Phones, outside: Phone) -> None:
        self.world = world
        self.phones = phones
        self.outside = outside
        self.carrier = Carrier(world.server)
        self.seats: dict[int, Phone] = {}
        self.citizens: list[Phone] = []
        self._names = 0

    @classmethod
    @asynccontextmanager
    async def started(
        cls,
        directory: Path,
        toml: str,
        *,
        at: str,
        seats: int = 2,
        record: Path | None = None,
        phones_a_process: int = PHONES_A_PROCESS,
    ) -> AsyncIterator[Site]:
        """Up, with this many registered phones; `record` is a directory for what they hear."""
        home = home_with(directory, toml)
        async with (
            Madoguchi.started(home, at=at) as world,
            Phones.started(phones_a_process) as phones,
            Phones.started() as behind,
        ):
            outside = await behind.outside("outside", world.server, world.run.trunk.port)
            site = cls(world, phones, outside)
            for number in range(1, seats + 1):
                site.seats[number] = await world.seat_phone(phones, number, record)
                await phone_known(world, number)
            yield site

    async def settings(self, toml: str) -> None:
        """Bring other settings into force."""
        (self.world.home / "madoguchi.toml").write_text(toml, encoding="utf-8")
        await self.world.api("POST", "/config/reload")

    async def live(self) -> dict[str, Any]:
        """The floor now."""
        found: dict[str, Any] = await self.world.api("GET", "/live")
        return found

    async def day(self) -> dict[str, Any]:
        """The day's report."""
        today = (await self.live())["now"][:10]
        found: dict[str, Any] = await self.world.api("GET", f"/reports/day/{today}?format=json")
        return found

    async def citizen(
        self, number: str = "0262261234", called: str = "", record: Path | None = None
    ) -> tuple[Phone, str]:
        """A citizen calls from this number; the telephone, which hears the exchange, and the call's id.

        `called`: a number of ours, by default the main one. `record`: a directory for what is heard.
        """
        before = {call["call"] for call in await self._calls()}
        self._names += 1
        phone = await self.phones.citizen(
            f"citizen{self._names}", self.world.server, record, f'"{number}" <sip:{number}@127.0.0.2>'
        )
        self.citizens.append(phone)
        phone.tell("call", uri=f"sip:{called or self.world.run.number}@{self.world.server}")
        await phone.wait_for("confirmed", 5)

        async def look() -> str:
            return next((c["call"] for c in await self._calls() if c["call"] not in before), "")

        return phone, await eventually(look, 5, "the call is journalled")

    async def waits(self, call: str) -> None:
        """Wait until the call (or ticket) stands in the queue."""

        async def look() -> bool:
            return any(one["call"] == call for one in (await self.live())["waiting"])

        await eventually(look, 5, f"{call} waits")

    async def rows(self, call: str, *kinds: str) -> list[dict[str, Any]]:
        """A call's journal rows of these kinds, in order."""
        story = await self.world.api("GET", f"/calls/{call}")
        return [row for row in story["journal"] if row["kind"] in kinds]

    async def row(self, call: str, kind: str, timeout_s: float = 10, **data: Any) -> dict[str, Any]:
        """Wait for a row of this kind with these data."""

        async def look() -> dict[str, Any] | None:
            found = await self.rows(call, kind)
            return next((r for r in found if all(r["data"].get(k) == v for k, v in data.items())), None)

        return await eventually(look, timeout_s, f"{kind} {data or ''} of {call}") or {}

    async def outcome(self, call: str, wanted: str, timeout_s: float = 15) -> None:
        """Wait for the call's end, which must be this and be written once."""
        row = await self.row(call, "call.ended", timeout_s)
        assert row["data"]["outcome"] == wanted
        assert len(await self.rows(call, "call.ended")) == 1

    async def staff(self, *numbers: int, answer_after_ms: int | None = 0) -> None:
        """Log operators in whose phones answer by themselves, or ring (None)."""
        for number in numbers:
            self.seats[number].behave(answer_after_ms=answer_after_ms)
            await self.seats[number].register()  # it has read how to behave by then
        for number in numbers:
            await self.world.log_in(number)

    async def serves(self) -> bool:
        """Whether the controller is ready; what it had not finished before it was not, is over."""
        try:
            await self.world.api("GET", "/readyz")
            return not (await self.live())["waiting"]
        except (OSError, AssertionError):
            return False

    async def tidy(self) -> None:
        """Everybody hangs up and goes home; nothing is left."""
        for phone in (*self.citizens, *self.seats.values(), self.outside):
            calls = len(phone.seen("calling")) + len(phone.seen("incoming"))
            if len(phone.seen("disconnected")) < calls:
                phone.tell("hangup")
            phone.behave()
            phone.forget()
        for callback in (await self.world.api("GET", "/callbacks"))["callbacks"]:
            if callback["state"] != "calling":
                await self.world.api("POST", f"/callbacks/{callback['ticket']}/cancel")
        for seat in (await self.live())["seats"]:
            if seat["state"] != "logged_out":
                await self.world.api("POST", f"/seats/{seat['seat']}/logout")
        await self.world.nothing_left(10)
        self.citizens.clear()

    async def _calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.world.api("GET", "/calls"))["calls"]
        return found
