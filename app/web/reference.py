"""An OpenAPI document as the documentation page reads it. Knows no address of its own."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

Node = Mapping[str, Any]


class Field(NamedTuple):
    """A parameter, and where it is given, or a field of a content."""

    where: str
    name: str
    description: str
    required: bool
    schema: Node


def resolved(openapi: Node) -> Any:
    """The document with its shared parameters and answers in their places."""

    def placed(node: Any) -> Any:
        if isinstance(node, list):
            return [placed(row) for row in node]
        if not isinstance(node, Mapping):
            return node
        kind, _, name = node.get("$ref", "").removeprefix("#/components/").partition("/")
        if kind in ("parameters", "responses"):
            return openapi["components"][kind][name]
        return {key: placed(row) for key, row in node.items()}

    return {**openapi, "paths": placed(openapi["paths"])}


GROUPS: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))[
    "groups"
]


def groups(openapi: Node) -> dict[str, list[tuple[str, str, Node]]]:
    """The operations of each group: (method, path, operation), by path."""
    rows: dict[str, list[tuple[str, str, Node]]] = {name: [] for name in GROUPS}
    for path, item in sorted(openapi["paths"].items()):
        for method, operation in item.items():
            rows[operation["tags"][0]].append((method, path, operation))
    return rows


def parameters(operations: Iterable[Node]) -> list[Field]:
    """The parameters of some operations, each once."""
    rows = (row for operation in operations for row in operation.get("parameters", ()))
    fields = {
        json.dumps(row): Field(
            row["in"], row["name"], row["description"], row.get("required", False), row["schema"]
        )
        for row in rows
    }
    return sorted(fields.values(), key=lambda field: field[:3])


def fields(content: Node) -> Iterator[Field]:
    """The fields of a content."""
    for name, schema in content.get("properties", {}).items():
        required = name in content.get("required", ())
        yield Field("", name, schema.get("description", ""), required, schema)


def anchor(*names: str) -> str:
    """A name for a place on the page."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(names).lower()).strip("-")


def named(schema: Node) -> str | None:
    """The content that a schema refers to, directly, in a list, or as one of several."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    nested = [schema.get("items", {}), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return next((name for name in map(named, filter(None, nested)) if name), None)


def type_of(schema: Node) -> str:
    """The type of a schema in one line, in the words of JSON Schema."""
    if "$ref" in schema:
        return str(named(schema))
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(map(type_of, several)))
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {type_of(schema.get('items', {}))}"
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


def address(path: str, operation: Node) -> str:
    """The address of an operation with the examples of its parameters."""
    for row in operation.get("parameters", ()):
        if row["in"] == "path":
            path = path.replace(f"{{{row['name']}}}", str(row["example"]))
    return quote(path)


def example(method: str, path: str, operation: Node) -> str:
    """A request as one types it, with the first example of its content."""
    lines = [f'curl "$BASE{address(path, operation)}"']
    if method != "get":
        lines = [f'curl -X {method.upper()} "$BASE{address(path, operation)}"']
    if {} not in operation["security"]:
        lines.append('-H "Authorization: Bearer $KEY"')
    if method == "patch":
        lines.append("-H 'If-Match: \"v57\"'")
    for media_type, body in [*operation.get("requestBody", {}).get("content", {}).items()][:1]:
        value = next(row["value"] for row in body["examples"].values())
        sample = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        lines += [f"-H 'Content-Type: {media_type}'", "--data '" + sample.replace("'", "’") + "'"]
    return " \\\n  ".join(lines)
