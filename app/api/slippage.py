"""Statistics of slippage by program: entries and moves in figures, as JSON and as CSV."""

from typing import Annotated, Any, Union

from fastapi import APIRouter, Request, Response

from app.api import deps
from app.api.deps import Anyone, Reads
from app.api.openapi import parameters, reads
from app.api.schemas import Address, Register, component, key, keys, list_of, one_of
from app.domain import search as searches
from app.domain.access import Actor
from app.domain.commitments import TIMELINESS
from app.domain.search import ANY_TYPE, OF_STATISTICS, Export, Search
from app.domain.statistics import BY
from app.domain.values import Words
from app.formats import CSV, JSON, Format, columns, document, links, table
from app.register.reading import Reading

OF_CSV = (*OF_STATISTICS, "spreadsheet")
IN_CSV = {"text/csv": {"type": "string"}}
Counting = tuple[Search, str, Export]

router = APIRouter(prefix="/api/v1", tags=["statistics"])


# What statistics hold, as components of the OpenAPI document.

Share = component(
    "Share",
    "So many of so many.",
    numerator=int,
    denominator=int,
    value=key(float | None, "The quotient; null where the denominator is 0."),
)

Days = component(
    "Days",
    "How days are spread over entries.",
    count=key(int, "Over how many."),
    sum=int,
    median=float | None,
    mean=float | None,
    longest=int | None,
    longest_count=key(int, "How many have the longest."),
    entry=key(str | None, "Which: of several, the first by name. Null if it is not > 0."),
)

MovedDays = component(
    "MovedDays",
    "How days are spread over moves; earlier days count below 0.",
    **keys(Days),
    part=key(str | None, "The part of the entry, if it is one of its parts."),
)

Verdicts = component(
    "Verdicts", "How many entries have each timeliness.", dict.fromkeys(TIMELINESS, int)
)


def _against(suffix: str, deadline: str) -> dict[str, Any]:
    return {
        f"timeliness{suffix}": key(Verdicts, f"Against {deadline}."),
        f"opened_on_time{suffix}": key(int, "Early or on time."),
        f"on_time_rate{suffix}": key(Share, "Of those opened with a verdict, or overdue."),
        f"days_late{suffix}": key(Days, "Of those opened late, or overdue."),
    }


Figures = component(
    "Figures",
    "A group of entries in figures. An entry with parts counts once, by the whole.",
    group=key(str | None, "Its key; null for those that have none, and for all."),
    name=Words,
    entries=int,
    uncertain=key(int, "On which the day leaves doubt."),
    restricted=key(int, "Of the `not_applicable` ones, those that are not public."),
    **_against("", "the deadline in force"),
    **_against("_first", "the deadline first promised"),
    postponed=key(int, "Whose deadline was put off at least once."),
    postponed_rate=key(Share, "Of those that are judged and were ever given a deadline."),
    moves=key(int, "Moves of their deadlines."),
    postponements=key(int, "Of these, those that went later; a withdrawal is one."),
    slip_days=key(Days, "From the last day first promised to the last one in force."),
    slip_days_postponed=key(Days, "The same, of those put off."),
)

TextFigures = component(
    "TextFigures",
    "What a text moved, in figures.",
    group=key(str | None, "The id of the text; null for moves without, and for all."),
    title=str | None,
    entries=key(int, "Entries that it moved, whole or in part."),
    parts=key(int, "Parts that it moved apart from their whole."),
    moves=int,
    later=int,
    earlier=int,
    withdrawn=int,
    days=MovedDays,
    details=key(Address | None, "Where each of its moves is shown."),
)


def _counted(name: str, meaning: str, by: tuple[str, ...], row: Any) -> Any:
    overall = key(row, "All of them together.")
    keys = {"by": one_of(by), "data": list_of(row), "overall": overall, "register": Register}
    return component(name, meaning, keys)


Statistics = _counted("Statistics", "Entries in figures, by group.", BY[:3], Figures)
TextStatistics = _counted("TextStatistics", "Moves in figures, by text.", BY[3:], TextFigures)

COMPONENTS: Any = Union[Statistics, TextStatistics]  # noqa: UP007 a value, for FastAPI to read
EITHER = {
    "oneOf": [
        {"$ref": f"#/components/schemas/{row.__name__}"} for row in (Statistics, TextStatistics)
    ]
}


# The routes.


def _takes(names: tuple[str, ...]) -> Any:
    return parameters(*(name for name in names if name != "type"), any_type=ANY_TYPE)


@router.get(
    "/statistics",
    summary="Count what was kept, put off and late",
    response_model=COMPONENTS,
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
