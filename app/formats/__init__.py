"""The formats: records in, bytes out. One row per format, and which of them a reader asks for."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from app.domain.commitments import Commitment
from app.domain.context import Context, Recorded
from app.domain.rows import EntryRow, entry_of, row_of
from app.domain.search import Export
from app.formats import columns, dcat, document, feeds, official, rdf, table, workbook
from app.formats.dcat import Page
from app.formats.feeds import Feed
from app.formats.language import weighted
from app.formats.rdf import Syntax
from app.formats.table import A_PIECE, Sheet


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its media type, its suffix, and what writes an entry, a page and a whole list.

    A writer is None where the format is made elsewhere, or where nothing is offered in it. `takes`
    names the parameters that say how a whole list is written. `log` writes events,
    `dump` the whole catalogue in one file.
    """

    name: str
    media_type: str
    suffix: str
    entry: Callable[[Commitment, Context], bytes] | None = None
    page: Callable[[Page, Context], bytes] | None = None
    of_actions: bool = False
    whole: Callable[[Iterable[EntryRow], Export, Context], Iterator[bytes]] | None = None
    takes: tuple[str, ...] = ()
    log: Callable[[Sequence[Recorded], Feed, Context], bytes] | None = None
    dump: Callable[[Iterable[Commitment], Context], Iterator[bytes]] | None = None


def _lines(rows: Iterable[EntryRow], export: Export, context: Context) -> Iterator[bytes]:
    """A JSON document a line, each with the day and the position it holds for."""
    register = {"register": document.register(context)}
    if export.of == columns.MOVES.name:
        for row in rows:
            for move in document.moves(entry_of(row), context, export.texts):
                yield document.encode({**move, **register}) + b"\n"
        return
    end = b",%b\n" % document.encode(register)[1:]
    each = iter(rows)
    while some := [document.spelt(row, context)[:-1] for row in islice(each, A_PIECE)]:
        yield end.join(some) + end


def _dcat(name: str, media_type: str, suffix: str, syntax: Syntax) -> Format:
    """A syntax of the one DCAT mapping."""

    def entry(commitment: Commitment, context: Context) -> bytes:
        return syntax.write(dcat.opening(commitment, context))

    def page(page: Page, context: Context) -> bytes:
        return syntax.write(dcat.catalogue(page, context))

    def dump(entries: Iterable[Commitment], context: Context) -> Iterator[bytes]:
        return dcat.dump(syntax, entries, context)

    return Format(name, media_type, suffix, entry, page, dump=dump)


Layout = Callable[[Iterable[EntryRow], Export, Context], Sheet]

LAYOUTS: dict[str, Layout] = {
    "plain": columns.sheet,
    "official": lambda rows, _export, _context: official.sheet(map(entry_of, rows)),
    "union": lambda rows, _export, context: official.union(map(entry_of, rows), context),
}
"""How a whole list is laid out, in every format of tables."""


def _csv(rows: Iterable[EntryRow], export: Export, context: Context) -> Iterator[bytes]:
    layouts: dict[str, Layout] = {**LAYOUTS, "plain": partial(columns.sheet, typed=False)}
    return table.csv(layouts[export.layout](rows, export, context), spreadsheet=export.spreadsheet)


def _book(
    suffix: str, media_type: str, write: Callable[[Sheet, workbook.About], Iterator[bytes]]
) -> Format:
    """A kind of workbook."""

    def whole(rows: Iterable[EntryRow], export: Export, context: Context) -> Iterator[bytes]:
        sheet = LAYOUTS[export.layout](rows, export, context)
        return write(sheet, workbook.about(export, context))

    return Format(suffix, media_type, suffix, whole=whole, takes=("labels", "layout", "columns"))


SCHEMAS = {
    **{name: listed.schema for name, listed in columns.TABLES.items()},
    "union": official.schema,
}
"""The Table Schema of each list in CSV, and of the union of the official tables."""

HTML = Format("html", "text/html; charset=utf-8", "html", of_actions=True)
JSON = Format(
    *("json", "application/json", "json"),
    lambda entry, context: document.spelt(row_of(entry), context),
    of_actions=True,
)
CSV = Format(
    "csv", table.MEDIA_TYPE, "csv", whole=_csv, takes=("labels", "layout", "spreadsheet", "columns")
)
TURTLE = _dcat("turtle", "text/turtle; charset=utf-8", "ttl", rdf.TURTLE)
CALENDAR = Format(
    "calendar",
    "text/calendar; charset=utf-8",
    "ics",
    of_actions=True,
    whole=lambda rows, export, context: feeds.calendar(map(entry_of, rows), export, context),
    takes=("alarm",),
)
ATOM = Format("atom", "application/atom+xml", "atom", of_actions=True, log=feeds.atom)

FORMATS = (
    HTML,
    JSON,
    TURTLE,
    _dcat("json_ld", "application/ld+json", "jsonld", rdf.JSON_LD),
    _dcat("rdf", "application/rdf+xml", "rdf", rdf.RDF_XML),
    _dcat("ntriples", "application/n-triples", "nt", rdf.N_TRIPLES),
    CSV,
    _book("xlsx", workbook.XLSX_TYPE, workbook.xlsx),
    _book("ods", workbook.ODS_TYPE, workbook.ods),
    Format("json_lines", "application/jsonl", "jsonl", whole=_lines),
    CALENDAR,
    ATOM,
)
"""Every format, in the order of preference. `HTML` is written by `app.web`."""

OF_ONE = tuple(row for row in FORMATS if row.entry or row is HTML)
"""The formats of an entry; of an action, those that are `of_actions`."""

OF_ENTRY = (*OF_ONE, CALENDAR, ATOM)
"""All that an entry leads to: its formats, and what can be subscribed to."""

BY_SUFFIX = {row.suffix: row for row in FORMATS}


# RFC 9110: `Accept` against what is offered.

_NAME = r"[!#$%&'+.^_`|~0-9A-Za-z-]+"
_RANGE = re.compile(rf"\*/\*|{_NAME}/(?:\*|{_NAME})")


def choose(accept: str | None, offered: Sequence[Format], default: Format) -> Format | None:
    """The format to answer in, of those offered; None when none is acceptable (406).

    The highest quality wins; among equals one that is named, then the default, then the first
    offered. Ranges that do not parse are ignored, and an `Accept` without any other is as none.
    """
    ranges: dict[str, float] = {}
    for media, quality in weighted(accept or ""):
        if _RANGE.fullmatch(media):
            ranges[media] = max(quality, ranges.get(media, 0))
    if not ranges:
        return default
    ranked = [
        ((*wanted, row == default, -place), row)
        for place, row in enumerate(offered)
        if (wanted := _wanted(row, ranges))
    ]
    return max(ranked, key=lambda row: row[0])[1] if ranked else None


def _wanted(offer: Format, ranges: Mapping[str, float]) -> tuple[float, int] | None:
    """(quality, specificity) of an offer, by the range that names it most closely."""
    media = offer.media_type.partition(";")[0]
    named = ("*/*", f"{media.partition('/')[0]}/*", media)
    specificity, quality = max(
        ((place, ranges[name]) for place, name in enumerate(named) if name in ranges),
        default=(0, 0.0),
    )
    return (quality, specificity) if quality > 0 else None
