"""Reads Asterisk's rest-api/*.json (Swagger 1.1 with Asterisk's own additions) into plain values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class SpecError(ValueError):
    """The directory does not hold an API description that we understand."""


@dataclass(frozen=True)
class Parameter:
    """One argument of an operation."""

    name: str
    place: str
    """path, query or body"""
    type: str
    required: bool
    multiple: bool
    default: Any
    values: tuple[str, ...]
    minimum: int | None
    unit: str
    """"s", "ms" or empty"""


@dataclass(frozen=True)
class Operation:
    """One request that the API knows."""

    nickname: str
    method: str
    path: str
    returns: str
    summary: str
    since: str
    errors: tuple[int, ...]
    parameters: tuple[Parameter, ...]

    def of_kind(self, place: str) -> tuple[Parameter, ...]:
        """The parameters that stand in ``place``."""
        return tuple(one for one in self.parameters if one.place == place)


@dataclass(frozen=True)
class Property:
    """One field of a model."""

    name: str
    type: str
    required: bool
    values: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """One kind of object or event."""

    name: str
    summary: str
    properties: tuple[Property, ...]
    subtypes: tuple[str, ...]


@dataclass(frozen=True)
class Resource:
    """One file of the description."""

    name: str
    """"channels", "deviceStates", ..."""
    operations: tuple[Operation, ...]
    models: tuple[Model, ...]


@dataclass(frozen=True)
class Api:
    """All of it."""

    version: str
    resources: tuple[Resource, ...]

    @property
    def models(self) -> dict[str, Model]:
        """All models by name."""
        return {model.name: model for resource in self.resources for model in resource.models}


def read_api(directory: Path) -> Api:
    """The whole API.

    Raises:
        SpecError: names the file that is missing or not understood.
    """
    files = sorted(path for path in directory.glob("*.json") if path.name != "resources.json")
    if not files:
        raise SpecError(f"{directory}: no *.json of Asterisk's REST API here")
    version = ""
    resources = []
    for path in files:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            version = str(document["apiVersion"])
            operations = tuple(
                _operation(api["path"], operation)
                for api in document["apis"]
                for operation in api["operations"]
            )
            models = tuple(_model(name, model) for name, model in document.get("models", {}).items())
        except (ValueError, KeyError, TypeError) as error:
            raise SpecError(f"{path}: not a description that we understand ({error!r})") from error
        resources.append(Resource(path.stem, operations, models))
    return Api(version, tuple(resources))


def snake(name: str) -> str:
    """The Python name of a JSON name: addChannel -> add_channel, absorbDTMF -> absorb_dtmf, from -> from_."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", text).lower()
    return text + "_" if text in {"from", "import", "continue"} else text


def _operation(path: str, raw: dict[str, Any]) -> Operation:
    return Operation(
        nickname=raw["nickname"],
        method=raw["httpMethod"],
        path=path,
        returns=raw["responseClass"],
        summary=raw["summary"],
        since=raw.get("since", [""])[0],
        errors=tuple(sorted({one["code"] for one in raw.get("errorResponses", [])})),
        parameters=tuple(_parameter(one) for one in raw.get("parameters", [])),
    )


def _parameter(raw: dict[str, Any]) -> Parameter:
    allowed = raw.get("allowableValues", {})
    return Parameter(
        name=raw["name"],
        place=raw["paramType"],
        type=raw["dataType"],
        required=bool(raw.get("required")) or raw["paramType"] == "path",
        multiple=bool(raw.get("allowMultiple")),
        default=raw.get("defaultValue"),
        values=tuple(allowed.get("values", ())),
        minimum=allowed.get("min"),
        unit=_unit(raw["name"], raw.get("description", "")),
    )


def _unit(name: str, description: str) -> str:
    words = description.lower()
    if name.endswith("ms") or "millisecond" in words or "(in ms)" in words:
        return "ms"
    if name.endswith("Seconds") or "in seconds" in words or "time in seconds" in words:
        return "s"
    return ""


def _model(name: str, raw: dict[str, Any]) -> Model:
    properties = tuple(
        Property(
            name=key,
            type=one["type"],
            required=bool(one.get("required")),
            values=tuple(one.get("allowableValues", {}).get("values", ())),
        )
        for key, one in raw.get("properties", {}).items()
    )
    return Model(name, raw.get("description", ""), properties, tuple(raw.get("subTypes", ())))
