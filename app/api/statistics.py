"""Statistics of slippage by program: entries and moves in figures, as JSON and as CSV."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.api.deps import Anyone, Reads, answer, changed, edition, parameters, tag
from app.api.figures import COMPONENTS, EITHER
from app.api.schemas import reads
from app.domain import search as searches
from app.domain.access import Actor
from app.domain.errors import NotAcceptable
from app.domain.search import ANY_TYPE, OF_STATISTICS, Search
from app.formats import JSON, Format, figures
from app.formats.negotiation import choose
from app.register.reading import Reading

CSV = Format("csv", "text/csv; charset=utf-8", "csv")
SPOKEN = (JSON, CSV)
IN_CSV = {"text/csv": {"type": "string"}}
TAKES = parameters(*(ANY_TYPE if name == "type" else name for name in OF_STATISTICS))

router = APIRouter(prefix="/api/v1")


async def asked(request: Request) -> tuple[Search, str]:
    """What is to be counted, and by what."""
    return searches.read_statistics(request.query_params.multi_items())


Asked = Annotated[tuple[Search, str], Depends(asked)]


@router.get(
    "/statistics",
    operation_id="readStatistics",
    summary="Count what was kept, put off and late",
    tags=["statistics"],
    response_model=COMPONENTS,
    **reads({JSON.media_type: EITHER, **IN_CSV}, 401, 406, takes=TAKES),
)
def statistics(request: Request, asked: Asked, register: Reads, actor: Anyone) -> Response:
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
    **reads(IN_CSV, 401, takes=TAKES),
)
def statistics_csv(request: Request, asked: Asked, register: Reads, actor: Anyone) -> Response:
    """The same as CSV: a line for each group, and a last one for all of them together."""
    return _told(request, CSV, register, asked, actor)


def _told(
    request: Request, form: Format, register: Reading, asked: tuple[Search, str], actor: Actor
) -> Response:
    search, by = asked
    counted = register.statistics(search, by, actor)
    around, told = counted.around, edition(request, counted.around)
    file = f"statistics-{by}-{around.day}-p{around.head.position}.csv"
    in_csv = form is CSV
    return answer(
        request,
        (figures.table if in_csv else figures.document)(counted.statistics, told),
        form.media_type,
        tag(around.head.position, around, form.suffix),
        changed(around, around.head.recorded_at),
        {"Content-Disposition": f'attachment; filename="{file}"'} if in_csv else None,
    )
