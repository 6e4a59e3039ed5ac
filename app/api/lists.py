"""Lists of openings and actions: in pages, whole, as a feed, in figures, and as the catalogue."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from app import formats
from app.api import deps, openapi
from app.api.deps import Anyone, Pages, Prose, Reads, pairs, sought
from app.api.openapi import FILE_NAME, JSON, Kind, Takes, in_path, media_types, suffix_of
from app.domain import search as searches
from app.domain.access import PUBLIC
from app.domain.context import Context
from app.domain.errors import Missing
from app.domain.search import ANY_TYPE, OF_FEEDS, OF_LISTS, OF_STATISTICS, PAGING, Export, Search
from app.formats import (
    ATOM,
    CSV,
    FORMATS,
    HTML,
    SCHEMAS,
    TURTLE,
    Format,
    columns,
    dcat,
    document,
    links,
    table,
)
from app.formats.feeds import Feed
from app.formats.links import Link
from app.register import log
from app.register.log import Log
from app.register.reading import Page, Reading, Walk

A_PAGE, LATEST = 100, 10**15
"""How many entries a page of the catalogue has; and a place after every position."""
SYNTAXES = tuple(row for row in FORMATS if row.page)
OF_CATALOG = tuple(name for name in OF_LISTS if name not in ("sort", "lang"))
"""Ordered by permanent name, and by nothing else: nothing moves between pages."""

OF_DUMPS = tuple(name for name in OF_CATALOG if name not in PAGING)
InCatalog = Annotated[Search, sought(OF_CATALOG, sort="slug", page_size=A_PAGE)]
InDump = Annotated[Search, sought(OF_DUMPS, sort="slug")]
_SYNTAX = suffix_of(SYNTAXES, "syntax")
_PACKED = {links.GZIP: {"type": "string", "format": "binary"}}
_TABLE = in_path("name", "The list.", "openings", enum=list(SCHEMAS))

Followed = tuple[Search, int | None]
router = APIRouter()
_reading = partial(deps.reading, router)
_catalog = partial(_reading, tags=["catalogue"])


def _paged(kind: Kind, path: str, name: str, summary: str, offered: Sequence[Format]) -> None:
    """The route of a list in pages. Where several formats are offered, `Accept` decides."""
    refusals = (401, 406) if len(offered) > 1 else (401,)
    names, given = kind.search
    asks = Annotated[Search, sought(names, **given)]

    @_reading(
        *(path, summary.format(kind.name), media_types(offered, kind.page), *refusals),
        takes=names,
        **kind.named(name),
    )
    def paged(
        request: Request, search: asks, register: Reads, actor: Anyone, pages: Pages
    ) -> Response:
        """A page at a time, all of one day and one position of the ledger."""
        if deps.chosen(request, offered, formats.JSON) is HTML:
            return _page(request, register, register.find(search, PUBLIC), pages)
        return _document(request, register.find(search, actor))


@_reading("/", "Read the page of openings", media_types([HTML]), takes=OF_LISTS, tags=["pages"])
def read_page(
    request: Request, search: Annotated[Search, sought(OF_LISTS)], register: Reads, pages: Pages
) -> Response:
    """The page: what is promised, by when, and what came of it."""
    return _page(request, register, register.find(search, PUBLIC), pages)


def _document(request: Request, page: Page) -> Response:
    """A page of a list in its envelope, with its neighbours in `Link`."""
    context, search, around = page.context, page.search, _around(request, page)
    marks = {slug: {"highlights": asdict(known)} for slug, known in page.highlights.items()}
    rows = (document.spelt(row, context, marks.get(row.slug, {})) for row in page.rows)
    more = {"page": None} if search.after else {}
    around_it = deps.envelope(
        [], page.total, context, search, around, cursor=page.cursor, facets=page.facets, **more
    )
    body = document.encode(around_it).replace(b"[]", b"[%b]" % b",".join(rows), 1)
    others = links.of_list(context.base, pairs(request), formats.JSON, of_actions=_of_actions(page))
    leads = [*deps.related(around), *deps.past(request, context.base), *others]
    return deps.answer(request, body, formats.JSON, context, leads=leads)


def _around(request: Request, page: Page) -> dict[str, str]:
    """The addresses of the pages around this one. A cursor only goes on."""
    context, search = page.context, page.search
    if search.after is None:
        return deps.numbered(request, context, search.page, search.last_page(page.total))
    return {"next": deps.neighbour(request, context, cursor=page.cursor)} if page.cursor else {}


def _page(request: Request, register: Reading, page: Page, pages: Any) -> Response:
    """A page of a list for people: what everyone may see, under what it all amounts to."""
    context = page.context
    overview = register.overview(context.snapshot, of_actions=_of_actions(page))
    leads = [
        *deps.past(request, context.base),
        *links.of_list(context.base, pairs(request), HTML, of_actions=_of_actions(page)),
        Link("api-catalog", f"{context.base}/.well-known/api-catalog"),
    ]
    shown = partial(pages.listing, page, overview)
    return deps.page(request, page.search, shown, context, leads=leads)


def _of_actions(page: Page) -> bool:
    return page.search.type == ("action",)


# Whole lists.


def _whole(kind: Kind, form: Format) -> None:
    """The route of a whole list in a format."""
    names, given = searches.names_of_export(kind.plural, form.takes), kind.search[1]
    written = form.name.title().replace("_", "")

    @_reading(
        *(f"{kind.path}.{form.suffix}", f"Take all {kind.name}s in {form.suffix}"),
        media_types([form]),
        takes=names,
        headers=FILE_NAME,
        **kind.named(f"export{{}}sIn{written}"),
    )
    def whole(request: Request, register: Reads) -> Response:
        """All that is sought, in one answer, as of one day and one position."""
        query = pairs(request)
        search, export = searches.read_export(query, names=names, given=given)
        base, of_actions = register.site.base, kind is openapi.ACTIONS
        others = links.of_list(base, query, form, of_actions=of_actions)
        leads = [*deps.past(request, base), *others]
        return taken(request, form, register.walk(search, PUBLIC), export, leads)


def taken(
    request: Request, form: Format, walk: Walk, export: Export, leads: Iterable[Link]
) -> Response:
    """A whole list, as a file."""
    context = walk.context
    file = f"{export.of}-{context.day}-p{context.head.position}.{form.suffix}"
    leads = [*_columns(form, export, context), *leads]
    head = deps.answer(request, b"", form, context, headers=deps.named(file), leads=leads)
    assert form.whole is not None  # noqa: S101 chosen among those that have one
    return deps.streamed(request, head, form.whole(walk.rows, export, context))


def _columns(form: Format, export: Export, context: Context) -> Iterator[Link]:
    """Where the columns are explained, of a CSV that is as its Table Schema says."""
    if form is CSV and export == Export(of=export.of):
        yield Link("describedby", f"{context.base}/schemas/{export.of}.json", JSON)


@_reading(
    *("/schemas/{name}.json", "Read what the columns of a list are"),
    *({JSON: {"type": "object"}}, 404),
    takes=[_TABLE],
    validated=False,
    tags=["references"],
)
async def get_table_schema(name: str) -> Response:
    """The Table Schema (frictionless) of the CSV of a list, as it is headed by keys."""
    if name not in SCHEMAS:
        raise Missing("schema", name[:20])
    return Response(document.encode(SCHEMAS[name]()), headers={"Content-Type": JSON})


# Feeds of what changes.


def _followed(kind: Kind) -> None:
    known, given = kind.search
    names = tuple(name for name in known if name not in (*PAGING, "sort"))
    asks = Annotated[Followed, deps.query(searches.read_feed, names=names, given=given)]

    @_reading(
        *(f"{kind.path}.atom", f"Follow what changes among the {kind.name}s", media_types([ATOM])),
        takes=[*names, *OF_FEEDS],
        **kind.named("follow{}s"),
    )
    def followed(request: Request, asked: asks, register: Reads) -> Response:
        """Every public event about those that are sought, the newest first, 50 a page."""
        return feed(request, log.find(register, *asked))


def _read_log(path: str, name: str, language: str | None) -> None:
    """The route of the page of the log, at an address of a language if it has one."""
    known, given = openapi.OPENINGS.search
    names = tuple(name for name in known if name not in (*PAGING, "sort"))
    asks = Annotated[Followed, deps.query(searches.read_feed, names=names, given=given)]

    @_reading(
        *(path, "Read what changed" + (f" ({language})" if language else ""), media_types([HTML])),
        takes=[*names, *OF_FEEDS],
        operation_id=name,
        tags=["pages"],
    )
    def read_log(request: Request, asked: asks, register: Reads, pages: Pages) -> Response:
        """What was recorded about the openings that are sought, the newest first."""
        search, before = asked
        # Not the whole of what was recorded at once, which a feed has: a page leads on.
        page = log.find(register, search, before or LATEST)
        shown = partial(pages.log, page)
        return deps.page(request, search, shown, page.context, language or "")


_read_log("/changes", "readLog", None)
_read_log("/changements", "readLogInFrench", "fr")


def feed(request: Request, page: Log) -> Response:
    """A page of a feed, of the entries that were sought or of one."""
    context, entry, about = page.context, page.entry, _feed(request, page)
    near = {"first": about.first, "prev": about.previous, "next": about.next}
    if entry:
        others = links.of_entry(entry, context, ATOM)
    else:
        others = links.of_list(context.base, _kept(request), ATOM, of_actions=about.of_actions)
    assert ATOM.log is not None  # noqa: S101 it is what Atom is for
    return deps.answer(
        request,
        ATOM.log(page.recorded, about, context),
        ATOM,
        context,
        of=(entry.version, entry.modified) if entry else None,
        headers={"Content-Language": page.search.lang},
        leads=[*deps.related(near), *deps.past(request, context.base), *others],
    )


def _kept(request: Request) -> list[tuple[str, str]]:
    """What every page of a feed is asked for with."""
    return [pair for pair in pairs(request) if pair[0] not in OF_FEEDS]


def _feed(request: Request, page: Log) -> Feed:
    """What surrounds a page: its neighbours, under the same filters, and the pages for people."""
    search, entry, base = page.search, page.entry, page.context.base
    of_actions = (entry.type if entry else search.type[0]) == "action"
    every = f"{base}/{'actions' if of_actions else 'openings'}"
    kept = _kept(request)
    filters = tuple(pair for pair in kept if pair[0] != "lang")
    here = f"{every}/{quote(entry.slug)}" if entry else every

    def before(position: int | None) -> str | None:
        if position is None:
            return None
        # Before position 0 is the page that has the newest.
        place = [("before", str(position))] if position else []
        return links.queried(f"{here}.atom", [*kept, *place])

    return Feed(
        language=search.lang,
        of_actions=of_actions,
        entry=entry,
        filters=filters,
        page=links.queried(f"{here}.atom", pairs(request)),
        first=links.queried(f"{here}.atom", kept),
        previous=before(page.newer),
        next=before(page.older),
        alternate=links.queried(here if entry or of_actions else f"{base}/", kept),
        up=f"{every}.atom" if entry or filters else f"{base}/",
    )


for _kind in openapi.KINDS:
    _path, _json, _both = _kind.path, (formats.JSON,), (HTML, formats.JSON)
    _paged(_kind, f"/api/v1{_path}", "list{}s", "List the {}s", _json)
    _paged(_kind, _path, "negotiate{}s", "List the {}s in the format of Accept", _both)
    _paged(_kind, f"{_path}.json", "list{}sInJson", "List the {}s in JSON", _json)
    for _form in FORMATS:
        if _form.whole:
            _whole(_kind, _form)
    _followed(_kind)


# The catalogue, for harvesters: a page of datasets in each syntax, and never a redirect.


def syntax(request: Request) -> Format:
    """The syntax of a suffix. One that is not offered is simply not here."""
    suffix = request.path_params["suffix"]
    row = formats.BY_SUFFIX.get(suffix)
    if row is None or row not in SYNTAXES:
        raise Missing("syntax", suffix[:20])
    return row


Syntax = Annotated[Format, syntax]


@_catalog(
    *("/catalog", "Read the catalogue in the syntax that Accept names"),
    *(media_types([*SYNTAXES, HTML]), 406),
    takes=OF_CATALOG,
)
def negotiate_catalog(
    request: Request, search: InCatalog, register: Reads, prose: Prose
) -> Response:
    """A page of the catalogue in the syntax that `Accept` asks for, else in Turtle.

    For whoever reads pages, what to give to a harvester.
    """
    form, page = deps.chosen(request, (*SYNTAXES, HTML), TURTLE), register.find(search, PUBLIC)
    if form is HTML:
        return _explained(request, search, page, prose)
    return _catalogue(request, form, page)


@_catalog("/catalog.html", "Read what to give to a harvester", media_types([HTML]), takes=["lang"])
def read_about_catalog(
    request: Request, search: Annotated[Search, sought(("lang",))], register: Reads, prose: Prose
) -> Response:
    """The addresses to paste, organisation by organisation, and what the catalogue looks like."""
    page = register.find(replace(search, sort="slug", page_size=1), PUBLIC)
    return _explained(request, search, page, prose)


def _explained(request: Request, search: Search, page: Page, prose: Any) -> Response:
    samples = [
        (row.name, row.entry(entry, page.context))
        for entry in page.entries[:1]
        for row in SYNTAXES
        if row.entry
    ]
    return deps.page(request, search, partial(prose.catalogue, page, samples), page.context)


@_catalog(
    *("/catalog.{suffix}.gz", "Take the whole catalogue in one compressed file", _PACKED, 404),
    takes=[_SYNTAX, *OF_DUMPS],
    headers=FILE_NAME,
)
def get_dump(request: Request, form: Syntax, search: InDump, register: Reads) -> Response:
    """The whole catalogue in one syntax: what all its pages say, of one day and one position."""
    walk = register.walk(search, PUBLIC)
    packed = replace(form, media_type=links.GZIP, suffix=f"{form.suffix}.gz")
    headers = deps.named(f"catalog.{packed.suffix}")
    leads = links.of_catalogue(walk.context.base, pairs(request), None)
    head = deps.answer(request, b"", packed, walk.context, headers=headers, leads=leads)
    assert form.dump is not None  # noqa: S101 every syntax has one
    return deps.streamed(request, head, form.dump(walk.entries, walk.context))


@_catalog(
    *("/catalog.{suffix}", "Read the catalogue in the syntax of the suffix", media_types(SYNTAXES)),
    404,
    takes=[_SYNTAX, *OF_CATALOG],
)
def get_catalog(request: Request, form: Syntax, search: InCatalog, register: Reads) -> Response:
    """A page of the catalogue in the syntax of the suffix: ttl, jsonld, rdf or nt."""
    return _catalogue(request, form, register.find(search, PUBLIC))


def _catalogue(request: Request, form: Format, page: Page) -> Response:
    context, number, last = page.context, page.search.page, page.search.last_page(page.total)
    here = f"/catalog.{form.suffix}"  # a later page comes in the type of the first
    fixed = deps.SEEN_FROM if last > 1 else ()
    around = deps.numbered(request, context, number, last, here)
    around.pop("next", None)
    if page.cursor:
        around["next"] = deps.neighbour(request, context, here, fixed, cursor=page.cursor)
    described = dcat.Page(
        entries=page.entries,
        total=page.total,
        catalogue=f"{context.base}/catalog",
        address=deps.neighbour(request, context, here, fixed, page=number),
        first=around["first"],
        last=around["last"],
        previous=around.get("prev"),
        next=around.get("next"),
    )
    leads = links.of_catalogue(context.base, pairs(request), form)
    assert form.page is not None  # noqa: S101 chosen among those that have one
    body = form.page(described, context)
    return deps.answer(request, body, form, context, leads=[*deps.related(around), *leads])


# In figures.


_OF_BOTH = ("Statistics", "TextStatistics")
EITHER = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in _OF_BOTH]}


def _counted(path: str, name: str, summary: str, offered: Sequence[Format]) -> None:
    """The route of figures. Where several formats are offered, `Accept` decides."""
    several = len(offered) > 1
    names = OF_STATISTICS if several else (*OF_STATISTICS, "spreadsheet")
    takes: Sequence[Takes] = [*(name for name in names if name != "type"), ANY_TYPE]
    read = deps.query(searches.read_statistics, names=names)
    asks = Annotated[tuple[Search, str, Export], read]

    @_reading(
        *(path, summary, media_types(offered, EITHER), 401, *((406,) if several else ())),
        takes=takes,
        operation_id=name,
        tags=["statistics"],
    )
    def counted(request: Request, asked: asks, register: Reads, actor: Anyone) -> Response:
        """Entries in figures by publisher, type or year, or moves by text; then all together."""
        search, by, export = asked
        form = deps.chosen(request, offered, formats.JSON)
        counted, context = register.statistics(search, by, actor)
        leads = links.of_statistics(context.base, pairs(request), in_csv=form is CSV)
        if form is formats.JSON:
            return deps.in_json(
                request, document.statistics(counted, context), context, leads=leads
            )
        headers = deps.named(f"statistics-{by}-{context.day}-p{context.head.position}.csv")
        sheet = columns.statistics(counted, context)
        body = b"".join(table.csv(sheet, spreadsheet=export.spreadsheet))
        return deps.answer(request, body, CSV, context, headers=headers, leads=leads)


_PATH, _SUMMARY = "/api/v1/statistics", "Count what was kept, put off and late"
_counted(_PATH, "readStatistics", _SUMMARY, (formats.JSON, CSV))
_counted(f"{_PATH}.csv", "readStatisticsInCsv", f"{_SUMMARY}, in CSV", (CSV,))
