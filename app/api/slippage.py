"""Statistics of slippage by program: entries and moves in figures, as JSON and as CSV."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from app.api import deps
from app.api.deps import Anyone, Reads
from app.api.openapi import parameters, reads
from app.domain import search as searches
from app.domain.access import Actor
from app.domain.search import ANY_TYPE, OF_STATISTICS, Export, Search
from app.formats import CSV, JSON, Format, columns, document, links, table
from app.register.reading import Reading

OF_CSV = (*OF_STATISTICS, "spreadsheet")
IN_CSV = {"text/csv": {"type": "string"}}
Counting = tuple[Search, str, Export]

router = APIRouter(prefix="/api/v1", tags=["statistics"])


_NAMES = ("Statistics", "TextStatistics")
EITHER = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in _NAMES]}


# The routes.


def _takes(names: tuple[str, ...]) -> Any:
    return parameters(*(name for name in names if name != "type"), any_type=ANY_TYPE)


@router.get(
    "/statistics",
    summary="Count what was kept, put off and late",
    **reads({JSON.media_type: EITHER, **IN_CSV}, 401, 406, takes=_takes(OF_STATISTICS)),
)
def read_statistics(
    request: Request,
    asked: Annotated[Counting, deps.query(searches.read_statistics, names=OF_STATISTICS)],
    register: Reads,
    actor: Anyone,
) -> Response:
    """Entries in figures by publisher, type or year, or moves by text: as JSON, or as CSV."""
    form = deps.chosen(request, (JSON, CSV), JSON)
    return _answer(request, form, register, asked, actor)


@router.get(
    "/statistics.csv",
    summary="Count what was kept, put off and late, in CSV",
    **reads(IN_CSV, 401, takes=_takes(OF_CSV)),
)
def read_statistics_in_csv(
    request: Request,
    asked: Annotated[Counting, deps.query(searches.read_statistics, names=OF_CSV)],
    register: Reads,
    actor: Anyone,
) -> Response:
    """The same as CSV: a line for each group, and a last one for all of them together."""
    return _answer(request, CSV, register, asked, actor)


def _answer(
    request: Request, form: Format, register: Reading, asked: Counting, actor: Actor
) -> Response:
    search, by, export = asked
    counted, context = register.statistics(search, by, actor)
    leads = links.of_statistics(context.base, deps.pairs(request), in_csv=form is CSV)
    if form is JSON:
        body = document.encode(document.statistics(counted, context))
        return deps.answer(request, body, JSON, context, leads=leads)
    headers = deps.named(f"statistics-{by}-{context.day}-p{context.head.position}.csv")
    sheet = columns.statistics(counted, context)
    body = b"".join(table.csv(sheet, spreadsheet=export.spreadsheet))
    return deps.answer(request, body, CSV, context, headers=headers, leads=leads)
