"""A code's digits: typed ahead, cleared by `*`, ended by `#` or by their length; and what each code does."""

import itertools

import pytest

from acd.commands import Refused
from acd.events import Break, EndWrapUp, LogIn, LogOut, Ready
from acd.types import Refusal
from ari import Fault
from config import from_ms
from controller import codes, speech
from controller.codes import CodeCall
from controller.exchange import Exchange
from tests.unit.controller.controller_rig import Asterisk, Texts, until

PINS = {"101": "1234", "10": "5678", "7": "0000"}
BREAKS = {"1": "休憩", "9": "その他"}


class Dialled:
    """One code call; texts end as soon as they begin unless `listens`."""

    def __init__(self, code, refusal=None):
        self.asterisk = Asterisk()
        self.events = []
        self.refusal = refusal
        self.call = CodeCall(
            "chan", 1, code, exchange=Exchange(self.asterisk, "madoguchi"), guidance=Texts(),
            submit=self.submit, pins=PINS, breaks=BREAKS,
        )  # fmt: skip
        self.heard = 0
        self.moments = itertools.count()

    def submit(self, event):
        self.events.append(event)
        return Refused(event, self.refusal, "as the test says") if self.refusal else None

    def texts(self):
        return [str((r.query, r.body)) for r in self.asterisk.asked("POST", "/channels/chan/play/")]

    def type(self, digits):
        for digit in digits:
            self.call.digit(digit, from_ms(100 * next(self.moments)))

    async def until_hung_up(self):
        """Let every text be heard to its end, until the exchange hangs up."""

        def done():
            for request in self.asterisk.asked("POST", "/channels/chan/play/")[self.heard :]:
                self.heard += 1
                self.call.playback_finished(request.path.rpartition("/")[2], "done")
            return self.asterisk.hung_up() == ["chan"]

        await until(done, "hung up")


@pytest.mark.parametrize(
    ("typed", "event"),
    [
        ("1011234", LogIn(1, "101")),
        ("101#1234#", LogIn(1, "101")),
        ("10#5678", LogIn(1, "10")),  # a longer id begins alike: # is needed
        ("70000", LogIn(1, "7")),
        ("99*1011234", LogIn(1, "101")),
        ("10199*1234", LogIn(1, "101")),
        ("**1011234", LogIn(1, "101")),
        ("##101#1234", LogIn(1, "101")),
        ("10199991011234", LogIn(1, "101")),
        ("55#123410#00001011234", LogIn(1, "101")),
    ],
)
async def test_given_digits_typed_ahead_then_the_operator_logs_in_and_hears_only_the_end(typed, event):
    dialled = Dialled("11")
    dialled.type(typed)
    await dialled.until_hung_up()
    assert dialled.events == [event]
    if not typed.endswith("#"):
        assert len(dialled.texts()) == 1
        assert "login.done" in dialled.texts()[0]


@pytest.mark.parametrize("typed", ["1019999" * 3, "55#1234" * 3, "10#1234" * 3])
async def test_given_three_wrong_tries_then_nobody_logs_in_and_the_line_is_hung_up(typed):
    dialled = Dialled("11")
    dialled.type(typed)
    await dialled.until_hung_up()
    assert dialled.events == []
    assert "login.wrong" in dialled.texts()[-1]


async def test_given_nothing_typed_then_it_is_asked_three_times_and_hung_up(monkeypatch):
    monkeypatch.setattr(codes, "DIGIT_WAIT_S", 0.01)
    dialled = Dialled("11")
    await dialled.until_hung_up()
    assert dialled.events == []
    asked = [
        name for text in dialled.texts() for name in ("ask_operator", "ask_pin", "wrong") if name in text
    ]
    assert asked == ["ask_operator", "ask_pin", "wrong"] * 3


async def test_given_a_text_that_plays_when_a_digit_comes_then_it_is_cut():
    dialled = Dialled("11")
    await until(lambda: len(dialled.texts()) == 1)
    dialled.type("1")
    assert len(dialled.asterisk.asked("DELETE", "/playbacks/say-")) == 1
    dialled.type("011234")
    await dialled.until_hung_up()
    assert dialled.events == [LogIn(1, "101")]


@pytest.mark.parametrize(
    ("code", "event", "text"),
    [
        ("12", LogOut(1), "logout.done"),
        ("20", Ready(1), "ready.done"),
        ("21", Break(1, "休憩"), "break.done"),
        ("29", Break(1, "その他"), "break.done"),
        ("30", EndWrapUp(1), "wrap_up.ended"),
        ("28", None, "code.unknown"),
        ("99", None, "code.unknown"),
        ("", None, "code.unknown"),
    ],
)
async def test_given_a_code_then_its_event_its_text_and_hang_up(code, event, text):
    dialled = Dialled(code)
    await dialled.until_hung_up()
    assert dialled.events == ([event] if event else [])
    assert len(dialled.texts()) == 1
    assert text in dialled.texts()[0]


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        (Refusal.NOT_LOGGED_IN, "refused.not_logged_in"),
        (Refusal.OPERATOR_ELSEWHERE, "login.taken"),
        (Refusal.SEAT_TAKEN, "login.taken"),
        (Refusal.NOT_IN_WRAP_UP, "refused.not_now"),
    ],
)
async def test_given_a_refusal_then_it_is_told_in_words(refusal, text):
    dialled = Dialled("30", refusal)
    await dialled.until_hung_up()
    assert text in dialled.texts()[-1]


async def test_given_a_lost_playback_then_the_line_is_hung_up_all_the_same(monkeypatch):
    monkeypatch.setattr(speech, "PLAYBACK_SLACK_S", 0.01)
    dialled = Dialled("20")
    await until(lambda: dialled.asterisk.hung_up() == ["chan"])
    assert dialled.events == [Ready(1)]


async def test_given_a_hang_up_while_the_pin_is_asked_then_nobody_logs_in():
    dialled = Dialled("11")
    dialled.type("101")
    await until(lambda: any("ask_pin" in text for text in dialled.texts()))
    dialled.call.gone()
    dialled.type("1234")
    await until(lambda: dialled.asterisk.hung_up() == ["chan"])
    assert dialled.events == []


async def test_given_an_answer_that_fails_then_nothing_is_carried_out():
    dialled = Dialled("20")
    dialled.asterisk.fails("/channels/chan/answer", Fault.GONE)
    await until(lambda: dialled.asterisk.hung_up() == ["chan"])
    assert dialled.events == []
