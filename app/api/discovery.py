"""What programs look for before they know the site: the sitemap, and files at fixed addresses."""

import hashlib
import re
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import StreamingResponse

from app.api.deps import Reads, answer, changed, no_parameters, tag
from app.api.operations import in_path, reads
from app.domain.context import Context
from app.domain.errors import Missing
from app.formats import links, sitemap, wellknown
from app.formats.document import encode
from app.formats.links import Link
from app.formats.sitemap import A_PART, Place
from app.register.reading import Outlines, Reading

TEXT = "text/plain; charset=utf-8"
LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
_PLAIN = {"text/plain": {"type": "string"}}
_XML = {"application/xml": {"type": "string"}}
_NUMBER = in_path("number", "The number of a part.", 1, minimum=1)

router = APIRouter(dependencies=[Depends(no_parameters)])


async def part(number: str) -> int:
    """The number of a part of the sitemap. What cannot be one is simply not here."""
    if not re.fullmatch(r"[1-9]\d{0,5}", number, re.ASCII):
        raise Missing("part", number[:20])
    return int(number)


@router.get(
    "/robots.txt",
    operation_id="readRulesForCrawlers",
    summary="Read what crawlers are asked to leave alone",
    tags=["discovery"],
    **reads(_PLAIN, stored=False),
)
def robots(request: Request, register: Reads) -> Response:
    """Pages are for all, once each; the sitemap names them."""
    body = wellknown.robots(request.app.state.site.base)
    return _of_the_day(request, register, body, TEXT)


@router.get(
    "/.well-known/security.txt",
    operation_id="readSecurityContact",
    summary="Read whom to warn of a weakness",
    tags=["discovery"],
    **reads(_PLAIN, stored=False),
)
def security(request: Request, register: Reads) -> Response:
    """The contact of the register, and until when it surely holds; 404 if it is no address."""
    site, until = request.app.state.site, register.clock.surely_until()
    body = wellknown.security(site.base, site.contact, until)
    if body is None:
        raise Missing("file", "security.txt")
    return _of_the_day(request, register, body, TEXT)


@router.get(
    "/.well-known/api-catalog",
    operation_id="readApiCatalog",
    summary="Read where the APIs begin",
    tags=["discovery"],
    **reads({"application/linkset+json": {"type": "object"}}, stored=False),
)
def api_catalog(request: Request, register: Reads) -> Response:
    """Where each API begins, and what tells of it (RFC 9727)."""
    base = request.app.state.site.base
    itself = Link("api-catalog", f"{base}/.well-known/api-catalog", LINKSET)
    return _of_the_day(request, register, encode(links.apis(base)), LINKSET, itself)


@router.get(
    "/sitemap.xml",
    operation_id="readSitemap",
    summary="Read the index of the sitemap",
    tags=["discovery"],
    **reads(_XML),
)
def sitemap_index(request: Request, register: Reads) -> Response:
    """The parts of the sitemap, and when the register last changed."""
    found, base = register.stretch(1, A_PART), request.app.state.site.base
    modified = found.context.head.recorded_at
    parts = [Place(f"{base}/sitemap-{n}.xml", modified) for n in range(1, found.last + 1)]
    return _answer(request, found, sitemap.index(parts), "sitemap")


@router.get(
    "/sitemap-{number}.xml",
    operation_id="readSitemapPart",
    summary="Read a part of the sitemap",
    tags=["discovery"],
    **reads(_XML, 404, takes={"parameters": (_NUMBER,)}),
)
def sitemap_part(
    request: Request, number: Annotated[int, Depends(part)], register: Reads
) -> Response:
    """The addresses of pages, in each language, with the time of their last change."""
    found = register.stretch(number, A_PART)
    head = _answer(request, found, b"", f"sitemap-{number}")
    del head.headers["Content-Length"]
    if head.status_code == 304 or "head" in request.scope:
        return head
    told = sitemap.part(_places(found, found.context))
    return StreamingResponse(told, headers=head.headers)


def _places(found: Outlines, context: Context) -> Iterator[Place]:
    """The pages of a stretch: those of the site itself come first."""
    if found.number == 1:
        for path in ("/", "/actions"):
            yield Place(f"{context.base}{path}", context.head.recorded_at)
        for path in ("/docs", "/problems"):
            yield Place(f"{context.base}{path}")
    for entry in found.entries:
        yield Place(context.iri(entry), entry.modified)


def _answer(request: Request, found: Outlines, body: bytes, voice: str) -> Response:
    around = found.context
    etag, modified = tag(around.head.position, around, voice), around.head.recorded_at
    return answer(request, body, sitemap.MEDIA_TYPE, etag, changed(around, modified))


def _of_the_day(
    request: Request, register: Reading, body: bytes, media_type: str, *around: Link
) -> Response:
    """What the register does not hold: told anew each day."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    told = {"Cache-Control": "max-age=3600"}
    return answer(request, body, media_type, etag, register.clock.midnight(), told, around)
