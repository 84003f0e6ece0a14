"""Menus: what can be said, and each mistake in one sentence that names its key."""

import tomllib

import pytest

from config import ConfigError, load_settings
from config.default_toml import DEFAULT_TOML
from config.menus import Menu, Step, steps_of
from config.text_ids import SHIPPED, text_ids
from config.toml_mistake import toml_mistake
from tests.unit.config.settings_rig import read

LINE = '[[lines]]\nid = "water"\nname = "水道"\nnumbers = ["0260001235"]\n'
NEED = '[skills]\nenglish = "英語"\n[needs]\nen = [{ skills = { english = 1 } }]\n'


def top(*keys, more=""):
    return '[menus.top]\ntext = "greeting"\n' + more + "[menus.top.keys]\n" + "\n".join(keys) + "\n"


@pytest.mark.parametrize(
    ("target", "steps"),
    [
        ('"queue"', [Step("queue")]),
        ('"operator"', [Step("operator")]),
        ('"line:water"', [Step("line", "water")]),
        ('"need:en"', [Step("need", "en")]),
        ('"menu:other"', [Step("menu", "other")]),
        ('"say:busy"', [Step("say", "busy")]),
        ('"say:busy, hang_up"', [Step("say", "busy"), Step("hang_up")]),
        ('["say:busy", "hang_up"]', [Step("say", "busy"), Step("hang_up")]),
        ('["language:en", "need:en", "line:water"]',
         [Step("language", "en"), Step("need", "en"), Step("line", "water")]),
        ('"language:easy"', [Step("language", "easy")]),
        ('"repeat"', [Step("repeat")]),
        ('"callback"', [Step("callback")]),
    ],
)  # fmt: skip
def test_given_every_kind_of_target_then_it_is_read(home, target, steps):
    other = '[menus.other]\ntext = "busy"\nkeys = { 1 = "queue" }\n'
    settings = read(
        home, LINE + NEED + "[callback]\nenabled = true\n" + other + top(f"1 = {target}", '0 = "queue"')
    )
    assert list(settings.menus["top"].steps("1")) == steps
    assert settings.menus["top"].steps("5") == ()


def test_given_a_line_with_a_menu_then_its_name_is_with_the_lines_rules_and_none_is_the_default(home):
    settings = read(home, '[line]\nmenu = "top"\n' + LINE + top('1 = "queue"'))
    assert {line: rules.menu for line, rules in settings.line_rules().items()} == {"main": "top", "water": ""}
    assert settings.menus["top"].model_dump(mode="json") == {
        "text": ["greeting"], "wait_s": 5, "no_key": 2, "wrong_key": 3, "keys": {"1": ["queue"]},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        # unknown names
        (top('1 = "menu:other"'), ["[menus] top.keys.1", "no menu 'other'"]),
        (top('2 = "line:water"'), ["[menus] top.keys.2", "no line 'water'"]),
        (top('3 = "need:en"'), ["[menus] top.keys.3", "no need", "'en'"]),
        (top('1 = "say:no.such, queue"'), ["[menus] top.keys.1", "no text 'no.such'", "texts.toml"]),
        (top('1 = "queue"').replace("greeting", "no.such"), ["[menus] top.text", "no text 'no.such'"]),
        (top('1 = "queue"').replace("greeting", "busy@fr"), ["[menus] top.text.0", "busy@fr"]),
        (top('1 = "queue"').replace("greeting", "busy, no.such@en"), ["[menus] top.text", "'no.such@en'"]),
        (top('1 = "language:fr, queue"'), ["[menus] top.keys.1", "no language 'fr'", "ja, en, easy"]),
        (top('1 = "quene"'), ["[menus] top.keys.1", "unknown target 'quene'", "queue"]),
        (top('1 = "callback"'), ["[menus] top.keys.1", "callback", "enabled is false"]),
        ("[line]\nmenu = 'x'\n", ["[line] menu", "no 'x' in [menus]"]),
        (LINE + "menu = 'x'\n", ["[lines] water menu", "no 'x' in [menus]"]),
        # shapes
        (top('1 = "queue:x"'), ["[menus] top.keys.1", "unknown target 'queue:x'"]),
        (top('1 = "menu:"'), ["[menus] top.keys.1", "unknown target 'menu:'"]),
        (top('1 = "say"'), ["[menus] top.keys.1", "unknown target 'say'"]),
        (top('1 = ""'), ["[menus] top.keys.1", "unknown target ''"]),
        (top("1 = []"), ["[menus] top.keys.1", "is empty"]),
        (top("1 = 5"), ["[menus] top.keys.1", "a text such as"]),
        (top("1 = [5]"), ["[menus] top.keys.1", "valid string"]),
        (top('1 = "queue, say:busy"'), ["[menus] top.keys.1", "say:busy would never be reached"]),
        (top('1 = "menu:top, queue"'), ["[menus] top.keys.1", "never be reached behind menu:top"]),
        (top('1 = "hang_up"'), ["[menus] top.keys.1", "hang_up must follow a say"]),
        (top('1 = "language:en, hang_up"'), ["[menus] top.keys.1", "hang_up must follow a say"]),
        # keys that are none
        (top('12 = "queue"'), ["[menus] top.keys.12", "no key of a telephone", "given: '12'"]),
        (top('a = "queue"'), ["[menus] top.keys.a", "no key of a telephone"]),
        (top('"１" = "queue"'), ["[menus] top.keys.１", "no key of a telephone"]),
        (top('"" = "queue"'), ["[menus] top.keys", "no key of a telephone"]),
        (top(), ["[menus] top.keys"]),
        ('[menus.top]\ntext = "greeting"\n', ["[menus] top.keys"]),
        ('[menus.top]\nkeys = { 1 = "queue" }\n', ["[menus] top.text"]),
        ("[menus]\ntop = 5\n", ["[menus] top"]),
        (top('1 = "queue"').replace("menus.top", "menus.Top"), ["[menus] Top", "given: 'Top'"]),
        # a key, or a menu, that stands twice
        (top('1 = "queue"', '2 = "queue"', '1 = "queue"'), ["[menus] top.keys.1", "given twice", "line 6"]),
        (top('1 = "queue"', '"1" = "operator"'), ["[menus] top.keys.1", "given twice"]),
        ('[menus.top]\ntext = "greeting"\nkeys = { 1 = "queue", 1 = "operator" }\n',
         ["[menus] top.keys.1", "given twice"]),
        (top('1 = "queue"') + top('2 = "queue"'), ["[menus.top]", "given twice"]),
        # out of range
        (top('1 = "queue"', more="wait_s = 0\n"), ["[menus] top.wait_s", "given: 0"]),
        (top('1 = "queue"', more="no_key = 0\n"), ["[menus] top.no_key", "given: 0"]),
        (top('1 = "queue"', more="wrong_key = 6\n"), ["[menus] top.wrong_key", "given: 6"]),
        (top('1 = "queue"', more="wait_s = nan\n"), ["[menus] top.wait_s"]),
        (top('1 = "queue"', more="waits = 5\n"), ["[menus] top.waits", "unknown key"]),
        # circles
        (top('1 = "repeat"'), ["[menus] top.keys.1", "circle", "no key leads to a person", "top → top"]),
        (top('1 = "say:busy"'), ["[menus] top.keys.1", "top → top"]),
        (top('1 = "say:busy"', '2 = "say:busy, hang_up"'), ["[menus] top.keys.1", "top → top"]),
        (
            top('1 = "menu:b"') + '[menus.b]\ntext = "busy"\nkeys = { 2 = "menu:top" }\n',
            ["[menus] top.keys.1", "top → b → top"],
        ),
    ],
)  # fmt: skip
def test_given_a_mistake_then_it_is_named_with_its_menu_and_key(home, toml, named):
    with pytest.raises(ConfigError) as raised:
        read(home, toml)
    (sentence,) = str(raised.value).splitlines()
    assert str(home.toml) in sentence
    for part in named:
        assert part in sentence


@pytest.mark.parametrize(
    "toml",
    [
        top('1 = "say:busy"', '9 = "operator"'),
        top('1 = "say:busy, hang_up"'),  # no circle; and waiting leads to an operator
        top('1 = "menu:b"', '9 = "queue"') + '[menus.b]\ntext = "busy"\nkeys = { 2 = "menu:top" }\n',
    ],
)
def test_given_a_way_out_then_a_circle_is_none(home, toml):
    assert read(home, toml).menus


def test_given_several_mistakes_then_each_has_a_line(home):
    with pytest.raises(ConfigError) as raised:
        read(home, top('1 = "menu:x"', '2 = "line:y"', '3 = "need:z"'))
    assert len(str(raised.value).splitlines()) == 3


def test_given_a_text_of_the_sites_own_then_a_menu_may_say_it(home):
    own = home.path / "prompts"
    own.mkdir(parents=True)
    (own / "texts.toml").write_text('[[text]]\nid = "own.text"\n', encoding="utf-8")
    assert read(home, top('1 = "say:own.text, queue"')).menus
    (own / "texts.toml").write_text("[[text\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"prompts/texts\.toml: cannot be read"):
        load_settings(home)


def test_given_the_sample_menu_of_the_default_file_when_uncommented_alone_then_it_is_right(home):
    lines = DEFAULT_TOML.splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("#例 [menus."))
    last = next(n for n, line in enumerate(lines[first:], first) if not line.startswith("#例 "))
    sample = [line.removeprefix("#例 ") for line in lines[first:last]]
    asks = next(line.removeprefix("#例 ") for line in lines if line.startswith("#例 menu = "))
    settings = read(home, f"[line]\n{asks}\n" + "\n".join(sample))
    menu = settings.menus[settings.line.menu]
    assert menu.text == ("menu.top", "menu.english@en")
    assert list(menu.keys) == ["1", "2", "3", "9"]
    assert menu.steps("9")[0] == Step("language", "en")
    defaults = Menu.model_fields
    for name in ("wait_s", "no_key", "wrong_key"):
        assert getattr(menu, name) == defaults[name].default


def test_given_the_shipped_texts_then_those_that_the_menus_speak_of_themselves_are_there():
    assert text_ids(SHIPPED) >= {"menu.top", "menu.wrong", "menu.no_key", "menu.to_operator", "menu.repeat"}


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("a = 1\na = 2\n", "a: is given twice (line 2)"),
        ('[line]\nname = "x"\nname = "y"\n', "[line] name: is given twice (line 3)"),
        ('[m.t.keys]\n1 = [\n"a",\n]\n1 = [\n"b",\n]\n', "[m] t.keys.1: is given twice (line 7)"),
        ('[m.t]\nkeys.1 = "a"\nkeys.1 = "b"\n', "[m] t.keys.1: is given twice (line 3)"),
        ('[m.t]\n* = "a"\n', "is not TOML: "),
    ],
)
def test_given_what_toml_refuses_then_it_is_said_by_the_key(toml, said):
    with pytest.raises(tomllib.TOMLDecodeError) as raised:
        tomllib.loads(toml)
    assert toml_mistake(str(raised.value), toml).startswith(said)


def test_given_steps_of_spaces_then_they_are_read_without():
    assert steps_of([" language:en ", "queue"]) == (Step("language", "en"), Step("queue"))
