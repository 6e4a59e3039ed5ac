"""The DCAT catalogue, for harvesters: a page of datasets in each syntax, and never a redirect."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import StreamingResponse

from app.api.deps import Reads, answer, changed, neighbour, parameters, tag
from app.api.operations import reads, suffix_of, voices
from app.domain import search as searches
from app.domain.access import PUBLIC
from app.domain.errors import Missing, NotAcceptable
from app.domain.search import OF_LISTS, PAGING, Search
from app.formats import BY_SUFFIX, FORMATS, TURTLE, Format, dcat, links
from app.formats.dumps import MEDIA_TYPE
from app.formats.links import Link
from app.formats.negotiation import choose
from app.register.reading import Page

A_PAGE = 100
SYNTAXES = tuple(row for row in FORMATS if row.many)
OF_CATALOG = tuple(name for name in OF_LISTS if name not in ("sort", "lang"))
"""Ordered by permanent name, and by nothing else: nothing moves between pages."""

OF_DUMPS = tuple(name for name in OF_CATALOG if name not in PAGING)
_PACKED = {MEDIA_TYPE: {"type": "string", "format": "binary"}}

router = APIRouter()


async def asked(request: Request) -> Search:
    """What is sought of the catalogue."""
    given = {"sort": "slug", "page_size": A_PAGE}
    return searches.read(request.query_params.multi_items(), names=OF_CATALOG, given=given)


async def whole(request: Request) -> Search:
    """What is sought of the whole catalogue."""
    pairs = request.query_params.multi_items()
    return searches.read(pairs, names=OF_DUMPS, given={"sort": "slug"})


async def syntax(suffix: str) -> Format:
    """The syntax of the suffix, if the catalogue has it. Raises Missing."""
    row = BY_SUFFIX.get(suffix)
    if row is None or row not in SYNTAXES:
        raise Missing("syntax", suffix[:20])
    return row


Asked = Annotated[Search, Depends(asked)]
Whole = Annotated[Search, Depends(whole)]
Syntax = Annotated[Format, Depends(syntax)]


@router.get(
    "/catalog",
    operation_id="negotiateCatalog",
    summary="Read the catalogue in the syntax that Accept names",
    tags=["catalogue"],
    **reads(voices(SYNTAXES), 406, takes=parameters(*OF_CATALOG)),
)
def catalog(request: Request, search: Asked, register: Reads) -> Response:
    """The catalogue in the syntax that `Accept` asks for: Turtle for whoever takes anything."""
    accept = ",".join(request.headers.getlist("accept")) or None
    syntax = choose(accept, SYNTAXES, TURTLE)
    if syntax is None:
        raise NotAcceptable(tuple(row.media_type for row in SYNTAXES))
    return _page(request, syntax, register.find(search, PUBLIC))


@router.get(
    "/catalog.{suffix}.gz",  # noqa: FAST003 `syntax` takes it
    operation_id="getDump",
    summary="Take the whole catalogue in one compressed file",
    tags=["catalogue"],
    **reads(_PACKED, 404, takes=parameters(suffix_of(SYNTAXES), *OF_DUMPS)),
)
def dump(request: Request, row: Syntax, search: Whole, register: Reads) -> Response:
    """The whole catalogue in one syntax: what all its pages say, of one day and one position."""
    context = register.survey(search, PUBLIC)
    head = answer(
        request,
        b"",
        MEDIA_TYPE,
        tag(context.head.position, context, f"{row.suffix}.gz"),
        changed(context, context.head.recorded_at),
        {"Content-Disposition": f'attachment; filename="catalog.{row.suffix}.gz"'},
        links.of_catalogue(context.base, request.query_params.multi_items(), None),
    )
    del head.headers["Content-Length"]
    if head.status_code == 304 or "head" in request.scope or row.dump is None:
        return head
    # At the position that the head names, whatever is recorded meanwhile.
    fixed = replace(search, as_of=context.day, at=context.head.position)
    return StreamingResponse(
        row.dump(register.walk(fixed, PUBLIC).entries, context), headers=head.headers
    )


@router.get(
    "/catalog.{suffix}",  # noqa: FAST003 `syntax` takes it
    operation_id="getCatalog",
    summary="Read the catalogue in the syntax of the suffix",
    tags=["catalogue"],
    **reads(voices(SYNTAXES), 404, takes=parameters(suffix_of(SYNTAXES), *OF_CATALOG)),
)
def catalog_in(request: Request, row: Syntax, search: Asked, register: Reads) -> Response:
    """The catalogue in the syntax of the suffix: ttl, jsonld, rdf or nt."""
    return _page(request, row, register.find(search, PUBLIC))


def _page(request: Request, syntax: Format, page: Page) -> Response:
    around, search = page.context, page.search
    told = around
    last = max(1, -(-page.total // search.page_size))
    here = f"/catalog.{syntax.suffix}"  # a later page comes in the type of the first
    seen = around if last > 1 else None

    def numbered(number: int) -> str:
        return neighbour(request, here, seen, page=number)

    described = dcat.Page(
        entries=page.entries,
        total=page.total,
        catalogue=f"{told.base}/catalog",
        address=numbered(search.page),
        first=numbered(1),
        last=numbered(last),
        previous=numbered(search.page - 1) if search.page > 1 else None,
        next=neighbour(request, here, seen, cursor=page.cursor) if page.cursor else None,
    )
    neighbours = {
        "first": described.first,
        "last": described.last,
        "prev": described.previous,
        "next": described.next,
    }
    assert syntax.many is not None  # noqa: S101 chosen among those that have one
    return answer(
        request,
        syntax.many(described, told),
        syntax.media_type,
        tag(around.head.position, around, syntax.suffix),
        changed(around, around.head.recorded_at),
        None,
        [
            *(Link(rel, address) for rel, address in neighbours.items() if address),
            *links.of_catalogue(told.base, request.query_params.multi_items(), syntax),
        ],
    )
