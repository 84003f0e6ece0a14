"""What comes in from the network is data: never run, not believed beyond its worth, no reason to fall."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from config.runfile import RunFile
from tests.asterisk.conftest import QUICK, WEEKDAY, Office, home_with, phone_known
from tests.rig import malformed
from tests.rig.carrier import Carrier
from tests.rig.phones import Phones
from tests.rig.world import Madoguchi, eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
NUMBER, SECOND, THIRD = "0260001234", "0260001235", "0260001236"
ALIASES = f'[line]\naliases = ["{SECOND}", "{THIRD}"]\n'
DAY = "/reports/day/2026-11-24?format=json"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running_line(tmp_path_factory) -> AsyncIterator[Office]:
    """A line with three numbers and one registered phone."""
    home = home_with(tmp_path_factory.mktemp("line") / "home", ALIASES + QUICK)
    async with Madoguchi.started(home, at=WEEKDAY) as world, Phones.started() as phones:
        seats = {1: await world.seat_phone(phones, 1)}
        await phone_known(world, 1)
        yield Office(world, phones, seats, Carrier(world.server))


@pytest_asyncio.fixture(loop_scope="session")
async def line(running_line) -> AsyncIterator[Office]:
    """An operator is there and picks up; nothing is left afterwards, and every call was counted once."""
    running_line.seats[1].forget()
    running_line.seats[1].behave(answer_after_ms=0, hangup_after_ms=100)
    await running_line.world.log_in(1)
    yield running_line
    await running_line.world.api("POST", "/seats/1/logout")
    await running_line.carrier.stop()
    await running_line.world.nothing_left(10)
    assert (await running_line.world.api("GET", DAY))["identity"]["holds"] is True


async def served(line: Office, **how: object) -> tuple[dict, dict]:
    """A call that is answered by the operator: what the phone was shown, and the call as the API tells it."""
    before = len((await line.world.api("GET", "/calls"))["calls"])
    run = await line.carrier.call(**{"number": NUMBER, "hold_ms": 20_000, "media": False, **how})
    rung = await line.seats[1].wait_for("incoming", 5)
    await line.seats[1].wait_for("confirmed", 5)
    result = await run.result(15)
    assert (result.successful, result.failed) == (1, 0), result.errors
    await line.seats[1].wait_for("disconnected", 5)
    await line.world.until_seat(1, "ready", 5)

    async def ended() -> dict | None:  # the talk is too short to be found by looking at the seat
        calls = (await line.world.api("GET", "/calls"))["calls"][before:]
        if not calls or not calls[0]["outcome"]:
            return None
        return await line.world.api("GET", f"/calls/{calls[0]['call']}")

    call = await eventually(ended, 5, "the call's end in the database")
    assert call["outcome"] == "answered"
    return rung, call


def row(call: dict, kind: str) -> dict:
    return next(entry["data"] for entry in call["journal"] if entry["kind"] == kind)


def log_of(line: Office) -> str:
    return (line.world.home / "logs" / "controller.log").read_text(encoding="utf-8")


@pytest.fixture
def proof() -> Iterator[Path]:
    """A file that a text, were it run, would make; its name is short, for texts are cut."""
    with tempfile.TemporaryDirectory(prefix="m", dir="/tmp") as directory:
        Path(directory).chmod(0o777)
        yield Path(directory) / "p"


@pytest.mark.parametrize(
    "name",
    [
        '"a \\"quoted\\" name, with a comma"',
        '"${SHELL(touch PROOF)}"',
        '"$(touch PROOF)`touch PROOF`;touch PROOF"',
        '"&SIP/x&Local/0312345678@from-trunk"',
        '"x),call=y,num=110(${CHANNEL(hangup)}"',
        '"長野市民 <b>太郎</b>"',
        '"%s%n%d ${EXTEN}\\\\"',
        "",
    ],
    ids=["quotes", "shell", "sh", "channels", "arguments", "html", "format", "none"],
)
async def test_given_a_strange_display_name_then_the_call_is_served_and_the_name_is_only_text(
    line, name, proof
):
    caller = f"{name.replace('PROOF', str(proof))} <sip:0262261234@127.0.0.2>"
    rung, call = await served(line, caller=caller)
    assert "0262261234" in rung["from"]
    assert not proof.exists()
    assert row(call, "call.received")["called"] == NUMBER
    assert "\x1b" not in log_of(line)


@pytest.mark.parametrize(
    ("caller", "shown"),
    [
        ("<sip:+81262261234@127.0.0.2>", "0262261234"),
        ("<sip:81262261234@127.0.0.2>", "0262261234"),
        ("<sip:026-226-1234@127.0.0.2>", "0262261234"),
        ("<sip:%EF%BC%90%EF%BC%92%EF%BC%96%EF%BC%92%EF%BC%92%EF%BC%96%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94"
         "@127.0.0.2>", "0262261234"),
        ("<tel:+81-26-226-1234>", "0262261234"),
        ("<sip:+14155550100@127.0.0.2>", "+14155550100"),
    ],
    ids=["+81", "81", "dashes", "full-width", "tel", "abroad"],
)  # fmt: skip
async def test_given_a_number_in_another_form_then_the_phone_shows_it_as_it_is_dialled_here(
    line, caller, shown
):
    rung, _ = await served(line, caller=caller)
    assert f'"{shown}"' in rung["from"]


@pytest.mark.parametrize(
    ("caller", "headers", "reason", "shown"),
    [
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', (), "anonymous", "非通知"),
        ('"Coin line/payphone" <sip:anonymous@anonymous.invalid>', (), "payphone", "公衆電話"),
        ('"Unavailable" <sip:anonymous@anonymous.invalid>', (), "unavailable", "表示圏外"),
        (
            '"Anonymous" <sip:anonymous@anonymous.invalid>',
            ("Privacy: id", "P-Asserted-Identity: <sip:+81262269876@127.0.0.2>"),
            "anonymous",
            "非通知",
        ),
        ('"0262269876" <sip:0262269876@127.0.0.2>', ("Privacy: id",), "anonymous", "非通知"),
    ],
    ids=["anonymous", "payphone", "unavailable", "privacy and P-Asserted-Identity", "privacy and From"],
)
async def test_given_a_withheld_number_then_its_reason_is_shown_and_the_number_stands_nowhere(
    line, caller, headers, reason, shown
):
    rung, call = await served(line, caller=caller, headers=headers)
    assert f'"{shown}"' in rung["from"]
    assert row(call, "call.received")["withheld"] == reason
    assert "262269876" not in rung["message"]
    assert "262269876" not in str(call)
    home = line.world.home
    written = files_of(home)
    assert [path for path in written if b"262269876" in path.read_bytes()] == []


def files_of(home: Path) -> list[Path]:
    """Everything written down: logs, database, Asterisk's own records."""
    return [path for path in home.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("headers", "to", "ruri", "called"),
    [
        ((f"P-Called-Party-ID: <sip:{SECOND}@city>",), THIRD, NUMBER, SECOND),
        ((f"p-called-party-id: <sip:{SECOND}@city>",), THIRD, NUMBER, SECOND),
        ((), THIRD, NUMBER, THIRD),
        ((), "x9s8k2", SECOND, SECOND),
        ((), "+81260001236", "x9s8k2", THIRD),
    ],
    ids=["P-Called-Party-ID", "in lower case", "To", "request URI", "+81"],
)
async def test_given_several_called_numbers_then_p_called_party_id_beats_to_beats_the_request_uri(
    line, headers, to, ruri, called
):
    _, call = await served(
        line,
        headers=headers,
        to=f"<sip:{to}@{line.world.server}>",
        ruri=f"sip:{ruri}@{line.world.server}",
    )
    assert row(call, "call.received")["called"] == called


async def test_given_a_lower_case_header_name_then_the_carriers_asserted_number_is_shown(line):
    headers = ("p-asserted-identity: <sip:+81312345678@127.0.0.2>",)
    rung, _ = await served(line, headers=headers)
    assert '"0312345678"' in rung["from"]


async def test_given_a_called_number_that_is_not_ours_then_the_call_is_served_on_the_main_number_and_logged(
    line,
):
    _, call = await served(line, number="0299999999")
    received = row(call, "call.received")
    assert received["called"] == NUMBER
    assert "0299999999" in received["called_raw"]
    logged = [text for text in log_of(line).splitlines() if "call.number_not_ours" in text]
    assert any(call["call"] in text and "0299999999" in text for text in logged)


async def test_given_a_header_of_thirty_kilobytes_then_the_call_is_served_or_refused_and_the_next_is_served(
    line,
):
    run = await line.carrier.call(NUMBER, hold_ms=20_000, media=False, headers=("X-Big: " + "a" * 30_000,))
    result = await run.result(60)
    assert result.successful + result.failed == 1
    await line.world.until_seat(1, "ready", 5)
    line.seats[1].forget()
    await served(line)


def invite(caller: str, host: str) -> bytes:
    """An INVITE without a body."""
    return (
        f"INVITE sip:{NUMBER}@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {host};branch=z9hG4bK{time.time_ns()};rport\r\n"
        f"From: {caller};tag=1\r\nTo: <sip:{NUMBER}@127.0.0.1>\r\nCall-ID: {time.time_ns()}\r\n"
        f"CSeq: 1 INVITE\r\nContact: <sip:x@{host}>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    ).encode()


async def final_answer(line: Office, address: str, packet: bytes, timeout_s: float = 5) -> int:
    """Send one packet from `address`; the first final status that comes back."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.bind((address, 0))
        async with asyncio.timeout(timeout_s):
            await loop.sock_sendto(sender, packet, (line.world.run.sip.host, line.world.run.sip.port))
            while True:
                status = int((await loop.sock_recv(sender, 65536)).split()[1])
                if status >= 200:
                    return status


@pytest.mark.parametrize(
    "user", ["0262261234", "trunk", "{seat}", "701", "anonymous"], ids=lambda user: user.strip("{}")
)
async def test_given_an_invite_from_neither_trunk_nor_seat_then_it_is_refused_and_no_call_enters(line, user):
    before = (await line.world.api("GET", DAY))["received"]
    user = user.format(seat=line.world.run.phones[0].user)
    packet = invite(f"<sip:{user}@{line.world.server}>", "127.0.0.3")
    assert await final_answer(line, "127.0.0.3", packet) in (401, 403)
    await served(line)
    assert (await line.world.api("GET", DAY))["received"] == before + 1


async def test_given_control_characters_in_a_name_then_nothing_of_them_is_logged_and_calls_are_served(line):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.2", 0))
        host = f"127.0.0.2:{sender.getsockname()[1]}"
        for character in ("\x07", "\x1b[31m", "\x00", "\x7f", "\u202e"):
            options = invite(f'"a{character}b" <sip:0262261234@127.0.0.2>', host).replace(
                b"INVITE", b"OPTIONS"
            )
            sender.sendto(options, (line.world.run.sip.host, line.world.run.sip.port))
    await served(line)
    assert not {"\x1b", "\x07", "\x00", "\u202e"} & set(log_of(line))


async def test_given_a_wrong_password_when_registering_then_refused_and_the_seats_own_phone_stays(line):
    entry = line.world.run.phones[0]
    wrong = await line.phones.add("wrong", entry.user, "not-" + entry.password, line.world.server)
    wrong.tell("register")
    refused = await wrong.wait_for("register_failed", 5)
    assert refused["code"] in (401, 403)
    assert wrong.seen("registered") == []
    shown = await line.world.until_seat(1, "ready", 3)
    assert shown["phone"] == "registered"
    rung, _ = await served(line)
    assert rung["phone"] == "seat1"


async def test_given_an_extension_as_user_when_registering_then_refused(line):
    entry = line.world.run.phones[0]
    guess = await line.phones.add("guess", entry.extension, entry.password, line.world.server)
    guess.tell("register")
    refused = await guess.wait_for("register_failed", 5)
    assert refused["code"] in (401, 403, 404)


async def test_given_malformed_packets_then_the_next_call_is_served_and_the_identity_holds(tmp_path):
    """In an instance of its own: what of the packets is an INVITE gets no ACK, and lingers for a minute."""
    home = home_with(tmp_path / "home", QUICK)
    async with Madoguchi.started(home, at=WEEKDAY) as world, Phones.started() as phones:
        seat = await world.seat_phone(phones, 1)
        await phone_known(world, 1)
        here = (world.run.sip.host, world.run.sip.port)
        for address in ("127.0.0.2", "127.0.0.3"):
            assert malformed.throw(here, address=address) == 65
        # a packet that was taken for a call may ring first; it is a short talk
        seat.behave(answer_after_ms=0, hangup_after_ms=100)
        await world.log_in(1)
        run = await Carrier(world.server).call(NUMBER, hold_ms=60_000, media=False)
        result = await run.result(40)
        assert (result.successful, result.failed) == (1, 0), result.errors
        assert result.calls[0].ended_by == "system"

        async def counted() -> bool:
            day = await world.api("GET", DAY)
            return bool(day["answered"] >= 1 and day["identity"]["holds"])

        await eventually(counted, 5, "the call in the day's report, and the identity")
        now = RunFile.read(world.home / "run.json")
        assert (now.controller_pid, now.asterisk_pid) == (world.run.controller_pid, world.run.asterisk_pid)
        assert await world.ari("GET", "/asterisk/ping")
