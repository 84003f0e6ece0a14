"""音声メニュー: which key leads a caller where. A circle without a way to a person is refused."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from config.section import Amount, Int, Section

Language = Literal["ja", "en", "easy"]
LANGUAGES: tuple[str, ...] = get_args(Language)
"""日本語, English, やさしい日本語."""
KEYS = "1234567890*#"
WITH_TARGET = ("say", "language", "need", "line", "menu")
PLAIN = ("queue", "callback", "operator", "repeat", "hang_up")
ON_THE_WAY = ("say", "language", "need", "line")
"""Steps that others may follow. At the end `need` and `line` lead to the queue, `say` and `language` to the
menu again.
"""
TO_A_PERSON = ("queue", "line", "need", "operator", "callback")
"""The last steps that end with an operator; `hang_up` is no such end. A key that is pressed while its text is
spoken leads to the menu again, so nobody who presses everything is hung up on.
"""
_WORDS = ", ".join((*(f"{word}:…" for word in WITH_TARGET), *PLAIN))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a key does: a word of `WITH_TARGET` with what it names, or one of `PLAIN` without."""

    word: str
    target: str = ""


def steps_of(said: Sequence[str]) -> tuple[Step, ...]:
    """The steps of a key.

    Raises:
        ValueError: a step is unknown or incomplete, or stands where it would never come to its turn.
    """
    steps = tuple(_step(one.strip()) for one in said)
    if not steps:
        raise ValueError("is empty: say what the key does")
    for step, following in itertools.pairwise(steps):
        if step.word not in ON_THE_WAY:
            raise ValueError(f"{_shown(following)} would never be reached behind {_shown(step)}")
    if steps[-1].word == "hang_up" and (len(steps) == 1 or steps[-2].word != "say"):
        raise ValueError('hang_up must follow a say: nobody is hung up on without a word ("say:…, hang_up")')
    return steps


def _step(said: str) -> Step:
    word, colon, target = said.partition(":")
    if not ((word in WITH_TARGET and target) or (word in PLAIN and not colon)):
        raise ValueError(f"unknown target {said!r}; there are {_WORDS}")
    if word == "language" and target not in LANGUAGES:
        raise ValueError(f"there is no language {target!r}; there are {', '.join(LANGUAGES)}")
    return Step(word, target)


def _shown(step: Step) -> str:
    return f"{step.word}:{step.target}" if step.target else step.word


def _split(value: object) -> object:
    """One text may hold several steps, with commas between them."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(","))
    if not isinstance(value, list | tuple):
        # pydantic makes a sentence of a ValueError only
        raise ValueError('must be a text such as "queue", or a list of such')  # noqa: TRY004
    return value


def _well_formed(said: tuple[str, ...]) -> tuple[str, ...]:
    steps_of(said)
    return said


def _is_key(key: str) -> str:
    if len(key) != 1 or key not in KEYS:
        raise ValueError('is no key of a telephone: 0 to 9, "*" or "#"')
    return key


Key = Annotated[str, AfterValidator(_is_key)]
TextId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(@(ja|en|easy))?$")]
"""A text's id; behind `@` the language that it is always spoken in."""
Texts = Annotated[tuple[TextId, ...], BeforeValidator(_split), Field(min_length=1)]
Steps = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_well_formed)]


class Menu(Section):
    """One question and what each key does. Who presses none, or wrong ones, comes to an operator."""

    text: Texts
    """The question: texts, one after another."""
    wait_s: Amount = Field(default=5, ge=1, le=30)
    """From the end of the question to the key; the telephone has to be taken from the ear first."""
    no_key: Int = Field(default=2, ge=1, le=5)
    """So many times without a key lead to an operator: a telephone without tones has only to wait."""
    wrong_key: Int = Field(default=3, ge=1, le=5)
    """So many keys that do nothing here lead to an operator."""
    keys: dict[Key, Steps] = Field(min_length=1)

    def steps(self, key: str) -> tuple[Step, ...]:
        """What the key does; empty for a key that does nothing here."""
        return steps_of(self.keys[key]) if key in self.keys else ()


def menu_mistakes(
    menus: Mapping[str, Menu], *, lines: Collection[str], needs: Collection[str], callbacks: bool
) -> Iterator[str]:
    """What a menu names and is not there, and circles without a way to a person; each names its key.

    Args:
        menus: `[menus]`.
        lines: ids of the lines.
        needs: names of `[needs]`.
        callbacks: whether callbacks are offered at all.
    """
    known = {"menu": menus, "line": lines, "need": needs}
    places = {"menu": "menu", "line": "line", "need": "need in [needs],"}
    for name, menu in menus.items():
        for key in menu.keys:
            for step in menu.steps(key):
                if step.word in known and step.target not in known[step.word]:
                    yield f"[menus] {name}.keys.{key}: there is no {places[step.word]} {step.target!r}"
                if step.word == "callback" and not callbacks:
                    yield f"[menus] {name}.keys.{key}: callback, but [callback] enabled is false"
    yield from _circles(menus)


def _circles(menus: Mapping[str, Menu]) -> Iterator[str]:
    """Menus whose keys only lead round. Waiting leads out of every menu, but nobody is told so."""
    ways = {name: _ways(name, menu, menus) for name, menu in menus.items()}
    freed = {name for name, menu in menus.items() if _frees(menu)}
    while more := {name for name in menus if name not in freed and freed & {to for _, to in ways[name]}}:
        freed |= more
    told: set[str] = set()
    for name in menus:
        if name in freed or name in told:
            continue
        circle = _circle([name], ways)
        if circle and not told & set(circle):
            told |= set(circle)
            first = circle[0]
            key = next(key for key, to in ways[first] if to == circle[1])
            yield (
                f"[menus] {first}.keys.{key}: leads in a circle from which no key leads to a person: "
                f"{' → '.join(circle)}"
            )


def _ways(name: str, menu: Menu, menus: Mapping[str, Menu]) -> list[tuple[str, str]]:
    """To which menus which keys lead."""
    found = []
    for key in menu.keys:
        last = menu.steps(key)[-1]
        if last.word in ("repeat", "say", "language"):
            found.append((key, name))
        elif last.word == "menu" and last.target in menus:
            found.append((key, last.target))
    return found


def _frees(menu: Menu) -> bool:
    return any(menu.steps(key)[-1].word in TO_A_PERSON for key in menu.keys)


def _circle(path: list[str], ways: Mapping[str, list[tuple[str, str]]]) -> list[str]:
    """A circle that can be reached from the path's end, its first menu again at its end; or nothing."""
    for _, to in ways[path[-1]]:
        if to in path:
            return [*path[path.index(to) :], to]
        if found := _circle([*path, to], ways):
            return found
    return []


def unknown_texts(menus: Mapping[str, Menu], texts: Collection[str]) -> list[str]:
    """Sentences on texts that menus say and nobody has written; `texts`: the ids of those that there are."""
    found = [
        f"[menus] {name}.text: there is no text {text!r} in prompts/texts.toml"
        for name, menu in menus.items()
        for text in menu.text
        if text.partition("@")[0] not in texts
    ]
    for name, menu in menus.items():
        found += [
            f"[menus] {name}.keys.{key}: there is no text {step.target!r} in prompts/texts.toml"
            for key in menu.keys
            for step in menu.steps(key)
            if step.word == "say" and step.target not in texts
        ]
    return found
