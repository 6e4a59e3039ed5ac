"""How a component of the OpenAPI document is made: an object, its keys, and what they mean."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict


def _untitled(schema: dict[str, Any]) -> None:
    """A name says it once: pydantic adds each again as a title."""
    schema.pop("title", None)
    for row in schema["properties"].values():
        row.pop("title", None)


_CLOSED = ConfigDict(extra="forbid", json_schema_extra=_untitled)


def component(name: str, meaning: str, keys: Mapping[str, Any], *, whole: bool = True) -> Any:
    """An object with all of these keys, or with any of them where it need not be whole."""
    made = TypedDict(name, dict(keys), total=whole)  # type: ignore[misc]  # noqa: UP013
    made.__doc__ = meaning
    return with_config(_CLOSED)(made)


def keys(component: Any) -> dict[str, Any]:
    return dict(component.__annotations__)


def list_of(component: Any) -> Any:
    return list[component]


def one_of(known: Iterable[str]) -> Any:
    return Annotated[str, Field(json_schema_extra={"enum": [*known]})]


def told(kind: Any, meaning: str) -> Any:
    """A key with what it means."""
    return Annotated[kind, Field(description=meaning)]
