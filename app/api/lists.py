"""Lists of openings and actions: in pages, whole, as a feed, in figures, and as the catalogue."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from app import formats
from app.api import deps, openapi
from app.api.deps import Caller, OfKind, Read, pairs, sought
from app.api.openapi import FILE_NAME, JSON, Kind, Row, Takes, in_path, media_types, suffix_of
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
from app.register.reading import Page

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
_of_each = partial(deps.of_each_kind, router)
_catalog = partial(_reading, tags=["catalogue"])
_page = partial(_reading, answers=media_types([HTML]), tags=["pages"])


def _in_json(kind: Kind) -> Row:
    return media_types((formats.JSON,), kind.page)


def _names(kind: Kind) -> tuple[str, ...]:
    return kind.search[0]


def sought_of_kind(request: Request) -> Search:
    """What is sought of a list, with the parameters that lists of its kind take."""
    names, given = deps.kind(request).search
    return searches.read(pairs(request), names=names, given=given)


Sought = Annotated[Search, sought_of_kind]


@_of_each(*("/api/v1{list}", "List the {}s", _in_json, 401), takes=_names, name="list{}s")
@_of_each(
    *("{list}.json", "List the {}s in JSON", _in_json, 401), takes=_names, name="list{}sInJson"
)
def list_entries(caller: Read, search: Sought) -> Response:
    """A page at a time, all of one day and one position of the ledger."""
    return _document(caller.request, caller.register.find(search, caller.actor))


@_of_each(
    *("{list}", "List the {}s in the format of Accept"),
    lambda kind: media_types((HTML, formats.JSON), kind.page),
    *(401, 406),
    takes=_names,
    name="negotiate{}s",
)
def negotiate_entries(caller: Read, search: Sought) -> Response:
    """A page at a time, all of one day and one position of the ledger."""
    if deps.chosen(caller.request, (HTML, formats.JSON), formats.JSON) is HTML:
        return read_page(caller, search)
    return list_entries(caller, search)


@_page("/", "Read the page of openings", takes=OF_LISTS)
def read_page(caller: Read, search: Sought) -> Response:
    """The page: what is promised, by when, and what came of it."""
    request, page = caller.request, caller.register.find(search, PUBLIC)
    context, of_actions = page.context, _of_actions(page)
    overview = caller.register.overview(context.snapshot, of_actions=of_actions)
    leads = [
        *deps.past(request, context.base),
        *links.of_list(context.base, pairs(request), HTML, of_actions=of_actions),
        Link("api-catalog", f"{context.base}/.well-known/api-catalog"),
    ]
    shown = partial(caller.pages.listing, page, overview)
    return deps.page(request, page.search, shown, context, leads=leads)


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


def _of_actions(page: Page) -> bool:
    return page.search.type == ("action",)


# Whole lists.


def _whole(form: Format) -> None:
    """The routes of the whole lists in a format."""

    @_of_each(
        *(f"{{list}}.{form.suffix}", f"Take all {{}}s in {form.suffix}", media_types([form])),
        takes=lambda kind: searches.names_of_export(kind.plural, form.takes),
        name=f"export{{}}sIn{form.name.title().replace('_', '')}",
        headers=FILE_NAME,
    )
    def whole(caller: Read, kind: OfKind) -> Response:
        """All that is sought, in one answer, as of one day and one position."""
        query, base = pairs(caller.request), caller.register.site.base
        names = searches.names_of_export(kind.plural, form.takes)
        search, export = searches.read_export(query, names=names, given=kind.search[1])
        others = links.of_list(base, query, form, of_actions=kind is openapi.ACTIONS)
        return download(caller, form, search, export, [*deps.past(caller.request, base), *others])


for _form in FORMATS:
    if _form.whole:
        _whole(_form)


def download(
    caller: Caller, form: Format, search: Search, export: Export, leads: Iterable[Link]
) -> Response:
    """A whole list, as a file."""
    walk, request = caller.register.walk(search, PUBLIC), caller.request
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


def _of_feed(kind: Kind) -> tuple[str, ...]:
    """What seeks the entries whose events are followed."""
    return tuple(name for name in kind.search[0] if name not in (*PAGING, "sort"))


def followed(request: Request) -> Followed:
    """The entries whose events are sought, and before which position."""
    kind = deps.kind(request)
    return searches.read_feed(pairs(request), names=_of_feed(kind), given=kind.search[1])


InFeed = Annotated[Followed, followed]


@_of_each(
    *("{list}.atom", "Follow what changes among the {}s", media_types([ATOM])),
    takes=lambda kind: [*_of_feed(kind), *OF_FEEDS],
    name="follow{}s",
)
def follow_entries(caller: Read, asked: InFeed) -> Response:
    """Every public event about those that are sought, the newest first, 50 a page."""
    return feed(caller.request, log.find(caller.register, *asked))


_OF_LOG = (*_of_feed(openapi.OPENINGS), *OF_FEEDS)


@_page("/changements", "Read what changed (fr)", takes=_OF_LOG, operation_id="readLogInFrench")
@_page("/changes", "Read what changed", takes=_OF_LOG)
def read_log(caller: Read, asked: InFeed) -> Response:
    """What was recorded about the openings that are sought, the newest first."""
    search, before = asked
    # Not the whole of what was recorded at once, which a feed has: a page leads on.
    page = log.find(caller.register, search, before or LATEST)
    shown = partial(caller.pages.log, page)
    return deps.page(caller.request, search, shown, page.context)


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
def negotiate_catalog(caller: Read, search: InCatalog) -> Response:
    """A page of the catalogue in the syntax that `Accept` asks for, else in Turtle.

    For whoever reads pages, what to give to a harvester.
    """
    form = deps.chosen(caller.request, (*SYNTAXES, HTML), TURTLE)
    return _explained(caller, search) if form is HTML else get_catalog(caller, form, search)


@_catalog("/catalog.html", "Read what to give to a harvester", media_types([HTML]), takes=["lang"])
def read_about_catalog(caller: Read, search: Annotated[Search, sought(("lang",))]) -> Response:
    """The addresses to paste, organisation by organisation, and what the catalogue looks like."""
    return _explained(caller, replace(search, sort="slug", page_size=1))


def _explained(caller: Caller, search: Search) -> Response:
    page = caller.register.find(search, PUBLIC)
    samples = [
        (row.name, row.entry(entry, page.context))
        for entry in page.entries[:1]
        for row in SYNTAXES
        if row.entry
    ]
    shown = partial(caller.prose.catalogue, page, samples)
    return deps.page(caller.request, search, shown, page.context)


@_catalog(
    *("/catalog.{suffix}.gz", "Take the whole catalogue in one compressed file", _PACKED, 404),
    takes=[_SYNTAX, *OF_DUMPS],
    headers=FILE_NAME,
)
def get_dump(caller: Read, form: Syntax, search: InDump) -> Response:
    """The whole catalogue in one syntax: what all its pages say, of one day and one position."""
    request, walk = caller.request, caller.register.walk(search, PUBLIC)
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
def get_catalog(caller: Read, form: Syntax, search: InCatalog) -> Response:
    """A page of the catalogue in the syntax of the suffix: ttl, jsonld, rdf or nt."""
    request, page = caller.request, caller.register.find(search, PUBLIC)
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
    def counted(caller: Read, asked: asks) -> Response:
        """Entries in figures by publisher, type or year, or moves by text; then all together."""
        search, by, export = asked
        request, form = caller.request, deps.chosen(caller.request, offered, formats.JSON)
        counted, context = caller.register.statistics(search, by, caller.actor)
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
