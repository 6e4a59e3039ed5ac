"""How an operation is described in the OpenAPI document: what it takes, answers and refuses.

What several operations share is a component, so that the document says it once.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from fastapi import Response

from app.api import problems
from app.api.schemas import JSON, Problem
from app.domain.search import PARAMETERS, Parameter
from app.formats import Format

Row = Mapping[str, Any]
PROBLEM = {problems.MEDIA_TYPE: Problem}
EXAMPLES = json.loads(Path(__file__).with_name("examples.json").read_text("utf-8"))
"""What to send, by operation: bodies by what each does; and what parameters of a query may be."""

_COMPONENTS: dict[str, dict[str, Row]] = {"parameters": {}, "headers": {}, "responses": {}}


def _shared(kind: str, name: str, row: Row) -> dict[str, str]:
    """A reference to a component. One name has one meaning."""
    if _COMPONENTS[kind].setdefault(name, row) != row:
        raise ValueError(f"two {kind} are called {name}")
    return {"$ref": f"#/components/{kind}/{name}"}


def document(generate: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The OpenAPI document that FastAPI generates, with what is shared as components."""
    made = generate()
    if "parameters" in made["components"]:  # FastAPI keeps what it generated
        return made
    for item in made["paths"].values():
        for described in item.values():
            for response in described["responses"].values():
                if "$ref" in response:  # FastAPI describes every response, references too
                    del response["description"]
    made["components"] |= {kind: dict(sorted(rows.items())) for kind, rows in _COMPONENTS.items()}
    # FastAPI calls what is both sent and answered `Resource-Input` and `Resource-Output`.
    plain = json.dumps(made).replace('-Input"', 'Form"').replace('-Output"', '"')
    made.clear()
    made.update(json.loads(plain))
    return made


def operation_id(route: Any) -> str:
    """The id of an operation: the name of its function, as programs write it."""
    first, *others = str(route.name).split("_")
    return first + "".join(word.title() for word in others)


def header(name: str, meaning: str) -> dict[str, Any]:
    """A header of an answer."""
    row = {"description": meaning, "schema": {"type": "string"}}
    return {name: _shared("headers", name, row)}


CARRIED = {
    **header("ETag", "Version, day and format."),
    **header("Last-Modified", "In GMT."),
    **header("Link", "Other formats, neighbours and licence (RFC 8288)."),
}
"""The headers of what is read."""

LOCATION = header("Location", "Its permanent address.")
FILE_NAME = header("Content-Disposition", "The name of the file.")


def in_path(name: str, meaning: str, example: str | int, component: str = "", **schema: Any) -> Row:
    """A part of an address."""
    row = {
        "name": name,
        "in": "path",
        "required": True,
        "description": meaning,
        "schema": {"type": "integer" if isinstance(example, int) else "string", **schema},
        "example": example,
    }
    return _shared("parameters", component, row) if component else row


def suffix_of(rows: Iterable[Format], component: str) -> Row:
    """The suffix of an address, which decides the format."""
    known = [row.suffix for row in rows]
    return in_path("suffix", "The format.", known[0], component, enum=known)


IF_MATCH = _shared(
    "parameters",
    "If-Match",
    {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The ETag of the version that the change was made on, of any format.",
        "schema": {"type": "string"},
        "example": '"v57.20261123.json"',
    },
)


def parameters(*rows: str | Row, **variants: Parameter) -> dict[str, tuple[Row, ...]]:
    """The parameters of an operation: those of the query by name, from the one table.

    `variants` are those that mean something else here, by the names of their components. As a
    tuple, it takes the place of what FastAPI finds of an address; a list would be added.
    """
    named = {row: PARAMETERS[row] for row in rows if isinstance(row, str)} | variants
    placed = [row for row in rows if not isinstance(row, str)]
    query = [_shared("parameters", name, _query(row)) for name, row in named.items()]
    return {"parameters": (*placed, *query)}


def _query(row: Parameter) -> Row:
    schema = dict(row.schema)
    return {
        "name": row.name,
        "in": "query",
        "description": row.meaning,
        "schema": {"type": "array", "items": schema} if row.repeatable else schema,
        **({"example": EXAMPLES["query"][row.name]} if row.name in EXAMPLES["query"] else {}),
    }


def media_types(rows: Iterable[Format], model: Any = None) -> dict[str, Any]:
    """The media types of formats, with what each holds."""
    shaped = {JSON: model, "application/ld+json": {"type": "object"}}
    names = [row.media_type.partition(";")[0] for row in rows]
    return {name: shaped.get(name, {"type": "string"}) for name in names}


def reads(
    answers: Mapping[str, Any],
    *refusals: int,
    takes: Row | None = None,
    headers: Row | None = None,
    validated: bool = True,
    stored: bool = True,
) -> dict[str, Any]:
    """A GET that needs no key. `answers`: the component, or the schema, of each media type.

    `validated`: it carries an ETag; `stored`: the database is asked.
    """
    headers = {**(CARRIED if validated else {}), **(headers or {})}
    responses: dict[int, Row] = {
        200: {"description": "As asked.", "headers": headers, **content(answers)}
    }
    if validated:
        unchanged = {"description": "It has not changed since.", "headers": CARRIED}
        responses[304] = _shared("responses", "NotModified", unchanged)
        refusals = (*refusals, 503) if stored else refusals
    return operation(responses, (400, *refusals), {**(takes or {}), "security": [{}]})


def writes(
    model: Any,
    body: type,
    examples: Row,
    *refusals: int,
    takes: Row | None = None,
    types: Iterable[str] = (JSON,),
    headers: Row | None = None,
    status: int = 200,
) -> dict[str, Any]:
    """A change, with a key. `examples`: bodies, by what each does."""
    named = {key.replace(" ", "-"): {"summary": key, "value": examples[key]} for key in examples}
    schema = {"$ref": f"#/components/schemas/{body.__name__}"}
    contents: dict[str, Any] = {media: {"schema": schema} for media in types}
    next(iter(contents.values()))["examples"] = named
    headers = {**CARRIED, **(headers or {})}
    response = {"description": "Done.", "headers": headers, **content({JSON: model})}
    extra = {**(takes or {}), "requestBody": {"content": contents}}
    return operation({status: response}, (400, 401, 403, 413, 415, 422, 503, *refusals), extra)


def operation(responses: Mapping[int, Row], refusals: Iterable[int], extra: Row) -> dict[str, Any]:
    """What a route’s decorator takes. `Response` has no media type, so FastAPI adds none."""
    every = {**responses, **{status: _refusal(status) for status in sorted(refusals)}}
    other = _shared("responses", "Problem", {"description": "Any other.", **content(PROBLEM)})
    return {
        "responses": {**every, "default": other},
        "response_class": Response,
        "openapi_extra": dict(extra),
    }


def content(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer holds, by media type."""
    return {"content": {media: {"schema": _schema(kind)} for media, kind in answers.items()}}


def _schema(kind: Any) -> dict[str, Any]:
    return kind if isinstance(kind, dict) else {"$ref": f"#/components/schemas/{kind.__name__}"}


def _refusal(status: int) -> dict[str, str]:
    """A status that refuses, with the problems that have it."""
    rows = [row for row in problems.every_problem().values() if row.status == status]
    meaning = "; ".join(f"{row.title} ({row.name})" for row in rows)
    return _shared(
        "responses", f"Problem{status}", {"description": f"{meaning}.", **content(PROBLEM)}
    )
