"""The settings read anew on a real Asterisk while calls go on: app_queue's reload_queue_members, for us.

One instance for all tests here; each begins and ends with seven seats and nobody logged in.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from config.runfile import RunFile
from madoguchi.asterisk_cli import run_cli
from tests.asterisk.conftest import QUICK, WEEKDAY, home_with, phone_known
from tests.rig.carrier import Carrier
from tests.rig.phones import Phone, Phones
from tests.rig.world import ROOT, Madoguchi, eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

NUMBER = "0260001234"


class Site:
    """A running instance whose settings a test changes."""

    def __init__(self, world: Madoguchi, phones: Phones) -> None:
        self.world = world
        self.phones = phones
        self.carrier = Carrier(world.server)
        self.seats: dict[int, Phone] = {}

    def write(self, more: str = "", floor: str = "") -> None:
        """The quick settings, with more keys of [floor], and more sections."""
        (self.world.home / "madoguchi.toml").write_text(f"{QUICK}{floor}\n{more}", encoding="utf-8")

    async def reload(self, more: str = "", floor: str = "") -> dict[str, object]:
        """Write the settings and bring them into force; what the API tells."""
        self.write(more, floor)
        told: dict[str, object] = await self.world.api("POST", "/config/reload")
        self.world.run = RunFile.read(self.world.home / "run.json")
        return told

    async def phone(self, seat: int, **how: object) -> Phone:
        """The seat's phone, registered, known so to the floor, and behaving so."""
        if seat not in self.seats:
            entry = next(phone for phone in self.world.run.phones if phone.seat == seat)
            self.seats[seat] = await self.phones.add(
                f"seat{seat}", entry.user, entry.password, self.world.server
            )
        phone = self.seats[seat]
        phone.forget()
        phone.behave(**how)
        await phone.register()  # it has read how to behave by then
        await phone_known(self.world, seat)
        return phone

    async def ready(self, seat: int, operator: str | None = None) -> Phone:
        """An operator at a seat whose phone answers by itself."""
        phone = await self.phone(seat, answer_after_ms=0)
        await self.world.log_in(seat, operator)
        return phone

    async def citizen(self, name: str, number: str = NUMBER) -> Phone:
        """A citizen who has called and hears us."""
        phone = await self.phones.citizen(name, self.world.server)
        phone.tell("call", uri=f"sip:{number}@{self.world.server}")
        await phone.wait_for("confirmed", 3)
        return phone

    async def live(self) -> dict[str, object]:
        return await self.world.api("GET", "/live")

    async def shown(self) -> dict[int, dict[str, object]]:
        """The seats by number."""
        return {seat["seat"]: seat for seat in (await self.live())["seats"]}

    async def endpoints(self) -> set[str]:
        """Names of the phones that Asterisk knows. (Its REST interface shows removed ones for ever.)"""
        told = await run_cli(self.world.home / "asterisk" / "run" / "asterisk.ctl", "pjsip list endpoints")
        return set(re.findall(r"phone-[a-z0-9]{6}", told))

    async def waiting(self, count: int) -> list[dict[str, object]]:
        """Wait until so many callers wait."""

        async def look() -> list[dict[str, object]]:
            found = (await self.live())["waiting"]
            return found if len(found) == count else []

        return await eventually(look, 4, f"{count} callers wait")

    async def without_seat(self, seat: int) -> None:
        """Wait until the floor has no such seat, and Asterisk no phone that is none of a seat's."""

        async def look() -> bool:
            users = {phone.user for phone in self.world.run.phones}
            users.add(self.world.run.supervisor_phone.user)
            return seat not in await self.shown() and await self.endpoints() == users

        await eventually(look, 5, f"seat {seat} is gone")

    async def tidy(self) -> None:
        await self.carrier.stop()
        for seat in (await self.live())["seats"]:
            if seat["state"] != "logged_out":
                await self.world.api("POST", f"/seats/{seat['seat']}/logout")
        await self.world.nothing_left(10)
        await self.reload()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory) -> AsyncIterator[Site]:
    home = home_with(tmp_path_factory.mktemp("reload") / "home", QUICK)
    async with Madoguchi.started(home, at=WEEKDAY) as world, Phones.started() as phones:
        yield Site(world, phones)


@pytest_asyncio.fixture(loop_scope="module")
async def site(running: Site) -> AsyncIterator[Site]:
    yield running
    await running.tidy()


async def test_reload_queue_members_given_a_talk_and_a_waiting_caller_when_7_seats_become_8_then_untouched(
    site,
):
    seat = await site.ready(1)
    talker = await site.citizen("talker")
    await seat.wait_for("confirmed", 4)
    before = await site.world.until_seat(1, "talking")
    waiter = await site.citizen("waiter")
    (waiting,) = await site.waiting(1)
    channels = {channel["id"] for channel in await site.world.ari("GET", "/channels")}

    told = await site.reload("[seats]\ncount = 8\n[queue]\nstrategy = 'linear'")

    assert {"key": "seats.count", "old": 7, "new": 8} in told["changed"]
    assert {"key": "queue.strategy", "old": "longest_idle", "new": "linear"} in told["changed"]
    assert told["restart"] == []
    now = (await site.shown())[1]
    assert {key: now[key] for key in ("state", "call", "since", "operator", "phone")} == {
        key: before[key] for key in ("state", "call", "since", "operator", "phone")
    }
    (still,) = await site.waiting(1)
    assert (still["call"], still["since"]) == (waiting["call"], waiting["since"])
    assert {channel["id"] for channel in await site.world.ari("GET", "/channels")} == channels
    assert not talker.seen("disconnected")
    assert not waiter.seen("disconnected")

    eighth = await site.ready(8, "102")
    await eighth.wait_for("confirmed", 3)
    assert (await site.world.until_seat(8, "talking"))["call"] == waiting["call"]
    assert (await site.world.until_seat(1, "talking"))["call"] == before["call"]
    for phone in (talker, waiter):
        phone.tell("hangup")


async def test_reload_queue_members_given_a_talk_at_seat_5_when_7_become_3_then_8_then_it_goes_after_it(
    site,
):
    seat = await site.ready(5)
    idle = await site.phone(6)
    citizen = await site.citizen("talker5")
    await seat.wait_for("confirmed", 4)
    talk = await site.world.until_seat(5, "talking")
    secrets = {phone.seat: phone.password for phone in site.world.run.phones}

    await site.reload("[seats]\ncount = 3")

    shown = await site.shown()
    assert sorted(shown) == [1, 2, 3, 5]
    assert (shown[5]["state"], shown[5]["call"]) == ("talking", talk["call"])
    assert [phone.seat for phone in site.world.run.phones] == [1, 2, 3]
    assert len(await site.endpoints()) == 5  # three seats, the supervisor, and who still talks
    assert (await seat.register())["code"] == 200  # a telephone renews it in the middle of a talk
    seat.tell("hold")
    await site.world.until_seat(5, "hold")
    seat.tell("unhold")
    await site.world.until_seat(5, "talking")
    seat.tell("hangup")
    await citizen.wait_for("disconnected", 3)
    await site.without_seat(5)
    call = await site.world.api("GET", f"/calls/{talk['call']}")
    assert (call["outcome"], call["seat"]) == ("answered", 5)
    idle.tell("register")
    await idle.wait_for("register_failed", 8)

    await site.reload("[seats]\ncount = 8")

    assert [phone.seat for phone in site.world.run.phones] == list(range(1, 9))
    assert {p.seat: p.password for p in site.world.run.phones}.items() >= secrets.items()
    await idle.register()
    sixth = await site.ready(6)
    citizen = await site.citizen("talker6")
    await sixth.wait_for("confirmed", 4)
    citizen.tell("hangup")
    await sixth.wait_for("disconnected", 3)


async def test_given_a_ringing_seat_that_is_removed_then_the_caller_keeps_the_head_and_the_next_seat_rings(
    site,
):
    seventh = await site.phone(7)
    await site.world.log_in(7)
    citizen = await site.citizen("ringer")
    await seventh.wait_for("incoming", 3)
    await site.reload("[seats]\ncount = 6")
    await seventh.wait_for("disconnected", 3)
    await site.without_seat(7)
    (waiting,) = await site.waiting(1)
    assert waiting["position"] == 1
    first = await site.ready(1)
    await first.wait_for("confirmed", 3)
    citizen.tell("hangup")
    await first.wait_for("disconnected", 3)


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("[seats]\ncount = 0", "[seats] count"),
        ("[queue]\nstrategy = 'fastest'", "[queue] strategy"),
        ("[line]\nneed = 'english'", "[line] need"),
        ("[seats", "is not TOML"),
        ("[trunk]\nprofile = 'hikari'\ngateway = '127.0.0.3'\n[line]\nnumber = '1'", "[line] number"),
    ],
)
async def test_given_a_mistake_in_the_file_when_reloaded_then_422_names_it_and_nothing_changes(
    site, toml, named
):
    seat = await site.ready(2)
    before = await site.shown()
    etc = site.world.home / "asterisk" / "etc"
    files = {path.name: path.read_bytes() for path in (*etc.iterdir(), site.world.home / "run.json")}
    site.write(toml)
    problem = await site.world.api("POST", "/config/reload", status=422)
    assert problem["error"] == "bad_configuration"
    assert "madoguchi.toml" in problem["message"]
    assert named in problem["message"]
    assert {p.name: p.read_bytes() for p in (*etc.iterdir(), site.world.home / "run.json")} == files
    after = await site.shown()
    for seat in after:
        assert {k: after[seat][k] for k in ("state", "since")} == {
            k: before[seat][k] for k in ("state", "since")
        }


async def test_given_a_talk_when_its_operator_is_removed_and_another_added_then_logged_out_after_the_talk(
    site,
):
    seat = await site.ready(1, "101")
    citizen = await site.citizen("talker1")
    await seat.wait_for("confirmed", 4)
    await site.world.until_seat(1, "talking")
    told = await site.reload("[[operators]]\nid = '900'\nname = '信濃 太郎'")
    assert {"key": "operators.900.name", "old": None, "new": "信濃 太郎"} in told["changed"]
    assert [(one.id, len(one.pin)) for one in site.world.run.operators] == [("900", 4)]
    assert (await site.shown())[1]["state"] == "talking"
    citizen.tell("hangup")
    await site.world.until_seat(1, "logged_out", 3)
    await site.world.log_in(1, "900")
    assert (await site.world.until_seat(1, "ready"))["operator_name"] == "信濃 太郎"
    secrets = site.world.home / "keys" / "secrets.json"
    assert secrets.stat().st_mode & 0o777 == 0o600
    rows = json.loads(secrets.read_text(encoding="utf-8"))
    assert "101" in rows["pins"]  # who comes back has the PIN that he knows


async def test_given_other_hours_when_reloaded_then_the_next_citizen_hears_them_and_ports_wait_for_a_restart(
    site,
):
    told = await site.reload("[calendar]\nweekdays = ['sat']\n[desk]\nport = 8099")
    assert [change["key"] for change in told["restart"]] == ["desk.port"]
    assert (await site.live())["line"]["state"] == "closed"
    run = await site.carrier.call(NUMBER, hold_ms=500)
    assert (await run.result(10)).failed == 0
    await site.reload()
    assert (await site.live())["line"]["state"] == "open"
    calls = (await site.world.api("GET", "/calls?outcome=closed"))["calls"]
    assert len(calls) == 1


async def test_given_another_line_when_reloaded_then_its_number_is_one_of_ours(site):
    await site.reload("[[lines]]\nid = 'english'\nname = 'English'\nnumbers = ['0260001299']")
    run = await site.carrier.call("0260001299", hold_ms=300)
    assert (await run.result(10)).failed == 0
    newest = (await site.world.api("GET", "/calls"))["calls"][-1]
    assert newest["called"] == "0260001299"


@pytest.mark.parametrize("count", [70, pytest.param(200, marks=pytest.mark.long)])
async def test_given_many_seats_when_reloaded_by_the_command_then_the_last_phone_takes_a_call(site, count):
    site.write(f"[seats]\ncount = {count}")
    command = str(ROOT / "bin" / "madoguchi")
    for word in ("check", "reload"):
        process = await asyncio.create_subprocess_exec(
            command, "config", word, "--home", str(site.world.home), "--format", "json",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, err.decode()
        told = json.loads(out)
    assert {"key": "seats.count", "old": 7, "new": count} in told["changed"]
    site.world.run = RunFile.read(site.world.home / "run.json")
    assert len(site.world.run.phones) == count
    assert len(await site.endpoints()) == count + 1
    last = await site.ready(count, "107")
    citizen = await site.citizen(f"talker{count}")
    await last.wait_for("confirmed", 4)
    citizen.tell("hangup")
    await last.wait_for("disconnected", 3)


async def test_given_a_broken_file_when_the_controller_falls_then_it_goes_on_with_what_is_in_force(site):
    await site.reload("[seats]\ncount = 8")
    eighth = await site.ready(8, "101")
    citizen = await site.citizen("talker8")
    await eighth.wait_for("confirmed", 4)
    talk = await site.world.until_seat(8, "talking")
    await site.world.api("GET", f"/calls/{talk['call']}")  # answers when the rows so far are stored
    site.write("[seats]\ncount = 'many'")
    fallen = site.world.run.controller_pid
    os.kill(fallen, signal.SIGKILL)

    async def again() -> bool:
        site.world.run = RunFile.read(site.world.home / "run.json")
        if site.world.run.controller_pid in (0, fallen):
            return False
        try:
            return bool((await site.world.api("GET", "/readyz"))["ready"])
        except (AssertionError, OSError, aiohttp.ClientError):
            return False

    await eventually(again, 15, "another controller is ready")
    assert [phone.seat for phone in site.world.run.phones] == list(range(1, 9))
    assert (await site.world.until_seat(8, "talking"))["call"] == talk["call"]
    citizen.tell("hangup")
    await site.world.until_seat(8, "ready", 5)


async def test_given_a_reload_then_its_journal_row_names_the_keys_and_no_secret(site):
    async with site.world._http.ws_connect(
        f"{site.world.run.desk_url}/api/v1/events",
        headers={"Authorization": f"Bearer {site.world.run.api_token}"},
    ) as events:
        told = await site.reload("[trunk]\npassword = 'very secret'\n[queue]\nreview_s = 7")
        async with asyncio.timeout(5):
            while (row := await events.receive_json())["kind"] != "system.reloaded":
                pass
    assert row["data"] == {
        "changed": ["queue.review_s"],
        "restart": ["trunk.password"],
        "seats": [1, 2, 3, 4, 5, 6, 7],
    }
    assert told["restart"] == [{"key": "trunk.password", "old": None, "new": "***"}]
    logs = (site.world.home / "logs").glob("*.log")
    assert not any("very secret" in log.read_text(encoding="utf-8", errors="replace") for log in logs)


@pytest.mark.parametrize("count", [3, pytest.param(70, marks=pytest.mark.long)])
async def test_given_another_number_of_seats_from_the_start_then_the_last_phone_takes_a_call(tmp_path, count):
    home = home_with(tmp_path / "home", f"{QUICK}[seats]\ncount = {count}\n")
    async with Madoguchi.started(home, at=WEEKDAY) as world, Phones.started() as phones:
        site = Site(world, phones)
        assert len(await site.endpoints()) == count + 1
        last = await site.ready(count, "107")
        citizen = await site.citizen("talker")
        await last.wait_for("confirmed", 4)
        citizen.tell("hangup")
        await last.wait_for("disconnected", 3)
