"""The voices: records in, bytes out. One row per format; knows no SQL and no HTTP."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.domain.commitments import Commitment
from app.domain.context import Context, Recorded
from app.domain.search import Export
from app.formats import (
    agenda,
    columns,
    dcat,
    document,
    feed,
    official,
    opendocument,
    rdf,
    table,
    workbook,
)
from app.formats.dcat import Page
from app.formats.feed import Feed
from app.formats.rdf import Syntax
from app.formats.table import Sheet


@dataclass(frozen=True, slots=True)
class Format:
    """A voice: its media type, its suffix, and what renders one entry, a page and a whole list.

    A renderer is None where the voice is another room’s, or where there is no such voice. `takes`
    names the parameters that say how a whole list is written. `log` renders events.
    """

    name: str
    media_type: str
    suffix: str
    one: Callable[[Commitment, Context], bytes] | None = None
    many: Callable[[Page, Context], bytes] | None = None
    of_actions: bool = False
    whole: Callable[[Iterable[Commitment], Export, Context], Iterator[bytes]] | None = None
    takes: tuple[str, ...] = ()
    log: Callable[[Sequence[Recorded], Feed, Context], bytes] | None = None
    dump: Callable[[Iterable[Commitment], Context], Iterator[bytes]] | None = None


def _json(commitment: Commitment, context: Context) -> bytes:
    return document.encode(document.opening(commitment, context))


def _lines(entries: Iterable[Commitment], _: Export, context: Context) -> Iterator[bytes]:
    """One JSON document a line, each with what it holds for."""
    held = {"register": document.register(context)}
    for entry in entries:
        yield document.encode({**document.opening(entry, context), **held}) + b"\n"


def _dcat(name: str, media_type: str, suffix: str, syntax: Syntax) -> Format:
    """A syntax of the one DCAT mapping."""

    def one(commitment: Commitment, context: Context) -> bytes:
        return syntax.write(dcat.opening(commitment, context))

    def many(page: Page, context: Context) -> bytes:
        return syntax.write(dcat.catalogue(page, context))

    def dump(entries: Iterable[Commitment], context: Context) -> Iterator[bytes]:
        return dcat.dump(syntax, entries, context)

    return Format(name, media_type, suffix, one, many, dump=dump)


def _annex(entries: Iterable[Commitment], _export: Export, _context: Context) -> Sheet:
    """The official table: its words are French, and nobody else's."""
    return official.sheet(entries)


Layout = Callable[[Iterable[Commitment], Export, Context], Sheet]

LAYOUTS: dict[str, Layout] = {"plain": columns.sheet, "official": _annex}
"""What a whole list is as a table, for every voice that tells tables."""


def _csv(entries: Iterable[Commitment], export: Export, context: Context) -> Iterator[bytes]:
    made = LAYOUTS[export.layout](entries, export, context)
    return table.csv(made, spreadsheet=export.spreadsheet)


def _book(
    suffix: str, media_type: str, write: Callable[[Sheet, workbook.About], Iterator[bytes]]
) -> Format:
    """A kind of workbook."""

    def whole(entries: Iterable[Commitment], export: Export, context: Context) -> Iterator[bytes]:
        made = LAYOUTS[export.layout](entries, export, context)
        return write(made, workbook.about(export, context))

    return Format(suffix, media_type, suffix, whole=whole, takes=("labels", "layout"))


HTML = Format("html", "text/html; charset=utf-8", "html", of_actions=True)
JSON = Format("json", "application/json", "json", _json, of_actions=True)
CSV = Format("csv", table.MEDIA_TYPE, "csv", whole=_csv, takes=("labels", "layout", "spreadsheet"))
TURTLE = _dcat("turtle", "text/turtle; charset=utf-8", "ttl", rdf.TURTLE)
CALENDAR = Format(
    "calendar",
    "text/calendar; charset=utf-8",
    "ics",
    of_actions=True,
    whole=agenda.calendar,
    takes=("alarm",),
)
ATOM = Format("atom", "application/atom+xml", "atom", of_actions=True, log=feed.atom)

FORMATS = (
    HTML,
    JSON,
    TURTLE,
    _dcat("json_ld", "application/ld+json", "jsonld", rdf.JSON_LD),
    _dcat("rdf", "application/rdf+xml", "rdf", rdf.RDF_XML),
    _dcat("ntriples", "application/n-triples", "nt", rdf.N_TRIPLES),
    CSV,
    _book("xlsx", workbook.MEDIA_TYPE, workbook.xlsx),
    _book("ods", opendocument.MEDIA_TYPE, opendocument.ods),
    Format("json_lines", "application/jsonl", "jsonl", whole=_lines),
    CALENDAR,
    ATOM,
)
"""Every voice, in the order of preference. `HTML` is rendered by the human face."""

OF_ONE = tuple(row for row in FORMATS if row.one or row is HTML)
"""The voices of one entry; of an action, those that are `of_actions`."""

OF_ENTRY = (*OF_ONE, CALENDAR, ATOM)
"""All that one entry leads to: its voices, and what can be subscribed to."""

BY_SUFFIX = {row.suffix: row for row in FORMATS}
