"""The SIP ports under attack, with TLS and SRTP for the seats: guesses, floods, garbage, forged lines.

One instance: its phones must speak TLS, only some networks may speak at all, six guesses are enough.
"""

from __future__ import annotations

import asyncio
import random
import socket
import sys
from pathlib import Path

import pytest
import pytest_asyncio

from tests.asterisk.conftest import QUICK, home_with, phone_known
from tests.rig import malformed
from tests.rig.attacker import Attacker
from tests.rig.audio import heard
from tests.rig.carrier import Carrier
from tests.rig.phones import Phone, Phones
from tests.rig.world import ROOT, Madoguchi, eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
NUMBER = "0260001234"
DAY = "/reports/day/2026-11-24?format=json"
VOICE = ROOT / "prompts" / "voice" / "ja"
HOME = f"""
[sip]
phones = "tls"
phone_networks = ["127.0.0.1/32", "127.0.0.64/27"]
block_after = 6
block_min = 60
{QUICK}"""
METHODS = ("REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE", "MESSAGE", "PUBLISH")


class Fort:
    """The instance and seat 1's phone, over TLS."""

    def __init__(self, world: Madoguchi, phones: Phones, folder: Path) -> None:
        self.world = world
        self.phones = phones
        self.seat: Phone
        self.folder = folder
        self.sip = (world.run.sip.host, world.run.sip.port)
        self.tls = f"{world.run.sip.host}:{world.run.sip.tls_port}"
        self.user = world.run.phones[0].user
        self.certificate = world.home / "keys" / "sip.crt"

    async def serves(self) -> None:
        """A citizen's call is served by the seat's phone as ever, and is one more of the day's."""
        before = await self.world.api("GET", DAY)
        run = await Carrier(self.world.server).call(NUMBER, hold_ms=300, media=False)
        result = await run.result(20)
        assert (result.successful, result.failed) == (1, 0), result.errors

        async def counted() -> bool:
            day = await self.world.api("GET", DAY)
            return bool(
                day["received"] == before["received"] + 1
                and day["answered"] == before["answered"] + 1
                and day["identity"]["holds"]
            )

        await eventually(counted, 10, "one call more, answered, and the identity")

    async def command(self, *words: str) -> str:
        """Run a command of the instance's; what it prints."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "madoguchi.cli", *words, "--home", str(self.world.home),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await process.communicate()
        assert process.returncode == 0
        return said.decode()

    async def status(self, attacker: Attacker, method: str = "REGISTER", user: str = "nobody") -> int | None:
        answer = await asyncio.to_thread(attacker.ask, method, user)
        return answer.status


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fort")
    home = home_with(folder / "home", HOME)
    async with Madoguchi.started(home, at="2026-11-24 10:00:00") as world, Phones.started() as phones:
        fort = Fort(world, phones, folder)
        entry = world.run.phones[0]
        seat = await phones.add(
            "seat1", entry.user, entry.password, fort.tls, folder, trusted=str(fort.certificate)
        )
        await seat.register()
        await phone_known(world, 1)
        await seat.behaves(answer_after_ms=0)
        await world.log_in(1)
        fort.seat = seat
        yield fort


async def test_given_tls_phones_when_a_citizen_calls_then_the_offer_is_srtp_and_the_talk_is_served(fort):
    await fort.serves()
    offered = (await fort.seat.wait_for("incoming", 5))["message"]
    assert "RTP/SAVP" in offered
    assert "a=crypto:" in offered
    assert "RTP/AVP" not in offered


async def test_given_a_code_over_tls_then_its_text_is_heard_through_srtp(fort):
    phone = fort.seat
    phone.forget()
    phone.tell("call", uri=f"sip:*29@{fort.tls};transport=tls")
    await phone.wait_for("confirmed", 5)
    recording = Path((await phone.wait_for("recorded", 10))["recording"])
    file = VOICE / "break.done.ulaw"
    assert [one.file for one in heard(recording, [file])] == [file]
    phone.tell("call", uri=f"sip:*20@{fort.tls};transport=tls")
    await fort.world.until_seat(1, "ready", 8)


async def test_given_the_right_password_without_tls_then_no_code_and_no_call(fort):
    entry = fort.world.run.phones[1]
    plain = await fort.phones.add("plain", entry.user, entry.password, fort.world.server)
    plain.tell("call", uri=f"sip:*20@{fort.world.server}")
    over = await plain.wait_for("disconnected", 8)
    assert not over["confirmed"]


async def test_given_known_and_unknown_users_when_asked_and_guessed_then_the_answers_are_alike(fort):
    def shape(user: str, method: str, guess: bool) -> tuple[object, ...]:
        attacker = Attacker(fort.sip, "127.0.0.65")
        answer = attacker.guess(user, "wrong", method) if guess else attacker.ask(method, user)
        attacker.close()
        challenge = answer.headers.get("www-authenticate", "")
        words = tuple(part.split("=")[0].strip() for part in challenge.split(","))
        return answer.status, tuple(sorted(answer.headers)), words

    for method in METHODS:
        known = await asyncio.to_thread(shape, fort.user, method, False)
        assert known[0] == 401
        for user in ("phone-zzzzzz", "701", "trunk", "anonymous"):
            assert await asyncio.to_thread(shape, user, method, False) == known, (method, user)
    known = await asyncio.to_thread(shape, fort.user, "REGISTER", True)
    assert known[0] == 401
    assert await asyncio.to_thread(shape, "phone-zzzzzz", "REGISTER", True) == known


async def test_given_an_address_outside_the_networks_then_every_user_is_refused_alike(fort):
    stranger = Attacker(fort.sip, "127.0.0.99")
    for user in (fort.user, "phone-zzzzzz"):
        for method in ("REGISTER", "INVITE"):
            assert await fort.status(stranger, method, user) == 403
    right = fort.world.run.phones[0].password
    assert (await asyncio.to_thread(stranger.guess, fort.user, right)).status == 403
    await fort.serves()


async def test_given_a_guesser_when_enough_then_refused_journalled_and_let_in_by_command(fort):
    attacker = Attacker(fort.sip, "127.0.0.70")
    guesses = 0

    async def refused() -> bool:
        nonlocal guesses
        guesses += 1
        return (await asyncio.to_thread(attacker.guess, fort.user, f"guess{guesses}")).status == 403

    # The process that looks starts some seconds after READY.
    await eventually(refused, 60, "the guesser is refused")
    # The right password does not help him any more, and others are not concerned.
    right = fort.world.run.phones[0].password
    assert (await asyncio.to_thread(attacker.guess, fort.user, right)).status == 403
    assert await fort.status(Attacker(fort.sip, "127.0.0.71")) == 401
    await fort.serves()
    log = (fort.world.home / "logs" / "alarms.log").read_text(encoding="utf-8")
    assert '"sip.blocked"' in log
    assert "127.0.0.70" in await fort.command("blocked")
    await fort.command("blocked", "--release", "127.0.0.70")

    async def let_in() -> bool:
        return await fort.status(attacker) == 401

    await eventually(let_in, 5, "let in again")


async def test_given_a_guesser_who_forges_lines_then_the_one_he_names_is_not_refused(fort):
    attacker, victim = Attacker(fort.sip, "127.0.0.72"), Attacker(fort.sip, "127.0.0.73")
    forged = "RemoteAddress=%22IPV4/UDP/127.0.0.73/5"

    async def refused() -> bool:
        answer = await asyncio.to_thread(
            attacker.ask, "REGISTER", f"x%22,{forged}", call_id='a",RemoteAddress="IPV4/UDP/127.0.0.73/1'
        )
        return answer.status == 403

    await eventually(refused, 60, "the forger is refused himself")
    assert await fort.status(victim) == 401


@pytest.mark.parametrize("size", [300, pytest.param(20_000, marks=pytest.mark.long)])
async def test_given_floods_and_garbage_on_both_ports_then_served_and_no_phantom_call(fort, size):
    before = (await fort.world.api("GET", DAY))["received"]

    def flood() -> None:
        chance = random.Random(size)
        for address in ("127.0.0.66", "127.0.0.99"):
            malformed.throw(fort.sip, address=address, noise=size)
        attackers = [Attacker(fort.sip, f"127.0.0.{n}") for n in (67, 68, 99)]
        for n in range(size):
            one = attackers[n % 3]
            method = METHODS[chance.randrange(len(METHODS))]
            one.ask(method, chance.choice((fort.user, "nobody", "701")), within_s=0)
        # and the port for TLS: garbage, and connections that say nothing
        where = (fort.world.run.sip.host, fort.world.run.sip.tls_port)
        silent = []
        for n in range(min(size // 10, 200)):
            one_socket = socket.create_connection(where, timeout=5)
            if n % 2:
                one_socket.sendall(chance.randbytes(200))
            silent.append(one_socket)
        for one_socket in silent:
            one_socket.close()

    await asyncio.to_thread(flood)
    await fort.serves()
    assert (await fort.world.api("GET", DAY))["received"] == before + 1
    assert (await fort.world.api("GET", "/live"))["waiting"] == []
