"""How an operation is told in the OpenAPI document: what it takes, answers and refuses."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import Response

from app.api import problems
from app.api.schemas import JSON, Problem
from app.formats import Format

PROBLEM = {problems.MEDIA_TYPE: Problem}
CARRIED = {
    "ETag": {"description": "Version, day and voice.", "schema": {"type": "string"}},
    "Last-Modified": {"description": "In GMT.", "schema": {"type": "string"}},
    "Link": {"description": "Other voices, and what is around it.", "schema": {"type": "string"}},
}
"""The headers of what is read."""

EXAMPLES = {
    "q": "l’appel",
    "publisher": "cour-de-cassation",
    "action": "A16",
    "text": "arrete-2025-08-29",
    "as_of": "2021-10-15",
    "at": 40,
}
"""What parameters of the query may be, where their schema does not say."""

LOCATION = {"Location": {"description": "Its permanent address.", "schema": {"type": "string"}}}


def in_path(name: str, meaning: str, example: str | int, **schema: Any) -> dict[str, Any]:
    """A part of an address."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": meaning,
        "schema": {"type": "integer" if isinstance(example, int) else "string", **schema},
        "example": example,
    }


def suffix_of(rows: Iterable[Format]) -> dict[str, Any]:
    """The suffix of an address, which fixes its voice."""
    known = [row.suffix for row in rows]
    return in_path("suffix", "The voice.", known[0], enum=known)


OPENING_SLUG = in_path(
    "slug", "The permanent name of an opening.", "decisions-conseils-de-prud-hommes"
)
ACTION_SLUG = in_path("slug", "The permanent name of an action.", "A16")
TEXT_SLUG = in_path("slug", "The id of a text.", "arrete-2025-08-29")
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the version that the change was made on, of any voice.",
    "schema": {"type": "string"},
    "example": '"v57.20261123.json"',
}


def voices(rows: Iterable[Format], model: Any = None) -> dict[str, Any]:
    """The media types of formats, with what each holds."""
    shaped = {JSON: model, "application/ld+json": {"type": "object"}}
    names = [row.media_type.partition(";")[0] for row in rows]
    return {name: shaped.get(name, {"type": "string"}) for name in names}


def reads(
    answers: Mapping[str, Any],
    *refusals: int,
    takes: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
    validated: bool = True,
    stored: bool = True,
) -> dict[str, Any]:
    """A GET that needs no key. `answers`: the component, or the schema, of each media type.

    `validated`: it may be held; `stored`: the database is asked.
    """
    headers = {**(CARRIED if validated else {}), **(headers or {})}
    told = {200: {"description": "As asked.", "headers": headers, **_content(answers)}}
    if validated:
        told[304] = {"description": "The reader holds it already.", "headers": CARRIED}
        refusals = (*refusals, 503) if stored else refusals
    extra = {**(takes or {}), "security": [{}]}
    return operation(told, (400, *refusals), extra)


def writes(
    model: Any,
    form: type,
    examples: Mapping[str, Any],
    *refusals: int,
    takes: Mapping[str, Any] | None = None,
    media_types: Iterable[str] = (JSON,),
    headers: Mapping[str, Any] | None = None,
    status: int = 200,
) -> dict[str, Any]:
    """A change, with a key. `examples`: bodies, by what each does."""
    named = {key.replace(" ", "-"): {"summary": key, "value": examples[key]} for key in examples}
    schema = {"$ref": f"#/components/schemas/{form.__name__}"}
    body: dict[str, Any] = {media: {"schema": schema} for media in media_types}
    next(iter(body.values()))["examples"] = named
    headers = {**CARRIED, **(headers or {})}
    told = {status: {"description": "Done.", "headers": headers, **_content({JSON: model})}}
    every = (400, 401, 403, 413, 415, 422, 503, *refusals)
    extra = {**(takes or {}), "requestBody": {"content": body}}
    return operation(told, every, extra)


def operation(
    told: Mapping[int, Any], refusals: Iterable[int], extra: Mapping[str, Any]
) -> dict[str, Any]:
    """What a route’s decorator takes. `Response` has no media type, so FastAPI adds none."""
    every = {**told, **{status: _refusal(status) for status in sorted(refusals)}}
    return {
        "responses": {**every, "default": {"description": "Any other.", **_content(PROBLEM)}},
        "response_class": Response,
        "openapi_extra": dict(extra),
    }


def _content(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {media: {"schema": _schema(kind)} for media, kind in answers.items()}}


def _schema(kind: Any) -> dict[str, Any]:
    return kind if isinstance(kind, dict) else {"$ref": f"#/components/schemas/{kind.__name__}"}


def _refusal(status: int) -> dict[str, Any]:
    """A status that refuses, with the problems that have it."""
    rows = [row for row in problems.every_problem().values() if row.status == status]
    told = "; ".join(f"{row.title} ({row.name})" for row in rows)
    return {"description": f"{told}.", **_content(PROBLEM)}
