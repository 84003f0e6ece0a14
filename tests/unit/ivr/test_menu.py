"""The way through the menus: over the text, ahead, wrong, silent; nobody is lost or hung up on unasked."""

import asyncio
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.menus import KEYS, LANGUAGES, Menu, menu_mistakes
from ivr.menu import MOST_KEYS, Where, menu
from tests.unit.ivr.menu_caller import MenuCitizen

MENUS = {
    "top": Menu(
        text="menu.top",
        keys={
            "1": "menu:booking",
            "2": "queue",
            "3": "say:info.hours",
            "4": "say:info.hours, hang_up",
            "5": "callback",
            "6": "repeat",
            "7": "line:water",
            "8": "operator",
            "9": ["language:en", "need:english"],
            "*": "language:easy",
            "#": ["say:info.hours", "queue"],
        },
    ),
    "booking": Menu(
        text="menu.booking", wait_s=3,
        keys={"1": "need:booking", "2": "language:en, menu:top", "0": "menu:top"},
    ),
}  # fmt: skip


async def through(*presses, menus=MENUS, start="top", **how):
    caller = MenuCitizen(*presses, **how)
    where = await menu(caller, menus, start)
    return caller, where


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("2", Where(path=("top:2",))),
        ("4", Where(path=("top:4",), end="hang_up")),
        ("5", Where(path=("top:5",), end="callback")),
        ("7", Where(path=("top:7",), line="water")),
        ("8", Where(path=("top:8",))),
        ("9", Where(path=("top:9",), need="english", language="en")),
        ("#", Where(path=("top:#",))),
    ],
)
async def test_given_a_key_when_pressed_over_the_text_then_it_is_cut_and_the_key_leads_where_it_says(
    key, wanted
):
    caller, where = await through((0.5, key))
    assert where == wanted
    assert caller.heard[0] == "menu.top…"
    assert caller.rows[0] == ("top", "", "entered")
    assert caller.rows[1][:2] == ("top", key)
    assert not caller.listening


async def test_given_say_then_hang_up_then_the_text_is_heard_whole_and_the_call_ends():
    caller, where = await through((0.5, "4"))
    assert caller.heard == ["menu.top…", "info.hours"]
    assert where.end == "hang_up"


async def test_given_say_then_hang_up_when_a_key_is_pressed_meanwhile_then_it_answers_the_menu_again():
    caller, where = await through((0.5, "4"), (0.9, "2"))
    assert caller.heard == ["menu.top…", "info.hours…"]
    assert where == Where(path=("top:4", "top:2"))


async def test_given_nobody_presses_then_asked_twice_and_an_operator_comes():
    caller, where = await through()
    assert caller.heard == ["menu.top", "menu.no_key", "menu.top", "menu.to_operator"]
    assert where == Where()
    assert caller.rows == [
        ("top", "", "entered"), ("top", "", "no_key"), ("top", "", "no_key"), ("top", "", "gave_up"),
    ]  # fmt: skip
    assert caller.now_s == 1 + 5 + 2 + 5 + 1


async def test_given_three_wrong_keys_then_an_operator_comes_and_each_was_told():
    caller, where = await through(
        (2, "0"), (6, "0"), (9, "0"), menus={"top": Menu(text="t", keys={"1": "queue"})}
    )
    assert caller.heard == ["t", "menu.wrong", "t", "menu.wrong", "t", "menu.to_operator"]
    assert where == Where()
    assert [row[2] for row in caller.rows] == ["entered", "wrong_key", "wrong_key", "wrong_key", "gave_up"]


async def test_given_a_silence_and_a_wrong_key_in_turn_then_they_are_counted_apart_and_it_still_ends():
    only = {"top": Menu(text="t", no_key=3, wrong_key=2, keys={"1": "queue"})}
    caller, _ = await through((8, "5"), (15, "5"), menus=only)
    assert [row[2] for row in caller.rows] == ["entered", "no_key", "wrong_key", "wrong_key", "gave_up"]


async def test_given_keys_typed_ahead_then_no_question_is_heard():
    caller = MenuCitizen((0.5, "1"), (0.6, "1"))
    caller.listen()
    await caller.say("greeting")  # both keys come while it plays
    assert await menu(caller, MENUS, "top") == Where(path=("top:1", "booking:1"), need="booking")
    assert caller.heard == ["greeting"]


async def test_given_a_wrong_key_then_what_was_typed_behind_it_is_forgotten():
    caller = MenuCitizen((0.1, "0"), (0.2, "2"), (4, "1"), (5, "1"))
    caller.listen()
    await caller.say("greeting")
    where = await menu(caller, MENUS, "top")
    assert where.path == ("top:1", "booking:1")
    assert caller.heard[1:3] == ["menu.wrong", "menu.top"]


async def test_given_a_language_then_it_holds_for_the_rest_of_the_way_and_is_told():
    caller, where = await through((0.5, "1"), (1.2, "2"), (1.9, "2"))
    assert caller.languages == ["en"]
    assert where == Where(path=("top:1", "booking:2", "top:2"), language="en")
    assert [row[0] for row in caller.rows if row[2] == "entered"] == ["top", "booking", "top"]


async def test_given_guidance_then_the_menu_comes_again_and_a_key_cuts_the_guidance():
    caller, where = await through((0.5, "3"), (0.9, "2"))
    assert caller.heard == ["menu.top…", "info.hours…"]
    assert where.path == ("top:3", "top:2")
    caller, where = await through((0.5, "3"), (3, "2"))
    assert caller.heard == ["menu.top…", "info.hours", "menu.top"]


async def test_given_repeat_then_the_same_question_again():
    caller, where = await through((0.5, "6"), (4, "2"))
    assert caller.heard == ["menu.top…", "menu.repeat", "menu.top"]
    assert where.path == ("top:6", "top:2")


async def test_given_callback_when_none_can_be_taken_now_then_an_operator_comes():
    caller, where = await through((0.5, "5"), calls_back=False)
    assert (where.end, caller.heard[-1]) == ("queue", "menu.to_operator")
    assert caller.rows[-1] == ("top", "", "no_callback")


async def test_given_a_menu_that_is_no_more_then_the_queue():
    caller, where = await through((0.5, "1"), start="gone")
    assert where == Where()
    assert caller.heard == []


async def test_given_another_language_from_the_line_then_it_stays_when_no_key_says_otherwise():
    assert (await menu(MenuCitizen(), MENUS, "top", language="easy")).language == "easy"


async def test_given_somebody_who_plays_for_ever_then_an_operator_comes_after_so_many_keys():
    caller, where = await through(*((n, "6") for n in range(200)))
    assert len(where.path) == MOST_KEYS
    assert caller.heard[-1] == "menu.to_operator"
    assert caller.rows[-1] == ("top", "", "gave_up")


async def test_given_a_caller_who_presses_everything_at_once_then_each_leads_on_and_the_call_goes_on():
    caller = MenuCitizen(*((0.5, key) for key in KEYS))
    caller.listen()
    await caller.say("greeting")
    where = await menu(caller, MENUS, "top")
    assert where.path == ("top:1", "booking:2", "top:3", "top:4", "top:5")
    assert where.end == "callback"


names = st.sampled_from(["a", "b", "c"])
texts = st.sampled_from(["t.one", "t.two"])
passing = st.one_of(
    texts.map(lambda t: f"say:{t}"),
    st.sampled_from(LANGUAGES).map(lambda language: f"language:{language}"),
    st.sampled_from(["need:n", "line:l"]),
)
lasts = st.one_of(
    passing, names.map(lambda n: f"menu:{n}"), st.sampled_from(["queue", "callback", "repeat", "operator"])
)
steps = st.one_of(
    st.tuples(st.lists(passing, max_size=2), lasts).map(lambda both: (*both[0], both[1])),
    texts.map(lambda t: (f"say:{t}", "hang_up")),
)
asked = st.builds(
    Menu,
    text=st.lists(texts, min_size=1, max_size=2),
    wait_s=st.integers(1, 30),
    no_key=st.integers(1, 5),
    wrong_key=st.integers(1, 5),
    keys=st.dictionaries(st.sampled_from(KEYS), steps, min_size=1),
)
presses = st.lists(
    st.tuples(st.floats(0, 15), st.sampled_from(KEYS + string.ascii_uppercase[:4])), max_size=60
)


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys("abc", asked)), presses, st.booleans())
def test_given_any_menus_and_any_keys_then_it_ends_soon_and_only_where_a_key_was_set_to(
    menus, apart, calls_back
):
    now_s, moments = 0.0, []
    for after_s, key in apart:
        now_s += after_s
        moments.append((now_s, key))
    caller = MenuCitizen(*moments, calls_back=calls_back)
    where = asyncio.run(asyncio.wait_for(menu(caller, menus, "a"), 5))
    assert not caller.listening
    assert len(where.path) <= MOST_KEYS
    assert len(caller.heard) <= (MOST_KEYS + 1) * 20
    last = [menus[n].steps(k)[-1].word for n, k in (one.split(":") for one in where.path)]
    if where.end != "queue":
        assert last[-1] == where.end
    assert (where.end == "callback") <= calls_back
    if where.end == "hang_up":
        assert caller.heard[-1].startswith("t.")
    spoken = [menus[n].steps(k) for n, k in (one.split(":") for one in where.path)]
    languages = [step.target for some in spoken for step in some if step.word == "language"]
    assert where.language == (languages or ["ja"])[-1]
    assert caller.languages == languages
    assert where.need == ("n" if any(step.word == "need" for some in spoken for step in some) else "")


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys("abc", asked)))
def test_given_any_menus_then_a_circle_is_named_just_where_no_key_leads_out(menus):
    said = list(menu_mistakes(menus, lines=("l",), needs=("n",), callbacks=True))

    def reaches(name):
        seen, todo = set(), [name]
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                ends = [menus[one].steps(key)[-1] for key in menus[one].keys]
                todo += [end.target for end in ends if end.word == "menu"]
        return seen

    def person(name):
        ends = [menus[name].steps(key)[-1].word for key in menus[name].keys]
        return any(end in ("queue", "line", "need", "operator", "callback") for end in ends)

    def again(name):
        ends = [menus[name].steps(key)[-1] for key in menus[name].keys]
        return any(end.word in ("repeat", "say", "language") for end in ends) or any(
            name in reaches(end.target) for end in ends if end.word == "menu"
        )

    lost = {
        name for name in menus
        if again(name) and not any(person(other) for other in reaches(name))
    }  # fmt: skip
    assert bool(said) == bool(lost)
    assert all(any(f"[menus] {name}.keys." in one for one in said) for name in lost) or len(said) < len(lost)
