"""Whether the fields of a value hold what their types say: mypy's promise, kept at run time too."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def check_types(value: Any) -> None:
    """Every field of this dataclass or named tuple is of one of its declared types; a bool is no int."""
    for name, kinds in _fields(type(value)):
        held = getattr(value, name)
        fits = isinstance(held, kinds) and (not isinstance(held, bool) or bool in kinds)
        assert fits, f"{type(value).__name__}.{name} is {held!r}"


@cache
def _fields(kind: type) -> tuple[tuple[str, tuple[type, ...]], ...]:
    names = [field.name for field in fields(kind)] if is_dataclass(kind) else list(kind._fields)
    hints = get_type_hints(kind)
    return tuple((name, tuple(_kinds(hints[name]))) for name in names)


def _kinds(hint: Any) -> Iterator[type]:
    if get_origin(hint) in {Union, UnionType}:
        for one in get_args(hint):
            yield from _kinds(one)
    else:
        yield NoneType if hint is None else get_origin(hint) or hint
