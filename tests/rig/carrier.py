"""The carrier: SIPp on an address of its own (127.0.0.2), as Asterisk's trunk knows it.

    run = await carrier.call("0260001234", hold_ms=5000)               one caller
    run = await carrier.call("0260001234", calls=42, rate=50)          a burst
    result = await run.result(timeout_s=30)

Callers send real RTP unless told not to, so that media flows as from a telephone. For what a caller *hears*,
use a softphone on the trunk's address (`Phones.citizen`): SIPp does not record.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import socket
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

SCENARIOS = Path(__file__).with_name("sipp")
ADDRESS = "127.0.0.2"
STOPPED = 97
"""SIPp's exit status when it was told to place no more calls."""
CANNOT_BEGIN = 254
WAIT_FOR_ANSWER = """
  <recv response="100" optional="true" response_txn="call"/>
  <recv response="180" optional="true" response_txn="call"/>
  <recv response="183" optional="true" response_txn="call"/>
  <recv response="200" response_txn="call" rrs="true" timeout="$HOLD_MS" ontimeout="give_up">
    <action><ereg regexp="tag=.*" search_in="hdr" header="To:" assign_to="tag"/></action>
  </recv>
  <nop next="answered"/>"""
"""Of cancel.xml: left out, the CANCEL follows the INVITE in the same millisecond."""


@dataclass
class CallTrace:
    """One call on the wire. Times are `time.monotonic_ns()`; None is "never"."""

    call_id: str
    invite_ns: int | None = None
    provisional: dict[int, int] = field(default_factory=dict)
    final_code: int | None = None
    final_ns: int | None = None
    cancelled_ns: int | None = None
    ended_by: str | None = None
    """"caller" or "system": whose BYE came first."""
    ended_ns: int | None = None
    bye_code: int | None = None
    """What our own BYE was answered with: 481 says that the other side knows nothing of such a call."""

    @property
    def answer_ms(self) -> float | None:
        """INVITE sent to 200 received."""
        if self.final_code != 200 or self.final_ns is None or self.invite_ns is None:
            return None
        return (self.final_ns - self.invite_ns) / 1e6


@dataclass(frozen=True)
class CarrierResult:
    """What SIPp counted and saw."""

    successful: int
    failed: int
    calls: tuple[CallTrace, ...]
    errors: str

    @property
    def answered(self) -> tuple[CallTrace, ...]:
        """The calls that got a 200."""
        return tuple(call for call in self.calls if call.final_code == 200)


class CarrierRun:
    """A SIPp that runs."""

    def __init__(self, address: str, directory: Path, command: list[str]) -> None:
        """`command`: without the port, which is chosen at each start."""
        self.directory = directory
        self._address = address
        self._command = command
        self._process: asyncio.subprocess.Process

    async def start(self) -> None:
        """Start it, from a port that is free now."""
        port = str(free_udp_port(self._address))
        self._process = await asyncio.create_subprocess_exec(
            *self._command, "-p", port, cwd=self.directory, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "TERM": "dumb"},
        )  # fmt: skip

    async def result(self, timeout_s: float = 30.0) -> CarrierResult:
        """Wait for the last call's end and read the traces. A SIPp whose port another program took before it
        has placed no call, and is started again.

        Raises:
            AssertionError: SIPp did not end in time (it is then killed), or could not run at all.
        """
        try:
            _, stderr = await asyncio.wait_for(self._process.communicate(), timeout_s)
        except TimeoutError:
            await self.stop()
            calls = read_calls(self.directory / "messages.log")
            raise AssertionError(f"SIPp did not end within {timeout_s} s: {calls}") from None
        counts = read_counts(self.directory / "stat.csv")
        errors_file = self.directory / "errors.log"
        errors = errors_file.read_text(errors="replace") if errors_file.exists() else ""
        if self._process.returncode == CANNOT_BEGIN and "Unable to bind main socket" in errors:
            errors_file.unlink()
            await self.start()
            return await self.result(timeout_s)
        if self._process.returncode not in (0, 1, STOPPED) or not counts:
            raise AssertionError(
                f"SIPp failed ({self._process.returncode}): {' '.join(self._command)}\n"
                f"{stderr.decode(errors='replace')[-2000:]}{errors}"
            )
        return CarrierResult(
            int(counts["SuccessfulCall(C)"]), int(counts["FailedCall(C)"]),
            read_calls(self.directory / "messages.log"), errors,
        )  # fmt: skip

    def stop_calling(self) -> None:
        """Place no more calls; those that are on go on to their end."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGUSR1)

    async def stop(self) -> None:
        """Kill SIPp; its calls stay up at the other end, as when a carrier fails."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


class Carrier:
    """Places calls to the exchange at `server` ("127.0.0.1:5060")."""

    def __init__(self, server: str, directory: Path | None = None, address: str = ADDRESS) -> None:
        self.server = server
        self.address = address
        self.directory = directory or Path(tempfile.mkdtemp(prefix="carrier-"))
        self._runs: list[CarrierRun] = []

    async def call(
        self,
        number: str,
        *,
        scenario: str = "talk",
        calls: int = 1,
        rate: float = 50.0,
        hold_ms: int = 3000,
        caller: str = '"0262261234" <sip:0262261234@127.0.0.2>',
        to: str | None = None,
        ruri: str | None = None,
        headers: tuple[str, ...] = (),
        media: bool = True,
        sound: bytes | None = None,
        events: bool = True,
    ) -> CarrierRun:
        """Start `calls` calls at `rate` a second; each hangs up (or cancels) after `hold_ms`.

        `caller` is the From header's value; `headers` are whole lines, put into the INVITE as they are.
        `sound`: what the caller sends, G.711 µ-law, once; None: the least sound, for ever. `events`: whether
        telephone-event (RFC 4733) is offered.
        """
        directory = Path(tempfile.mkdtemp(prefix="run-", dir=self.directory))
        file, times = directory / "caller.ulaw", -1 if sound is None else 1
        file.write_bytes(bytes((0x7F, 0xFF)) * 40000 if sound is None else sound)
        text = Template((SCENARIOS / f"{scenario}.xml").read_text(encoding="utf-8")).substitute(
            RURI=ruri or f"sip:{number}@{self.server}",
            FROM=caller,
            TO=to or f"<sip:{number}@{self.server}>",
            HEADERS="\n".join(("X-Rig: madoguchi", *headers)),
            HOLD_MS=str(hold_ms),
            RETRANS='retrans="500"' if hold_ms else "",  # with it SIPp waits for a response
            WAIT=WAIT_FOR_ANSWER.replace("$HOLD_MS", str(hold_ms)) if hold_ms else "",
            MEDIA_PORT="[rtpstream_audio_port]" if media else "[media_port]",
            MEDIA=f'<nop><action><exec rtp_stream="{file},{times},0,PCMU/8000"/></action></nop>'
            if media
            else "",
        )
        if not events:
            text = text.replace("RTP/AVP 0 101", "RTP/AVP 0")
            text = re.sub(r"a=(rtpmap|fmtp):101 .*\n", "", text)
        script = directory / "scenario.xml"
        script.write_text(text, encoding="utf-8")
        command = [
            "sipp", self.server, "-sf", str(script), "-i", self.address, "-mi", self.address,
            "-mp", str(media_port(self.address)),
            "-m", str(calls), "-r", str(rate), "-l", str(max(calls, 1)), "-nostdin", "-nd",
            "-cid_str", f"%u-{directory.name}@%s", "-timer_resol", "1",
            "-trace_stat", "-stf", str(directory / "stat.csv"), "-fd", "1",
            "-trace_shortmsg", "-shortmessage_file", str(directory / "messages.log"),
            "-trace_err", "-error_file", str(directory / "errors.log"),
        ]  # fmt: skip
        run = CarrierRun(self.address, directory, command)
        await run.start()
        self._runs.append(run)
        return run

    async def stop(self) -> None:
        """Kill every SIPp that still runs."""
        for run in self._runs:
            await run.stop()


def free_udp_port(address: str) -> int:
    """A UDP port that is free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def read_counts(path: Path) -> dict[str, str]:
    """The last line of SIPp's statistics, by column name; empty when there is none."""
    lines = path.read_text().splitlines() if path.exists() else []
    return dict(zip(lines[0].split(";"), lines[-1].split(";"), strict=False)) if len(lines) > 1 else {}


def read_calls(path: Path) -> tuple[CallTrace, ...]:
    """SIPp's short message log, call by call in the order of their INVITEs."""
    wall_to_monotonic = time.monotonic_ns() - time.time_ns()
    calls: dict[str, CallTrace] = {}
    for line in path.read_text(errors="replace").splitlines() if path.exists() else ():
        fields = line.split("\t")
        if len(fields) < 6:
            continue
        at = int(float(fields[2]) * 1e6) * 1000 + wall_to_monotonic
        sent, call_id, method, start = fields[3] == "S", fields[4], fields[5], fields[6]
        _note(calls.setdefault(call_id, CallTrace(call_id)), at, sent, method.split()[-1], start)
    return tuple(sorted(calls.values(), key=lambda call: call.invite_ns or 0))


def _note(call: CallTrace, at: int, sent: bool, method: str, start: str) -> None:
    status = re.match(r"SIP/2\.0 (\d{3})", start)
    if status:
        code = int(status[1])
        if method == "INVITE" and code < 200:
            call.provisional.setdefault(code, at)
        elif method == "INVITE" and call.final_code is None:
            call.final_code, call.final_ns = code, at
        elif method == "BYE" and not sent and call.bye_code is None:
            call.bye_code = code
    elif start.startswith("INVITE") and call.invite_ns is None:
        call.invite_ns = at
    elif start.startswith("CANCEL") and call.cancelled_ns is None:
        call.cancelled_ns = at
    elif start.startswith("BYE") and call.ended_by is None:
        call.ended_by, call.ended_ns = ("caller" if sent else "system"), at


def media_port(address: str) -> int:
    """A port for RTP of which the next three are free, too (RTCP, and what SIPp opens for pictures). Alone
    SIPp begins at 6000 and gives up at 6198, which a dozen of them side by side have soon taken.
    """
    for port in random.sample(range(20_000, 50_000, 4), 500):
        with ExitStack() as sockets:
            try:
                for number in range(port, port + 4):
                    sockets.enter_context(socket.socket(type=socket.SOCK_DGRAM)).bind((address, number))
            except OSError:
                continue
            return port
    raise AssertionError(f"no free ports for media at {address}")
