"""The pages about no entry: what the register is, the catalogue for people, problems, the API."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from app.domain import beside
from app.domain.context import Context
from app.domain.errors import Missing
from app.formats.sentences import Sentences
from app.register.reading import Entry, Page
from app.web import pages
from app.web.rendering import PROSE, Addresses, render

MOST_OF_SAMPLE = 2_500
Node = Mapping[str, Any]


def about(name: str, language: str, context: Context, *, chosen: bool = False) -> bytes:
    """A page of prose, by its name: what the register is, how it judges, who publishes it."""
    at, say = Addresses.of(context, language, chosen=chosen), Sentences(language, context)
    return render(f"prose/{name}.html", at, say=say, paths=PROSE[name], name=name)


def catalogue(
    page: Page, samples: Iterable[tuple[str, bytes]], language: str, *, chosen: bool = False
) -> bytes:
    """What to give to a harvester: the address of each publisher, and an entry in each syntax."""
    context = page.context
    at, say = Addresses.of(context, language, chosen=chosen), Sentences(language, context)
    return render(
        "prose/catalogue.html",
        at,
        say=say,
        path="/catalog.html",
        name="catalogue",
        paths_of=[
            (say.name(slug), count, f"?publisher={slug}")
            for slug, count in page.facets.get("publisher", {}).items()
        ],
        samples=[
            (pages.SYNTAXES.get(name, name.title()), _beginning(body.decode()))
            for name, body in samples
        ],
        suffixes=("ttl", "jsonld", "rdf", "nt"),
    )


def _beginning(text: str) -> str:
    """The first lines of a sample, as many as a page has room for."""
    cut = text[:MOST_OF_SAMPLE].rpartition("\n")[0] + "\n…"
    return text if len(text) <= MOST_OF_SAMPLE else cut


def embedded(entry: Entry, address: str, language: str, badge: bytes) -> dict[str, Any]:
    """The badge of an entry, which leads to its page, as oEmbed hands it over."""
    title = Sentences(language, entry.context).title(entry.commitment)
    width, height = map(int, re.findall(rb'(?:width|height)="(\d+)"', badge)[:2])
    html = Markup(
        '<a href="{0}?lang={1}"><img src="{0}/badge.svg?lang={1}" alt="{2}" width="{3}" '
        'height="{4}"></a>'
    ).format(address, language, title, width, height)
    return {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": "Ouvertures",
        "provider_url": f"{entry.context.base}/",
        "cache_age": 3600,
        "width": width,
        "height": height,
        "html": html,
    }


def problem_kind(problem: Any, language: str, *, base: str = "") -> bytes:
    """What a kind of problem (a row of `app.api.problems`) means, and what to do."""
    path = f"/problems/{quote(problem.name)}"
    at = Addresses(base=base, language=language)
    return render("problem.html", at, path=path, problem=problem)


def problem_list(problems: Iterable[Any], language: str = "fr", *, base: str = "") -> bytes:
    """Every kind of problem, by status."""
    rows = sorted(problems, key=lambda problem: (problem.status, problem.name))
    at = Addresses(base=base, language=language)
    return render("problems.html", at, path="/problems", problems=rows)


def documentation(openapi: Node, language: str, name: str = "", *, base: str = "") -> bytes:
    """The API for people: how to begin; or, by name, a group of its operations, or a content.

    Raises Missing where nothing has that name.
    """
    whole = resolved(openapi)
    if name in GROUPS:
        template = "operations.html"
    elif name in whole["components"]["schemas"]:
        template = "content.html"
    elif name:
        raise Missing("group", name[:60])
    else:
        template = "documentation.html"
    return render(
        template,
        Addresses(base=base, language=language),
        path=f"/docs/{name}" if name else "/docs",
        openapi=whole,
        api=_READER,
        name=name,
    )


# An OpenAPI document, as its pages read it.


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


GROUPS: dict[str, str] = beside(__file__)["groups"]


def groups(openapi: Node) -> dict[str, list[tuple[str, str, Node]]]:
    """The operations of each group: (method, path, operation), by path."""
    rows: dict[str, list[tuple[str, str, Node]]] = {name: [] for name in GROUPS}
    for path, item in sorted(openapi["paths"].items()):
        for method, operation in item.items():
            rows[operation["tags"][0]].append((method, path, operation))
    return rows


def parameters(operations: Iterable[Node]) -> list[Node]:
    """The parameters of some operations, each once."""
    rows = (row for operation in operations for row in operation.get("parameters", ()))
    once = {json.dumps(row): row for row in rows}
    return sorted(once.values(), key=itemgetter("in", "name", "description"))


def fields(content: Node) -> Iterator[Node]:
    """The fields of a content, each as a parameter that is given nowhere."""
    for name, schema in content.get("properties", {}).items():
        about = {"name": name, "description": schema.get("description", ""), "schema": schema}
        yield {**about, "required": name in content.get("required", ())}


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


_READING = (address, anchor, example, fields, groups, named, parameters, type_of)
_READER = SimpleNamespace(**{read.__name__: read for read in _READING}, GROUPS=GROUPS)
"""What templates read the document with."""
