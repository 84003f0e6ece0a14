"""Writes ``ari/generated/verbs.py``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from ari.generation.models import python_type
from ari.generation.spec import Api, Operation, Parameter, snake


@dataclass(frozen=True)
class HandleKind:
    """A model that has verbs of its own. ``keys`` maps a path parameter to the model's field."""

    model: str
    path: str
    keys: tuple[tuple[str, str], ...]
    kind: str


HANDLES = (
    HandleKind(
        "Application", "/applications/{applicationName}", (("applicationName", "name"),), "application"
    ),
    HandleKind("Bridge", "/bridges/{bridgeId}", (("bridgeId", "id"),), "bridge"),
    HandleKind("Channel", "/channels/{channelId}", (("channelId", "id"),), "channel"),
    HandleKind("DeviceState", "/deviceStates/{deviceName}", (("deviceName", "name"),), "device_state"),
    HandleKind(
        "Endpoint",
        "/endpoints/{tech}/{resource}",
        (("tech", "technology"), ("resource", "resource")),
        "endpoint",
    ),
    HandleKind(
        "LiveRecording", "/recordings/live/{recordingName}", (("recordingName", "name"),), "recording"
    ),
    HandleKind("Mailbox", "/mailboxes/{mailboxName}", (("mailboxName", "name"),), "mailbox"),
    HandleKind("Playback", "/playbacks/{playbackId}", (("playbackId", "id"),), "playback"),
    HandleKind(
        "StoredRecording",
        "/recordings/stored/{recordingName}",
        (("recordingName", "name"),),
        "stored_recording",
    ),
)
_BY_MODEL = {handle.model: handle for handle in HANDLES}

NOT_REQUESTS = frozenset({"eventWebsocket"})
"""Operations that are no request: the WebSocket's own opening, which the connection does."""


def write_verbs(api: Api, header: str) -> str:
    """The text of the module."""
    operations = [operation for resource in api.resources for operation in resource.operations]
    lines = [
        header,
        '"""Every operation of the Asterisk REST Interface as a typed method to be awaited.',
        "",
        "Collections (``client.channels``) take ids as arguments; handles have theirs bound. A call sends",
        "its request at once and returns a future, which ends with the answer or with ari.AriError; numbers",
        'under "Errors" are the HTTP statuses that Asterisk names. Arguments that are None are not sent.',
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "import builtins",
        "from asyncio import Future",
        "from collections.abc import Mapping, Sequence",
        "from typing import Any, Self",
        "",
        "from ari.generated import models",
        "from ari.handles import Caller, Collection, Handle, nothing, octets",
        "from ari.wire import Json, path_part",
        "",
    ]
    for handle in HANDLES:
        lines += ["", *_handle(handle, operations), ""]
    for resource in api.resources:
        name = _collection(resource.name)
        lines += ["", f"class {name}(Collection):", f'    """The operations of {resource.name}."""']
        for operation in resource.operations:
            if operation.nickname not in NOT_REQUESTS:
                lines += ["", *_method(operation, None)]
        lines.append("")
    lines += ["", "class Collections:", '    """All collections, as attributes of the client."""', ""]
    lines += ["    def _make_collections(self, caller: Caller) -> None:"]
    lines += [
        f"        self.{snake(resource.name)} = {_collection(resource.name)}(caller)"
        for resource in api.resources
    ]
    return "\n".join(lines) + "\n"


def _collection(resource: str) -> str:
    return resource[0].upper() + resource[1:]


def _handle(handle: HandleKind, operations: list[Operation]) -> Iterator[str]:
    name = f"{handle.model}Handle"
    fields = [field for _, field in handle.keys]
    yield f"class {name}(Handle[models.{handle.model}]):"
    yield f'    """One {handle.kind.replace("_", " ")}, with its verbs."""'
    yield ""
    yield f"    model = models.{handle.model}"
    yield f'    kind = "{handle.kind}"'
    yield ""
    arguments = ", ".join(f"{field}: str" for field in fields)
    key = fields[0] if len(fields) == 1 else 'f"' + "/".join(f"{{{field}}}" for field in fields) + '"'
    yield f"    def __init__(self, caller: Caller, {arguments}, raw: Json = None) -> None:"
    yield f"        super().__init__(caller, {key}, raw)"
    for field in fields:
        yield f"        self.{field} = {field}"
    yield ""
    yield "    @classmethod"
    yield "    def of(cls, caller: Caller, raw: dict[str, Any]) -> Self:"
    yield '        """The handle of an object that Asterisk described."""'
    values = ", ".join(f'raw["{field}"]' for field in fields)
    yield f"        return cls(caller, {values}, raw)"
    for operation in operations:
        if operation.path == handle.path or operation.path.startswith(handle.path + "/"):
            yield ""
            yield from _method(operation, handle)


def _method(operation: Operation, handle: HandleKind | None) -> Iterator[str]:
    bound = dict(handle.keys) if handle else {}
    ids = [one for one in operation.of_kind("path") if one.name not in bound]
    others = [one for one in operation.parameters if one.place != "path"]
    others.sort(key=lambda one: not one.required)
    result = _result(operation)
    yield f"    def {snake(operation.nickname)}("
    yield "        self,"
    for one in ids:
        yield f"        {snake(one.name)}: str,"
    if others:
        yield "        *,"
        for one in others:
            kind = _argument_type(one)
            yield (
                f"        {snake(one.name)}: {kind},"
                if one.required
                else f"        {snake(one.name)}: {kind} | None = None,"
            )
    yield f"    ) -> Future[{result}]:"
    yield from _docstring(operation, others)
    path = operation.path
    for one in operation.of_kind("path"):
        value = f"self.{bound[one.name]}" if one.name in bound else snake(one.name)
        path = path.replace(f"{{{one.name}}}", f"{{path_part({value})}}")
    quoted = f'f"{path}"' if "{" in path else f'"{path}"'
    call = ["return self._caller.call(", f'    "{operation.method}",', f"    {quoted},"]
    call.append(f"    {_then(operation.returns)},")
    queries = operation.of_kind("query")
    if queries:
        call += ["    query={", *(f'        "{one.name}": {snake(one.name)},' for one in queries), "    },"]
    call += [f"    body={_body(one)}," for one in operation.of_kind("body")]
    call.append(")")
    yield from (f"        {line}" for line in call)


def _argument_type(one: Parameter) -> str:
    if one.place == "body":
        return {"variables": "Mapping[str, Any]", "fields": "Sequence[Mapping[str, Any]]"}.get(
            one.name, "Mapping[str, Any]"
        )
    if one.multiple:
        return "str | Sequence[str]"
    return python_type(one.type)


def _body(one: Parameter) -> str:
    # A "containers" parameter is a key of the body; an "object" is the whole body.
    name = snake(one.name)
    if one.type != "containers":
        return name
    wrapped = f'{{"{one.name}": {name}}}'
    return wrapped if one.required else f"None if {name} is None else {wrapped}"


def _result(operation: Operation) -> str:
    returns = operation.returns
    if returns.startswith("List["):
        inner = returns[5:-1]
        kind = f"{inner}Handle" if inner in _BY_MODEL else f"models.{inner}"
        # Collections have a method named list.
        return f"builtins.list[{kind}]"
    if returns in _BY_MODEL:
        return f"{returns}Handle"
    return python_type(returns, "models.")


def _then(returns: str) -> str:
    if returns in {"void", "binary"}:
        return "nothing" if returns == "void" else "octets"
    many = returns.startswith("List[")
    name = returns[5:-1] if many else returns
    make = (
        f"{name}Handle.of(self._caller, {{}})" if name in _BY_MODEL else f"models.{name}.model_validate({{}})"
    )
    return (
        f"lambda reply: [{make.format('one')} for one in reply]"
        if many
        else f"lambda reply: {make.format('reply')}"
    )


def _docstring(operation: Operation, others: list[Parameter]) -> Iterator[str]:
    lines = wrap(operation.summary, 98)
    yield f'        """{lines[0]}'
    yield from (f"        {line}" for line in lines[1:])
    yield ""
    since = f", since Asterisk {operation.since}" if operation.since else ""
    yield f"        {operation.nickname}: ``{operation.method} {operation.path}``{since}."
    for one in others:
        facts = []
        if one.unit:
            facts.append(f"in {one.unit}")
        if one.minimum is not None:
            facts.append(f"at least {one.minimum}")
        if one.values:
            facts.append("one of " + ", ".join(one.values))
        if one.default is not None:
            facts.append(f"Asterisk's default is {one.default}")
        if facts:
            text = wrap(f"{snake(one.name)}: {'; '.join(facts)}.", 98, subsequent_indent="  ")
            yield from (f"        {line}" for line in text)
    if operation.errors:
        yield f"        Errors: {', '.join(str(code) for code in operation.errors)}."
    yield '        """'
