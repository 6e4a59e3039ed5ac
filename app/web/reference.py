"""An OpenAPI document as rows for the documentation page. Knows no address of its own."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

METHODS = ("get", "post", "put", "patch", "delete")
WRITES = ("post", "put", "patch", "delete")
UNSAID = frozenset({"HTTPValidationError", "ValidationError"})
"""What the framework adds and the register never answers."""

EXAMPLES = {
    "/openings/{slug}": "decisions-conseils-de-prud-hommes",
    "/actions/{slug}": "A16",
    "/texts/{slug}": "arrete-2025-08-29",
    "{position}": "57",
    "/problems/{name}": "missing",
}
"""What stands for a part of an address in the examples."""

_PLAIN: Mapping[str, Any] = {"array": [], "integer": 1, "number": 1, "boolean": True}
_TRIED = ("slug", "position", "name")


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
    path: str
    title: str
    description: str
    writes: bool
    parameters: tuple[Field, ...]
    body: str | None
    body_type: str | None
    answers: tuple[Answer, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Content:
    """A schema with its fields."""

    name: str
    description: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What the page shows. `shared` are the parameters by name, said once for all operations."""

    title: str
    version: str
    description: str
    groups: tuple[tuple[str, tuple[Operation, ...]], ...]
    shared: tuple[Field, ...]
    contents: tuple[Content, ...] = field(default=())


def read(openapi: Mapping[str, Any]) -> Reference:
    """The rows of an OpenAPI document, its addresses in order."""
    schemas = openapi.get("components", {}).get("schemas", {})
    groups = tuple(
        (path, tuple(_operations(path, item, schemas)))
        for path, item in sorted(openapi.get("paths", {}).items())
    )
    shared: dict[Field, None] = {}
    for _, operations in groups:
        for operation in operations:
            shared |= dict.fromkeys(operation.parameters)
    info = openapi.get("info", {})
    return Reference(
        title=info.get("title", ""),
        version=info.get("version", ""),
        description=info.get("description", ""),
        groups=groups,
        shared=tuple(sorted(shared, key=lambda row: (row.where, row.name))),
        contents=tuple(
            _content(name, schema) for name, schema in schemas.items() if name not in UNSAID
        ),
    )


def anchor(*names: str) -> str:
    """A name for a place on the page."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(names).lower()).strip("-")


def _operations(
    path: str, item: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Iterator[Operation]:
    for method in METHODS:
        told = item.get(method)
        if told is None:
            continue
        body = next(iter(told.get("requestBody", {}).get("content", {}).items()), None)
        schema = body[1].get("schema", {}) if body else {}
        parameters = [*item.get("parameters", ()), *told.get("parameters", ())]
        yield Operation(
            method=method.upper(),
            path=path,
            title=told.get("summary", ""),
            description=told.get("description", ""),
            writes=method in WRITES,
            parameters=tuple(_parameter(row) for row in parameters),
            body=_named(schema),
            body_type=body[0] if body else None,
            answers=tuple(
                Answer(status, row.get("description", ""), tuple(row.get("content", {})))
                for status, row in told.get("responses", {}).items()
                if not _of_the_framework(row)
            ),
            example=_curl(method, path, body, schemas),
        )


def _of_the_framework(answer: Mapping[str, Any]) -> bool:
    told = [content.get("schema", {}) for content in answer.get("content", {}).values()]
    return any(_named(schema) in UNSAID for schema in told)


def _parameter(row: Mapping[str, Any]) -> Field:
    schema = row.get("schema", {})
    return Field(
        name=row["name"],
        type=_type(schema),
        description=row.get("description", schema.get("description", "")),
        required=row.get("required", False),
        where=row.get("in", ""),
    )


def _content(name: str, schema: Mapping[str, Any]) -> Content:
    required = schema.get("required", ())
    rows = (
        Field(
            name=key,
            type=_type(row),
            description=row.get("description", ""),
            required=key in required,
            schema=_named(row),
        )
        for key, row in schema.get("properties", {}).items()
    )
    return Content(name, schema.get("description", ""), tuple(rows))


def _named(schema: Mapping[str, Any]) -> str | None:
    """The content that a schema refers to, directly, in a list, or as one of several."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    nested = [schema.get("items", {}), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return next((name for name in map(_named, filter(None, nested)) if name), None)


def _type(schema: Mapping[str, Any]) -> str:
    """The type of a schema in one line, in the words of JSON Schema."""
    if "$ref" in schema:
        return str(_named(schema))
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(_type(one) for one in schema[several]))
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return " ".join([kind, *_bounds(schema)])


def _bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    if "format" in schema:
        yield f"({schema['format']})"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        yield f"from {low} to {high}"
    if "maxLength" in schema:
        yield f"of at most {schema['maxLength']} characters"
    if "default" in schema:
        yield f"(usually {schema['default']})"


def _curl(
    method: str, path: str, body: tuple[str, Mapping[str, Any]] | None, schemas: Mapping[str, Any]
) -> str:
    """A request as one types it."""
    for place, value in EXAMPLES.items():
        name = next((name for name in _TRIED if f"{{{name}}}" in place), "")
        if place in path:
            path = path.replace(f"{{{name}}}", value)
    lines = [f'curl "$BASE{quote(path, safe="/{}")}"']
    if method in WRITES:
        lines[0] = f'curl -X {method.upper()} "$BASE{quote(path, safe="/{}")}"'
        lines.append('-H "Authorization: Bearer $KEY"')
    if method in ("patch", "put", "delete"):
        lines.append("-H 'If-Match: \"v57\"'")
    if body:
        lines.append(f"-H 'Content-Type: {body[0]}'")
        told = json.dumps(_sample(body[1], schemas), ensure_ascii=False)
        lines.append("--data '" + told.replace("'", "’") + "'")
    return " \\\n  ".join(lines)


def _sample(content: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A content to send: the document’s own example, else one of what is required."""
    if "example" in content:
        return content["example"]
    for row in content.get("examples", {}).values():
        return row.get("value")
    return _made(content.get("schema", {}), schemas, 3)


def _made(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> Any:
    """A value of a schema, as small as it may be."""
    if "$ref" in schema:
        schema = schemas.get(str(_named(schema)), {})
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("example", "default", "const"):
        if schema.get(key) is not None:
            return schema[key]
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return _made(several[0], schemas, depth)
    if schema.get("type") == "object" or "properties" in schema:
        rows = schema.get("properties", {})
        names = schema.get("required") or list(rows)[:1]
        return {name: _made(rows[name], schemas, depth - 1) for name in names if depth}
    return {"array": [], "integer": 1, "number": 1, "boolean": True}.get(
        schema.get("type", ""), "…"
    )
