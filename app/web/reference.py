"""An OpenAPI document as rows for the documentation page. Knows no address of its own."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

METHODS = ("get", "post", "put", "patch", "delete")
Node = Mapping[str, Any]
_NOTHING: Node = {}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a content. `schema` names the content that it holds, if any."""

    name: str
    type: str
    description: str = ""
    required: bool = False
    where: str = ""
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of an operation."""

    status: str
    description: str
    media_types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method at one address."""

    method: str
    title: str
    description: str
    parameters: tuple[Field, ...]
    body: str | None
    body_type: str | None
    answers: tuple[Answer, ...]
    example: str

    @property
    def writes(self) -> bool:
        """Whether it needs a key."""
        return self.method != "GET"


@dataclass(frozen=True, slots=True)
class Content:
    """A schema with its fields."""

    name: str
    description: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What the page shows. `shared` are the parameters by name, said once for all operations."""

    version: str
    description: str
    groups: tuple[tuple[str, tuple[Operation, ...]], ...]
    shared: tuple[Field, ...]
    contents: tuple[Content, ...] = field(default=())


def read(openapi: Node) -> Reference:
    """The rows of an OpenAPI document, its addresses in order."""
    info, paths = openapi.get("info", {}), sorted(openapi.get("paths", {}).items())
    groups = tuple((path, tuple(_operations(path, item, openapi))) for path, item in paths)
    shared = {
        parameter
        for _, operations in groups
        for operation in operations
        for parameter in operation.parameters
    }
    return Reference(
        version=info.get("version", ""),
        description=info.get("description", ""),
        groups=groups,
        shared=tuple(sorted(shared, key=lambda row: (row.where, row.name, row.description))),
        contents=tuple(
            Content(name, schema.get("description", ""), tuple(_fields(schema)))
            for name, schema in openapi.get("components", {}).get("schemas", {}).items()
        ),
    )


def anchor(*names: str) -> str:
    """A name for a place on the page."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(names).lower()).strip("-")


def _resolved(node: Node, openapi: Node) -> Node:
    """A node, or the component that it refers to: `#/components/parameters/page`."""
    target = openapi
    if "$ref" not in node:
        return node
    for step in node["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return target


def _operations(path: str, item: Node, openapi: Node) -> Iterator[Operation]:
    for method in METHODS:
        if (operation := item.get(method)) is None:
            continue
        contents = operation.get("requestBody", {}).get("content", {})
        body_type, body = next(iter(contents.items()), (None, _NOTHING))
        parameters = [_resolved(row, openapi) for row in operation.get("parameters", ())]
        answers = {
            status: _resolved(row, openapi)
            for status, row in operation.get("responses", {}).items()
        }
        yield Operation(
            method=method.upper(),
            title=operation.get("summary", ""),
            description=operation.get("description", ""),
            parameters=tuple(map(_parameter, parameters)),
            body=_named(body.get("schema", {})),
            body_type=body_type,
            answers=tuple(
                Answer(status, row.get("description", ""), tuple(row.get("content", {})))
                for status, row in answers.items()
            ),
            example=_curl(method, _filled(path, parameters), body_type, body),
        )


def _parameter(row: Node) -> Field:
    return Field(
        name=row["name"],
        type=_type(row.get("schema", {})),
        description=row.get("description", ""),
        required=row.get("required", False),
        where=row.get("in", ""),
    )


def _fields(schema: Node) -> Iterator[Field]:
    for name, row in schema.get("properties", {}).items():
        yield Field(
            name=name,
            type=_type(row),
            description=row.get("description", ""),
            required=name in schema.get("required", ()),
            schema=_named(row),
        )


def _named(schema: Node) -> str | None:
    """The content that a schema refers to, directly, in a list, or as one of several."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    nested = [schema.get("items", {}), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return next((name for name in map(_named, filter(None, nested)) if name), None)


def _type(schema: Node) -> str:
    """The type of a schema in one line, in the words of JSON Schema."""
    if "$ref" in schema:
        return str(_named(schema))
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(map(_type, several)))
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return " ".join([kind, *_bounds(schema)])


def _bounds(schema: Node) -> Iterator[str]:
    if "format" in schema:
        yield f"({schema['format']})"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        yield f"from {low} to {high}"
    if "maxLength" in schema:
        yield f"of at most {schema['maxLength']} characters"
    if "default" in schema:
        yield f"(usually {schema['default']})"


def _filled(path: str, parameters: list[Node]) -> str:
    """An address with the examples of its parts."""
    for row in parameters:
        if row.get("in") == "path" and "example" in row:
            path = path.replace(f"{{{row['name']}}}", str(row["example"]))
    return quote(path, safe="/{}")


def _curl(method: str, path: str, body_type: str | None, body: Node) -> str:
    """A request as one types it, with the first example of its content."""
    lines = [f'curl "$BASE{path}"']
    if method != "get":
        lines = [f'curl -X {method.upper()} "$BASE{path}"', '-H "Authorization: Bearer $KEY"']
    if method == "patch":
        lines.append("-H 'If-Match: \"v57\"'")
    if body_type:
        lines.append(f"-H 'Content-Type: {body_type}'")
        value: Any = next((row["value"] for row in body.get("examples", {}).values()), "…")
        sample = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        lines.append("--data '" + sample.replace("'", "’") + "'")
    return " \\\n  ".join(lines)
