"""Softphones in a process of their own: pjsua2, driven by JSON lines.

    python phone.py           commands on stdin, events on stdout, one JSON object a line

A process holds up to 8 phones (PJSUA's limit of accounts), each on its own UDP port of 127.0.0.1. It needs
nothing but Python and pjsua2, so that it can run on another Python than the tests do.

Commands: {"cmd": …, "phone": name, …}
    add         user, password, server ("127.0.0.1:5060"), record (directory or null),
                bind (local address), port (UDP; any by default),
                identity (From, for a citizen's telephone on the trunk's address),
                trusted: SIP over TLS and SRTP, and the server's certificate must be one of this PEM file
    register    ("registered" follows)     unregister
    behave      answer_after_ms | reject (code) | null: ring and wait;  hangup_after_ms: after the answer;
                play: a wav played to the other party (8 kHz, mono, 16 bit)  ("behaves"(order) follows)
    answer      code (200)                 hangup      code (optional)
    hold        unhold
    call        uri, headers {name: value}
    dtmf        digits, how: "rfc4733" | "inband"
    refer       to (a SIP URI): a blind transfer; "referred"(code) tells each answer
    quit
Events: {"t": CLOCK_MONOTONIC in ns, "phone": name, "event": …, "call": number, …}
    ready  added(port)  registered(code)  unregistered  register_failed(code)
    incoming(headers, from, to, message)  ringing  answered  confirmed  media(recording)  held
    disconnected(code, reason, confirmed)  recorded(recording: the file is complete)
    cancelled (the caller gave up before the answer; "disconnected" follows)  dtmf(digit)  error(text)
"""

# ruff: noqa: N802 - the methods are named by the library that calls them
# pjsua2 comes without types, its classes are Any:
# mypy: disable-error-code="import-untyped,misc"

from __future__ import annotations

import heapq
import itertools
import json
import os
import select
import time
from collections.abc import Callable
from pathlib import Path

import pjsua2 as pj

OUT = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
"""The event stream. File descriptor 1 itself goes to stderr below: the SIP library prints to it."""


def emit(phone: str, event: str, **data: object) -> None:
    """Write one event with the time at which it happened."""
    OUT.write(json.dumps({"t": time.monotonic_ns(), "phone": phone, "event": event, **data}) + "\n")


class Later:
    """Things to do at a time, done by the one thread that talks to the SIP library."""

    def __init__(self) -> None:
        self._order = itertools.count()
        self._due: list[tuple[int, int, Callable[[], None]]] = []

    def after(self, ms: float, what: Callable[[], None]) -> None:
        """Do `what` in `ms` milliseconds."""
        heapq.heappush(self._due, (time.monotonic_ns() + int(ms * 1e6), next(self._order), what))

    def run(self) -> None:
        """Do what is due."""
        while self._due and self._due[0][0] <= time.monotonic_ns():
            heapq.heappop(self._due)[2]()


LATER = Later()
NUMBERS = itertools.count(1)


def headers_of(message: str) -> dict[str, str]:
    """Headers of a SIP message; of a repeated one the first."""
    found: dict[str, str] = {}
    for line in message.split("\r\n\r\n", 1)[0].split("\r\n")[1:]:
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip(), value.strip())
    return found


class Call(pj.Call):
    """One call of one phone."""

    def __init__(self, phone: Phone, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone, call_id)
        self.phone = phone
        self.number = next(NUMBERS)
        self.confirmed = False
        self.outgoing = call_id == pj.PJSUA_INVALID_ID
        self.keep: list[object] = []
        self.recording: str | None = None

    def say(self, event: str, **data: object) -> None:
        emit(self.phone.name, event, call=self.number, **data)

    def reply(self, code: int) -> None:
        """Answer an incoming call; one that has gone meanwhile is no fault."""
        prm = pj.CallOpParam()
        prm.statusCode = code
        try:
            self.answer(prm)
        except pj.Error as error:
            self.say("error", text=error.info())
        else:
            if code == 200:
                self.say("answered")

    def end(self, code: int = 0) -> None:
        prm = pj.CallOpParam()
        prm.statusCode = code
        try:
            self.hangup(prm)
        except pj.Error as error:
            self.say("error", text=error.info())

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY:
            self.say("ringing", code=info.lastStatusCode)
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.confirmed = True
            self.say("confirmed")
            if self.phone.hangup_after_ms is not None:
                LATER.after(self.phone.hangup_after_ms, self._end_if_up)
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.keep.clear()
            if not self.confirmed and not self.outgoing and info.lastStatusCode == 487:
                self.say("cancelled")
            self.say(
                "disconnected", code=info.lastStatusCode, reason=info.lastReason, confirmed=self.confirmed
            )
            self.phone.calls.pop(self.number, None)
            if self.recording:
                self._when_written(200)

    def _when_written(self, tries: int) -> None:
        """The library closes a recording a little after the call; its header has a length from then on."""
        assert self.recording is not None
        with Path(self.recording).open("rb") as file:
            length = int.from_bytes(file.read(44)[40:44], "little")
        if length:
            self.say("recorded", recording=self.recording)
        elif tries:
            LATER.after(10, lambda: self._when_written(tries - 1))
        else:
            self.say("error", text=f"{self.recording} was never closed")

    def _end_if_up(self) -> None:
        if self.number in self.phone.calls and self.isActive():
            self.end()

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        info = self.getInfo()
        for index, media in enumerate(info.media):
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            if media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                self._sound(index)
            elif media.status in (pj.PJSUA_CALL_MEDIA_LOCAL_HOLD, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD):
                self.say("held")

    def _sound(self, index: int) -> None:
        audio = self.getAudioMedia(index)
        if self.phone.record and self.recording is None:
            self.recording = str(Path(self.phone.record) / f"{self.phone.name}-{self.number}.wav")
            recorder = pj.AudioMediaRecorder()
            recorder.createRecorder(self.recording)
            self.keep.append(recorder)
        for thing in self.keep:
            if isinstance(thing, pj.AudioMediaRecorder):
                audio.startTransmit(thing)
        if self.phone.play:
            player = pj.AudioMediaPlayer()
            player.createPlayer(self.phone.play)
            player.startTransmit(audio)
            self.keep.append(player)
        self.say("media", recording=self.recording)

    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        self.say("referred", code=prm.statusCode, final=prm.finalNotify)

    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:
        self.say("dtmf", digit=prm.digit)

    def tones(self, digits: str) -> None:
        """Digits as sound, as a Japanese trunk carries them."""
        generator = pj.ToneGenerator()
        generator.createToneGenerator(8000, 1)
        tones = pj.ToneDigitVector()
        for digit in digits:
            tone = pj.ToneDigit()
            tone.digit, tone.on_msec, tone.off_msec, tone.volume = digit, 120, 120, 0
            tones.append(tone)
        generator.startTransmit(self.getAudioMedia(-1))
        generator.playDigits(tones)
        self.keep.append(generator)


class Phone(pj.Account):
    """A telephone: an account, a port of its own, and how it behaves."""

    def __init__(self, command: dict[str, object], endpoint: pj.Endpoint) -> None:
        super().__init__()
        self.name = str(command["phone"])
        self.server = str(command["server"])
        self.record = str(command.get("record") or "")
        self.answer_after_ms: float | None = None
        self.hangup_after_ms: float | None = None
        self.reject: int | None = None
        self.play = ""
        self.calls: dict[int, Call] = {}
        listen = pj.TransportConfig()
        address = str(command.get("bind") or "127.0.0.1")
        listen.port, listen.boundAddress = int(str(command.get("port") or 0)), address
        trusted = str(command.get("trusted") or "")
        kind, suffix = pj.PJSIP_TRANSPORT_UDP, ""
        if trusted:
            kind, suffix = pj.PJSIP_TRANSPORT_TLS, ";transport=tls"
            listen.tlsConfig.CaListFile, listen.tlsConfig.verifyServer = trusted, True
        transport = endpoint.transportCreate(kind, listen)
        user, password = str(command["user"]), str(command.get("password", ""))
        config = pj.AccountConfig()
        config.idUri = str(command.get("identity") or f"sip:{user}@{self.server}")
        config.regConfig.registrarUri = f"sip:{self.server}{suffix}"
        if trusted:
            config.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_MANDATORY
            config.mediaConfig.srtpSecureSignaling = 1
        config.regConfig.registerOnAdd = False
        config.regConfig.timeoutSec = 300
        config.regConfig.retryIntervalSec = 0
        config.sipConfig.transportId = transport
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, password))
        config.natConfig.contactRewriteUse = 0
        config.natConfig.viaRewriteUse = 0
        config.natConfig.sdpNatRewriteUse = 0
        config.mediaConfig.transportConfig.port = 30000 + os.getpid() % 1500 * 20
        config.mediaConfig.transportConfig.boundAddress = address
        config.mediaConfig.transportConfig.publicAddress = address
        config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
        self.create(config)
        emit(self.name, "added", address=endpoint.transportGetInfo(transport).localName)

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        info = self.getInfo()
        if prm.code // 100 != 2:
            emit(self.name, "register_failed", code=prm.code, reason=prm.reason)
        else:
            emit(self.name, "registered" if info.regIsActive else "unregistered", code=prm.code)

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        call = Call(self, prm.callId)
        self.calls[call.number] = call
        message = str(prm.rdata.wholeMsg)
        headers = headers_of(message)
        call.say("incoming", headers=headers, message=message, **{
            "from": headers.get("From", ""), "to": headers.get("To", ""),
        })  # fmt: skip
        if self.reject is not None:
            call.end(self.reject)
            return
        call.reply(180)
        if self.answer_after_ms is not None:
            LATER.after(self.answer_after_ms, lambda: self._pick_up(call.number))

    def _pick_up(self, number: int) -> None:
        if call := self.calls.get(number):
            call.reply(200)

    def latest(self) -> Call:
        """The call that a command without a call number means."""
        if not self.calls:
            raise LookupError(f"phone {self.name} has no call")
        return self.calls[max(self.calls)]


class Desk:
    """Reads commands and keeps the SIP library going, all in one thread."""

    def __init__(self) -> None:
        self.phones: dict[str, Phone] = {}
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.maxCalls = 32
        config.uaConfig.userAgent = "madoguchi-rig"
        config.logConfig.level = config.logConfig.consoleLevel = int(os.environ.get("PHONE_LOG", "1"))
        config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
        config.medConfig.ecTailLen = 0
        config.medConfig.noVad = True
        self.endpoint.libInit(config)
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()
        for codec in self.endpoint.codecEnum2():
            keep = {"PCMU/8000/1": 255, "G722/16000/1": 200}.get(codec.codecId, 0)
            self.endpoint.codecSetPriority(codec.codecId, keep)

    def do(self, command: dict[str, object]) -> None:
        """One command."""
        name, verb = str(command.get("phone", "")), str(command["cmd"])
        if verb == "add":
            self.phones[name] = Phone(command, self.endpoint)
            return
        phone = self.phones[name]
        if verb in ("register", "unregister"):
            phone.setRegistration(verb == "register")
        elif verb == "behave":
            for key in ("answer_after_ms", "reject", "hangup_after_ms"):
                setattr(phone, key, command.get(key))
            phone.play = str(command.get("play") or "")
            emit(name, "behaves", order=command.get("order"))
        elif verb == "answer":
            phone.latest().reply(int(str(command.get("code", 200))))
        elif verb == "hangup":
            phone.latest().end(int(str(command.get("code") or 0)))
        elif verb == "hold":
            phone.latest().setHold(pj.CallOpParam(True))
        elif verb == "unhold":
            prm = pj.CallOpParam(True)
            prm.opt.flag = pj.PJSUA_CALL_UNHOLD
            phone.latest().reinvite(prm)
        elif verb == "refer":
            phone.latest().xfer(str(command["to"]), pj.CallOpParam(True))
        elif verb == "call":
            self._call(phone, command)
        elif verb == "dtmf":
            digits = str(command["digits"])
            if command.get("how") == "inband":
                phone.latest().tones(digits)
            else:
                phone.latest().dialDtmf(digits)
        else:
            raise LookupError(f"no such command: {verb}")

    def _call(self, phone: Phone, command: dict[str, object]) -> None:
        call = Call(phone)
        prm = pj.CallOpParam(True)
        headers = command.get("headers") or {}
        if isinstance(headers, dict):
            for key, value in headers.items():
                header = pj.SipHeader()
                header.hName, header.hValue = key, value
                prm.txOption.headers.append(header)
        phone.calls[call.number] = call
        call.makeCall(str(command["uri"]), prm)
        call.say("calling", uri=command["uri"])

    def run(self) -> None:
        """Until "quit" or the end of stdin."""
        waiting = b""
        emit("", "ready")
        while True:
            self.endpoint.libHandleEvents(4)
            LATER.run()
            if not select.select([0], [], [], 0)[0]:
                continue
            more = os.read(0, 65536)
            if not more:
                return
            *lines, waiting = (waiting + more).split(b"\n")
            for line in lines:
                command = json.loads(line)
                if command["cmd"] == "quit":
                    return
                try:
                    self.do(command)
                except pj.Error as error:
                    emit(str(command.get("phone", "")), "error", text=error.info(), command=command["cmd"])
                except (LookupError, TypeError, ValueError) as error:
                    emit(str(command.get("phone", "")), "error", text=str(error), command=command["cmd"])


if __name__ == "__main__":
    os.dup2(2, 1)
    desk = Desk()
    desk.run()
    desk.endpoint.libDestroy()
    emit("", "bye")
    OUT.flush()
    os._exit(0)
