"""The codes on a seat's phone: `*11` log in, `*12` out, `*20` ready, `*21`–`*29` break, `*30` wrap-up done.

Each is a short call from the seat's own phone that is answered, carried out, confirmed by a spoken text and
hung up. An operator id and a PIN are asked for and entered as digits, each ended by `#` or by its length.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from acd.commands import Refused
from acd.events import Break, EndWrapUp, Event, LogIn, LogOut, Ready
from acd.types import Refusal
from ari import AriError
from controller.exchange import Exchange
from controller.keypad import Keypad
from controller.people import People
from controller.phones import Phones
from controller.speech import Speech
from ivr.guidance import Guidance

log = structlog.get_logger()

DIGIT_WAIT_S = 8.0
"""How long the next digit may take; elderly operators and phones with menus need a while."""
TRIES = 3
PIN_DIGITS = 4
REFUSED_TEXTS = {
    Refusal.NOT_LOGGED_IN: "refused.not_logged_in",
    Refusal.OPERATOR_ELSEWHERE: "login.taken",
    Refusal.SEAT_TAKEN: "login.taken",
}


class Codes:
    """The codes that are being carried out, by the channel of the seat's phone."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        phones: Phones,
        guidance: Guidance,
        submit: Callable[[Event], Refused | None],
        people: Callable[[], People],
        breaks: Callable[[], Mapping[str, str]],
    ) -> None:
        """`people`, `breaks` (reasons by their digit): those in force, asked for each code."""
        self._exchange = exchange
        self._phones = phones
        self._guidance = guidance
        self._submit = submit
        self._people = people
        self._breaks = breaks
        self._dialled: dict[str, CodeCall] = {}

    def dialled(self, channel: str, endpoint: str, code: str) -> None:
        """A code was dialled at this phone: carry it out. One at no seat of ours is hung up."""
        seat = self._phones.seat_of(endpoint)
        if seat is None:
            log.warning("code.no_seat", endpoint=endpoint)
            self._exchange.hang_up(channel)
            return
        self._dialled[channel] = CodeCall(
            channel,
            seat,
            code,
            exchange=self._exchange,
            guidance=self._guidance,
            submit=self._submit,
            pins=self._people().pins,
            breaks=self._breaks(),
        )

    def on(self, channel: str) -> CodeCall | None:
        """The code that was dialled on this channel."""
        return self._dialled.get(channel)

    def gone(self, channel: str) -> None:
        """The channel has ended."""
        if code := self._dialled.pop(channel, None):
            code.gone()


class CodeCall:
    """One code, dialled at one seat."""

    def __init__(
        self,
        channel: str,
        seat: int,
        code: str,
        *,
        exchange: Exchange,
        guidance: Guidance,
        submit: Callable[[Event], Refused | None],
        pins: Mapping[str, str],
        breaks: Mapping[str, str],
    ) -> None:
        self.channel = channel
        self._seat = seat
        self._code = code
        self._exchange = exchange
        self._submit = submit
        self._pins = pins
        self._breaks = breaks
        self._keypad = Keypad()
        self._keypad.open()
        self._speech = Speech(channel, exchange, guidance, self._noted)
        self._task = asyncio.create_task(self._guarded(), name=f"code {code} at seat {seat}")

    def digit(self, digit: str, at: datetime) -> None:
        """ChannelDtmfReceived, of the moment `at`: a digit cuts the text that is playing short."""
        if self._keypad.press(digit, at):
            self._speech.interrupt()

    def playback_finished(self, playback: str, state: str) -> None:
        """PlaybackFinished of one of ours; `state` is done, failed or cancelled."""
        self._speech.playback_finished(playback, state)

    def gone(self) -> None:
        """The phone has hung up; a code that was carried out stays carried out."""
        self._task.cancel()

    async def _guarded(self) -> None:
        try:
            await self._exchange.answer(self.channel)
            await self._run()
        except AriError as error:
            log.debug("code.ended", seat=self._seat, code=self._code, error=str(error))
        finally:
            self._exchange.hang_up(self.channel)

    async def _run(self) -> None:
        match self._code:
            case "11":
                await self._log_in()
            case "12":
                await self._do(LogOut(self._seat), "logout.done")
            case "20":
                await self._do(Ready(self._seat), "ready.done")
            case "30":
                await self._do(EndWrapUp(self._seat), "wrap_up.ended")
            case code if code.startswith("2") and code[1:] in self._breaks:
                await self._do(Break(self._seat, self._breaks[code[1:]]), "break.done")
            case _:
                await self._say("code.unknown")

    async def _do(self, event: Event, confirmation: str) -> None:
        self._keypad.close()  # the # behind a PIN must not cut the confirmation
        refused = self._submit(event)
        if refused is None:
            await self._say(confirmation)
        else:
            await self._say(REFUSED_TEXTS.get(refused.code, "refused.not_now"))

    async def _log_in(self) -> None:
        for _ in range(TRIES):
            await self._say("login.ask_operator")
            operator = await self._enter(lambda typed: self._complete_id(typed))
            await self._say("login.ask_pin")
            pin = await self._enter(lambda typed: len(typed) == PIN_DIGITS)
            right = self._pins.get(operator, "")
            if right and hmac.compare_digest(right, pin):
                await self._do(LogIn(self._seat, operator), "login.done")
                return
            log.warning("code.login_wrong", seat=self._seat)
            await self._say("login.wrong")

    def _complete_id(self, typed: str) -> bool:
        """No `#` is needed when no longer id begins with what was typed."""
        return typed in self._pins and not any(i != typed and i.startswith(typed) for i in self._pins)

    async def _enter(self, complete: Callable[[str], bool]) -> str:
        typed = ""
        while digit := await self._keypad.next(DIGIT_WAIT_S):
            if digit == "#":
                if typed:
                    return typed
                continue  # the # behind an id that was complete without it
            if digit == "*":
                typed = ""
                continue
            typed += digit
            if complete(typed):
                return typed
        return typed

    async def _say(self, text: str) -> None:
        if self._keypad.empty:  # else the operator types ahead: nothing to tell
            await self._speech.say(text, until_key=True)

    def _noted(self, text: str, part: str) -> None:
        if part == "failed":
            log.warning("code.playback_lost", seat=self._seat, text=text)
