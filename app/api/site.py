"""The site itself: its documentation, its kinds of problem, and what crawlers look for first."""

import hashlib
import re
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from app.api import problems, schemas
from app.api.deps import (
    Pages,
    Published,
    Reads,
    answer,
    language,
    no_parameters,
    sought,
    streamed,
    validated,
)
from app.api.openapi import in_path, media_types, parameters, reads
from app.domain.errors import Missing
from app.domain.search import Search
from app.formats import HTML, links, sitemap, wellknown
from app.formats.document import encode
from app.formats.links import Link
from app.formats.sitemap import A_PART, MEDIA_TYPE, Place
from app.register.reading import Outlines, Reading

TEXT = "text/plain; charset=utf-8"
LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
_PLAIN = {"text/plain": {"type": "string"}}
_XML = {"application/xml": {"type": "string"}}
_NUMBER = in_path("number", "The number of a part.", 1, minimum=1)
_PROBLEM = in_path("name", "The name of a kind of problem.", "stale")
_FILE = in_path("name", "The name of a file.", "style.css", maxLength=100)

router = APIRouter()
pages_router = APIRouter(tags=["pages"])
discovery_router = APIRouter(tags=["discovery"], dependencies=[no_parameters])


# Pages.


async def language_asked(request: Request, asked: Annotated[Search, sought(("lang",))]) -> str:
    """The language of a page that takes `lang` alone."""
    return language(request, asked)


Language = Annotated[str, Depends(language_asked)]


@pages_router.get(
    "/problems",
    operation_id="listProblems",
    summary="List the kinds of problem",
    **reads(media_types([HTML]), takes=parameters("lang"), validated=False),
)
async def problem_list(language: Language, site: Published, pages: Pages) -> Response:
    """Every kind of problem that an answer may be."""
    kinds = problems.every_problem().values()
    return _page(pages.problem_list(kinds, language, base=site.base), site.base)


@pages_router.get(
    "/problems/{name}",
    operation_id="getProblem",
    summary="Read what a kind of problem means",
    **reads(media_types([HTML]), 404, takes=parameters(_PROBLEM, "lang"), validated=False),
)
async def problem_kind(name: str, language: Language, site: Published, pages: Pages) -> Response:
    """What a kind of problem means, and what to do."""
    problem = problems.every_problem().get(name)
    if problem is None:
        raise Missing("problem", name[:60])
    return _page(pages.problem_kind(problem, language, base=site.base), site.base)


@pages_router.get(
    "/docs",
    operation_id="readDocumentation",
    summary="Read this documentation",
    response_model=schemas.COMPONENTS,
    **reads(media_types([HTML]), takes=parameters("lang"), validated=False),
)
async def documentation(
    request: Request, language: Language, site: Published, pages: Pages
) -> Response:
    """The API, for people."""
    described = pages.documentation(request.app.openapi(), language, base=site.base)
    return _page(described, site.base)


@pages_router.get(
    "/static/{name}",
    dependencies=[no_parameters],
    operation_id="getFile",
    summary="Load a file of the pages",
    **reads({"text/css": {"type": "string"}}, 404, 422, takes=parameters(_FILE), validated=False),
)
async def static(name: Annotated[str, Path(max_length=100)], pages: Pages) -> Response:
    """What pages load: the style sheet, and nothing from elsewhere."""
    file = pages.static(name)
    if file is None:
        raise Missing("file", name)
    body, media_type = file
    return Response(body, headers={"Cache-Control": "max-age=3600", "Content-Type": media_type})


def _page(body: bytes, base: str) -> Response:
    headers = {
        "Content-Type": HTML.media_type,
        "Vary": "Accept-Language",
        "Link": links.header(links.everywhere(base)),
    }
    return Response(body, headers=headers)


# What programs look for before they know the site.


@discovery_router.get(
    "/robots.txt",
    operation_id="readRulesForCrawlers",
    summary="Read what crawlers are asked to leave alone",
    **reads(_PLAIN, stored=False),
)
def robots(request: Request, register: Reads) -> Response:
    """Pages are for all, once each; the sitemap names them."""
    return _of_the_day(request, register, wellknown.robots(register.site.base), TEXT)


@discovery_router.get(
    "/.well-known/security.txt",
    operation_id="readSecurityContact",
    summary="Read whom to warn of a weakness",
    **reads(_PLAIN, stored=False),
)
def security(request: Request, register: Reads) -> Response:
    """The contact of the register, and until when it surely holds; 404 if it is no address."""
    site, until = register.site, register.clock.surely_until()
    body = wellknown.security(site.base, site.contact, until)
    if body is None:
        raise Missing("file", "security.txt")
    return _of_the_day(request, register, body, TEXT)


@discovery_router.get(
    "/.well-known/api-catalog",
    operation_id="readApiCatalog",
    summary="Read where the APIs begin",
    **reads({"application/linkset+json": {"type": "object"}}, stored=False),
)
def api_catalog(request: Request, register: Reads) -> Response:
    """Where each API begins, and what describes it (RFC 9727)."""
    base = register.site.base
    itself = Link("api-catalog", f"{base}/.well-known/api-catalog", LINKSET)
    return _of_the_day(request, register, encode(links.apis(base)), LINKSET, itself)


def _of_the_day(
    request: Request, register: Reading, body: bytes, media_type: str, *leads: Link
) -> Response:
    """What the register does not hold: made anew each day."""
    headers = {
        "Content-Type": media_type,
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "Cache-Control": "max-age=3600",
        "Link": links.header([*leads, *links.everywhere(register.site.base)]),
    }
    return validated(request, body, headers, register.clock.midnight())


async def part(number: str) -> int:
    """The number of a part of the sitemap. What cannot be one is simply not here."""
    if not re.fullmatch(r"[1-9]\d{0,5}", number, re.ASCII):
        raise Missing("part", number[:20])
    return int(number)


@discovery_router.get(
    "/sitemap.xml",
    operation_id="readSitemap",
    summary="Read the index of the sitemap",
    **reads(_XML),
)
def sitemap_index(request: Request, register: Reads) -> Response:
    """The parts of the sitemap, and when the register last changed."""
    outlines = register.stretch(1, A_PART)
    context, modified = outlines.context, outlines.context.head.recorded_at
    numbers = range(1, outlines.last + 1)
    parts = [Place(f"{context.base}/sitemap-{number}.xml", modified) for number in numbers]
    return answer(request, sitemap.index(parts), MEDIA_TYPE, context, "sitemap")


@discovery_router.get(
    "/sitemap-{number}.xml",
    operation_id="readSitemapPart",
    summary="Read a part of the sitemap",
    **reads(_XML, 404, takes=parameters(_NUMBER)),
)
def sitemap_part(
    request: Request, number: Annotated[int, Depends(part)], register: Reads
) -> Response:
    """The addresses of pages, in each language, with the time of their last change."""
    outlines = register.stretch(number, A_PART)
    head = answer(request, b"", MEDIA_TYPE, outlines.context, f"sitemap-{number}")
    return streamed(request, head, sitemap.part(_places(outlines)))


def _places(outlines: Outlines) -> Iterator[Place]:
    """The pages of a stretch: those of the site itself come first."""
    context = outlines.context
    if outlines.number == 1:
        for path in ("/", "/actions"):
            yield Place(f"{context.base}{path}", context.head.recorded_at)
        for path in ("/docs", "/problems"):
            yield Place(f"{context.base}{path}")
    for entry in outlines.entries:
        yield Place(context.iri(entry), entry.modified)


router.include_router(pages_router)
router.include_router(discovery_router)
