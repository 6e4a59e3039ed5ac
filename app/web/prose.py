"""The pages about no entry: what the register is, the catalogue for people, problems, the API."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from app.domain.context import Context
from app.domain.errors import Missing
from app.formats.sentences import Sentences
from app.register.reading import Entry, Page
from app.web import addresses, pages, reference
from app.web.addresses import Addresses
from app.web.rendering import render

MOST_OF_SAMPLE = 2_500


def about(name: str, language: str, context: Context, *, chosen: bool = False) -> bytes:
    """A page of prose, by its name: what the register is, how it judges, who publishes it."""
    at, say = addresses.of(context, language, chosen=chosen), Sentences(language, context)
    paths = addresses.PROSE[name]
    return render(
        f"prose/{name}.html",
        at,
        say=say,
        context=context,
        path=paths[language],
        paths=paths,
        name=name,
    )


def catalogue(
    page: Page, samples: Iterable[tuple[str, bytes]], language: str, *, chosen: bool = False
) -> bytes:
    """What to give to a harvester: the address of each publisher, and an entry in each syntax."""
    context = page.context
    at, say = addresses.of(context, language, chosen=chosen), Sentences(language, context)
    return render(
        "prose/catalogue.html",
        at,
        say=say,
        context=context,
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
    return (
        text if len(text) <= MOST_OF_SAMPLE else text[:MOST_OF_SAMPLE].rpartition("\n")[0] + "\n…"
    )


def embedded(entry: Entry, address: str, language: str, badge: bytes) -> dict[str, Any]:
    """The badge of an entry, which leads to its page, as oEmbed hands it over."""
    shown, size = (
        Sentences(language, entry.context),
        re.findall(rb'(?:width|height)="(\d+)"', badge),
    )
    title, (width, height) = shown.title(entry.commitment), map(int, size[:2])
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


def documentation(
    openapi: Mapping[str, Any], language: str, name: str = "", *, base: str = ""
) -> bytes:
    """The API for people: how to begin; or, by name, a group of its operations, or a content.

    Raises Missing where nothing has that name.
    """
    whole = reference.resolved(openapi)
    if name in reference.GROUPS:
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
        api=reference,
        name=name,
    )
