"""What only several keys of the settings together can get wrong: each a sentence that names the key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.lines import MAIN
from config.menus import menu_mistakes
from config.overflow import loops

if TYPE_CHECKING:
    from config.settings import Settings


def contradictions(settings: Settings) -> list[str]:
    """Every contradiction, `[section] key: …`; none when the list is empty."""
    return [
        *_lines(settings),
        *_operators(settings),
        *_needs(settings),
        *_overflow(settings),
        *_retention(settings),
        *_slots(settings),
        *menu_mistakes(
            settings.menus,
            lines=settings.line_rules(),
            needs=settings.needs,
            callbacks=settings.callback.enabled,
        ),
    ]


def _retention(settings: Settings) -> Iterator[str]:
    for line in settings.retention.lines:
        if line not in settings.line_rules():
            yield f"[retention.lines] {line}: there is no line {line!r}"


def _slots(settings: Settings) -> Iterator[str]:
    rules, form = settings.slots, settings.forms.booking
    if not rules.counts:
        return
    field = form.field(rules.field)
    if field is None or field.kind != "datetime":
        yield f"[slots] field: {rules.field} is no datetime field of [forms.booking]"
    if rules.place_field is not None and form.field(rules.place_field) is None:
        yield f"[slots] place_field: {rules.place_field} is no field of [forms.booking]"


def _lines(settings: Settings) -> Iterator[str]:
    ids = [line.id for line in settings.lines]
    for n, line in enumerate(settings.lines):
        if line.id == MAIN or ids.index(line.id) < n:
            yield f"[lines] {n}.id: {line.id} is given twice" + (
                " ([line] is main)" if line.id == MAIN else ""
            )
    for number, times in Counter(settings.numbers()).items():
        if times > 1:
            key = "[line] aliases" if number in settings.line.aliases else "[lines] numbers"
            yield f"{key}: the number {number} is given twice"
    for key, rules in [("[line]", settings.line), *((f"[lines] {line.id}", line) for line in settings.lines)]:
        if rules.need and rules.need not in settings.needs:
            yield f"{key} need: there is no {rules.need!r} in [needs]"
        if rules.menu and rules.menu not in settings.menus:
            yield f"{key} menu: there is no {rules.menu!r} in [menus]"
        # Each of the two may be left to the floor, so they meet here only.
        shortest = settings.floor.wrap_up_s if rules.wrap_up_s is None else rules.wrap_up_s
        if rules.wrap_up_most_s is not None and rules.wrap_up_most_s < shortest:
            yield f"{key} wrap_up_most_s: {rules.wrap_up_most_s:g} is less than the wrap-up ({shortest:g})"


def _operators(settings: Settings) -> Iterator[str]:
    lines = settings.line_rules()
    for n, operator in enumerate(settings.operators):
        if operator.id in [other.id for other in settings.operators[:n]]:
            yield f"[operators] {n}.id: id {operator.id} is given twice"
        for skill in operator.skills:
            if skill not in settings.skills:
                yield f"[operators] {n}.skills: there is no {skill!r} in [skills]"
        if operator.lines is not None and not operator.lines:
            yield f"[operators] {n}.lines: is empty; leave it out for all lines"
        for line in operator.lines or ():
            if line not in lines:
                yield f"[operators] {n}.lines: there is no line {line!r}"


def _needs(settings: Settings) -> Iterator[str]:
    for name, steps in settings.needs.items():
        times = [step.after_s for step in steps]
        if not times or times[0] != 0:
            yield f"[needs] {name}: must begin with a step of after_s = 0"
        elif sorted(set(times)) != times:
            yield f"[needs] {name}: after_s must rise from step to step"
        for n, step in enumerate(steps):
            for skill, level in step.skills.items():
                if skill not in settings.skills:
                    yield f"[needs] {name}.{n}.skills: there is no {skill!r} in [skills]"
                elif not 1 <= level <= 9:
                    yield f"[needs] {name}.{n}.skills.{skill}: must be 1 to 9, got {level}"


def _overflow(settings: Settings) -> Iterator[str]:
    lines = settings.line_rules()
    for n, rule in enumerate(settings.overflow):
        if rule.line not in lines:
            yield f"[overflow] {n}.line: there is no line {rule.line!r}"
        if rule.toward == "line" and rule.target not in lines:
            yield f"[overflow] {n}.to: there is no line {rule.target!r}"
        if rule.toward == "number" and rule.target in settings.numbers():
            yield f"[overflow] {n}.to: {rule.target} is a number of ours: the call would come back"
    for circle in loops(settings.overflow):
        yield f"[overflow] to: lines overflow in a circle: {circle}"
