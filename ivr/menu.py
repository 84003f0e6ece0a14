"""音声メニュー: the way from the first question to what the caller wants, as straight-line code.

Nobody is lost on it. No key, wrong keys, or keys without end lead to an operator; the call is ended only
where the settings say so, and with a word. Keys may be typed over a text, and ahead through several menus.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from config.menus import Menu, Step

MOST_KEYS = 20
"""Whoever has pressed so many keys and is still in the menus comes to an operator: he is playing, or lost."""
ENTERED, NO_KEY, WRONG_KEY, GAVE_UP, NO_CALLBACK = "entered", "no_key", "wrong_key", "gave_up", "no_callback"
"""Steps that no key names: the question is asked for the first time, was not answered, or not with a key of
its own; too often, so an operator comes; no callback can be taken just now, so an operator comes."""


class MenuCaller(Protocol):
    """The citizen on the line, as the menus see him."""

    async def say(self, *texts: str) -> None:
        """Play texts by id, as one, and return when they have been heard."""

    async def tell(self, *texts: str) -> None:
        """Play the texts until a key is pressed, which answers the next question; nothing if one waits."""

    async def key(self, *texts: str, wait_s: float) -> str:
        """Play the texts until a key is pressed, then wait `wait_s` for one: the key, or "" for none."""

    def listen(self) -> None:
        """Take keys down from now on, for the question that comes."""

    def no_more_keys(self) -> None:
        """Take none any more, and forget those that nobody has read."""

    def typed(self) -> bool:
        """Whether a key waits to be read."""

    def speak(self, language: str) -> None:
        """Let every text from now on be in this language: "ja", "en" or "easy"."""

    def may_call_back(self) -> bool:
        """Whether callbacks are offered now."""

    def menu_step(self, menu: str, key: str, target: str) -> None:
        """Take down a step: where the key led, in the settings' words, or one of those above with key ""."""


@dataclass(frozen=True, slots=True)
class Where:
    """What a way through the menus came to.

    need, line: those that a key named; "" and None where none did. path: `menu:key` of every key that was
    understood, in order. end: what is left to do: enter the queue, agree on a callback, or hang up (all that
    was to be said has been said).
    """

    need: str = ""
    line: str | None = None
    path: tuple[str, ...] = ()
    end: Literal["queue", "callback", "hang_up"] = "queue"
    language: str = "ja"


async def menu(caller: MenuCaller, menus: Mapping[str, Menu], start: str, *, language: str = "ja") -> Where:
    """Lead the caller through `menus`, from the one named `start`. Keys typed before count, if it listened.

    A menu that is no more (the settings were changed meanwhile) leads to the queue.
    """
    caller.listen()
    where = Where(language=language)
    if start in menus:
        where = await _through(caller, menus, start, where)
    caller.no_more_keys()
    return where


async def _through(caller: MenuCaller, menus: Mapping[str, Menu], name: str, where: Where) -> Where:
    caller.menu_step(name, "", ENTERED)
    while answer := await _answer(caller, name, menus[name], where.path):
        key, steps = answer
        caller.menu_step(name, key, ", ".join(menus[name].keys[key]))
        where = await _along(caller, steps, replace(where, path=(*where.path, f"{name}:{key}")))
        match steps[-1].word:
            case "queue" | "need" | "line":
                return where
            case "hang_up" if not caller.typed():  # who presses on still wants something
                return replace(where, end="hang_up")
            case "callback" if caller.may_call_back():
                return replace(where, end="callback")
            case "callback":
                caller.menu_step(name, "", NO_CALLBACK)
                break
            case "operator":
                break
            case "menu":
                name = steps[-1].target
                caller.menu_step(name, "", ENTERED)
            case "repeat":
                await caller.tell("menu.repeat")
    else:
        caller.menu_step(name, "", GAVE_UP)
    await caller.say("menu.to_operator")
    return where


async def _answer(
    caller: MenuCaller, name: str, asked: Menu, path: tuple[str, ...]
) -> tuple[str, tuple[Step, ...]] | None:
    """Ask until a key of this menu is pressed: the key and what it does. None: enough."""
    if len(path) >= MOST_KEYS:
        return None
    silent = wrong = 0
    before: tuple[str, ...] = ()
    while silent < asked.no_key and wrong < asked.wrong_key:
        key = await caller.key(*before, *asked.text, wait_s=asked.wait_s)
        if steps := asked.steps(key):
            return key, steps
        caller.menu_step(name, key, WRONG_KEY if key else NO_KEY)
        if key:
            wrong += 1
            # What was typed behind a wrong key was meant for another place.
            caller.no_more_keys()
            caller.listen()
        else:
            silent += 1
        before = ("menu.wrong",) if key else ("menu.no_key",)
    return None


async def _along(caller: MenuCaller, steps: tuple[Step, ...], where: Where) -> Where:
    """Take the steps, all but the end."""
    for_keys = steps[-1].word in ("menu", "say", "language", "hang_up")
    for step in steps:
        if step.word == "language":
            where = replace(where, language=step.target)
            caller.speak(step.target)
        elif step.word == "need":
            where = replace(where, need=step.target)
        elif step.word == "line":
            where = replace(where, line=step.target)
        elif step.word == "say":
            await (caller.tell if for_keys else caller.say)(step.target)
    return where
