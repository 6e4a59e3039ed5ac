"""Lists of openings and actions: in pages, whole in one answer, and as the DCAT catalogue."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app import formats
from app.api.deps import (
    KINDS,
    OPENINGS,
    Anyone,
    Kind,
    Pages,
    Reads,
    answer,
    chosen,
    language,
    neighbour,
    no_parameters,
    numbered,
    pairs,
    sought,
    streamed,
)
from app.api.openapi import FILE_NAME, in_path, media_types, parameters, reads, suffix_of
from app.api.schemas import JSON
from app.domain import search as searches
from app.domain.access import PUBLIC
from app.domain.context import Context
from app.domain.errors import Missing
from app.domain.search import OF_LISTS, PAGING, Export, Search
from app.formats import CSV, FORMATS, HTML, TURTLE, Format, dcat, document, links
from app.formats.columns import TABLES
from app.formats.document import encode
from app.formats.dumps import MEDIA_TYPE
from app.formats.links import Link
from app.register.reading import Page

A_PAGE = 100
SYNTAXES = tuple(row for row in FORMATS if row.many)
OF_CATALOG = tuple(name for name in OF_LISTS if name not in ("sort", "lang"))
"""Ordered by permanent name, and by nothing else: nothing moves between pages."""

OF_DUMPS = tuple(name for name in OF_CATALOG if name not in PAGING)
InDump = Annotated[Search, sought(OF_DUMPS, sort="slug")]
InCatalog = Annotated[Search, sought(OF_CATALOG, sort="slug", page_size=A_PAGE)]
_SYNTAX = suffix_of(SYNTAXES, "syntax")
_PACKED = {MEDIA_TYPE: {"type": "string", "format": "binary"}}
_TABLE = in_path("name", "The list.", "openings", enum=list(TABLES))

router = APIRouter()


def _paged(kind: Kind, path: str, name: str, summary: str, offered: Sequence[Format]) -> None:
    """The route of a list in pages. Where several formats are offered, `Accept` decides."""
    refusals = (401, 406) if len(offered) > 1 else (401,)

    @router.get(
        path,
        operation_id=name,
        summary=summary,
        tags=[kind.plural],
        **reads(media_types(offered, kind.page), *refusals, takes=parameters(*kind.takes)),
    )
    def paged(
        request: Request,
        search: Annotated[Search, sought(kind.takes, **kind.given)],
        register: Reads,
        actor: Anyone,
        pages: Pages,
    ) -> Response:
        """A page at a time, all of one day and one position of the ledger."""
        if chosen(request, offered, formats.JSON) is HTML:
            return _page(request, register.find(search, PUBLIC), pages)
        return _document(request, register.find(search, actor))


@router.get(
    "/",
    operation_id="readPage",
    summary="Read the page of openings",
    tags=["pages"],
    **reads(media_types([HTML]), takes=parameters(*OF_LISTS)),
)
def home(
    request: Request, search: Annotated[Search, sought(OF_LISTS)], register: Reads, pages: Pages
) -> Response:
    """The page: what is promised, by when, and what came of it."""
    return _page(request, register.find(search, PUBLIC), pages)


def _document(request: Request, page: Page) -> Response:
    """A page of a list in its envelope, with its neighbours in `Link`."""
    context, search = page.context, page.search
    around = _around(request, page)
    body = {
        "data": [
            document.opening(entry, context, highlights=page.highlights.get(entry.slug))
            for entry in page.entries
        ],
        "page": search.page if search.after is None else None,
        "page_size": search.page_size,
        "total": page.total,
        "next_page": around.get("next"),
        "previous_page": around.get("prev"),
        "cursor": page.cursor,
        "facets": page.facets,
        "register": document.register(context),
    }
    of_actions = search.type == ("action",)
    leads = [
        *(Link(rel, address) for rel, address in around.items()),
        *links.of_list(context.base, pairs(request), formats.JSON, of_actions=of_actions),
    ]
    return answer(request, encode(body), JSON, context, "json", leads=leads)


def _around(request: Request, page: Page) -> dict[str, str]:
    """The addresses of the pages around this one. A cursor only goes on."""
    if page.search.after is None:
        return numbered(request, page.context, page.search.page, page.search.last_page(page.total))
    if page.cursor is None:
        return {}
    return {"next": neighbour(request, page.context, cursor=page.cursor)}


def _page(request: Request, page: Page, pages: Any) -> Response:
    """A page of a list for people: what everyone may see."""
    context, query = page.context, pairs(request)
    of_actions, lang = page.search.type == ("action",), language(request, page.search)
    return answer(
        request,
        pages.listing(page, context, lang, chosen="lang" in request.query_params),
        HTML.media_type,
        context,
        f"html-{lang}",
        headers={"Vary": "Accept, Accept-Language", "Content-Language": lang},
        leads=[
            *links.of_list(context.base, query, HTML, of_actions=of_actions),
            Link("api-catalog", f"{context.base}/.well-known/api-catalog"),
        ],
    )


# Whole lists.


def _whole(kind: Kind, form: Format) -> None:
    """The route of a whole list in a format."""
    names = searches.names_of_export(kind.plural, form.takes)

    @router.get(
        f"{kind.path}.{form.suffix}",
        operation_id=f"export{kind.plural.title()}In{form.name.title().replace('_', '')}",
        summary=f"Take all {kind.plural} in {form.suffix}",
        tags=[kind.plural],
        **reads(media_types([form]), takes=parameters(*names), headers=FILE_NAME),
    )
    def whole(request: Request, register: Reads) -> Response:
        """All that is sought, in one answer, as of one day and one position."""
        query = pairs(request)
        search, export = searches.read_export(query, names=names, given=kind.given)
        walk = register.walk(search, PUBLIC)
        context = walk.context
        file = f"{kind.plural}-{context.day}-p{context.head.position}.{form.suffix}"
        leads = [
            *_columns(form, export, context),
            *links.of_list(context.base, query, form, of_actions=kind is not OPENINGS),
        ]
        headers = {"Content-Disposition": f'attachment; filename="{file}"'}
        head = answer(
            request, b"", form.media_type, context, form.suffix, headers=headers, leads=leads
        )
        assert form.whole is not None  # noqa: S101 chosen among those that have one
        return streamed(request, head, form.whole(walk.entries, export, context))


def _columns(form: Format, export: Export, context: Context) -> Iterator[Link]:
    """Where the columns are explained, of a CSV that is as its Table Schema says."""
    if form is CSV and export == Export(of=export.of):
        yield Link("describedby", f"{context.base}/schemas/{export.of}.json", JSON)


@router.get(
    "/schemas/{name}.json",
    dependencies=[no_parameters],
    operation_id="getTableSchema",
    summary="Read what the columns of a list are",
    tags=["references"],
    **reads({JSON: {"type": "object"}}, 404, takes=parameters(_TABLE), validated=False),
)
async def table_schema(name: str) -> Response:
    """The Table Schema (frictionless) of the CSV of a list, as it is headed by keys."""
    if name not in TABLES:
        raise Missing("schema", name[:20])
    return Response(encode(TABLES[name].schema()), headers={"Content-Type": JSON})


for _kind in KINDS:
    _names, _path, _id = _kind.plural, _kind.path, _kind.plural.title()
    _both = (HTML, formats.JSON)
    _paged(_kind, f"/api/v1{_path}", f"list{_id}", f"List the {_names}", [formats.JSON])
    _paged(_kind, _path, f"negotiate{_id}", f"List the {_names} in the format of Accept", _both)
    _paged(_kind, f"{_path}.json", f"list{_id}InJson", f"List the {_names} in JSON", [formats.JSON])
    for _form in FORMATS:
        if _form.whole:
            _whole(_kind, _form)


# The catalogue, for harvesters: a page of datasets in each syntax, and never a redirect.


async def syntax(suffix: str) -> Format:
    """The syntax of a suffix. One that is not offered is simply not here."""
    row = formats.BY_SUFFIX.get(suffix)
    if row is None or row not in SYNTAXES:
        raise Missing("syntax", suffix[:20])
    return row


async def negotiated(request: Request) -> Format:
    """The syntax that `Accept` asks for: Turtle for whoever takes anything."""
    return chosen(request, SYNTAXES, TURTLE)


Syntax = Annotated[Format, Depends(syntax)]


@router.get(
    "/catalog",
    operation_id="negotiateCatalog",
    summary="Read the catalogue in the syntax that Accept names",
    tags=["catalogue"],
    **reads(media_types(SYNTAXES), 406, takes=parameters(*OF_CATALOG)),
)
def catalog(
    request: Request,
    form: Annotated[Format, Depends(negotiated)],
    search: InCatalog,
    register: Reads,
) -> Response:
    """A page of the catalogue in the syntax that `Accept` asks for."""
    return _catalogue(request, form, register.find(search, PUBLIC))


@router.get(
    "/catalog.{suffix}.gz",  # noqa: FAST003 `syntax` takes it
    operation_id="getDump",
    summary="Take the whole catalogue in one compressed file",
    tags=["catalogue"],
    **reads(_PACKED, 404, takes=parameters(_SYNTAX, *OF_DUMPS), headers=FILE_NAME),
)
def dump(request: Request, form: Syntax, search: InDump, register: Reads) -> Response:
    """The whole catalogue in one syntax: what all its pages say, of one day and one position."""
    walk, name = register.walk(search, PUBLIC), f"{form.suffix}.gz"
    context = walk.context
    headers = {"Content-Disposition": f'attachment; filename="catalog.{name}"'}
    leads = links.of_catalogue(context.base, pairs(request), None)
    head = answer(request, b"", MEDIA_TYPE, context, name, headers=headers, leads=leads)
    assert form.dump is not None  # noqa: S101 every syntax has one
    return streamed(request, head, form.dump(walk.entries, context))


@router.get(
    "/catalog.{suffix}",  # noqa: FAST003 `syntax` takes it
    operation_id="getCatalog",
    summary="Read the catalogue in the syntax of the suffix",
    tags=["catalogue"],
    **reads(
        media_types(SYNTAXES), 404, takes=parameters(suffix_of(SYNTAXES, "syntax"), *OF_CATALOG)
    ),
)
def catalog_in(request: Request, form: Syntax, search: InCatalog, register: Reads) -> Response:
    """A page of the catalogue in the syntax of the suffix: ttl, jsonld, rdf or nt."""
    return _catalogue(request, form, register.find(search, PUBLIC))


def _catalogue(request: Request, form: Format, page: Page) -> Response:
    context, number, last = page.context, page.search.page, page.search.last_page(page.total)
    here = f"/catalog.{form.suffix}"  # a later page comes in the type of the first
    fixed = ("as_of", "at") if last > 1 else ()
    around = numbered(request, context, number, last, here)
    around.pop("next", None)
    if page.cursor:
        around["next"] = neighbour(request, context, here, fixed, cursor=page.cursor)
    described = dcat.Page(
        entries=page.entries,
        total=page.total,
        catalogue=f"{context.base}/catalog",
        address=neighbour(request, context, here, fixed, page=number),
        first=around["first"],
        last=around["last"],
        previous=around.get("prev"),
        next=around.get("next"),
    )
    leads = [
        *(Link(rel, address) for rel, address in around.items()),
        *links.of_catalogue(context.base, pairs(request), form),
    ]
    assert form.many is not None  # noqa: S101 chosen among those that have one
    body = form.many(described, context)
    return answer(request, body, form.media_type, context, form.suffix, leads=leads)
