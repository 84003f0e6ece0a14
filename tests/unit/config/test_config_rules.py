"""Queue, needs, lines, overflow, callbacks: what can be said, and each mistake in one sentence."""

from datetime import time
from typing import get_args

import pytest

from acd.types import OfferOutcome, OverflowCause, Strategy, Toward
from config import ConfigError, Settings
from config.floor_rules import Misses
from config.overflow import ONLY_WAITING, PLAIN, CauseName, OverflowRule, loops, reachable
from config.queue_rules import StrategyName
from tests.unit.config.settings_rig import read

LINES = """
[[lines]]
id = "a"
name = "A"
numbers = ["0260001235"]
[[lines]]
id = "b"
name = "B"
numbers = ["0260001236", "05012345678"]
"""


def rule(more, line="main"):
    return f'[[overflow]]\nline = "{line}"\n{more}\n'


def full(to, line="main"):
    return rule(f'cause = "queue_full"\nlimit = 5\nto = "{to}"', line)


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        # unknown names
        ("[queue]\nstrategy = 'fastest'", ["[queue] strategy", "longest_idle", "given: 'fastest'"]),
        ("[line]\nstrategy = 'fastest'", ["[line] strategy", "given: 'fastest'"]),
        ("[line]\nneed = 'english'", ["[line] need", "'english'", "[needs]"]),
        (LINES + "need = 'english'", ["[lines] b need", "'english'"]),
        ("[[operators]]\nid='1'\nname='a'\nskills={ english = 2 }", ["[operators] 0.skills", "'english'"]),
        ("[[operators]]\nid='1'\nname='a'\nlines=['x']", ["[operators] 0.lines", "no line 'x'"]),
        ("[[operators]]\nid='1'\nname='a'\nlines=[]", ["[operators] 0.lines", "is empty"]),
        ("[needs]\nx = [{ skills = { english = 2 } }]", ["[needs] x.0.skills", "'english'", "[skills]"]),
        ("[floor.break_limits_min]\n7 = 10", ["[floor]", "break_limits_min.7", "no such reason"]),
        ("[floor.misses.sleepy]\nstrikes = 1", ["[floor] misses.sleepy", "unknown key"]),
        ("[floor]\nlogin_elsewhere = 'kick'", ["[floor] login_elsewhere", "given: 'kick'"]),
        ("[floor]\nwrap_up_ends = 'never'", ["[floor] wrap_up_ends", "given: 'never'"]),
        (rule("cause = 'boredom'\nlimit = 1\nto = 'announce'"), ["[overflow] 0.cause", "given: 'boredom'"]),
        (full("announce", "x"), ["[overflow] 0.line", "no line 'x'"]),
        (full("line:x"), ["[overflow] 0.to", "no line 'x'"]),
        (full("line:"), ["[overflow] 0.to", "given: 'line:'"]),
        (full("nowhere"), ["[overflow] 0.to", "given: 'nowhere'"]),
        (full("hang_up:now"), ["[overflow] 0.to", "given: 'hang_up:now'"]),
        # numbers
        (full("number:0120123456"), ["[overflow] 0.to", "fixed, mobile or 050", "0120123456"]),
        (full("number:0570123456"), ["[overflow] 0.to", "fixed, mobile or 050"]),
        (full("number:0990123456"), ["[overflow] 0.to", "fixed, mobile or 050"]),
        (full("number:110"), ["[overflow] 0.to", "fixed, mobile or 050"]),
        (full("number:+81262265000"), ["[overflow] 0.to", "fixed, mobile or 050"]),
        (full("number:０２６２２６５０００"), ["[overflow] 0.to", "fixed, mobile or 050"]),
        (full("number:"), ["[overflow] 0.to", "fixed, mobile or 050"]),
        # contradictions
        (
            "[line]\nnumber = '0262261234'\n" + full("number:0262261234"),
            ["[overflow] 0.to", "number of ours"],
        ),
        (LINES + full("line:a", "b") + full("line:b", "a"), ["[overflow] to", "in a circle", "b → a → b"]),
        (full("line:main"), ["[overflow] to", "main → main"]),
        (
            rule("cause='queue_full'\nlimit=5\nto='announce'\non_entry=false\nwhile_waiting=false"),
            ["[overflow] 0", "never act"],
        ),
        (
            rule("cause='waited'\nlimit=5\nto='announce'\nwhile_waiting=false"),
            ["[overflow] 0", "waited acts only while waiting"],
        ),
        ("[floor]\nwrap_up_s = 60\nwrap_up_most_s = 30", ["[floor]", "most_s (30)", "wrap_up_s (60)"]),
        ("[line]\nwrap_up_s = 60\nwrap_up_most_s = 30", ["[line]", "wrap_up_most_s (30)"]),
        (
            "[floor]\nwrap_up_s = 60\n[line]\nwrap_up_most_s = 30",
            ["[line] wrap_up_most_s", "30 is less than the wrap-up (60)"],
        ),
        (
            '[floor.break_limits_min]\n1 = 10\n"休憩" = 20',
            ["[floor]", "break_limits_min", "named twice"],
        ),
        ("[callback]\ncall_from = 09:00:00", ["[callback]", "call_to is missing"]),
        ("[callback]\ncall_to = 09:00:00", ["[callback]", "call_from is missing"]),
        (
            "[callback]\ncall_from = 18:00:00\ncall_to = 09:00:00",
            ["[callback]", "call_to (09:00)", "call_from (18:00)"],
        ),
        ("[skills]\ne = 'E'\n[needs]\nx = []", ["[needs] x", "after_s = 0"]),
        ("[needs]\nx = [{ after_s = 5 }]", ["[needs] x", "after_s = 0"]),
        ("[needs]\nx = [{}, { after_s = 9 }, { after_s = 9 }]", ["[needs] x", "must rise"]),
        ("[skills]\ne = 'E'\n[needs]\nx = [{ skills = { e = 0 } }]", ["[needs] x.0.skills.e", "1 to 9"]),
        (LINES.replace('"b"', '"a"'), ["[lines] 1.id", "a is given twice"]),
        (LINES.replace('id = "a"', 'id = "main"'), ["[lines] 0.id", "main is given twice", "[line] is main"]),
        (LINES.replace("0260001236", "0260001235"), ["[lines] numbers", "0260001235", "twice"]),
        ("[line]\naliases = ['0260001234']", ["[line] aliases", "0260001234", "twice"]),
        ("[[lines]]\nid = 'a'\nname = 'A'\nnumbers = []", ["[lines] 0.numbers"]),
        # out of range, and not a number
        ("[queue]\nreview_s = 0", ["[queue] review_s", "given: 0"]),
        ("[queue]\nfair_after_min = -1", ["[queue] fair_after_min", "given: -1"]),
        ("[queue]\nkeep_place_min = nan", ["[queue] keep_place_min", "given: nan"]),
        ("[queue]\nsame_operator_min = inf", ["[queue] same_operator_min", "given: inf"]),
        ("[queue]\nhandling_s = '90'", ["[queue] handling_s", "given: '90'"]),
        ("[queue]\nhandling_s = true", ["[queue] handling_s"]),
        ("[floor.misses.busy]\nstrikes = 0", ["[floor] misses.busy.strikes", "given: 0"]),
        ("[floor.misses.busy]\ncool_down_s = -1", ["[floor] misses.busy.cool_down_s", "given: -1"]),
        ("[floor.break_limits_min]\n1 = 0", ["[floor] break_limits_min.1", "given: 0"]),
        ("[floor.breaks]\n1 = ''", ["[floor] breaks.1"]),
        ("[line]\nweight_s = -1", ["[line] weight_s", "given: -1"]),
        ("[line]\npriority = 1.5", ["[line] priority"]),
        ("[[operators]]\nid='1'\nname='a'\nwrap_up_s = -1", ["[operators] 0.wrap_up_s", "given: -1"]),
        (rule("cause='queue_full'\nlimit=-1\nto='announce'"), ["[overflow] 0.limit", "given: -1"]),
        (rule("cause='queue_full'\nto='announce'"), ["[overflow] 0.limit"]),
        ("[callback]\nattempts = 0", ["[callback] attempts", "given: 0"]),
        ("[callback]\nretry_min = 0", ["[callback] retry_min", "given: 0"]),
        ("[callback]\nmax_open = 0", ["[callback] max_open", "given: 0"]),
        ("[guidance]\nsay_wait_every_s = 1", ["[guidance] say_wait_every_s", "given: 1"]),
        ("[guidance]\nsay_wait = 1", ["[guidance] say_wait", "given: 1"]),
    ],
)  # fmt: skip
def test_given_a_mistake_in_the_rules_then_one_sentence_names_the_file_and_the_key(home, toml, named):
    with pytest.raises(ConfigError) as refused:
        read(home, toml)
    (sentence,) = str(refused.value).splitlines()
    assert sentence.startswith(f"{home.toml}: [")
    assert [part for part in named if part not in sentence] == []


def test_given_contradictions_in_several_places_then_each_has_its_sentence(home):
    with pytest.raises(ConfigError) as refused:
        read(home, "[line]\nneed = 'x'\n" + full("line:y") + full("announce", "z"))
    said = [line.removeprefix(f"{home.toml}: ") for line in str(refused.value).splitlines()]
    assert [line.partition(": ")[0] for line in said] == [
        "[line] need", "[overflow] 0.to", "[overflow] 1.line",
    ]  # fmt: skip


def test_given_the_words_of_the_settings_then_they_are_the_floors():
    assert set(get_args(StrategyName)) == {one.value for one in Strategy}
    assert set(get_args(CauseName)) == {one.value for one in OverflowCause}
    assert set(ONLY_WAITING) == {OverflowCause.WAITED.value, OverflowCause.CLOSING.value}
    assert {*PLAIN, "line", "number"} == {one.value for one in Toward}
    assert set(Misses.model_fields) <= {one.value for one in OfferOutcome}


def test_given_further_lines_then_each_number_leads_to_its_line(home):
    settings = read(home, "[line]\naliases = ['0260001230']\n" + LINES)
    assert settings.numbers() == (
        "0260001234", "0260001230", "0260001235", "0260001236", "05012345678",
    )  # fmt: skip
    led = {number: settings.line_of(number) for number in settings.numbers()}
    assert led == {
        "0260001234": "main",
        "0260001230": "main",
        "0260001235": "a",
        "0260001236": "b",
        "05012345678": "b",
    }
    assert settings.line_of("0399999999") == "main"
    assert list(settings.line_rules()) == ["main", "a", "b"]
    assert settings.line_names() == {"main": Settings().line.name, "a": "A", "b": "B"}


def test_given_no_overflow_in_the_file_then_the_citys_and_an_empty_list_is_none(home):
    assert [(r.cause, r.limit, r.to) for r in read(home, "").overflow] == [
        ("no_seat", 60, "announce"),
        ("waited", 600, "choice"),
    ]
    assert read(home, "overflow = []").overflow == ()
    (one,) = read(home, full("number:0262265000")).overflow
    assert (one.toward, one.target, one.line) == ("number", "0262265000", "main")


def test_given_a_long_wrap_up_and_no_limit_said_then_the_limit_follows(home):
    assert read(home, "[floor]\nwrap_up_s = 600").floor.longest_wrap_up_s() == 600
    assert read(home, "[floor]\nwrap_up_s = 6").floor.longest_wrap_up_s() == 300


def test_given_break_limits_by_digit_or_words_then_the_floor_gets_the_words(home):
    settings = read(home, '[floor.break_limits_min]\n1 = 15\n"昼食" = 60')
    assert settings.floor.limit_of_break_min() == {"休憩": 15, "昼食": 60}


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ("0262265000", True), ("09012345678", True), ("05012345678", True), ("0312345678", True),
        ("0800123456", False), ("0120123456", False), ("118", False), ("", False), ("262265000", False),
        ("02622650001", False), ("0262-26-5000", False),
    ],
)  # fmt: skip
def test_given_a_number_then_only_fixed_mobile_and_050_can_be_reached(number, fits):
    assert reachable(number) is fits


def test_given_lines_that_overflow_in_two_circles_then_each_is_named_once():
    ways = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "c"), ("x", "a")]
    rules = tuple(
        OverflowRule(cause="queue_full", limit=1, to=f"line:{there}", line=here) for here, there in ways
    )
    assert loops(rules) == ["a → b → a", "c → d → c"]
    assert loops(rules[2:4]) == []


@pytest.mark.parametrize(
    ("now", "is_open", "may"),
    [
        (time(8, 59, 59), True, False),
        (time(9), False, True),
        (time(17, 59, 59), False, True),
        (time(18), True, False),
    ],
)
def test_given_hours_for_callbacks_then_they_count_and_not_the_lines(home, now, is_open, may):
    rules = read(home, "[callback]\ncall_from = 09:00:00\ncall_to = 18:00:00").callback
    assert rules.within_hours(now, is_open=is_open) is may


@pytest.mark.parametrize("is_open", [True, False])
def test_given_no_hours_for_callbacks_then_the_lines_count(is_open):
    assert Settings().callback.within_hours(time(3), is_open=is_open) is is_open


def test_given_nothing_said_then_callbacks_are_off_and_the_wait_is_told():
    settings = Settings()
    assert settings.callback.enabled is False
    assert (settings.guidance.say_position, settings.guidance.say_wait) == (False, True)
    assert settings.guidance.say_wait_every_s == 60
