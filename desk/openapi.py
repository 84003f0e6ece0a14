"""The OpenAPI 3.1 document, made of the table of operations and the models."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from desk import models
from desk.auth import COOKIE
from desk.operation import Operation
from desk.rights import RIGHTS, Right

DOCUMENT = web.AppKey("openapi", str)

PATH_TOLD: dict[str, dict[str, Any]] = {
    "session": {"description": "a session, as /account names it", "schema": {"type": "string"}},
    "token": {"description": "of a wall's link, told once", "schema": {"type": "string"}},
    "person": {"description": "an account's id", "schema": {"type": "string"}, "example": "yamada"},
    "link": {"description": "a kiosk link's id", "schema": {"type": "string"}},
    "seat": {"description": "the seat's number", "schema": {"type": "integer", "minimum": 1}},
    "call": {"description": "the call's id", "schema": {"type": "string"}},
    "announcement": {"description": "the announcement's id", "schema": {"type": "string"}},
    "override": {"description": "the override's id", "schema": {"type": "string"}},
    "entry": {
        "description": "the entry's id",
        "schema": {"type": "string", "examples": ["booking-2026-000123"]},
    },
    "form": {"description": "a version of a form, SHA-256 in hex", "schema": {"type": "string"}},
    "ledger": {"description": "a ledger", "schema": {"type": "string", "enum": ["booking", "inquiry"]}},
    "period": {
        "description": "YYYY-MM-DD or YYYY-MM",
        "schema": {"type": "string", "examples": ["2026-11-24", "2026-11"]},
    },
    "subject": {
        "description": "a call's id (or its callback's ticket); an entry's id, for its correction; or `none`",
        "schema": {"type": "string"},
    },
    "language": {"description": "a language", "schema": {"type": "string", "enum": ["ja", "en", "easy"]}},
    "text": {"description": "a text's id", "schema": {"type": "string"}},
    "ticket": {"description": "the callback's id", "schema": {"type": "string"}},
    "year": {
        "description": "fiscal year, YYYY, from 1 April",
        "schema": {"type": "string", "pattern": r"^\d{4}$"},
        "example": "2026",
    },
    "month": {
        "description": "YYYY-MM",
        "schema": {"type": "string", "pattern": r"^\d{4}-\d\d$", "examples": ["2026-11"]},
    },
    "date": {
        "description": "YYYY-MM-DD",
        "schema": {"type": "string", "format": "date", "examples": ["2026-11-24"]},
    },
}


async def serve(request: web.Request) -> web.Response:
    """`GET /openapi.json`."""
    return web.json_response(text=request.app[DOCUMENT])


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """The whole document."""
    operations = list(operations)
    used: set[type[BaseModel]] = {models.Problem}
    for operation in operations:
        used.update(model for model in (operation.answer, operation.body, *operation.also.values()) if model)
    in_order = sorted(used, key=lambda model: model.__name__)
    _, schemas = models_json_schema(
        [(model, "validation") for model in in_order], ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Madoguchi",
            "version": "1",
            "description": "窓口: floor, calls and reports of a city's telephone line.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


def _described(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {"summary": operation.summary, "operationId": _name(operation)}
    if operation.right is None:
        told["security"] = []
    else:
        told["description"] = f"Right: `{operation.right}`; roles: {', '.join(_roles(operation.right))}."
    parameters = [
        {"name": name, "in": "path", "required": True, **PATH_TOLD[name]}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    for name, facts in operation.query.items():
        schema = {"type": "string", **{key: facts[key] for key in ("enum", "default") if key in facts}}
        parameters.append(
            {"name": name, "in": "query", "description": facts["description"], "schema": schema}
        )
    if parameters:
        told["parameters"] = parameters
    if operation.body:
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _reference(operation.body)}},
        }
    if operation.form:
        schema = {
            "type": "object",
            "properties": {name: {"type": "string"} for name in operation.form},
            "required": [name for name in operation.form if name not in operation.may_miss],
        }
        told["requestBody"] = {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": schema}},
        }
    told["responses"] = _answers(operation)
    return told


def _answers(operation: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if operation.answer:
        content["application/json"] = {"schema": _reference(operation.answer)}
    content.update({kind: {} for kind in operation.types})
    good: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if content:
        good["content"] = content
    answers = {str(operation.status): good}
    for status, model in operation.also.items():
        answers[str(status)] = _json(status, model)
    refused = set(operation.problems) if operation.public else {401, 403, *operation.problems}
    for status in sorted(refused):
        answers[str(status)] = _json(status, models.Problem)
    return answers


def _json(status: int, model: type[BaseModel]) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": _reference(model)}},
    }


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _roles(right: Right) -> list[str]:
    return [role.value for role, rights in RIGHTS.items() if right in rights]


def _name(operation: Operation) -> str:
    words = re.findall(r"\w+", operation.path.replace("{", "by_"))
    return "_".join([operation.method.lower(), *words])
