"""The OpenAPI document as tests read it."""

from collections.abc import Mapping
from typing import Any

PLACED = ("parameters", "headers", "responses")


def resolved(made: Mapping[str, Any]) -> dict[str, Any]:
    """The document with parameters, headers and responses in their places, and schemas by name."""

    def in_place(value: Any) -> Any:
        if isinstance(value, list):
            return [in_place(row) for row in value]
        if not isinstance(value, Mapping):
            return value
        _, _, kind, name = str(value.get("$ref", "///")).rsplit("/", 3)
        if kind in PLACED:
            return in_place(made["components"][kind][name])
        return {key: in_place(row) for key, row in value.items()}

    return {**made, "paths": in_place(made["paths"])}
