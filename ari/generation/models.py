"""Writes ``ari/generated/models.py``."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from ari.generation.spec import Api, Model, snake

_PLAIN = {
    "string": "str",
    "int": "int",
    "long": "int",
    "double": "float",
    "boolean": "bool",
    "Date": "datetime",
    "object": "dict[str, Any]",
    "containers": "dict[str, Any]",
    "binary": "bytes",
    "void": "None",
}


def python_type(name: str, models: str = "") -> str:
    """The Python type of a type in the API description; ``models`` is a prefix for model names."""
    if name.startswith("List["):
        return f"list[{python_type(name[5:-1], models)}]"
    return _PLAIN.get(name) or models + name


def write_models(api: Api, header: str) -> str:
    """The text of the module."""
    known = api.models
    base = {sub: model.name for model in known.values() for sub in model.subtypes}
    events = sorted(name for name in known if _is_event(name, base))
    lines = [
        header,
        '"""The models and events of the Asterisk REST Interface.',
        "",
        "Fields that Asterisk adds later are kept (pydantic's extra). Times are aware datetimes. Values that",
        "come from a list are plain strings, so that a value that a newer Asterisk adds is no error.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from datetime import datetime",
        "from typing import Annotated, Any, Literal",
        "",
        "from pydantic import BaseModel, ConfigDict, Field",
        "",
        "",
        "class AriModel(BaseModel):",
        '    """What all models share."""',
        "",
        '    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)',
        "",
    ]
    for model in _ordered(known, base):
        lines += ["", *_class(model, base.get(model.name, "AriModel"), model.name in events), ""]
    lines += ["", "EVENTS: dict[str, type[Message]] = {"]
    lines += [f'    "{name}": {name},' for name in events]
    lines += ["}", '"""Every event class by its type."""', "", "AnyEvent = Annotated["]
    lines += [f"    {'| ' if index else ''}{name}" for index, name in enumerate(events)]
    lines[-1] += ","
    lines += ['    Field(discriminator="type"),', "]", '"""All events, told apart by their ``type``."""', ""]
    return "\n".join(lines)


def _is_event(name: str, base: dict[str, str]) -> bool:
    # What has a parent is a kind of message; "Event" itself is only the common part.
    return name in base and name != "Event"


def _ordered(known: dict[str, Model], base: dict[str, str]) -> Iterator[Model]:
    """Every model after those that it uses."""
    done: set[str] = set()

    def visit(name: str) -> Iterator[Model]:
        if name in done or name not in known:
            return
        done.add(name)
        model = known[name]
        if name in base:
            yield from visit(base[name])
        for one in model.properties:
            yield from visit(one.type.removeprefix("List[").removesuffix("]"))
        yield model

    for name in sorted(known):
        yield from visit(name)


def _class(model: Model, parent: str, is_event: bool) -> Iterator[str]:
    yield f"class {model.name}({parent}):"
    text = wrap(model.summary or model.name, 100)
    yield f'    """{text[0]}' + ('"""' if len(text) == 1 else "")
    if len(text) > 1:
        yield from (f"    {line}" for line in text[1:])
        yield '    """'
    yield ""
    if is_event:
        yield f'    type: Literal["{model.name}"] = "{model.name}"'
    count = 0
    for one in model.properties:
        if is_event and one.name == "type":
            continue
        count += 1
        name = snake(one.name) if one.name == "from" else one.name
        kind = python_type(one.type)
        field = f"    {name}: {kind}" if one.required else f"    {name}: {kind} | None"
        if name != one.name:
            field += f' = Field({"" if one.required else "default=None, "}alias="{one.name}")'
        elif not one.required:
            field += " = None"
        yield field
        if one.values:
            yield from _values(one.values)
    if not count and not is_event:
        yield "    # Asterisk describes no fields of it."


def _values(values: tuple[str, ...]) -> Iterator[str]:
    lines = wrap("one of: " + ", ".join(values), 96)
    if len(lines) == 1:
        yield f'    """{lines[0]}"""'
        return
    yield f'    """{lines[0]}'
    yield from (f"    {line}" for line in lines[1:])
    yield '    """'
