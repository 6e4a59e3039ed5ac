"""What changed by program: two days or positions side by side, and how deadlines moved."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from app import formats
from app.api import deps
from app.api.deps import Reads
from app.api.openapi import media_types, parameters, reads
from app.domain import search as searches
from app.domain.claims import TYPES
from app.domain.search import ANY_TYPE, OF_DIFF, Export, Search
from app.formats import CSV, Format, columns, document, table
from app.register.reading import Comparison

PAGES = ("page", "page_size")
Asked = tuple[Search | None, Search, Export]
router = APIRouter()


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
    names = (*OF_DIFF, "type", *(PAGES if several else ("spreadsheet",)))
    takes = parameters(*(n for n in names if n != "type"), any_type=ANY_TYPE)
    refusals = (406,) if several else ()

    @router.get(
        path,
        operation_id=name,
        summary=summary,
        tags=["ledger"],
        **reads(media_types(offered, "Comparison"), *refusals, takes=takes),
    )
    def compared(
        request: Request,
        asked: Annotated[Asked, deps.query(_read, names=names)],
        register: Reads,
    ) -> Response:
        """Every entry that differs, with what changed, by which claims and texts."""
        earlier, later, export = asked
        form = deps.chosen(request, offered, formats.JSON)
        if form is CSV:
            return _table(request, register.diff(earlier, later, whole=True), export)
        return _document(request, register.diff(earlier, later))


_compared("/api/v1/diff", "compareDays", "Compare two days or two positions", (formats.JSON, CSV))
_compared(
    "/api/v1/diff.csv", "compareDaysInCsv", "Compare two days or two positions, in CSV", (CSV,)
)


def _document(request: Request, compared: Comparison) -> Response:
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


def _table(request: Request, compared: Comparison, export: Export) -> Response:
    earlier, later = compared.earlier, compared.later
    rows = ((row.before, row.after, row.events) for row in compared.differences)
    lines = table.csv(columns.differences(rows, earlier, later), spreadsheet=export.spreadsheet)
    headers = deps.named(f"diff-{earlier.day}-{later.day}-p{later.snapshot.position}.csv")
    head = deps.answer(request, b"", CSV, later, headers=headers)
    return deps.streamed(request, head, lines)
