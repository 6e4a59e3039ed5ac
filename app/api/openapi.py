"""How an operation is described in the OpenAPI document: what it takes, answers and refuses.

What several operations share is a component, so that the document says it once.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Response
from pydantic.json_schema import models_json_schema

from app import formats
from app.api import problems
from app.domain import access, claims, comparison, ledger, periods, search, statistics
from app.domain.commitments import TIMELINESS
from app.domain.search import PARAMETERS, Parameter
from app.domain.states import STATES
from app.formats import Format, cells
from app.register.reading import ACTION, ENTRY

Row = Mapping[str, Any]
Takes = str | Parameter | Row
"""What an operation takes: of the query by name or as a variant, or a part of its address."""
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
PROBLEM = {problems.MEDIA_TYPE: "Problem"}
EXAMPLES = json.loads(Path(__file__).with_name("examples.json").read_text("utf-8"))
"""What to send, by operation: bodies by what each does; and what parameters of a query may be."""

_ROWS = tomllib.loads(Path(__file__).with_name("components.toml").read_text("utf-8"))
_SCHEMES: Row = _ROWS.pop("securitySchemes")
_PLACES: Row = _ROWS.pop("places")
OF_KEYS: list[Row] = [{name: []} for name in _SCHEMES]
"""What an operation says that takes a key."""

_FORMS: set[Any] = set()  # that operations take
_COMPONENTS: dict[str, dict[str, Row]] = {"parameters": {}, "headers": {}, "responses": {}}


def _shared(kind: str, name: str, row: Row) -> dict[str, str]:
    """A reference to a component. One name has one meaning."""
    if _COMPONENTS[kind].setdefault(name, row) != row:
        raise ValueError(f"two {kind} are called {name}")
    return {"$ref": f"#/components/{kind}/{name}"}


def document(generate: Callable[[], dict[str, Any]], base: str) -> dict[str, Any]:
    """The OpenAPI document that FastAPI generates, with what is shared as components."""
    made = generate()
    made["servers"] = [{"url": base}]
    if "components" in made:  # FastAPI keeps what it generated
        return made
    for item in made["paths"].values():
        for described in item.values():
            for response in described["responses"].values():
                if "$ref" in response:  # FastAPI describes every response, references too
                    del response["description"]
    modes: Any = [(form, "validation") for form in _FORMS]
    sent = models_json_schema(modes, ref_template=_REFERENCE)[1]["$defs"]
    forms = {name: f"{name}Form" for name in sent if name in SCHEMAS}
    refers = re.compile(rf'(?<="#/components/schemas/)({"|".join(forms)})(?=")')
    renamed = refers.sub(lambda name: forms[name[0]], json.dumps(sent))
    schemas = json.loads(renamed, object_hook=_without_nulls)
    sent = {forms.get(name, name): schema for name, schema in schemas.items()}
    shared = {kind: dict(sorted(rows.items())) for kind, rows in _COMPONENTS.items()}
    schemas = dict(sorted({**sent, **SCHEMAS}.items()))
    made["components"] = {"securitySchemes": _SCHEMES, **shared, "schemas": schemas}
    return made


def _without_nulls(row: Row) -> Row:
    """What pydantic says of a field that may be left out is said by its not being required."""
    return {key: value for key, value in row.items() if value is not None}


def operation_id(name: str) -> str:
    """The id of an operation: the name of its function, as programs write it."""
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def header(name: str, meaning: str) -> dict[str, Any]:
    row = {"description": meaning, "schema": {"type": "string"}}
    return {name: _shared("headers", name, row)}


CARRIED = {
    **header("ETag", "Version, day and format."),
    **header("Last-Modified", "In GMT."),
    **header("Link", "Other formats, neighbours and licence (RFC 8288)."),
}
"""The headers of what is read."""

RECORDED = header(
    "Recorded-Events", "How many events this recorded: 0 when nothing differs from what is known."
)
LOCATION = header("Location", "Its permanent address.")
FILE_NAME = header("Content-Disposition", "The name of the file.")


def in_path(
    name: str,
    meaning: str,
    example: str | int,
    component: str = "",
    where: str = "path",
    **schema: Any,
) -> Row:
    row = {
        "name": name,
        "in": where,
        "required": True,
        "description": meaning,
        "schema": {"type": "integer" if isinstance(example, int) else "string", **schema},
        "example": example,
    }
    return _shared("parameters", component, row) if component else row


def places(path: str) -> list[Row]:
    """The parts of an address, as the table has them: those of the API as those of the site."""
    fixed, rows = path.partition("{")[0], []
    for name in re.findall(r"{(\w+)", path):
        place = f"{fixed}{{{name}}}"
        if row := _PLACES.get(place) or _PLACES.get(place.removeprefix("/api/v1")):
            rows.append(in_path(name, **row))
    return rows


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entry: its addresses, its formats, and what its documents and lists hold."""

    name: str
    schema: str
    page: str
    formats: Sequence[Format]

    @property
    def plural(self) -> str:
        """The tag of its operations, and the last part of the address of its list."""
        return f"{self.name}s"

    @property
    def path(self) -> str:
        """The address of its list; that of an entry begins with it."""
        return f"/{self.plural}"

    @property
    def entry(self) -> str:
        """The address of an entry, with the names of its parts."""
        return "/".join([self.path, *(f"{{{name}}}" for name in _PARTS[self.name])])

    @property
    def offered(self) -> tuple[Format, ...]:
        """All formats of an entry."""
        return (*self.formats, formats.CALENDAR, formats.ATOM)

    @property
    def search(self) -> tuple[tuple[str, ...], Mapping[str, Any]]:
        """The parameters of its lists, and what these ask for unless parameters say otherwise."""
        return search.LISTS[self.plural]


_PARTS = {ENTRY: ("slug",), ACTION: ("programme", "code")}


def _kind_of(name: str) -> Kind:
    offered = (row for row in formats.OF_ONE if row.of_actions or name != ACTION)
    schema = name.title()
    return Kind(name, schema, f"{schema}List", tuple(offered))


OPENINGS, ACTIONS = _kind_of(ENTRY), _kind_of(ACTION)
KINDS = (OPENINGS, ACTIONS)


def suffix_of(rows: Iterable[Format], component: str) -> Row:
    """The suffix of an address, which decides the format."""
    known = [row.suffix for row in rows]
    return in_path("suffix", "The format.", known[0], component, enum=known)


IF_MATCH = in_path(
    "If-Match",
    "The ETag of the version that the change was made on, of any format.",
    *('"v57.20261123.json"', "If-Match", "header"),
)


def _parameters(rows: Iterable[Takes]) -> dict[str, tuple[Row, ...]]:
    """The parameters of an operation: those of the query by name, from the one table."""
    known = [PARAMETERS[row] if isinstance(row, str) else row for row in rows]
    query = [_query(row) for row in known if isinstance(row, Parameter)]
    placed = [row for row in known if not isinstance(row, Parameter)]
    # A tuple takes the place of what FastAPI finds of an address; a list would be added.
    return {"parameters": (*placed, *query)} if known else {}


def _query(row: Parameter) -> Row:
    schema = dict(row.schema)
    described = {
        "name": row.name,
        "in": "query",
        "description": row.meaning,
        "schema": {"type": "array", "items": schema} if row.repeatable else schema,
        **({"example": EXAMPLES["query"][row.name]} if row.name in EXAMPLES["query"] else {}),
    }
    return _shared("parameters", row.component or row.name, described)


def media_types(rows: Iterable[Format], model: Any = None) -> dict[str, Any]:
    """The media types of formats, with what each holds."""
    shaped = {JSON: model, "application/ld+json": {"type": "object"}}
    names = [row.media_type.partition(";")[0] for row in rows]
    return {name: shaped.get(name, {"type": "string"}) for name in names}


def reads(
    answers: str | Mapping[str, Any],
    *refusals: int,
    takes: Iterable[Takes] = (),
    headers: Row | None = None,
    validated: bool = True,
    stored: bool = True,
    keyed: bool = False,
    **route: Any,
) -> dict[str, Any]:
    """A GET that needs no key, unless it is `keyed`; it shows more with one, if 401 is refused.

    `answers`: the component of its JSON, or the component or the schema of each media type.
    `validated`: it carries an ETag; `stored`: the database is asked.
    """
    answers = {JSON: answers} if isinstance(answers, str) else answers
    headers = {**(CARRIED if validated else {}), **(headers or {})}
    responses: dict[int, Row] = {
        200: {"description": "As asked.", "headers": headers, **content(answers)}
    }
    if validated:
        unchanged = {"description": "It has not changed since.", "headers": CARRIED}
        responses[304] = _shared("responses", "NotModified", unchanged)
    keys: list[Row] = OF_KEYS if keyed or 401 in refusals else []
    security = {"security": keys if keyed else [*keys, {}]}
    refusals = (*refusals, 400, 401, *((503,) if stored and (validated or keyed) else ()))
    return {**operation(responses, refusals, {**_parameters(takes), **security}), **route}


def writes(
    model: str,
    form: Any,
    name: str,
    *refusals: int,
    takes: Iterable[Takes] = (),
    merges: bool = False,
    headers: Row | None = None,
    status: int = 200,
    validated: bool = True,
    waits: bool = False,
    **route: Any,
) -> dict[str, Any]:
    """A change by its name, with a key. Its form is a merge-patch, if it `merges`.

    `validated`: its answer carries an ETag; `waits`: it may wait for a validator.
    """
    examples, types = EXAMPLES[name], (MERGE_PATCH, JSON) if merges else (JSON,)
    named = {key.replace(" ", "-"): {"summary": key, "value": examples[key]} for key in examples}
    _FORMS.add(form)
    contents: dict[str, Any] = {media: {"schema": _kind(form.__name__)} for media in types}
    next(iter(contents.values()))["examples"] = named
    headers = {**(CARRIED if validated else {}), **(headers or {})}
    response = {"description": "Done.", "headers": headers, **content({JSON: model})}
    body = {"required": True, "content": contents}
    extra = {"security": OF_KEYS, **_parameters(takes), "requestBody": body}
    responses: dict[int, Row] = {status: response}
    if waits:
        responses[202] = _shared(
            "responses",
            "Waits",
            {
                "description": "It waits for a validator.",
                "headers": LOCATION,
                **content({JSON: "Proposal"}),
            },
        )
    described = operation(responses, (400, 401, 403, 413, 415, 422, 503, *refusals), extra)
    return {**described, "operation_id": name, "status_code": status, **route}


def operation(responses: Mapping[int, Row], refusals: Iterable[int], extra: Row) -> dict[str, Any]:
    """What a route’s decorator takes. `Response` has no media type, so FastAPI adds none."""
    every = {**responses, **{status: _refusal(status) for status in sorted({*refusals})}}
    other = _shared("responses", "Problem", {"description": "Any other.", **content(PROBLEM)})
    return {
        "responses": {**every, "default": other},
        "response_class": Response,
        "openapi_extra": dict(extra),
    }


def content(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer holds, by media type: a kind as in `components.toml`, or a schema."""
    return {"content": {media: {"schema": _kind(kind)} for media, kind in answers.items()}}


def _refusal(status: int) -> dict[str, str]:
    """A status that refuses, with the problems that have it."""
    rows = [row for row in problems.EVERY.values() if row.status == status]
    meaning = "; ".join(f"{row.title} ({row.name})" for row in rows)
    return _shared(
        "responses", f"Problem{status}", {"description": f"{meaning}.", **content(PROBLEM)}
    )


# What answers hold: `components.toml` says how it is read.

_TYPES: dict[str, Row] = {
    **{name: {"type": name} for name in ("string", "integer", "number", "boolean")},
    **{name: {"type": "string", "format": name} for name in ("date", "date-time", "uri")},
    "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "edtf": {
        "type": "string",
        "description": "EDTF, as far as the source goes: `2023`, `2023-12`, `../2025-09-03`.",
    },
    "object": {"type": "object", "additionalProperties": True},
    "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
}
_VOCABULARIES: dict[str, Iterable[str]] = {
    "ACTION": ("action",),
    "ANNOUNCEMENTS": claims.ANNOUNCEMENTS,
    "CODES": comparison.CODES,
    "CONFIDENCES": claims.CONFIDENCES,
    "DOINGS": (access.ANNOUNCE, access.CHANGE, access.CORRECT, access.JUDGE),
    "FACETS": search.FACETS,
    "FILES": (cells.CSV, cells.XLSX, cells.ODS),
    "KINDS": ledger.KINDS,
    "OF_ENTRIES": statistics.BY[:-1],
    "OF_MOVES": statistics.BY[-1:],
    "OPENING_TYPES": claims.OPENING_TYPES,
    "OUTCOMES": comparison.OUTCOMES,
    "PRECISIONS": periods.PRECISIONS,
    "PROPOSED": (access.WAITING, access.ACCEPTED, access.DECLINED, access.WITHDRAWN),
    "ROLES": access.ROLES,
    "SEVERITIES": (comparison.ERROR, comparison.WARNING),
    "STANDINGS": claims.STANDINGS,
    "STATES": STATES,
    "TEXT_KINDS": claims.TEXT_KINDS,
    "TIMELINESS": TIMELINESS,
    "TYPES": claims.TYPES,
}
_MODELS = (claims.Description, claims.Internal, claims.Source)
_REFERENCE = "#/components/schemas/{model}"


def _kind(kind: Any) -> Row:
    """The schema of a kind; a schema is one already."""
    if not isinstance(kind, str):
        return dict(kind)
    if kind.endswith("?"):
        return {"anyOf": [_kind(kind[:-1]), {"type": "null"}]}
    if kind.startswith("["):
        return {"type": "array", "items": _kind(kind[1:-1])}
    if kind in _VOCABULARIES:
        return {"type": "string", "enum": [*_VOCABULARIES[kind]]}
    return _TYPES.get(kind) or {"$ref": f"#/components/schemas/{kind}"}


def _described() -> dict[str, Any]:
    """The models of `domain/claims` that answers hold, and what these are made of.

    Answers have every key, so there is no default; and pydantic says each name again as a title.
    """
    modes: Any = [(model, "serialization") for model in _MODELS]
    made = models_json_schema(modes, ref_template=_REFERENCE)[1]["$defs"]
    for schema in made.values():
        for row in (schema, *schema["properties"].values()):
            row.pop("title", None)
            row.pop("default", None)
    return dict(made)


_DESCRIBED = _described()


def _keys(rows: Row) -> Iterator[tuple[str, bool, Row]]:
    """Each key, whether it is always there, and its schema."""
    for names, row in rows.items():
        if names.startswith("..."):
            yield from _taken_over(names.removeprefix("...").removesuffix("?"), names, row)
        elif names != "_":
            kind, *meaning = [row] if isinstance(row, str) else row
            schema = {**_kind(kind), **({"description": meaning[0]} if meaning else {})}
            for name in names.removesuffix("?").split(", "):
                yield name, not names.endswith("?"), schema


def _taken_over(of: str, names: str, row: str | Sequence[str]) -> Iterator[tuple[str, bool, Row]]:
    if of in _VOCABULARIES:
        yield from ((word, True, _kind(row)) for word in _VOCABULARIES[of])
        return
    fields = _DESCRIBED.get(of, {}).get("properties", {})
    described = ((key, True, schema) for key, schema in fields.items())
    for key, always, schema in described if fields else _keys(_ROWS[of]):
        if key not in row:
            yield key, always and not names.endswith("?"), schema


def _component(rows: Row) -> Row:
    keys = {name: (always, schema) for name, always, schema in _keys(rows)}
    required = [name for name, (always, _) in keys.items() if always]
    return {
        "type": "object",
        "description": rows["_"],
        "properties": {name: schema for name, (_, schema) in keys.items()},
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


SCHEMAS: dict[str, Row] = {name: _component(rows) for name, rows in _ROWS.items() if "_" in rows}
SCHEMAS |= {
    name: row for name, row in _DESCRIBED.items() if name not in ("Description", "Internal")
}
