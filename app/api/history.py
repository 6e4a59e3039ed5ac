"""What changed by program: two days side by side, how deadlines moved, the days of the past."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import MAXYEAR, UTC, date, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from app import formats
from app.api import deps, lists
from app.api.deps import Read, Slug
from app.api.openapi import ACTIONS, FILE_NAME, OPENINGS, Kind, media_types
from app.domain import search as searches
from app.domain.claims import OPENING_TYPES, TYPES
from app.domain.errors import BadQuery, Missing, Unfit
from app.domain.ledger import paris_day
from app.domain.search import ANY_TYPE, OF_DIFF, OF_LISTS, Export, Search
from app.formats import CSV, FORMATS, HTML, Format, columns, document, links, table
from app.formats.links import Link
from app.register import log
from app.register.log import Diff, History
from app.register.reading import Reading

PAGES = ("page", "page_size")
Asked = tuple[Search | None, Search, Export]
TIMEMAP = Format("timemap", links.TIMEMAP, "timemap")
EXAMPLE = date(2025, 9, 2)
router = APIRouter()
_reading = partial(deps.reading, router)


# Two days or two positions.


def _read(pairs: searches.Pairs, names: Sequence[str]) -> Asked:
    """The earlier end, the later one, and how it is written.

    What is left out of the earlier end is as at the later one; None where all of it is.
    """
    given = {"type": TYPES, "spreadsheet": False}
    values = searches.read_values(pairs, names, given, ANY_TYPE)
    day, last_day, place, last_place = (values.pop(name, None) for name in OF_DIFF)
    export = Export(spreadsheet=values.pop("spreadsheet"))
    later = Search(**values, as_of=last_day, at=last_place)
    if day is None and place is None:
        return None, later, export
    place = last_place if place is None else place
    return replace(later, as_of=day or last_day, at=place), later, export


def _compared(path: str, name: str, summary: str, offered: Sequence[Format]) -> None:
    """The route of a comparison: in pages as JSON, whole as CSV. `Accept` decides between both."""
    several = len(offered) > 1
    takes = (*OF_DIFF, *(PAGES if several else ("spreadsheet",)))
    ends = Annotated[Asked, deps.query(_read, names=(*takes, "type"))]

    @_reading(
        *(path, summary, media_types(offered, "Diff"), *((406,) if several else ())),
        takes=(*takes, ANY_TYPE),
        operation_id=name,
        tags=["ledger"],
    )
    def compared(caller: Read, asked: ends) -> Response:
        """Every entry that differs, with what changed, by which claims and texts."""
        request, (earlier, later, export) = caller.request, asked
        if deps.chosen(request, offered, formats.JSON) is CSV:
            return _table(request, log.diff(caller.register, earlier, later, whole=True), export)
        return _document(request, log.diff(caller.register, earlier, later))


_compared("/api/v1/diff", "compareDays", "Compare two days or two positions", (formats.JSON, CSV))
_compared(
    "/api/v1/diff.csv", "compareDaysInCsv", "Compare two days or two positions, in CSV", (CSV,)
)


_OF_PAGE = (*OF_DIFF, *PAGES, "lang")
_page = partial(_reading, answers=media_types([HTML]), takes=(*_OF_PAGE, ANY_TYPE), tags=["pages"])


@_page("/comparer", "Read what changed between two days (fr)", operation_id="readDiffInFrench")
@_page("/diff", "Read what changed between two days")
def read_diff(
    caller: Read, asked: Annotated[Asked, deps.query(_read, names=(*_OF_PAGE, "type"))]
) -> Response:
    """The same for people: yesterday and today, unless days are named."""
    earlier, later, _ = asked
    compared = log.diff(caller.register, earlier, later)
    shown = partial(caller.pages.diff, compared)
    return deps.page(caller.request, later, shown, compared.later)


def _document(request: Request, compared: Diff) -> Response:
    earlier, later = compared.earlier, compared.later
    rows = [
        document.difference(row.before, row.after, row.events, earlier, later)
        for row in compared.differences
    ]
    last = compared.search.last_page(compared.total)
    ends: dict[str, Any] = {"from": earlier.day, "to": later.day}
    ends |= {"from_at": earlier.snapshot.position, "to_at": later.snapshot.position}
    around = deps.numbered(request, later, compared.search.page, last, None, (), **ends)
    body = deps.envelope(rows, compared.total, later, compared.search, around)
    body |= {"from": document.register(earlier), "to": body.pop("register")}
    return deps.in_json(request, body, later, "diff", leads=deps.related(around))


def _table(request: Request, compared: Diff, export: Export) -> Response:
    earlier, later = compared.earlier, compared.later
    rows = ((row.before, row.after, row.events) for row in compared.differences)
    lines = table.csv(columns.differences(rows, earlier, later), spreadsheet=export.spreadsheet)
    headers = deps.named(f"diff-{earlier.day}-{later.day}-p{later.snapshot.position}.csv")
    head = deps.answer(request, b"", CSV, later, headers=headers)
    return deps.streamed(request, head, lines)


# Moves of deadlines.

OF_MOVES = tuple(name for name in OF_LISTS if name not in ("sort", "lang", "cursor", "type"))
TABLES = [row for row in FORMATS if row.whole and "alarm" not in row.takes]


def _sought(pairs: searches.Pairs) -> Search:
    return Search(**searches.read_values(pairs, (*OF_MOVES, "type"), None, ANY_TYPE))


@_reading(
    *("/api/v1/moves", "List how deadlines moved", "MoveList", 401),
    takes=(*OF_MOVES, ANY_TYPE),
    tags=["statistics"],
)
def list_moves(caller: Read, search: Annotated[Search, deps.query(_sought)]) -> Response:
    """One row a move, by permanent name: all that is needed to count every figure again."""
    request, page = caller.request, caller.register.moves(search, caller.actor)
    context = page.context
    around = deps.numbered(request, context, search.page, search.last_page(page.total))
    rows = [document.move(move, entry, context) for move, entry in page.moves]
    body = deps.envelope(rows, page.total, context, search, around)
    leads = [*deps.related(around), *_others(request, context.base, formats.JSON)]
    return deps.in_json(request, body, context, "moves", leads=leads)


def _export(form: Format) -> None:
    """The route of all moves in a format."""
    unlike = (*PAGES, "layout")
    names = [name for name in (*OF_MOVES, *form.takes) if name not in unlike]
    read = deps.query(searches.read_export, names=[*names, "type"], of=columns.MOVES.name)
    asks = Annotated[tuple[Search, Export], read]

    @_reading(
        *(f"/moves.{form.suffix}", f"Take all moves in {form.suffix}", media_types([form])),
        takes=(*names, ANY_TYPE),
        headers=FILE_NAME,
        operation_id=f"exportMovesIn{form.name.title().replace('_', '')}",
        tags=["statistics"],
    )
    def whole(caller: Read, asked: asks) -> Response:
        """One row a move, of all that is sought, as of one day and one position."""
        leads = _others(caller.request, caller.register.site.base, form)
        return lists.download(caller, form, *asked, leads)


for _form in TABLES:
    _export(_form)


def _others(request: Request, base: str, form: Format) -> Iterator[Link]:
    """The same moves in other formats."""
    unlike = (*PAGES, *searches.OF_EXPORTS)
    asked = [pair for pair in deps.pairs(request) if pair[0] not in unlike]
    for row in (formats.JSON, *TABLES):
        if row is not form:
            path = "/api/v1/moves" if row is formats.JSON else f"/moves.{row.suffix}"
            yield Link("alternate", links.queried(base + path, asked), row.media_type)


# The days of an entry, and of lists: for arrows, and for web archives (Memento, RFC 7089).


At = Annotated[Search, deps.sought(("at",))]


@deps.of_each_kind(
    *(router, "/api/v1{entry}/days", "List the days on which an {} changed", "History", 404, 410),
    takes=["at"],
    name="list{}Days",
)
def list_days(caller: Read, slug: Slug, asked: At) -> Response:
    """The days and the positions on which something changed, each with its address."""
    entry, course = log.course(caller.register, slug, asked.at)
    body = document.course(entry, course.days, course.events, course.context)
    return deps.in_json(caller.request, body, course.context, "days")


_ORIGINAL = re.compile(
    r"/|(?P<api>/api/v1)?/(?P<kind>openings|actions)"
    r"(/(?P<slug>[A-Za-z0-9-]+(/[A-Za-z0-9-]+)?))?(\.(?P<suffix>[a-z]+))?",
    re.ASCII,
)


def _is_offered(known: re.Match[str], kind: Kind) -> bool:
    """Whether a list or an entry is offered in the format of the suffix. The API has none."""
    form = formats.BY_SUFFIX.get(known["suffix"])
    if form is None or known["api"]:
        return False
    if known["slug"]:
        return form in kind.offered
    return form is formats.JSON or bool(form.whole or form.log)


Past = tuple[Kind, str | None, str]
"""What the past is asked of: a list, or an entry by its name, at an address."""


def original(request: Request) -> Past:
    """The list or the entry at the end of an address. What is none has no past."""
    path = request.path_params["path"]
    known = _ORIGINAL.fullmatch(f"/{path}")
    kind = ACTIONS if known and known["kind"] == ACTIONS.plural else OPENINGS
    if known is None or (known["suffix"] and not _is_offered(known, kind)):
        raise Missing("entry", path[:100])
    if known["slug"] and ("/" in known["slug"]) != (kind is ACTIONS):
        raise Missing(kind.name, known["slug"])
    return kind, known["slug"], f"{request.app.state.site.base}/{path}"


Original = Annotated[Past, original]


def _course(kind: Kind, slug: str | None, register: Reading) -> History:
    if slug is None:
        return log.course_of_list(register, kind.search[1].get("type", OPENING_TYPES))
    return log.course(register, slug)[1]


def get_timemap(caller: Read, past: Original) -> Response:
    """All days on which a list or an entry changed, as links (RFC 7089, 5)."""
    kind, slug, address = past
    course = _course(kind, slug, caller.register)
    body = links.timemap(address, course.days, course.context.base).encode()
    return deps.answer(caller.request, body, TIMEMAP, course.context)


def find_day(caller: Read, past: Original) -> Response:
    """The address as of the day of `Accept-Datetime`, or of the nearest one (RFC 7089, 4)."""
    kind, slug, address = past
    query = [pair for pair in deps.pairs(caller.request) if pair[0] not in deps.SEEN_FROM]
    names = kind.search[0] if slug is None else ("lang",)
    searches.read_values(query, (*names, *searches.OF_EXPORTS, *searches.OF_FEEDS))
    course = _course(kind, slug, caller.register)
    first, last = course.days[0] if course.days else course.context.day, course.context.day
    day = min(max(first, _day_asked(caller.request) or last), last)
    headers = {
        "Location": links.queried(address, [*query, ("as_of", str(day))]),
        "Vary": "Accept-Datetime",
        "Link": links.header(links.of_past(address, course.context.base, query)),
    }
    return Response(None, 302, headers)


_past = partial(router.add_api_route, include_in_schema=False)
_past("/timemap/{path:path}", deps.served(get_timemap, deps.no_parameters))
_past("/timegate/{path:path}", deps.served(find_day))


def _day_asked(request: Request) -> date | None:
    """The day in Paris of `Accept-Datetime`. Raises BadQuery where it is no date of HTTP."""
    asked = request.headers.get("accept-datetime")
    if asked is None:
        return None
    try:
        moment = datetime.strptime(asked, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        why = Unfit("A date of HTTP, such as {example}.", example=links.http_day(EXAMPLE))
        raise BadQuery(("Accept-Datetime", why)) from None
    # Paris is ahead: the last hour of the calendar has no day there.
    return moment.date() if moment.year == MAXYEAR else paris_day(moment)
