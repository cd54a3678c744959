"""The API's description (``openapi/``), compiled: it finds the operation of a request and checks what was sent.

    openapi/*.yaml → Description → Operation → its parameters and bodies, each with a compiled check

It is the one source: what it does not describe is refused, and it is served as it is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import zip_longest
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote_to_bytes

import yaml

import collab
from collab.api.checks import Check, Schema
from collab.auth import Action
from collab.config import ConnectionLimits
from collab.errors import InvalidRequest

FOLDER = Path(__file__).with_name("openapi")
HEAD = "openapi.yaml"
"""What is true of all of it; each other file has the paths of one topic, and what only they refer to."""
METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
PROBLEM = "application/problem+json"
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""6 ms for the description instead of 39, where PyYAML was built with libyaml."""
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
_NAME = "name"
"""The one placeholder that may stand for slashes: a document's name."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query or of the path."""

    kind: str
    default: Any
    check: Check

    def read(self, text: str) -> Any:
        """The value that ``text`` spells. Raises InvalidRequest."""
        value: Any = text
        if self.kind == "integer" and re.fullmatch(r"-?[0-9]{1,15}", text):
            value = int(text)
        elif self.kind == "boolean" and text in ("true", "false"):
            value = text == "true"
        self.check(value)
        return value


@dataclass(frozen=True, slots=True)
class Body:
    """What may be sent as one media type; without a check it is bytes."""

    check: Check | None
    limit: int
    setting: str | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked for."""

    id: str
    method: str
    needs: Action | None
    """What the caller must be allowed to do with the document in the path."""
    authenticated: bool
    """Whether only known callers may ask at all."""
    parameters: Mapping[str, Parameter]
    """Of the query."""
    path: Mapping[str, Parameter]
    """Of the path, besides the document's name."""
    bodies: Mapping[str, Body]
    """By media type; none: no body is read."""
    is_body_required: bool

    def read_query(self, query: str) -> dict[str, Any]:
        """The parameters in ``query`` as it came, and the defaults of the others. Raises InvalidRequest."""
        values = {}
        for name, text in _pairs(query):
            parameter = self.parameters.get(name)
            if parameter is None:
                known = ", ".join(f"`{each}`" for each in self.parameters) or "none"
                raise InvalidRequest(f"an unknown query parameter; here is {known}", where="/query")
            if name in values:
                raise InvalidRequest(f"the query parameter `{name}` comes twice", where=f"/query/{name}")
            values[name] = parameter.read(text)
        return {name: values.get(name, parameter.default) for name, parameter in self.parameters.items()}

    def read_path(self, raw: Mapping[str, str]) -> dict[str, Any]:
        """The parameters in the path, percent-decoded once. Raises InvalidRequest."""
        return {name: parameter.read(_decoded(raw[name], name)) for name, parameter in self.path.items()}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path, and what can be asked for there by method."""

    template: str
    pattern: re.Pattern[str]
    operations: Mapping[str, Operation]

    @property
    def allowed(self) -> tuple[str, ...]:
        """The methods that something is done with."""
        return tuple(method for each in self.operations for method in ((each, "HEAD") if each == "GET" else (each,)))


class Description:
    """All operations, found by their paths."""

    def __init__(self, document: Mapping[str, Any], limits: ConnectionLimits) -> None:
        """``limits`` say how large a body may be."""
        self._root = document
        self._limits = limits
        endpoints = [self._endpoint(template, item) for template, item in document["paths"].items()]
        # A path that ends in a word of ours is never the name of a document: the more is spelled out, the earlier.
        self.endpoints = tuple(
            sorted(endpoints, key=lambda each: len(_PLACEHOLDER.sub("", each.template)), reverse=True)
        )

    @classmethod
    def load(cls, limits: ConnectionLimits) -> Self:
        """From the file that comes with the package."""
        return cls(read_document(), limits)

    @property
    def document(self) -> Mapping[str, Any]:
        """As it is served."""
        return self._root

    @property
    def operations(self) -> Iterator[Operation]:
        """Every operation."""
        for endpoint in self.endpoints:
            yield from endpoint.operations.values()

    def find(self, path: str) -> tuple[Endpoint, Mapping[str, str]] | None:
        """The endpoint of a path as it came over the wire, and what stands for its placeholders, still percent-encoded."""
        for endpoint in self.endpoints:
            match = endpoint.pattern.fullmatch(path)
            if match:
                return endpoint, match.groupdict()
        return None

    def _endpoint(self, template: str, item: Mapping[str, Any]) -> Endpoint:
        literals = _PLACEHOLDER.split(template)[::2]
        groups = [f"(?P<{word}>{'.*' if word == _NAME else '[^/]*'})" for word in _PLACEHOLDER.findall(template)]
        pieces = [piece for pair in zip_longest(map(re.escape, literals), groups, fillvalue="") for piece in pair]
        pattern = re.compile("".join(pieces), re.DOTALL)
        shared = item.get("parameters", [])
        operations = {
            method.upper(): self._operation(method.upper(), item[method], shared)
            for method in METHODS
            if method in item
        }
        return Endpoint(template, pattern, operations)

    def _operation(self, method: str, item: Mapping[str, Any], shared: list[Any]) -> Operation:
        resolved = _resolve(self._root, [*shared, *item.get("parameters", [])])
        body = _resolve(self._root, item.get("requestBody", {"content": {}}))
        return Operation(
            id=item["operationId"],
            method=method,
            needs=Action[item["x-needs"].upper()] if "x-needs" in item else None,
            authenticated={} not in (item.get("security", self._root["security"]) or [{}]),
            parameters={each["name"]: _parameter(each) for each in resolved if each["in"] == "query"},
            path={
                each["name"]: _parameter(each) for each in resolved if each["in"] == "path" and each["name"] != _NAME
            },
            bodies={media: self._body(media, content) for media, content in body["content"].items()},
            is_body_required=body.get("required", False),
        )

    def _body(self, media: str, content: Mapping[str, Any]) -> Body:
        check = Check(content["schema"], "/body") if media == JSON else None
        limit = content["x-max-bytes"]
        if isinstance(limit, str):
            return Body(check, getattr(self._limits, limit), limit)
        return Body(check, limit, None)


def read_document() -> dict[str, Any]:
    """The description as it is served: the files, the server's version, and what is said there in few words written out."""
    document = _read(FOLDER / HEAD)
    for file in sorted(FOLDER.glob("*.yaml")):
        if file.name != HEAD:
            _add(_read(file), document)
    document["info"]["version"] = collab.__version__
    for item in document["paths"].values():
        for method in item.keys() & METHODS:
            item[method]["responses"].setdefault("429", {"$ref": "#/components/responses/TooMany"})
    for answer in document["components"]["responses"].values():
        codes = answer.pop("x-codes", None)
        if codes:
            problem = {"$ref": "#/components/schemas/Problem"}
            schema = {"allOf": [problem, {"properties": {"code": {"enum": codes}}}]}
            answer["content"] = {PROBLEM: {"schema": schema}}
    return document


def _read(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(file.read_bytes(), _LOADER)  # noqa: S506 - it is a safe one
    return document


def _add(part: Mapping[str, Any], whole: dict[str, Any]) -> None:
    """Put what stands in ``part`` into ``whole``. Raises ValueError where something stands in two files."""
    for key, value in part.items():
        there = whole.get(key)
        if isinstance(value, dict) and isinstance(there, dict):
            _add(value, there)
        elif there is None:
            whole[key] = value
        else:
            raise ValueError(f"{key} is described twice")


def _decoded(raw: str, name: str) -> str:
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise InvalidRequest("the path is not UTF-8 once it is percent-decoded", where=f"/path/{name}") from None


def _parameter(item: Mapping[str, Any]) -> Parameter:
    schema: Schema = item["schema"]
    return Parameter(schema["type"], schema.get("default"), Check(schema, f"/{item['in']}/{item['name']}"))


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for pair in filter(None, query.split("&")):
        try:
            name, _, value = (unquote_to_bytes(part).decode() for part in pair.replace("+", "%20").partition("="))
        except UnicodeDecodeError:
            raise InvalidRequest("the query is not UTF-8 once it is percent-decoded", where="/query") from None
        yield name, value


def _resolve(root: Mapping[str, Any], item: Any) -> Any:
    """``item`` with everything in it that refers to another place of the description replaced by what stands there."""
    if isinstance(item, list):
        return [_resolve(root, each) for each in item]
    if not isinstance(item, dict):
        return item
    around = {key: _resolve(root, value) for key, value in item.items() if key != "$ref"}
    if "$ref" not in item:
        return around
    target = reduce(lambda place, step: place[step], item["$ref"].removeprefix("#/").split("/"), root)
    return {**_resolve(root, target), **around}
