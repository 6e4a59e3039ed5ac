"""Statistics of slippage by program: entries and moves in figures, as JSON and as CSV."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.api.deps import Anyone, Reads, answer, changed, parameters, tag
from app.api.figures import COMPONENTS, EITHER
from app.api.operations import reads
from app.domain import search as searches
from app.domain.access import Actor
from app.domain.errors import NotAcceptable
from app.domain.search import ANY_TYPE, OF_STATISTICS, Export, Search
from app.formats import CSV, JSON, Format, figures, links
from app.formats.negotiation import choose
from app.register.reading import Reading

SPOKEN = (JSON, CSV)
IN_CSV = {"text/csv": {"type": "string"}}
OF_CSV = (*OF_STATISTICS, "spreadsheet")
Counting = tuple[Search, str, Export]

router = APIRouter(prefix="/api/v1")


def takes(names: tuple[str, ...]) -> Mapping[str, object]:
    """The OpenAPI description of these parameters."""
    return parameters(*(ANY_TYPE if name == "type" else name for name in names))


async def asked(request: Request) -> Counting:
    """What is to be counted, and by what."""
    return searches.read_statistics(request.query_params.multi_items())


async def asked_in_csv(request: Request) -> Counting:
    """The same, and how it is to be written."""
    return searches.read_statistics(request.query_params.multi_items(), OF_CSV)


@router.get(
    "/statistics",
    operation_id="readStatistics",
    summary="Count what was kept, put off and late",
    tags=["statistics"],
    response_model=COMPONENTS,
    **reads({JSON.media_type: EITHER, **IN_CSV}, 401, 406, takes=takes(OF_STATISTICS)),
)
def statistics(
    request: Request,
    asked: Annotated[Counting, Depends(asked)],
    register: Reads,
    actor: Anyone,
) -> Response:
    """Entries in figures by publisher, type or year, or moves by text: as JSON, or as CSV."""
    form = choose(",".join(request.headers.getlist("accept")) or None, SPOKEN, JSON)
    if form is None:
        raise NotAcceptable(tuple(row.media_type for row in SPOKEN))
    return _told(request, form, register, asked, actor)


@router.get(
    "/statistics.csv",
    operation_id="readStatisticsInCsv",
    summary="Count what was kept, put off and late, in CSV",
    tags=["statistics"],
    **reads(IN_CSV, 401, takes=takes(OF_CSV)),
)
def statistics_csv(
    request: Request,
    asked: Annotated[Counting, Depends(asked_in_csv)],
    register: Reads,
    actor: Anyone,
) -> Response:
    """The same as CSV: a line for each group, and a last one for all of them together."""
    return _told(request, CSV, register, asked, actor)


def _told(
    request: Request, form: Format, register: Reading, asked: Counting, actor: Actor
) -> Response:
    search, by, export = asked
    found, told = register.statistics(search, by, actor)
    around = told
    file = f"statistics-{by}-{around.day}-p{around.head.position}.csv"
    if form is CSV:
        body = figures.in_csv(found, export, told)
        headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    else:
        body, headers = figures.in_json(found, told), None
    return answer(
        request,
        body,
        form.media_type,
        tag(around.head.position, around, form.suffix),
        changed(around, around.head.recorded_at),
        headers,
        links.of_statistics(told.base, request.query_params.multi_items(), in_csv=form is not JSON),
    )
